package io.clustrix.spi;

import java.util.List;

/**
 * Makes {@linkplain Serializer serializers}, in the driver and in every worker. The worker finds it by its class name.
 */
public interface SerializerProvider extends Provider {
    /**
     * A new serializer for one thread.
     *
     * @throws ConfigurationException if an option is wrong
     */
    Serializer create(SerializerOptions options);

    /**
     * JVM options that a worker needs for this serializer, for instance system properties.
     *
     * @param javaFeature the feature version of the worker's Java, 17 or above
     */
    default List<String> jvmOptions(int javaFeature) {
        return List.of();
    }

    /**
     * One class of each library that the serializer needs beside its own jar, so that an archive for quick starts of
     * workers can hold them.
     */
    default List<Class<?>> libraries() {
        return List.of();
    }
}
