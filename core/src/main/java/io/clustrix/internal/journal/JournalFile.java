package io.clustrix.internal.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The format: 8 bytes of magic and version, then records. A record is the payload's length (4 bytes, big-endian, 1 to
 * {@value #LARGEST}), the CRC-32C of those 4 bytes and the payload, and the payload. So a block of zeros is no record.
 */
final class JournalFile {
    static final byte[] MAGIC = "CLXJ\0\0\0\1".getBytes(StandardCharsets.ISO_8859_1);
    static final int HEAD = 8;
    static final int LARGEST = 16 << 20;

    private JournalFile() {}

    /** What takes payloads; the array is its own. */
    interface Sink {
        void take(byte[] payload) throws IOException;
    }

    static int crc(int length, byte[] payload, int from) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(4).putInt(0, length));
        crc.update(payload, from, length);
        return (int) crc.getValue();
    }

    static ByteBuffer record(byte[] payload) {
        ByteBuffer record = ByteBuffer.allocate(HEAD + payload.length);
        return record.putInt(payload.length)
                .putInt(crc(payload.length, payload, 0))
                .put(payload)
                .flip();
    }

    /**
     * Reads records from the start.
     *
     * @param size where to stop: a writer may go on meanwhile
     * @return where the last whole record before the first damage ends
     */
    static long read(FileChannel file, Path path, long size, Sink sink) throws IOException {
        if (!hasHeader(file, size) && isTornHeader(bytes(file, 0, (int) Math.min(size, MAGIC.length)))) {
            return 0;
        }
        if (!hasHeader(file, size)) {
            throw new JournalException(
                    path + " is no journal of this version of Clustrix", List.of("use another directory"), null);
        }
        long at = MAGIC.length;
        while (true) {
            byte[] payload = record(file, at, size);
            if (payload == null) {
                return at;
            }
            sink.take(payload);
            at += HEAD + payload.length;
        }
    }

    /** The record at this place, if there is a whole and sound one. */
    static byte @Nullable [] record(FileChannel file, long at, long size) throws IOException {
        if (size - at < HEAD) {
            return null;
        }
        ByteBuffer head = ByteBuffer.wrap(bytes(file, at, HEAD));
        int length = head.getInt();
        int crc = head.getInt();
        if (length < 1 || length > LARGEST || length > size - at - HEAD) {
            return null;
        }
        byte[] payload = bytes(file, at + HEAD, length);
        return crc(length, payload, 0) == crc ? payload : null;
    }

    /**
     * Looks for a sound record after damage, at any place: lengths can't be trusted there.
     *
     * @return where it starts, or -1
     */
    static long next(FileChannel file, long from, long size) throws IOException {
        int window = 1 << 20;
        for (long start = from; start < size; start += window) {
            int n = (int) Math.min(window + HEAD, size - start);
            ByteBuffer block = ByteBuffer.wrap(bytes(file, start, n));
            for (int i = 0; i + HEAD <= n && i < window; i++) {
                int length = block.getInt(i);
                if (length >= 1 && length <= LARGEST && length <= size - start - i - HEAD) {
                    if (record(file, start + i, size) != null) {
                        return start + i;
                    }
                }
            }
        }
        return -1;
    }

    private static byte[] bytes(FileChannel file, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            int n = file.read(buffer, at + buffer.position());
            if (n < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
        return buffer.array();
    }

    static boolean hasHeader(FileChannel file, long size) throws IOException {
        return size >= MAGIC.length && Arrays.equals(bytes(file, 0, MAGIC.length), MAGIC);
    }

    /** A beginning of the header, with nothing or zeros behind it. */
    private static boolean isTornHeader(byte[] bytes) {
        int i = 0;
        while (i < bytes.length && bytes[i] == MAGIC[i]) {
            i++;
        }
        while (i < bytes.length && bytes[i] == 0) {
            i++;
        }
        return i == bytes.length;
    }

    static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ);
    }
}
