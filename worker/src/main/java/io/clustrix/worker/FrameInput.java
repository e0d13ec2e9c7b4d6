package io.clustrix.worker;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Length-prefixed frames from a pipe. For one thread. */
final class FrameInput {
    private static final int LARGEST_KEPT = 1 << 20;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private byte[] frame = new byte[1 << 12];

    FrameInput(InputStream in) {
        this.in = in;
    }

    /**
     * Waits for the next frame, which is then in {@link #frame()}.
     *
     * @return its length; -1 if the other side has closed the pipe
     * @throws EOFException if it closes in the middle of a frame
     */
    int next() throws IOException {
        if (frame.length > LARGEST_KEPT) {
            frame = new byte[1 << 12];
        }
        while (limit - position < 4) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
            int n = in.read(buffer, limit, buffer.length - limit);
            if (n < 0) {
                return -1;
            }
            limit += n;
        }
        int length = Bytes.intAt(buffer, position);
        position += 4;
        if (length < 1) {
            throw new IOException("a frame of " + length + " bytes");
        }
        if (length > frame.length) {
            frame = new byte[(int) Math.min(Math.max(length, 2L * frame.length), ByteSink.MAX_SIZE)];
        }
        int done = Math.min(limit - position, length);
        System.arraycopy(buffer, position, frame, 0, done);
        position += done;
        while (done < length) {
            // No more than the buffer at once: a large read makes the JDK allocate as much outside the heap.
            int n = in.read(frame, done, Math.min(buffer.length, length - done));
            if (n < 0) {
                throw new EOFException("the pipe was closed in the middle of a frame of " + length + " bytes");
            }
            done += n;
        }
        return length;
    }

    /** The frame that was read last, from 0; it is used again for the next. */
    byte[] frame() {
        return frame;
    }
}
