package io.clustrix.internal.staging;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes the ustar format of POSIX, which every tar reads: regular files with short names, no owners, no times. Own
 * code, because the library for it brings three more and takes 55 ms at its first use. Not thread-safe.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06">ustar</a>
 */
public final class TarWriter {
    private static final int BLOCK = 512;
    private static final int RECORD = 20 * BLOCK;
    private static final int LONGEST_NAME = 100;
    private static final long LARGEST = 077777777777L;
    private static final int CHUNK = 64 << 10;

    private final OutputStream out;
    private final byte[] chunk = new byte[CHUNK];
    private long written;

    /** Writes to this stream, in blocks of up to 64 KiB, and neither flushes nor closes it. */
    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Adds a file.
     *
     * @param name relative, at most 100 bytes in UTF-8
     * @param mode its permissions, for instance {@code 0600}
     */
    public void file(String name, int mode, byte[] content) throws IOException {
        header(name, mode, content.length, '0');
        put(content, content.length);
        pad(BLOCK);
    }

    /**
     * Adds a file.
     *
     * @param name relative, at most 100 bytes in UTF-8
     * @param mode its permissions, for instance {@code 0600}
     * @param size how many bytes are to be read
     * @param content what must have that many bytes; is not closed
     * @throws IOException if it has fewer or more, too
     */
    public void file(String name, int mode, long size, InputStream content) throws IOException {
        header(name, mode, size, '0');
        long left = size;
        while (left > 0) {
            int n = content.read(chunk, 0, (int) Math.min(chunk.length, left));
            if (n < 0) {
                throw new IOException(name + " is " + left + " bytes shorter than expected");
            }
            put(chunk, n);
            left -= n;
        }
        if (content.read() >= 0) {
            throw new IOException(name + " is longer than the expected " + size + " bytes");
        }
        pad(BLOCK);
    }

    /** Adds a directory. */
    public void directory(String name, int mode) throws IOException {
        header(name.endsWith("/") ? name : name + "/", mode, 0, '5');
    }

    /** Ends the archive; without this, it counts as cut off. */
    public void finish() throws IOException {
        put(new byte[2 * BLOCK], 2 * BLOCK);
        pad(RECORD);
    }

    private void header(String name, int mode, long size, char type) throws IOException {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        if (nameBytes.length == 0 || nameBytes.length > LONGEST_NAME || size > LARGEST) {
            throw new IllegalArgumentException(
                    "a tar of this kind takes names of 1 to 100 bytes and files below 8 GiB, not " + name + " with "
                            + size + " bytes");
        }
        byte[] header = new byte[BLOCK];
        System.arraycopy(nameBytes, 0, header, 0, nameBytes.length);
        octal(header, 100, 8, mode);
        octal(header, 108, 8, 0);
        octal(header, 116, 8, 0);
        octal(header, 124, 12, size);
        octal(header, 136, 12, 0);
        header[156] = (byte) type;
        System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, header, 257, 8);
        java.util.Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xFF;
        }
        octal(header, 148, 7, sum);
        put(header, BLOCK);
    }

    private static void octal(byte[] header, int at, int width, long value) {
        String digits = String.format(Locale.ROOT, "%0" + (width - 1) + "o", value);
        System.arraycopy(digits.getBytes(StandardCharsets.US_ASCII), 0, header, at, width - 1);
        header[at + width - 1] = 0;
    }

    private void put(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        written += length;
    }

    private void pad(int unit) throws IOException {
        int rest = (int) (written % unit);
        if (rest > 0) {
            put(new byte[unit - rest], unit - rest);
        }
    }
}
