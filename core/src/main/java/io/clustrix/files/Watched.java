package io.clustrix.files;

import java.io.IOException;
import java.io.OutputStream;

/** Passes on what is written, and keeps what the other stream throws: to a host it is only an end of its output. */
final class Watched extends OutputStream {
    private final OutputStream out;
    private final Fault fault = new Fault();

    Watched(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        Boolean unused = fault.kept(() -> {
            out.write(data, offset, length);
            return true;
        });
    }

    /** Throws it, if there is something. */
    void rethrow() throws IOException {
        fault.rethrow();
    }
}
