package io.clustrix.worker;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * JDK serialization, which also takes everyday values of the JDK that are not {@link Serializable} ({@code Optional},
 * {@code Path}, {@code Map.entry}, {@code subList} and {@code keySet} views, {@code ByteBuffer}, statistics) and
 * records that are not. Views arrive as copies, buffers as what remained in them.
 *
 * <p>What it reads is filtered: by {@link SerializerOptions#DENY_LIST}, by the filter of the options, and by the JVM's
 * {@code jdk.serialFilter}. Graphs may be 10,000 objects deep; arrays may be as large as the JVM allows.
 *
 * <p>A record that is not {@link Serializable} and that contains itself through a collection can't be written.
 */
final class JdkSerializer implements Serializer {

    /** A deeper graph ends in a stack overflow on all usual stacks. */
    private static final int MAX_DEPTH = 10_000;

    private final @Nullable ObjectInputFilter pattern;

    /**
     * For one thread.
     *
     * @throws ConfigurationException if the filter's pattern is wrong
     */
    JdkSerializer(SerializerOptions options) {
        try {
            // null for an empty pattern
            pattern = options.filter().isEmpty() ? null : ObjectInputFilter.Config.createFilter(options.filter());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "the serializer's filter '" + options.filter() + "' is wrong: " + e.getMessage(),
                    List.of(
                            "the syntax is that of java.io.ObjectInputFilter.Config.createFilter: com.acme.**;!com.acme.Bad"),
                    e);
        }
    }

    @Override
    public void write(@Nullable Object value, OutputStream out) throws IOException {
        Guarded guarded = new Guarded(out);
        try {
            Writer writer = new Writer(guarded);
            writer.writeObject(value);
            writer.flush();
        } catch (NotSerializableException e) {
            throw new SerializationException(
                    e.getMessage() + " is not java.io.Serializable",
                    List.of("make it implement java.io.Serializable, mark the field that leads to it transient,"
                            + " or use the serializer 'kryo'"),
                    e);
        } catch (IOException e) {
            if (guarded.failure != null) {
                throw guarded.failure;
            }
            throw unwritable(value, e);
        } catch (SerializationException e) {
            throw e;
        } catch (RuntimeException e) {
            throw unwritable(value, e);
        } catch (StackOverflowError e) {
            throw new SerializationException(
                    "the value is nested too deeply for the thread's stack: it starts with a " + nameOf(value),
                    List.of("put linked objects into a list, or give the JVM a larger stack (-Xss)"),
                    e);
        }
    }

    private static SerializationException unwritable(@Nullable Object value, Exception e) {
        return new SerializationException("a " + nameOf(value) + " can't be written: " + e, List.of(), e);
    }

    private static String nameOf(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getName();
    }

    @Override
    public @Nullable Object read(InputStream in, ClassLoader classes) throws IOException {
        Filter filter = new Filter(pattern, in.available());
        Source source = new Source(in);
        try {
            return new Reader(source, classes, filter).readObject();
        } catch (ClassNotFoundException e) {
            throw new SerializationException(
                    "the class " + e.getMessage() + " is missing here",
                    List.of("put the jar that has it on the class path of whoever reads the value"),
                    e);
        } catch (IOException e) {
            if (source.failure != null) {
                throw source.failure;
            }
            if (filter.refused != null) {
                throw new SerializationException(
                        filter.refused,
                        List.of(
                                "what may be read is told by Clustrix' deny list, the serializer's filter and jdk.serialFilter"),
                        e);
            }
            throw new SerializationException("the bytes can't be read: " + e, List.of(), e);
        } catch (SerializationException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new SerializationException("the bytes can't be read: " + e, List.of(), e);
        } catch (StackOverflowError e) {
            throw new SerializationException(
                    "the value is nested too deeply for the thread's stack",
                    List.of("put linked objects into a list, or give the JVM a larger stack (-Xss)"),
                    e);
        }
    }

    /** Tells an error of the stream from one of the value. */
    private static final class Guarded extends OutputStream {
        private final OutputStream out;
        private @Nullable IOException failure;

        Guarded(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            try {
                out.write(b);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void write(byte[] b, int offset, int length) throws IOException {
            try {
                out.write(b, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** Tells an error of the stream from one of the bytes. */
    private static final class Source extends FilterInputStream {
        private @Nullable IOException failure;

        Source(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int read(byte[] b, int offset, int length) throws IOException {
            try {
                return super.read(b, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    private static final class Writer extends ObjectOutputStream {
        Writer(OutputStream out) throws IOException {
            super(out);
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object o) throws IOException {
            return o instanceof Serializable ? o : Carrier.replacement(o);
        }
    }

    private static final class Reader extends ObjectInputStream {
        private final ClassLoader classes;

        Reader(InputStream in, ClassLoader classes, Filter filter) throws IOException {
            super(in);
            this.classes = classes;
            setObjectInputFilter(filter);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws ClassNotFoundException {
            return find(description.getName());
        }

        private Class<?> find(String name) throws ClassNotFoundException {
            return switch (name) {
                case "boolean" -> boolean.class;
                case "byte" -> byte.class;
                case "char" -> char.class;
                case "double" -> double.class;
                case "float" -> float.class;
                case "int" -> int.class;
                case "long" -> long.class;
                case "short" -> short.class;
                case "void" -> void.class;
                case CARRIER -> Carrier.class; // the user's classes need not see ours
                default -> Class.forName(name, false, classes);
            };
        }

        private static final String CARRIER = "io.clustrix.worker.Carrier";

        @Override
        @SuppressWarnings("deprecation") // Proxy.getProxyClass is what ObjectInputStream itself uses
        protected Class<?> resolveProxyClass(String[] interfaces) throws ClassNotFoundException {
            Class<?>[] types = new Class<?>[interfaces.length];
            for (int i = 0; i < types.length; i++) {
                types[i] = find(interfaces[i]);
            }
            return Proxy.getProxyClass(classes, types);
        }
    }

    /** Asked by the stream for each class before an object of it is made. */
    private static final class Filter implements ObjectInputFilter {
        private final @Nullable ObjectInputFilter pattern;
        private final @Nullable ObjectInputFilter jvm = Config.getSerialFilter();
        private final long longestArray;
        private @Nullable String refused;

        /** For a stream of so many bytes. */
        Filter(@Nullable ObjectInputFilter pattern, int bytes) {
            this.pattern = pattern;
            longestArray = 1024 + 16L * bytes;
        }

        @Override
        public Status checkInput(FilterInfo info) {
            if (info.depth() > MAX_DEPTH) {
                refused = "the value is nested more than " + MAX_DEPTH + " objects deep";
                return Status.REJECTED;
            }
            if (info.arrayLength() > longestArray) { // an element takes a byte, a hash table a few places for each
                refused = "the bytes can't be read: they are too few for the " + info.arrayLength()
                        + " elements that are said to follow";
                return Status.REJECTED;
            }
            Class<?> type = info.serialClass();
            FilterInfo asked = info;
            if (type != null) {
                while (type.isArray()) {
                    type = Objects.requireNonNull(type.getComponentType());
                }
                if (SerializerOptions.denies(type.getName())) {
                    return refuse(info, type, "Clustrix' deny list");
                }
                if (isLiteral(type) || type == Carrier.class) {
                    asked = new LimitsOf(info);
                }
            }
            if (pattern != null && pattern.checkInput(asked) == Status.REJECTED) {
                return refuse(info, type, "the serializer's filter");
            }
            if (jvm != null && jvm.checkInput(asked) == Status.REJECTED) {
                return refuse(info, type, "jdk.serialFilter");
            }
            return Status.ALLOWED;
        }

        /** What a list of allowed classes need not name: without these there is no value at all. */
        private static boolean isLiteral(Class<?> type) {
            return type == Object.class
                    || type == String.class
                    || type == Number.class
                    || type == Integer.class
                    || type == Long.class
                    || type == Double.class
                    || type == Boolean.class
                    || type == Float.class
                    || type == Short.class
                    || type == Byte.class
                    || type == Character.class;
        }

        private Status refuse(FilterInfo info, @Nullable Class<?> type, String by) {
            refused = type == null
                    ? "the value is refused by " + by + ": depth " + info.depth() + ", " + info.references()
                            + " objects, " + info.streamBytes() + " bytes"
                    : "the class " + type.getName() + " is refused by " + by;
            return Status.REJECTED;
        }
    }

    /** Asks for the limits without the class. */
    private record LimitsOf(ObjectInputFilter.FilterInfo info) implements ObjectInputFilter.FilterInfo {
        @Override
        public @Nullable Class<?> serialClass() {
            return null;
        }

        @Override
        public long arrayLength() {
            return info.arrayLength();
        }

        @Override
        public long depth() {
            return info.depth();
        }

        @Override
        public long references() {
            return info.references();
        }

        @Override
        public long streamBytes() {
            return info.streamBytes();
        }
    }
}
