package io.clustrix.serializer.kryo;

/** For objects that the reader makes only when it has read all that they hold; a cycle through one is refused. */
abstract class Late<T> extends Encoding<T> {
    @Override
    final void write(Graph graph, BufferedSink out, T object) {
        graph.beginLate();
        writeParts(graph, out, object);
        graph.endLate();
    }

    @Override
    final T read(Graph graph, BufferedSource in, Class<?> type, int id) {
        return readParts(graph, in, type);
    }

    abstract void writeParts(Graph graph, BufferedSink out, T object);

    abstract T readParts(Graph graph, BufferedSource in, Class<?> type);
}
