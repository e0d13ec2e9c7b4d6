package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** {@link Class} objects, by name. */
final class ClassValues extends Encoding<Class<?>> {

    @Override
    void write(Graph graph, BufferedSink out, Class<?> type) {
        if (type.isHidden() || Proxy.isProxyClass(type)) {
            throw new SerializationException(
                    "the class " + type.getName() + " was made at run time and can't be found by its name elsewhere",
                    "hand over one of its interfaces instead of the class itself");
        }
        out.writeString(type.getName());
    }

    @Override
    Class<?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
        String name = in.readString();
        Class<?> primitive = name == null ? null : primitive(name);
        return primitive != null ? primitive : graph.tags().find(name);
    }

    /** The primitive type of that name, or {@code void}, or null. */
    static @Nullable Class<?> primitive(String name) {
        return switch (name) {
            case "boolean" -> boolean.class;
            case "byte" -> byte.class;
            case "char" -> char.class;
            case "double" -> double.class;
            case "float" -> float.class;
            case "int" -> int.class;
            case "long" -> long.class;
            case "short" -> short.class;
            case "void" -> void.class;
            default -> null;
        };
    }
}
