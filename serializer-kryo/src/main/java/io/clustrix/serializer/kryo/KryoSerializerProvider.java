package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.Kryo;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.util.List;

/** The serializer {@code kryo}. Needs no {@code --add-opens} on any Java, in the driver or in a worker. */
public final class KryoSerializerProvider implements SerializerProvider {

    /** Called by {@link java.util.ServiceLoader} and by the worker. */
    public KryoSerializerProvider() {}

    @Override
    public String name() {
        return "kryo";
    }

    @Override
    public Serializer create(SerializerOptions options) {
        return new KryoSerializer(options);
    }

    /** Kryo would otherwise probe {@code sun.misc.Unsafe}, of which Java 24 and newer warn on stderr. */
    @Override
    public List<String> jvmOptions(int javaFeature) {
        return List.of("-Dkryo.unsafe=false");
    }

    @Override
    public List<Class<?>> libraries() {
        return List.of(Kryo.class);
    }
}
