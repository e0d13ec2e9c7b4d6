package io.clustrix.it.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** What stands between a driver and its sshd, and can cut the connection. */
final class Relay implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Set<Integer> ports = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private volatile long cutUp = Long.MAX_VALUE;
    private volatile long cutDown = Long.MAX_VALUE;
    private volatile boolean refusing;
    private volatile int target;

    Relay(int target) throws IOException {
        this.target = target;
        thread(this::serve);
    }

    private void serve() throws IOException {
        while (true) {
            Socket in = server.accept();
            if (refusing) {
                in.close();
                continue;
            }
            Socket out = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(in);
            sockets.add(out);
            ports.add(out.getLocalPort());
            thread(() -> copy(in, out, true));
            thread(() -> copy(out, in, false));
        }
    }

    int port() {
        return server.getLocalPort();
    }

    /** A file of known hosts in which the host is known by this port, with the keys of another. */
    Path knownHosts(Path original, int port, Path directory) throws IOException {
        List<String> lines = Files.readAllLines(original).stream()
                .filter(l -> l.contains("]:" + port + " "))
                .map(l -> l.replace("]:" + port + " ", "]:" + port() + " "))
                .collect(Collectors.toList());
        return Files.write(Files.createTempFile(directory, "known", "hosts"), lines);
    }

    /** Cuts everything that is connected. */
    void cut() throws IOException {
        cuts.incrementAndGet();
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }

    /** Cuts as soon as so many more bytes have gone to the host. */
    void cutAfterSending(long bytes) {
        cutUp = up.get() + bytes;
    }

    /** Cuts as soon as so many more bytes have come from the host. */
    void cutAfterReceiving(long bytes) {
        cutDown = down.get() + bytes;
    }

    /** The ports from which it has connected, as the host's log names them. */
    Set<Integer> ports() {
        return Set.copyOf(ports);
    }

    /** How often it was cut. */
    int cuts() {
        return cuts.get();
    }

    /** Whether new connections are closed at once. */
    void refuse(boolean all) {
        refusing = all;
    }

    /** Where new connections lead. */
    void lead(int port) {
        target = port;
    }

    private void copy(Socket from, Socket to, boolean isUp) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        AtomicLong counter = isUp ? up : down;
        int n;
        while ((n = from.getInputStream().read(buffer)) >= 0) {
            long all = counter.addAndGet(n);
            if (all > (isUp ? cutUp : cutDown)) {
                if (isUp) {
                    cutUp = Long.MAX_VALUE;
                } else {
                    cutDown = Long.MAX_VALUE;
                }
                to.getOutputStream().write(buffer, 0, n / 2);
                cut();
                return;
            }
            to.getOutputStream().write(buffer, 0, n);
        }
        to.shutdownOutput();
    }

    private interface Body {
        void run() throws IOException;
    }

    private static void thread(Body body) {
        Thread thread = new Thread(
                () -> {
                    try {
                        body.run();
                    } catch (IOException e) {
                        // the end of a connection
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
