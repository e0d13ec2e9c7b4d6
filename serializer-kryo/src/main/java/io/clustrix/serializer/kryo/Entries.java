package io.clustrix.serializer.kryo;

import java.util.ConcurrentModificationException;
import java.util.Map;

/** Mutable maps that are their entries and nothing else. */
abstract class Entries extends Encoding<Map<?, ?>> {
    @Override
    void write(Graph graph, BufferedSink out, Map<?, ?> map) {
        writeKind(out, map);
        int size = map.size();
        out.writeVarInt(size, true);
        int count = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (++count > size) {
                break;
            }
            graph.write(out, entry.getKey());
            graph.write(out, entry.getValue());
        }
        if (count != size) {
            throw new ConcurrentModificationException(
                    "the " + map.getClass().getName() + " changed while it was written");
        }
    }

    @Override
    Map<?, ?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
        Map<Object, Object> map = create(in);
        graph.made(id, map);
        int size = in.readLength(2);
        for (int i = 0; i < size; i++) {
            Object key = graph.read(in);
            map.put(key, graph.read(in));
        }
        return map;
    }

    /** Writes what the map is besides its entries. */
    void writeKind(BufferedSink out, Map<?, ?> map) {}

    /** An empty map of the kind that was written. */
    abstract Map<Object, Object> create(BufferedSource in);
}
