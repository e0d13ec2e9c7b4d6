package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.KryoBufferUnderflowException;
import io.clustrix.spi.SerializationException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Kryo's input with a buffer of fixed size over a stream, which can read arrays of primitives as a whole. */
final class BufferedSource extends Input {
    private static final InputStream NONE = InputStream.nullInputStream();

    /** A buffer for the characters of strings that is longer than this is given back. */
    private static final int KEPT_CHARS = 1 << 16;

    private static final int LONGEST_NUMBER = 5;

    private final ByteBuffer view;

    BufferedSource() {
        super(NONE, BufferedSink.SIZE);
        view = ByteBuffer.wrap(getBuffer()).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    protected int fill(byte[] target, int offset, int count) {
        try {
            return inputStream.read(target, offset, count);
        } catch (IOException e) {
            throw new StreamFailure(e);
        }
    }

    /** Forgets the stream. */
    void release() {
        setInputStream(NONE);
        if (chars.length > KEPT_CHARS) {
            chars = new char[32];
        }
    }

    /** How many bytes are left. */
    int left() {
        try {
            return limit - position + inputStream.available();
        } catch (IOException e) {
            throw new StreamFailure(e);
        }
    }

    /**
     * Reads a length and compares it with what is left, so that damaged bytes do not ask for gigabytes.
     *
     * @param bytesEach the least that one element takes
     */
    int readLength(int bytesEach) {
        return bounded(readVarInt(true), bytesEach);
    }

    private int bounded(int length, int bytesEach) {
        int left = left();
        if (length < 0 || (long) length * bytesEach > left) {
            throw new SerializationException(
                    "the bytes can't be read: " + (length & 0xffff_ffffL) + " elements of at least " + bytesEach
                            + " bytes are said to follow, but only " + left + " bytes do");
        }
        return length;
    }

    // Kryo's own serializers, of URI and BigInteger for instance, believe in each length.

    @Override
    public String readString() {
        boundText();
        return super.readString();
    }

    @Override
    public StringBuilder readStringBuilder() {
        boundText();
        return super.readStringBuilder();
    }

    /** Looks at the length of the text that follows, if it has one; one character is one byte at least. */
    private void boundText() {
        require(1);
        if (!readVarIntFlag()) {
            return; // ASCII, which ends with a bit in its last byte
        }
        require(Math.min(LONGEST_NUMBER, left()));
        int before = position;
        int characters = readVarIntFlag(true) - 1; // 0 and 1 stand for null and the empty text
        position = before;
        var unused = characters < 0 ? 0 : bounded(characters, 1);
    }

    @Override
    public byte[] readBytes(int length) {
        return super.readBytes(bounded(length, 1));
    }

    /** The counterpart of {@link BufferedSink#writeElements}. */
    void readElements(Object array, Primitives type, int length) {
        if (type == Primitives.BYTE) {
            readBytes((byte[]) array, length);
            return;
        }
        int shift = type.shift();
        for (int done = 0; done < length; ) {
            int count = Math.min(require(1 << shift) >> shift, length - done);
            type.get(view.position(position), array, done, count);
            position += count << shift;
            done += count;
        }
    }

    private void readBytes(byte[] bytes, int length) {
        int done = Math.min(limit - position, length);
        System.arraycopy(buffer, position, bytes, 0, done);
        position += done;
        while (done < length) {
            int count = fill(bytes, done, length - done);
            if (count < 0) {
                throw new KryoBufferUnderflowException("the bytes end in the middle of an array");
            }
            done += count;
            total += count;
        }
    }
}
