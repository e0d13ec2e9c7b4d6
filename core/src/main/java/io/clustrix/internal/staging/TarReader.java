package io.clustrix.internal.staging;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads regular files of a tar stream as GNU tar and busybox write it, with names of up to 100 bytes; anything else in
 * it is skipped or refused. The counterpart of {@link TarWriter}. Not thread-safe.
 */
public final class TarReader {
    private static final int BLOCK = 512;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private long left;
    private long padding;
    private String name = "";
    private long size;

    /** Reads from this stream, and does not close it. */
    public TarReader(InputStream in) {
        this.in = in;
    }

    /**
     * Goes to the next regular file, whatever has been read of the last one.
     *
     * @return false at the end of the archive
     * @throws IOException if the stream ends early or holds what is no tar archive
     */
    public boolean next() throws IOException {
        while (true) {
            in.skipNBytes(left + padding);
            left = 0;
            padding = 0;
            int n = in.readNBytes(header, 0, BLOCK);
            if (n < BLOCK) {
                throw new EOFException("the archive is cut off");
            }
            if (isZero()) {
                return false;
            }
            check();
            size = number(124, 12);
            if (size < 0) {
                throw new IOException("this is no tar archive, or it is damaged: a file has " + size + " bytes");
            }
            left = size;
            padding = (BLOCK - size % BLOCK) % BLOCK;
            name = text(0, 100);
            switch (header[156]) {
                case '0', 0 -> {
                    return true;
                }
                case 'L', 'x', 'g' -> throw new IOException("the archive has a name that is too long");
                default -> {} // directories and the like
            }
        }
    }

    private boolean isZero() {
        for (byte b : header) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private void check() throws IOException {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
        }
        if (sum != number(148, 8)) {
            throw new IOException("this is no tar archive, or it is damaged: a header's checksum is wrong");
        }
    }

    private long number(int offset, int length) throws IOException {
        if ((header[offset] & 0x80) != 0) { // GNU's form for what eleven octal digits can't hold
            long n = header[offset] & 0x7f;
            for (int i = 1; i < length; i++) {
                n = (n << 8) | (header[offset + i] & 0xff);
            }
            return n;
        }
        String digits = text(offset, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw new IOException("this is no tar archive, or it is damaged: '" + digits + "' is no number", e);
        }
    }

    private String text(int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return new String(header, offset, end - offset, StandardCharsets.UTF_8);
    }

    /** The file's name. */
    public String name() {
        return name;
    }

    /** The file's length in bytes. */
    public long size() {
        return size;
    }

    /** What is left of the file; closing it does nothing. */
    public InputStream content() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                if (left == 0) {
                    return -1;
                }
                int n = in.read(bytes, offset, (int) Math.min(length, left));
                if (n < 0) {
                    throw new EOFException("the archive is cut off in the middle of " + name);
                }
                left -= n;
                return n;
            }
        };
    }
}
