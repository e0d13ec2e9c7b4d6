package io.clustrix.spi;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Values to bytes and back, in two JVMs that have the same classes but need not be of the same Java version.
 *
 * <p><b>Threads:</b> an instance is used by one thread at a time and kept for the next value; it need not be
 * thread-safe.
 *
 * <p><b>State:</b> two values never share anything: after each call the instance is as new, also after one that threw.
 */
public interface Serializer {

    /**
     * Writes one value, {@code null} included, to the end. The stream is buffered in memory: neither flush nor close
     * it.
     *
     * @throws SerializationException if the value can't be written; the message names the class that stood in the way
     * @throws IOException only what the stream throws
     */
    void write(@Nullable Object value, OutputStream out) throws IOException;

    /**
     * Reads what {@link #write} wrote. The stream holds exactly one value and then ends, so reading ahead is allowed.
     *
     * @param in the bytes of one value, in memory
     * @param classes where the classes of the value are found
     * @throws SerializationException if the bytes are no value, name a class that is missing or that the filter refuses
     * @throws IOException only what the stream throws
     */
    @Nullable
    Object read(InputStream in, ClassLoader classes) throws IOException;
}
