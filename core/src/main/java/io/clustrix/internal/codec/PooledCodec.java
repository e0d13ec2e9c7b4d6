package io.clustrix.internal.codec;

import io.clustrix.spi.Memory;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.spi.TaskCodec;
import io.clustrix.worker.Envelope;
import org.jspecify.annotations.Nullable;

/** The driver's codec: pooled serializers, and a good word when a value can't be shipped or is very large. */
public final class PooledCodec implements TaskCodec {
    private static final int NEWEST_LEVEL = 44 + Runtime.version().feature();

    private final String name;
    private final SerializerPool pool;
    private final ClassLoader classes;
    private final ClassFileLevels levels = new ClassFileLevels();
    private final LargeTasks large;
    private final Diagnoses diagnoses;
    private final MemoryShipping shipping;

    /**
     * A codec.
     *
     * @param provider makes the serializers, each when it is needed
     * @param options what they are made with
     * @param classes where the classes of values are found
     * @param warnAbove values with more bytes than this are logged, once for each class of values
     */
    public PooledCodec(SerializerProvider provider, SerializerOptions options, ClassLoader classes, Memory warnAbove) {
        this.name = provider.name();
        this.pool = new SerializerPool(() -> provider.create(options));
        this.diagnoses = new Diagnoses(pool);
        this.shipping = new MemoryShipping(pool, diagnoses);
        this.classes = shipping.reading(classes);
        this.large = new LargeTasks(pool, warnAbove);
    }

    @Override
    public byte[] encode(@Nullable Object value) {
        int level = levels.of(value);
        byte[] bytes;
        SerializerPool.Entry entry = pool.take();
        try {
            Envelope.seal(entry.sink(), name, level, entry.serializer(), value);
            bytes = entry.sink().toByteArray();
            pool.give(entry);
        } catch (SerializationException e) {
            pool.give(entry);
            throw diagnoses.of(value, e);
        }
        // What throws anything else is not given back: who knows in what state it is.
        if (value != null && shipping.concerns(value)) {
            bytes = withClasses(value, level, bytes);
        }
        large.look(value, bytes.length);
        return bytes;
    }

    /** What was defined in a shell takes its classes with it. */
    private byte[] withClasses(Object value, int level, byte[] bytes) {
        Envelope.Header header = Envelope.open(bytes);
        MemoryShipping.Shipment shipment = shipping.of(value, bytes, header.payloadOffset(), header.payloadLength());
        if (shipment == null) {
            return bytes;
        }
        SerializerPool.Entry entry = pool.take();
        Envelope.seal(entry.sink(), name, Math.max(level, shipment.level()), entry.serializer(), shipment.value());
        byte[] all = entry.sink().toByteArray();
        pool.give(entry);
        return all;
    }

    @Override
    public @Nullable Object decode(byte[] bytes, int offset, int length) {
        Envelope.Header header = Envelope.open(bytes, offset, length);
        if (!header.serializerName().equals(name)) {
            throw new SerializationException(
                    "the value was written by the serializer '" + header.serializerName()
                            + "', and this cluster reads '" + name + "'",
                    "set clustrix.serializer.name to the same on both sides");
        }
        if (header.classFileLevel() > NEWEST_LEVEL) {
            throw new SerializationException(
                    "the value needs Java " + (header.classFileLevel() - 44) + ", and this is Java "
                            + Runtime.version().feature(),
                    "run the driver on the newer Java");
        }
        SerializerPool.Entry entry = pool.take();
        Object value;
        try {
            value = header.read(bytes, entry.serializer(), classes);
            pool.give(entry);
        } catch (SerializationException e) {
            pool.give(entry);
            throw e;
        }
        return value;
    }
}
