package io.clustrix.worker;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.DoubleSummaryStatistics;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Stands in a stream of JDK serialization for a value that is not {@link Serializable} but can be taken apart and
 * rebuilt through its public methods.
 */
final class Carrier implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final byte OPTIONAL = 0;
    private static final byte OPTIONAL_INT = 1;
    private static final byte OPTIONAL_LONG = 2;
    private static final byte OPTIONAL_DOUBLE = 3;
    private static final byte PATH = 4;
    private static final byte ENTRY = 5;
    private static final byte INT_STATISTICS = 6;
    private static final byte LONG_STATISTICS = 7;
    private static final byte DOUBLE_STATISTICS = 8;
    private static final byte BUFFER = 9;
    private static final byte CHARSET = 10;
    private static final byte LOCK = 11;
    private static final byte RECORD = 12;
    private static final byte IMMUTABLE_LIST = 13;

    private final byte kind;

    @SuppressWarnings("serial") // holds what the stream can write, else the stream says so
    private final @Nullable Object[] parts;

    private Carrier(byte kind, @Nullable Object... parts) {
        this.kind = kind;
        this.parts = parts;
    }

    /**
     * What to write in place of an object that is not {@link Serializable}: a carrier, a copy of a view, or the object
     * itself if nothing is known for it.
     *
     * @throws InvalidObjectException if a record is closed to reflection
     */
    static Object replacement(Object o) throws InvalidObjectException {
        if (o instanceof Record r) {
            return of(r);
        }
        if (o.getClass() == Object.class) { // a lock, as in "private final Object lock = new Object()"
            return new Carrier(LOCK);
        }
        if (!ofPlatform(o)) { // a class of the user may be more than what the JDK's methods tell of it
            return o;
        }
        if (o instanceof Path p) {
            // a path of a zip file or of a remote file system means nothing elsewhere
            return p.getFileSystem().equals(FileSystems.getDefault()) ? new Carrier(PATH, p.toString()) : o;
        }
        if (o instanceof Optional<?> x) {
            return new Carrier(OPTIONAL, x.orElse(null));
        }
        if (o instanceof OptionalInt x) {
            return x.isPresent() ? new Carrier(OPTIONAL_INT, x.getAsInt()) : new Carrier(OPTIONAL_INT);
        }
        if (o instanceof OptionalLong x) {
            return x.isPresent() ? new Carrier(OPTIONAL_LONG, x.getAsLong()) : new Carrier(OPTIONAL_LONG);
        }
        if (o instanceof OptionalDouble x) {
            return x.isPresent() ? new Carrier(OPTIONAL_DOUBLE, x.getAsDouble()) : new Carrier(OPTIONAL_DOUBLE);
        }
        if (o instanceof IntSummaryStatistics s) {
            return new Carrier(INT_STATISTICS, s.getCount(), s.getMin(), s.getMax(), s.getSum());
        }
        if (o instanceof LongSummaryStatistics s) {
            return new Carrier(LONG_STATISTICS, s.getCount(), s.getMin(), s.getMax(), s.getSum());
        }
        if (o instanceof DoubleSummaryStatistics s) {
            return new Carrier(DOUBLE_STATISTICS, s.getCount(), s.getMin(), s.getMax(), s.getSum());
        }
        if (o instanceof ByteBuffer b) {
            byte[] content = new byte[b.remaining()];
            b.duplicate().get(content);
            return new Carrier(BUFFER, content, b.order() == ByteOrder.LITTLE_ENDIAN, b.isDirect(), b.isReadOnly());
        }
        if (o instanceof Charset c) {
            return new Carrier(CHARSET, c.name());
        }
        return copyOfView(o);
    }

    private static Object copyOfView(Object o) {
        String name = o.getClass().getName();
        if (name.startsWith("java.util.IdentityHashMap$")) { // would be told apart by equals elsewhere
            return o;
        }
        if (o instanceof Map.Entry<?, ?> e) {
            if (o.getClass() == IMMUTABLE_ENTRY) {
                return new Carrier(ENTRY, e.getKey(), e.getValue());
            }
            return new AbstractMap.SimpleEntry<>(e);
        }
        if (o instanceof SortedSet<?> s) {
            return new TreeSet<>(s);
        }
        if (o instanceof Set<?> s) {
            return new LinkedHashSet<>(s);
        }
        if (o instanceof List<?> l && name.startsWith("java.util.ImmutableCollections$")) {
            return new Carrier(IMMUTABLE_LIST, l.toArray()); // a part of List.of or Stream.toList
        }
        if (o instanceof Collection<?> c && !(o instanceof Queue<?>)) {
            return new ArrayList<>(c);
        }
        if (o instanceof Map<?, ?> m && name.indexOf('$') > 0) { // a view, not a map of its own such as WeakHashMap
            return new LinkedHashMap<>(m);
        }
        return o;
    }

    /** The class of {@code Map.entry(k, v)}. */
    private static final Class<?> IMMUTABLE_ENTRY = Map.entry("", "").getClass();

    private static boolean ofPlatform(Object o) {
        ClassLoader loader = o.getClass().getClassLoader();
        return loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
    }

    private static Carrier of(Record r) throws InvalidObjectException {
        RecordComponent[] components = r.getClass().getRecordComponents();
        @Nullable Object[] parts = new Object[components.length + 1];
        parts[0] = r.getClass();
        for (int i = 0; i < components.length; i++) {
            try {
                // the field and not the accessor, which may tell something else: as JDK serialization does
                Field field = r.getClass().getDeclaredField(components[i].getName());
                field.setAccessible(true);
                parts[i + 1] = field.get(r);
            } catch (ReflectiveOperationException | RuntimeException e) {
                throw invalid(
                        "can't read " + components[i].getName() + " of the record "
                                + r.getClass().getName(),
                        e);
            }
        }
        return new Carrier(RECORD, parts);
    }

    @SuppressWarnings("unused") // called by ObjectInputStream
    private Object readResolve() throws ObjectStreamException {
        try {
            return switch (kind) {
                case OPTIONAL -> Optional.ofNullable(parts[0]);
                case OPTIONAL_INT -> parts.length == 0 ? OptionalInt.empty() : OptionalInt.of((Integer) part(0));
                case OPTIONAL_LONG -> parts.length == 0 ? OptionalLong.empty() : OptionalLong.of((Long) part(0));
                case OPTIONAL_DOUBLE ->
                    parts.length == 0 ? OptionalDouble.empty() : OptionalDouble.of((Double) part(0));
                case PATH -> Path.of((String) part(0));
                case ENTRY -> Map.entry(part(0), part(1));
                case INT_STATISTICS ->
                    new IntSummaryStatistics((Long) part(0), (Integer) part(1), (Integer) part(2), (Long) part(3));
                case LONG_STATISTICS ->
                    new LongSummaryStatistics((Long) part(0), (Long) part(1), (Long) part(2), (Long) part(3));
                case DOUBLE_STATISTICS ->
                    new DoubleSummaryStatistics((Long) part(0), (Double) part(1), (Double) part(2), (Double) part(3));
                case BUFFER -> buffer((byte[]) part(0), (Boolean) part(1), (Boolean) part(2), (Boolean) part(3));
                case CHARSET -> Charset.forName((String) part(0));
                case LOCK -> new Object();
                case RECORD -> record();
                case IMMUTABLE_LIST -> immutableList();
                default -> throw new InvalidObjectException("unknown kind " + kind);
            };
        } catch (RuntimeException e) {
            throw invalid("can't rebuild a value of kind " + kind + ": " + e, e);
        }
    }

    private Object immutableList() {
        for (Object part : parts) {
            if (part == null) {
                return Arrays.stream(parts).toList();
            }
        }
        return List.of(parts);
    }

    private Object part(int i) {
        Object part = parts[i];
        if (part == null) {
            throw new IllegalArgumentException("part " + i + " is missing");
        }
        return part;
    }

    private static ByteBuffer buffer(byte[] content, boolean littleEndian, boolean direct, boolean readOnly) {
        ByteBuffer b =
                direct ? ByteBuffer.allocateDirect(content.length).put(content).flip() : ByteBuffer.wrap(content);
        if (readOnly) {
            b = b.asReadOnlyBuffer();
        }
        return b.order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }

    private Object record() throws InvalidObjectException {
        Class<?> type = (Class<?>) part(0);
        RecordComponent[] components = type.getRecordComponents();
        if (components == null || components.length != parts.length - 1) {
            throw new InvalidObjectException(type.getName() + " is no record of " + (parts.length - 1) + " components");
        }
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            @Nullable Object[] values = new Object[types.length];
            System.arraycopy(parts, 1, values, 0, values.length);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw invalid("the constructor of the record " + type.getName() + " threw " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw invalid("can't make the record " + type.getName(), e);
        }
    }

    private static InvalidObjectException invalid(String problem, Exception cause) {
        InvalidObjectException e = new InvalidObjectException(problem);
        e.initCause(cause);
        return e;
    }
}
