package io.clustrix.host.ssh;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP relay that can stop forwarding what goes through it, without closing anything. */
final class Relay implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Set<Socket> frozen = Set.of();
    private volatile boolean deaf;
    private final AtomicInteger connections = new AtomicInteger();

    Relay(int target) throws IOException {
        this.target = target;
        thread(() -> {
            while (true) {
                Socket in = server.accept();
                sockets.add(in);
                connections.incrementAndGet();
                if (!deaf) {
                    Socket out = new Socket(InetAddress.getLoopbackAddress(), this.target);
                    sockets.add(out);
                    thread(() -> copy(in, out));
                    thread(() -> copy(out, in));
                }
            }
        });
    }

    /** How many there have been. */
    int connections() {
        return connections.get();
    }

    int port() {
        return server.getLocalPort();
    }

    /** What is connected by now is not served any more; what comes later is. */
    void freeze() {
        frozen = Set.copyOf(sockets);
    }

    /** New connections are accepted and not served. */
    void deaf() {
        deaf = true;
    }

    private interface Body {
        void run() throws IOException, InterruptedException;
    }

    private static void thread(Body body) {
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (IOException | InterruptedException e) {
                // The end of a connection.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void copy(Socket from, Socket to) throws IOException, InterruptedException {
        byte[] buffer = new byte[16 * 1024];
        int n;
        while ((n = from.getInputStream().read(buffer)) >= 0) {
            if (frozen.contains(from)) {
                return;
            }
            to.getOutputStream().write(buffer, 0, n);
        }
        to.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
