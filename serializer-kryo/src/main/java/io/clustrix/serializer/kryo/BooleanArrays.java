package io.clustrix.serializer.kryo;

/** Arrays of {@code boolean}, a byte each. */
final class BooleanArrays extends Encoding<boolean[]> {
    @Override
    void write(Graph graph, BufferedSink out, boolean[] array) {
        out.writeVarInt(array.length, true);
        for (boolean b : array) {
            out.writeBoolean(b);
        }
    }

    @Override
    boolean[] read(Graph graph, BufferedSource in, Class<?> type, int id) {
        boolean[] array = new boolean[in.readLength(1)];
        for (int i = 0; i < array.length; i++) {
            array[i] = in.readBoolean();
        }
        return array;
    }
}
