package io.clustrix.serializer.kryo;

import java.util.Collection;
import java.util.ConcurrentModificationException;

/** Mutable collections that are their elements and nothing else. */
abstract class Elements extends Encoding<Collection<?>> {

    /** More is not taken in advance: the number stands in bytes that may be damaged. */
    static final int MOST_IN_ADVANCE = 1 << 16;

    @Override
    void write(Graph graph, BufferedSink out, Collection<?> collection) {
        int size = collection.size();
        out.writeVarInt(size, true);
        int count = 0;
        for (Object element : collection) {
            if (++count > size) {
                break;
            }
            graph.write(out, element);
        }
        if (count != size) {
            throw new ConcurrentModificationException(
                    "the " + collection.getClass().getName() + " changed while it was written");
        }
    }

    @Override
    Collection<?> read(Graph graph, BufferedSource in, Class<?> type, int id) {
        int size = in.readLength(1);
        Collection<Object> collection = create(Math.min(size, MOST_IN_ADVANCE));
        graph.made(id, collection);
        for (int i = 0; i < size; i++) {
            collection.add(graph.read(in));
        }
        return collection;
    }

    abstract Collection<Object> create(int size);
}
