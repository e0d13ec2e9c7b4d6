package io.clustrix.host.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import net.schmizz.sshj.common.SSHPacket;
import net.schmizz.sshj.connection.Connection;
import org.jspecify.annotations.Nullable;

/** A TCP connection that a jump host makes. */
final class TunnelChannel extends FlowChannel {
    private static final int ANY_PORT = 65_535;

    private final String host;
    private final int port;
    private final InputStream in = new In();
    private final OutputStream out = new Out();

    TunnelChannel(Connection connection, String host, int port) {
        super(connection, "direct-tcpip");
        this.host = host;
        this.port = port;
    }

    @Override
    protected SSHPacket buildOpenReq() {
        return super.buildOpenReq()
                .putString(host)
                .putUInt32(port)
                .putString("localhost")
                .putUInt32(ANY_PORT);
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    @Override
    public OutputStream getOutputStream() {
        return out;
    }

    private final class In extends InputStream {
        private byte @Nullable [] piece;
        private int at;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        // Only the reading thread of the connection inside calls it.
        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            byte[] current = piece;
            while (current == null || at == current.length) {
                try {
                    current = take(Deadline.in(Duration.ofDays(10_000)));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException();
                } catch (TimeoutException e) {
                    throw new IOException(e);
                }
                if (current == null) {
                    return -1;
                }
                piece = current;
                at = 0;
                if (dealtWith(current.length)) {
                    acknowledge();
                }
            }
            int n = Math.min(length, current.length - at);
            System.arraycopy(current, at, into, offset, n);
            at += n;
            return n;
        }

        @Override
        public void close() {
            shut();
        }
    }

    private final class Out extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            send(data, offset, length);
        }

        @Override
        public void close() {
            shut();
        }
    }
}
