package io.clustrix.serializer.kryo;

import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.worker.JdkSerializerProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The two serializers that there are, and short ways to use them. */
final class Subjects {

    private Subjects() {}

    static List<SerializerProvider> providers() {
        return List.of(new KryoSerializerProvider(), new JdkSerializerProvider());
    }

    static Serializer kryo() {
        return new KryoSerializerProvider().create(SerializerOptions.none());
    }

    static Serializer create(SerializerProvider provider, String filter) {
        return provider.create(new SerializerOptions(filter, Map.of()));
    }

    static byte[] write(Serializer serializer, Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            serializer.write(value, out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    static Object read(Serializer serializer, byte[] bytes) {
        return read(serializer, bytes, Subjects.class.getClassLoader());
    }

    static Object read(Serializer serializer, byte[] bytes, ClassLoader classes) {
        try {
            return serializer.read(new ByteArrayInputStream(bytes), classes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked")
    static <T> T roundTrip(Serializer serializer, T value) {
        return (T) read(serializer, write(serializer, value));
    }
}
