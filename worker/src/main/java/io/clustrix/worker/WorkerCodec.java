package io.clustrix.worker;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The worker's serializer and the envelope around it. For one thread. */
final class WorkerCodec {
    private static final int JAVA = Integer.parseInt(System.getProperty("java.specification.version"));

    private final String name;
    private final Serializer serializer;
    private final ClassLoader classes = ClassLoader.getSystemClassLoader();

    WorkerCodec(String name, Serializer serializer) {
        this.name = name;
        this.serializer = serializer;
    }

    /**
     * A codec with a serializer that is found by its provider's name.
     *
     * @throws ReflectiveOperationException if the class path lacks the provider, or it can't be made
     */
    static WorkerCodec of(String providerClass, SerializerOptions options) throws ReflectiveOperationException {
        SerializerProvider provider = Class.forName(providerClass)
                .asSubclass(SerializerProvider.class)
                .getDeclaredConstructor()
                .newInstance();
        return new WorkerCodec(provider.name(), provider.create(options));
    }

    void encode(@Nullable Object value, ByteSink sink) {
        // Level 0: the driver made the classes known, so it can read them.
        Envelope.seal(sink, name, 0, serializer, value);
    }

    @Nullable
    Object decode(byte[] bytes, int offset, int length) {
        Envelope.Header header = Envelope.open(bytes, offset, length);
        if (!header.serializerName().equals(name)) {
            throw new SerializationException("the value was written by serializer '" + header.serializerName()
                    + "', this worker reads '" + name + "'");
        }
        if (header.classFileLevel() > JAVA + 44) {
            throw new SerializationException(
                    "the task's class files need Java " + (header.classFileLevel() - 44) + ", this worker runs Java "
                            + JAVA,
                    "give the worker a newer Java, or compile with --release " + JAVA);
        }
        return header.read(bytes, serializer, classes);
    }

    /** As {@link #decode}, where a function or items are expected. */
    Object decodeObject(byte[] bytes, int offset, int length) throws IOException {
        Object value = decode(bytes, offset, length);
        if (value == null) {
            throw new IOException("a null where a function or items were expected");
        }
        return value;
    }
}
