package io.clustrix.scheduler.k8s;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keeps the end of what is written. Thread-safe. */
final class Ending {
    private final byte[] ring;
    private long written;

    Ending(int most) {
        ring = new byte[most];
    }

    synchronized void write(ByteBuffer data) {
        int skip = Math.max(0, data.remaining() - ring.length);
        data.position(data.position() + skip);
        written += skip;
        while (data.hasRemaining()) {
            int at = (int) (written % ring.length);
            int part = Math.min(data.remaining(), ring.length - at);
            data.get(ring, at, part);
            written += part;
        }
    }

    @Override
    public synchronized String toString() {
        if (written <= ring.length) {
            return new String(ring, 0, (int) written, StandardCharsets.UTF_8);
        }
        byte[] all = new byte[ring.length];
        int at = (int) (written % ring.length);
        System.arraycopy(ring, at, all, 0, ring.length - at);
        System.arraycopy(ring, 0, all, ring.length - at, at);
        int start = 0;
        // The cut may have gone through a character of several bytes.
        while (start < 3 && (all[start] & 0xc0) == 0x80) {
            start++;
        }
        return new String(all, start, all.length - start, StandardCharsets.UTF_8);
    }
}
