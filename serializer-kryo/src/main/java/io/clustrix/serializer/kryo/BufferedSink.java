package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.io.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Kryo's output with a buffer of fixed size over a stream, which can write arrays of primitives as a whole. */
final class BufferedSink extends Output {
    static final int SIZE = 16 * 1024;

    private static final OutputStream NONE = OutputStream.nullOutputStream();

    private final ByteBuffer view;

    BufferedSink() {
        super(NONE, SIZE);
        view = ByteBuffer.wrap(getBuffer()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Hands what is buffered to the stream, which itself is not flushed: the contract of the SPI. */
    @Override
    public void flush() {
        try {
            outputStream.write(buffer, 0, position);
        } catch (IOException e) {
            throw new StreamFailure(e);
        }
        total += position;
        position = 0;
    }

    /** Forgets the stream and what was not flushed to it. */
    void release() {
        setOutputStream(NONE);
    }

    /** Writes all of an array of primitives but {@code boolean[]}, the least significant byte of each element first. */
    void writeElements(Object array, Primitives type, int length) {
        if (type == Primitives.BYTE) {
            byte[] bytes = (byte[]) array;
            if (length <= capacity - position) {
                writeBytes(bytes);
            } else {
                flush();
                try {
                    outputStream.write(bytes, 0, length);
                } catch (IOException e) {
                    throw new StreamFailure(e);
                }
                total += length;
            }
            return;
        }
        int shift = type.shift();
        for (int done = 0; done < length; ) {
            int count = Math.min((capacity - position) >> shift, length - done);
            if (count == 0) {
                flush();
                continue;
            }
            type.put(view.position(position), array, done, count);
            position += count << shift;
            done += count;
        }
    }
}
