package io.clustrix.worker;

import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;

/** The serializer {@code jdk}: JDK serialization, without any library. */
public final class JdkSerializerProvider implements SerializerProvider {

    /** Called by {@link java.util.ServiceLoader} and by the worker. */
    public JdkSerializerProvider() {}

    @Override
    public String name() {
        return "jdk";
    }

    @Override
    public Serializer create(SerializerOptions options) {
        return new JdkSerializer(options);
    }
}
