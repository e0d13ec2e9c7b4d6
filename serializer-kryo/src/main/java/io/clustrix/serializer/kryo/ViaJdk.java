package io.clustrix.serializer.kryo;

/** Objects that go by JDK serialization. Kryo keeps no references to them, the JDK stream does. */
final class ViaJdk extends Encoding<Object> {
    @Override
    void write(Graph graph, BufferedSink out, Object object) {
        graph.jdkStreams().write(out, object);
    }

    @Override
    Object read(Graph graph, BufferedSource in, Class<?> type, int id) {
        return graph.jdkStreams().read(in);
    }
}
