package io.clustrix.worker;

import io.clustrix.spi.SerializationException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * A growing array of bytes to write into, meant to be kept and {@linkplain #reset reset} for the next value.
 *
 * <p>It never throws {@link java.io.IOException}. Not thread-safe. Writing, flushing and closing have no other effect
 * than that the bytes are there.
 */
public final class ByteSink extends OutputStream {

    /** The most that an array can hold on every JVM, in bytes. */
    public static final int MAX_SIZE = Integer.MAX_VALUE - 8;

    /** A buffer above this size, in bytes, is given back by {@link #reset}: one huge value must not stay in memory. */
    private static final int KEPT = 1 << 20;

    private static final int INITIAL = 512;

    private byte[] bytes;
    private int size;

    /** An empty sink. */
    public ByteSink() {
        this(INITIAL);
    }

    /** An empty sink with room for so many bytes. */
    public ByteSink(int capacity) {
        bytes = new byte[Math.max(capacity, 16)];
    }

    @Override
    public void write(int b) {
        room(1);
        bytes[size++] = (byte) b;
    }

    @Override
    public void write(byte[] source) {
        write(source, 0, source.length);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        room(length);
        System.arraycopy(source, offset, bytes, size, length);
        size += length;
    }

    /** Appends four bytes, the most significant first. */
    public void writeInt(int value) {
        room(4);
        size += 4;
        setInt(size - 4, value);
    }

    /**
     * Appends so many bytes of any content, to be overwritten in {@link #array} later, and returns the position of the
     * first.
     */
    public int skip(int length) {
        room(length);
        int position = size;
        size += length;
        return position;
    }

    /**
     * Overwrites four bytes that were written before, the most significant first.
     *
     * @throws IndexOutOfBoundsException if they were not
     */
    public void setInt(int position, int value) {
        Objects.checkFromIndexSize(position, 4, size);
        bytes[position] = (byte) (value >>> 24);
        bytes[position + 1] = (byte) (value >>> 16);
        bytes[position + 2] = (byte) (value >>> 8);
        bytes[position + 3] = (byte) value;
    }

    /** How many bytes were written since it was made or reset. */
    public int size() {
        return size;
    }

    /**
     * The array itself, not a copy: its first {@link #size} bytes are the content. It is replaced by another whenever
     * it has to grow, so fetch it after the last write.
     */
    public byte[] array() {
        return bytes;
    }

    /** A copy of the content. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** The content from a position on, without a copy: to be read before the sink is written to again. */
    public InputStream toInput(int from) {
        Objects.checkFromToIndex(from, size, size);
        return new ByteArrayInputStream(bytes, from, size - from);
    }

    /**
     * Forgets everything from a position on.
     *
     * @throws IndexOutOfBoundsException if it is longer than the content
     */
    public void truncate(int newSize) {
        Objects.checkFromToIndex(0, newSize, size);
        size = newSize;
    }

    /** Forgets everything; a buffer of more than 1 MiB is given back. */
    public void reset() {
        size = 0;
        if (bytes.length > KEPT) {
            bytes = new byte[INITIAL];
        }
    }

    /** Nothing happens: a closed sink can be written to. */
    @Override
    public void close() {}

    private void room(int length) {
        if (length > bytes.length - size) {
            grow(length);
        }
    }

    private void grow(int length) {
        long needed = (long) size + length;
        if (needed > MAX_SIZE) {
            throw new SerializationException(
                    "the bytes are more than an array can hold: at least " + needed + " of at most " + MAX_SIZE
                            + " bytes (2 GiB)",
                    "split the value, or put it into a file that both sides can read and pass its path");
        }
        // half as much again once it is large, as twice 1 GiB does not fit an array
        long wanted = bytes.length < KEPT ? 2L * bytes.length : bytes.length + (bytes.length >> 1);
        bytes = Arrays.copyOf(bytes, (int) Math.min(Math.max(wanted, needed), MAX_SIZE));
    }
}
