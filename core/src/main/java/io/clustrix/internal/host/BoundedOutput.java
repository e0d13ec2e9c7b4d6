package io.clustrix.internal.host;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes any number of bytes and keeps the first or the last of them. Never throws, so that whoever writes is never
 * stopped by it. Thread-safe: the text may be asked for while the other end still writes.
 */
final class BoundedOutput extends OutputStream {
    private static final int FIRST_SIZE = 1024;

    private final int limit;
    private final boolean end;
    private byte[] kept = new byte[0];
    private long total;

    private BoundedOutput(int limit, boolean end) {
        this.limit = limit;
        this.end = end;
    }

    /** Keeps the first bytes. */
    static BoundedOutput beginning(int limit) {
        return new BoundedOutput(limit, false);
    }

    /** Keeps the last bytes. */
    static BoundedOutput end(int limit) {
        return new BoundedOutput(limit, true);
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int off, int len) {
        int from = off;
        int left = len;
        if (end && left > limit) {
            total += left - limit;
            from += left - limit;
            left = limit;
            // Where it starts in the ring does not matter, as long as reading uses the same rule.
        }
        while (left > 0) {
            int at = end ? (int) (total % limit) : (int) Math.min(total, limit);
            int n = Math.min(left, limit - at);
            if (n > 0) {
                grow(at + n);
                System.arraycopy(bytes, from, kept, at, n);
            } else {
                n = left;
            }
            total += n;
            from += n;
            left -= n;
        }
    }

    private void grow(int size) {
        if (size > kept.length) {
            kept = Arrays.copyOf(kept, Math.min(limit, Math.max(Math.max(FIRST_SIZE, size), kept.length * 2)));
        }
    }

    /** Whether something was dropped. */
    synchronized boolean truncated() {
        return total > limit;
    }

    /** What is kept, read as UTF-8; what is no UTF-8 becomes the replacement character. */
    synchronized String text() {
        if (total <= limit) {
            return new String(kept, 0, (int) total, StandardCharsets.UTF_8);
        }
        if (!end) {
            return new String(kept, 0, limit, StandardCharsets.UTF_8);
        }
        int start = (int) (total % limit);
        byte[] ordered = new byte[limit];
        System.arraycopy(kept, start, ordered, 0, limit - start);
        System.arraycopy(kept, 0, ordered, limit - start, start);
        int first = 0;
        // Not from within a character.
        while (first < Math.min(4, limit) && (ordered[first] & 0xC0) == 0x80) {
            first++;
        }
        return new String(ordered, first, limit - first, StandardCharsets.UTF_8);
    }
}
