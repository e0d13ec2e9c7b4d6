package io.clustrix.host.ssh;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** A socket that knows when something last came. */
final class MeteredSocket extends Socket {
    private volatile long heard = System.nanoTime();

    /** By {@link System#nanoTime()}. */
    long heard() {
        return heard;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
            @Override
            public int read() throws IOException {
                int b = super.read();
                heard = System.nanoTime();
                return b;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int n = super.read(into, offset, length);
                heard = System.nanoTime();
                return n;
            }
        };
    }
}
