package io.clustrix.serializer.kryo;

import java.lang.reflect.Array;

/** Arrays of numbers and characters, as a whole. */
final class PrimitiveArrays extends Encoding<Object> {
    private final Primitives type;

    PrimitiveArrays(Primitives type) {
        this.type = type;
    }

    @Override
    void write(Graph graph, BufferedSink out, Object array) {
        int length = Array.getLength(array);
        out.writeVarInt(length, true);
        out.writeElements(array, type, length);
    }

    @Override
    Object read(Graph graph, BufferedSource in, Class<?> ignored, int id) {
        int length = in.readLength(1 << type.shift());
        Object array = type.newArray(length);
        in.readElements(array, type, length);
        return array;
    }
}
