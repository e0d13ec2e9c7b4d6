package io.clustrix.files;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Keeps what is written, and fails when it becomes too much. */
final class Bound extends OutputStream {
    private final long most;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean exceeded;

    Bound(long most) {
        this.most = most;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        if (kept.size() + (long) length > most) {
            exceeded = true;
            throw new IOException("more than " + most + " bytes");
        }
        kept.write(data, offset, length);
    }

    boolean exceeded() {
        return exceeded;
    }

    byte[] bytes() {
        return kept.toByteArray();
    }
}
