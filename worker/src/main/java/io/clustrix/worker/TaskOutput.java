package io.clustrix.worker;

import java.io.OutputStream;

/** What tasks print, on its way into the ring. */
final class TaskOutput extends OutputStream {
    private static final int LARGEST = 32 * 1024;

    private final int type;
    private final Results results;

    TaskOutput(int type, Results results) {
        this.type = type;
        this.results = results;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        for (int done = 0; done < length; done += LARGEST) {
            results.output(type, bytes, offset + done, Math.min(LARGEST, length - done));
        }
    }
}
