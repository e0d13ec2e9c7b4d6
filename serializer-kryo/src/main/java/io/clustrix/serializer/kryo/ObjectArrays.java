package io.clustrix.serializer.kryo;

import io.clustrix.spi.SerializationException;
import java.lang.reflect.Array;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arrays of objects and of arrays. */
final class ObjectArrays extends Encoding<@Nullable Object[]> {
    @Override
    void write(Graph graph, BufferedSink out, @Nullable Object[] array) {
        out.writeVarInt(array.length, true);
        for (Object element : array) {
            graph.write(out, element);
        }
    }

    @Override
    @Nullable
    Object[] read(Graph graph, BufferedSource in, Class<?> type, int id) {
        int length = in.readLength(1);
        @Nullable Object[] array = (@Nullable Object[]) Array.newInstance(type.getComponentType(), length);
        graph.made(id, array);
        try {
            for (int i = 0; i < length; i++) {
                array[i] = graph.read(in);
            }
        } catch (ArrayStoreException e) {
            throw new SerializationException(
                    "the bytes can't be read: a " + type.getTypeName() + " is said to hold a " + e.getMessage(),
                    List.of(),
                    e);
        }
        return array;
    }
}
