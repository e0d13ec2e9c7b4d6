package io.clustrix.worker;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The worker's serializer and the envelope around it. For one thread. */
final class WorkerCodec {
    private static final int JAVA = Integer.parseInt(System.getProperty("java.specification.version"));

    /** How many sets of shipped classes are kept for tasks that bring the same again. */
    private static final int KEPT = 16;

    private final String name;
    private final Serializer serializer;
    private final ClassLoader classes = ClassLoader.getSystemClassLoader();

    /** Made when a value brings classes, which most never do. */
    private @Nullable Map<String, ShippedClasses> shipped;

    private ClassLoader last = classes;

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
        return decode(bytes, offset, length, classes);
    }

    private @Nullable Object decode(byte[] bytes, int offset, int length, ClassLoader base) {
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
        last = base;
        Object value = header.read(bytes, serializer, base);
        return value instanceof ShippedValue s ? unpacked(s, base) : value;
    }

    /** Where the classes of the value that was read last were found. */
    ClassLoader lastClasses() {
        return last;
    }

    private @Nullable Object unpacked(ShippedValue value, ClassLoader base) {
        try {
            ShippedClasses own;
            if (base instanceof ShippedClasses ofFunction) {
                ofFunction.add(value.classes()); // items have to be of the very classes that the function knows
                own = ofFunction;
            } else {
                own = kept(value);
            }
            last = own;
            byte[] variables = value.variables();
            if (variables.length > 0
                    && serializer.read(new ByteArrayInputStream(variables), own) instanceof Object[] set) {
                own.assign(set, !own.equals(base));
            }
            return serializer.read(new ByteArrayInputStream(value.value()), own);
        } catch (IOException | ReflectiveOperationException e) {
            throw new SerializationException(
                    "the classes that came with the task can't be loaded: " + e,
                    List.of("use the same version of Clustrix in the driver and in the worker"),
                    e);
        }
    }

    private ShippedClasses kept(ShippedValue value) throws IOException {
        Map<String, ShippedClasses> known = shipped;
        if (known == null) {
            known = new LinkedHashMap<>();
            shipped = known;
        }
        String key = value.key();
        ShippedClasses own = known.remove(key);
        if (own == null) {
            own = new ShippedClasses(classes);
            own.add(value.classes());
            if (known.size() >= KEPT) {
                known.remove(known.keySet().iterator().next());
            }
        }
        known.put(key, own); // as the newest
        return own;
    }

    /**
     * As {@link #decodeObject}, with the classes that a function was read with.
     *
     * @param base its {@link #lastClasses}
     */
    Object[] decodeItems(byte[] bytes, int offset, int length, ClassLoader base) throws IOException {
        if (decode(bytes, offset, length, base) instanceof Object[] items) {
            return items;
        }
        throw new IOException("no array where items were expected");
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
