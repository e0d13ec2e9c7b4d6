package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.io.Output;
import io.clustrix.spi.SerializationException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of one graph that go by JDK serialization, inside Kryo's stream, with references kept between both.
 *
 * <p>All such parts share one JDK stream, whose bytes lie between Kryo's own. An object in it that Kryo must write,
 * because it is not {@link Serializable}, or better writes, because it is large, is replaced by a {@link KryoPart}.
 * While that is written, parts inside it go to a second JDK stream, and so on for each level: nothing new may be
 * written to the outer one before its {@link KryoPart} has ended, as a reference to that would be read as the
 * {@link KryoPart} itself.
 *
 * <p>An object that has been written is never written again: by Kryo's number if Kryo has written it, else by the
 * handle of the JDK stream that has.
 */
final class JdkStreams {

    /** A deeper graph ends in a stack overflow on all usual stacks. */
    static final int MAX_DEPTH = 10_000;

    /** Arrays and collections of more elements than this are written by Kryo, which is quicker. */
    private static final int SMALL = 64;

    private final Graph graph;
    private final List<Writer> writers = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();

    /** What went into the JDK streams and into which. */
    private final IdentityHashMap<Object, Integer> written = new IdentityHashMap<>();

    /** How many {@link KryoPart}s are being written. */
    private int depth;

    JdkStreams(Graph graph) {
        this.graph = graph;
    }

    /** Whether an object was written to one of the JDK streams, completely or not. */
    boolean hasWritten(Object o) {
        return written.containsKey(o);
    }

    /** Writes an object, or a reference to it. */
    void write(BufferedSink sink, Object o) {
        Integer before = written.get(o);
        int index = before != null ? before : depth;
        sink.writeVarInt(index, true);
        try {
            if (index == writers.size()) {
                writers.add(new Writer(sink, index));
            }
            written.put(o, index);
            Writer writer = writers.get(index);
            writer.writeObject(o);
            writer.flush();
        } catch (IOException e) {
            throw failure("a " + o.getClass().getName() + " can't be written", e);
        }
    }

    /** Reads what {@link #write(BufferedSink, Object)} wrote. */
    Object read(BufferedSource source) {
        int index = source.readVarInt(true);
        try {
            if (index == readers.size()) {
                readers.add(new Reader(source));
            }
            if (index < 0 || index >= readers.size()) {
                throw new SerializationException("the bytes can't be read: there is no JDK stream " + index);
            }
            return readers.get(index).readObject();
        } catch (ClassNotFoundException e) {
            throw new SerializationException(
                    "the class " + e.getMessage() + " is missing here",
                    List.of("put the jar that has it on the class path of whoever reads the value"),
                    e);
        } catch (IOException e) {
            throw failure("the bytes can't be read", e);
        }
    }

    private static SerializationException failure(String problem, IOException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof SerializationException known) {
                return known;
            }
        }
        return new SerializationException(problem + ": " + e, List.of(), e);
    }

    /** One JDK stream. */
    final class Writer extends ObjectOutputStream {
        private final BufferedSink sink;
        private final int index;

        Writer(BufferedSink sink, int index) throws IOException {
            super(new Unflushed(sink));
            this.sink = sink;
            this.index = index;
            enableReplaceObject(true);
        }

        void writePart(Object value) throws IOException {
            flush();
            depth = index + 1;
            graph.write(sink, value);
            depth = index;
        }

        @Override
        protected Object replaceObject(Object o) {
            if (o instanceof String || o instanceof Enum<?> || isBoxed(o)) {
                return o;
            }
            Integer before = written.get(o);
            if (before != null) { // by another stream, or it is the object that this one was asked to write
                return before == index ? o : new KryoPart(o);
            }
            graph.forms().of(o.getClass()); // refuses what can't be shipped
            if (!(o instanceof Serializable) || graph.numberOf(o) >= 0 || isLarge(o)) {
                return new KryoPart(o);
            }
            written.put(o, index);
            return o;
        }

        private boolean isBoxed(Object o) {
            Class<?> type = o.getClass();
            return type == Integer.class
                    || type == Long.class
                    || type == Double.class
                    || type == Float.class
                    || type == Short.class
                    || type == Byte.class;
        }

        private boolean isLarge(Object o) {
            int size = o instanceof Collection<?> c
                    ? c.size()
                    : o instanceof Map<?, ?> m ? m.size() : o.getClass().isArray() ? Array.getLength(o) : 0;
            return size > SMALL
                    && graph.forms().of(o.getClass()) != graph.forms().jdk();
        }
    }

    /** One JDK stream. */
    final class Reader extends ObjectInputStream {
        private final BufferedSource source;

        Reader(BufferedSource source) throws IOException {
            super(new Unclosed(source));
            this.source = source;
            setObjectInputFilter(graph.filter().forJdkStream(source.left()));
        }

        Object readPart() {
            return graph.readPresent(source);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) {
            String name = description.getName();
            if (name.equals(KryoPart.class.getName())) { // the user's classes need not see ours
                return KryoPart.class;
            }
            Class<?> primitive = ClassValues.primitive(name);
            return primitive != null ? primitive : graph.tags().find(name);
        }

        @Override
        @SuppressWarnings("deprecation") // Proxy.getProxyClass is what ObjectInputStream itself uses
        protected Class<?> resolveProxyClass(String[] interfaces) throws ClassNotFoundException {
            Class<?>[] types = new Class<?>[interfaces.length];
            for (int i = 0; i < types.length; i++) {
                types[i] = graph.tags().find(interfaces[i]);
            }
            try {
                return Proxy.getProxyClass(graph.tags().classes(), types);
            } catch (IllegalArgumentException e) {
                throw new ClassNotFoundException("of a proxy", e);
            }
        }
    }

    /** {@link ObjectOutputStream} flushes through, Kryo's buffer must stay. */
    private static final class Unflushed extends OutputStream {
        private final Output sink;

        Unflushed(Output sink) {
            this.sink = sink;
        }

        @Override
        public void write(int b) {
            sink.write(b);
        }

        @Override
        public void write(byte[] b, int offset, int length) {
            sink.writeBytes(b, offset, length);
        }
    }

    /** Exactly what is asked for is taken, the rest is Kryo's. */
    private static final class Unclosed extends InputStream {
        private final BufferedSource source;

        Unclosed(BufferedSource source) {
            this.source = source;
        }

        @Override
        public int read() {
            return source.read();
        }

        @Override
        public int read(byte[] b, int offset, int length) {
            return source.read(b, offset, length);
        }
    }
}
