package io.clustrix.worker;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One serialized value with what is needed to read it elsewhere and to see that it is whole; the same in sockets and in
 * files. A hop copies the bytes and never reads and writes the value anew (requirement W-C4).
 *
 * <p>The form, numbers with the most significant byte first:
 *
 * <pre>
 *  0  4 bytes  "CLTX"
 *  4  1 byte   version of this form, 1
 *  5  1 byte   n, the length of the serializer's name
 *  6  2 bytes  class-file level: the highest of the classes that the value needs, 61 for Java 17
 *  8  4 bytes  p, the length of the payload
 * 12  4 bytes  CRC-32C of the bytes 4 to 11, of the name, and of the payload
 * 16  n bytes  name of the serializer, ASCII
 *     p bytes  payload, what {@link Serializer#write} wrote
 * </pre>
 *
 * <p>The checksum finds damage (torn and truncated files, bad disks), not an attacker: who can write the file can write
 * the checksum.
 */
public final class Envelope {

    /** Bytes before the name. */
    private static final int FIXED = 16;

    private static final int MAGIC = 'C' << 24 | 'L' << 16 | 'T' << 8 | 'X';
    private static final int VERSION = 1;
    private static final int MAX_NAME = 255;

    private Envelope() {}

    /**
     * What an envelope says of itself, found whole and undamaged.
     *
     * @param serializerName the {@linkplain io.clustrix.spi.Provider#name() name} of the serializer
     * @param classFileLevel the class-file level that the reader's JVM must understand, 61 for Java 17
     * @param payloadOffset where the payload starts in the array that was opened
     * @param payloadLength its length in bytes
     */
    public record Header(String serializerName, int classFileLevel, int payloadOffset, int payloadLength) {

        /**
         * Reads the value.
         *
         * @param bytes the array that was opened
         * @throws SerializationException see {@link Serializer#read}
         */
        public @Nullable Object read(byte[] bytes, Serializer serializer, ClassLoader classes) {
            try {
                return serializer.read(new ByteArrayInputStream(bytes, payloadOffset, payloadLength), classes);
            } catch (IOException e) {
                throw new UncheckedIOException("an array of bytes can't fail to be read", e);
            }
        }
    }

    /**
     * Appends the envelope of a value to a sink.
     *
     * @param serializerName 1 to 255 ASCII characters
     * @param classFileLevel 0 to 65535
     * @throws SerializationException if the value can't be written or takes 2 GiB; the sink is then as it was before
     */
    public static void seal(
            ByteSink sink, String serializerName, int classFileLevel, Serializer serializer, @Nullable Object value) {
        int start = sink.size();
        boolean sealed = false;
        try {
            int payload = open(sink, serializerName, classFileLevel);
            serializer.write(value, sink);
            close(sink, start, payload);
            sealed = true;
        } catch (IOException e) {
            throw new UncheckedIOException("a sink can't fail to be written to", e);
        } finally {
            if (!sealed) {
                sink.truncate(start);
            }
        }
    }

    /** Appends the envelope of a value that was serialized before; see the other {@code seal}. */
    public static void seal(
            ByteSink sink, String serializerName, int classFileLevel, byte[] payload, int offset, int length) {
        int start = sink.size();
        int position = open(sink, serializerName, classFileLevel);
        sink.write(payload, offset, length);
        close(sink, start, position);
    }

    /** The envelope of a value in an array of its own; see the first {@code seal}. */
    public static byte[] seal(
            String serializerName, int classFileLevel, Serializer serializer, @Nullable Object value) {
        ByteSink sink = new ByteSink();
        seal(sink, serializerName, classFileLevel, serializer, value);
        return sink.toByteArray();
    }

    /** Leaves room for the header and returns where the payload starts. */
    private static int open(ByteSink sink, String serializerName, int classFileLevel) {
        int n = serializerName.length();
        if (n == 0 || n > MAX_NAME) {
            throw new IllegalArgumentException("a serializer's name has 1 to 255 characters, not " + n);
        }
        if (classFileLevel < 0 || classFileLevel > 0xffff) {
            throw new IllegalArgumentException("a class-file level is 0 to 65535, not " + classFileLevel);
        }
        int start = sink.size();
        sink.writeInt(MAGIC);
        sink.writeInt(VERSION << 24 | n << 16 | classFileLevel);
        sink.skip(FIXED - 8);
        for (int i = 0; i < n; i++) {
            char c = serializerName.charAt(i);
            if (c <= ' ' || c > '~') {
                sink.truncate(start);
                throw new IllegalArgumentException(
                        "a serializer's name is printable ASCII, not '" + serializerName + "'");
            }
            sink.write(c);
        }
        return sink.size();
    }

    private static void close(ByteSink sink, int start, int payload) {
        sink.setInt(start + 8, sink.size() - payload);
        sink.setInt(start + 12, checksum(sink.array(), start, sink.size()));
    }

    private static int checksum(byte[] bytes, int start, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start + 4, 8);
        crc.update(bytes, start + FIXED, end - start - FIXED);
        return (int) crc.getValue();
    }

    /** Verifies an envelope that fills an array; see {@link #open(byte[], int, int)}. */
    public static Header open(byte[] bytes) {
        return open(bytes, 0, bytes.length);
    }

    /**
     * Verifies an envelope that fills a part of an array exactly.
     *
     * @throws SerializationException if it is none, of a newer version, cut, over-long or damaged; the message says
     *     which
     * @throws IndexOutOfBoundsException if the part is not within the array
     */
    public static Header open(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length < 5) {
            throw new SerializationException(
                    "the envelope is cut: " + length + " bytes, less than the " + FIXED + " of its header");
        }
        int magic = intAt(bytes, offset);
        if (magic != MAGIC) {
            throw new SerializationException("this is no Clustrix envelope: it starts with 0x"
                    + Integer.toHexString(magic) + ", not with 0x" + Integer.toHexString(MAGIC) + " (\"CLTX\")");
        }
        int version = bytes[offset + 4] & 0xff;
        if (version != VERSION) {
            throw new SerializationException(
                    "the envelope has version " + version + ", this Clustrix reads version " + VERSION,
                    "use the same version of Clustrix for whoever writes and whoever reads");
        }
        if (length < FIXED) {
            throw new SerializationException(
                    "the envelope is cut: " + length + " bytes, less than the " + FIXED + " of its header");
        }
        int nameLength = bytes[offset + 5] & 0xff;
        int payloadLength = intAt(bytes, offset + 8);
        long expected = (long) FIXED + nameLength + (payloadLength & 0xffff_ffffL);
        if (length < expected) {
            throw new SerializationException(
                    "the envelope is cut: it says " + expected + " bytes, there are " + length,
                    "the file or the connection ended early: look for a full disk, a quota, or a process that was killed");
        }
        if (length > expected) {
            throw new SerializationException(
                    "the envelope is too long: it says " + expected + " bytes, there are " + length);
        }
        int said = intAt(bytes, offset + 12);
        int found = checksum(bytes, offset, offset + length);
        if (said != found) {
            throw new SerializationException("the envelope is damaged: its checksum is 0x" + Integer.toHexString(said)
                    + ", that of its " + length + " bytes is 0x" + Integer.toHexString(found));
        }
        String name = new String(bytes, offset + FIXED, nameLength, StandardCharsets.ISO_8859_1);
        int level = (bytes[offset + 6] & 0xff) << 8 | (bytes[offset + 7] & 0xff);
        return new Header(name, level, offset + FIXED + nameLength, payloadLength);
    }

    private static int intAt(byte[] bytes, int position) {
        return bytes[position] << 24
                | (bytes[position + 1] & 0xff) << 16
                | (bytes[position + 2] & 0xff) << 8
                | (bytes[position + 3] & 0xff);
    }
}
