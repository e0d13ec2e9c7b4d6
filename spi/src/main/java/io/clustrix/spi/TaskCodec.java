package io.clustrix.spi;

import org.jspecify.annotations.Nullable;

/** Values to bytes and back in the driver, in the envelope that workers read. Thread-safe. */
public interface TaskCodec {
    /**
     * A value in its envelope.
     *
     * @throws SerializationException if something in it can't be written; the message names the path to the culprit and
     *     what to do (requirement R54)
     */
    byte[] encode(@Nullable Object value);

    /**
     * The value in an envelope.
     *
     * @throws SerializationException if the envelope is foreign, cut or damaged, or its value can't be read; the
     *     message says which
     */
    @Nullable
    Object decode(byte[] bytes, int offset, int length);
}
