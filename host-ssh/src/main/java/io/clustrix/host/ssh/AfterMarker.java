package io.clustrix.host.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Drops everything up to the line of the marker; what follows goes on. Not thread-safe. */
final class AfterMarker {
    private static final int MOST_BEFORE = 1 << 20;

    private final byte[] marker;
    private final OutputStream out;
    private final ByteArrayOutputStream before = new ByteArrayOutputStream();
    private boolean found;
    private volatile String rest = ""; // read by the thread that kills

    AfterMarker(String marker, OutputStream out) {
        this.marker = marker.getBytes(StandardCharsets.ISO_8859_1);
        this.out = out;
    }

    /**
     * Takes what came.
     *
     * @return whether the marker came or may still come
     */
    boolean accept(byte[] data) throws IOException {
        if (found) {
            out.write(data);
            return true;
        }
        int from = Math.max(0, before.size() - marker.length - 32);
        before.write(data);
        byte[] all = before.toByteArray();
        int start = indexOf(all, from);
        if (start < 0) {
            return before.size() <= MOST_BEFORE;
        }
        int end = start + marker.length;
        while (end < all.length && all[end] != '\n') {
            end++;
        }
        if (end == all.length) {
            return true;
        }
        found = true;
        rest = new String(all, start + marker.length, end - start - marker.length, StandardCharsets.ISO_8859_1).strip();
        before.reset();
        out.write(all, end + 1, all.length - end - 1);
        return true;
    }

    private int indexOf(byte[] all, int from) {
        for (int i = from; i <= all.length - marker.length; i++) {
            int n = 0;
            while (n < marker.length && all[i + n] == marker[n]) {
                n++;
            }
            if (n == marker.length) {
                return i;
            }
        }
        return -1;
    }

    /** Gives the marker up: all that came goes on, and so does the rest. */
    void giveUp() throws IOException {
        found = true;
        before.writeTo(out);
        before.reset();
    }

    boolean found() {
        return found;
    }

    /** What the marker's line had after it: the process number. */
    String rest() {
        return rest;
    }

    /** What came instead of the marker. */
    String before() {
        return before.toString(StandardCharsets.UTF_8);
    }
}
