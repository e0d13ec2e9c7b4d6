package io.clustrix.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Stands before an sshd and counts connections and the bytes on the wire, those of the SSH protocol included. */
final class Forwarder implements AutoCloseable {
    private final String host;
    private final int port;
    private final ServerSocket server;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong there = new AtomicLong();
    private final AtomicLong back = new AtomicLong();

    Forwarder(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    long bytesThere() {
        return there.get();
    }

    long bytesBack() {
        return back.get();
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "benchmark-forwarder");
        thread.setDaemon(true);
        thread.start();
    }

    @SuppressWarnings("AddressSelection") // one address is all that the test bed has
    private void accept() {
        while (true) {
            try {
                Socket in = server.accept();
                connections.incrementAndGet();
                Socket out = new Socket(host, port);
                in.setTcpNoDelay(true);
                out.setTcpNoDelay(true);
                daemon(() -> copy(in, out, there));
                daemon(() -> copy(out, in, back));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private static void copy(Socket from, Socket to, AtomicLong bytes) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                bytes.addAndGet(n);
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One side has hung up, and now both have.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
