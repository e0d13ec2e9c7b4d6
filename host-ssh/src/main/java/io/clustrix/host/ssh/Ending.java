package io.clustrix.host.ssh;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the end of what is written. Not thread-safe. */
final class Ending extends OutputStream {
    private final byte[] ring;
    private long written;

    Ending(int most) {
        ring = new byte[most];
    }

    @Override
    public void write(int b) {
        ring[(int) (written++ % ring.length)] = (byte) b;
    }

    @Override
    public void write(byte[] data, int offset, int length) {
        int skip = Math.max(0, length - ring.length);
        written += skip;
        int at = (int) (written % ring.length);
        int first = Math.min(length - skip, ring.length - at);
        System.arraycopy(data, offset + skip, ring, at, first);
        System.arraycopy(data, offset + skip + first, ring, 0, length - skip - first);
        written += length - skip;
    }

    @Override
    public String toString() {
        if (written <= ring.length) {
            return new String(ring, 0, (int) written, StandardCharsets.UTF_8);
        }
        byte[] result = new byte[ring.length];
        int at = (int) (written % ring.length);
        System.arraycopy(ring, at, result, 0, ring.length - at);
        System.arraycopy(ring, 0, result, ring.length - at, at);
        int start = 0;
        // The cut may have gone through a character of several bytes.
        while (start < 3 && (result[start] & 0xc0) == 0x80) {
            start++;
        }
        return new String(result, start, result.length - start, StandardCharsets.UTF_8);
    }
}
