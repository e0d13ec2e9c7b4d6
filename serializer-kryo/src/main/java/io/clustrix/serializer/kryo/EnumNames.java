package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.util.List;

/** Constants of one enum, by name: their order may differ between versions of the JDK. */
final class EnumNames extends Encoding<Enum<?>> {
    @Override
    void write(Graph graph, BufferedSink out, Enum<?> constant) {
        out.writeString(constant.name());
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    Enum<?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
        String name = in.readString();
        try {
            return Enum.valueOf((Class) type, name);
        } catch (IllegalArgumentException e) {
            throw new SerializationException(
                    "the enum " + type.getName() + " has no constant " + name + " here", List.of(), e);
        }
    }
}
