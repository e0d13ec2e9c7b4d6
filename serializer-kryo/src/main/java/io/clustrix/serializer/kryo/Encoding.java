package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.Serializer;

/**
 * How the content of objects is written and read.
 *
 * @param <T> the type of the objects
 */
abstract class Encoding<T> {

    /** Writes the content of an object. */
    abstract void write(Graph graph, BufferedSink out, T object);

    /**
     * Makes an object of what {@link #write} wrote.
     *
     * @param type the class that the stream names
     * @param id the object's number: whoever can make the object before it reads what that holds tells
     *     {@link Graph#made} so, for cycles
     */
    abstract T read(Graph graph, BufferedSource in, Class<?> type, int id);

    /** One of Kryo's, for a value that holds no other objects. */
    static final class OfKryo extends Encoding<Object> {
        private final Serializer<Object> serializer;

        /** With a serializer that makes no use of a {@link com.esotericsoftware.kryo.kryo5.Kryo}. */
        @SuppressWarnings("unchecked")
        OfKryo(Object serializer) {
            this.serializer = (Serializer<Object>) serializer;
        }

        @Override
        void write(Graph graph, BufferedSink out, Object object) {
            serializer.write(null, out, object);
        }

        @Override
        Object read(Graph graph, BufferedSource in, Class<?> type, int id) {
            return serializer.read(null, in, type);
        }
    }
}
