package io.clustrix.serializer.kryo;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.SerializerOptions;
import java.io.ObjectInputFilter;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What may be read: {@link SerializerOptions#DENY_LIST}, the filter of the options, and the JVM's
 * {@code jdk.serialFilter}.
 *
 * <p>The JDK's filters are touched only if there is one: making the first takes the JVM many milliseconds. A
 * {@code jdk.serialFilter} that is set in the JDK's {@code java.security} file and not as a system property is
 * therefore seen by the parts that go by JDK serialization only.
 */
final class ClassFilter {

    static final String DENY_LIST = "Clustrix' deny list";

    private final @Nullable ObjectInputFilter pattern;
    private final @Nullable ObjectInputFilter jvm;

    /**
     * With a filter in the JDK's syntax, which may be empty.
     *
     * @throws ConfigurationException if it is wrong
     */
    ClassFilter(String filter) {
        try {
            pattern = filter.isEmpty() ? null : ObjectInputFilter.Config.createFilter(filter);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "the serializer's filter '" + filter + "' is wrong: " + e.getMessage(),
                    List.of(
                            "the syntax is that of java.io.ObjectInputFilter.Config.createFilter: com.acme.**;!com.acme.Bad"),
                    e);
        }
        jvm = System.getProperty("jdk.serialFilter") == null ? null : ObjectInputFilter.Config.getSerialFilter();
    }

    /** Whether classes that every stream may name, such as {@code ArrayList}, have to be checked too. */
    boolean isStrict() {
        return pattern != null || jvm != null;
    }

    /**
     * Checks a class that a stream names; the class need not be initialized and is not by this.
     *
     * @throws SerializationException if it is refused
     */
    void check(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = Objects.requireNonNull(element.getComponentType());
        }
        if (element.isPrimitive() || isLiteral(element)) {
            return;
        }
        if (SerializerOptions.denies(element.getName())) {
            throw refused(element.getName(), DENY_LIST);
        }
        ObjectInputFilter.FilterInfo asked = new Asked(type, -1, 1, 1, 1);
        if (rejects(pattern, asked)) {
            throw refused(element.getName(), "the serializer's filter");
        }
        if (rejects(jvm, asked)) {
            throw refused(element.getName(), "jdk.serialFilter");
        }
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

    static SerializationException refused(String className, String by) {
        return new SerializationException(
                "the class " + className + " is refused by " + by,
                "what may be read is told by Clustrix' deny list, the serializer's filter and jdk.serialFilter");
    }

    /**
     * For the parts of a stream that go by JDK serialization: the same, a bound on the depth, and one on the length of
     * arrays that keeps damaged bytes from asking for gigabytes.
     *
     * @param bytes how many there are to come
     */
    ObjectInputFilter forJdkStream(int bytes) {
        long longestArray = 1024 + 16L * bytes; // an element takes a byte, a hash table a few places for each
        ObjectInputFilter always = ObjectInputFilter.Config.getSerialFilter();
        return new ObjectInputFilter() {
            @Override
            public Status checkInput(FilterInfo info) {
                if (info.depth() > JdkStreams.MAX_DEPTH) {
                    throw new SerializationException(
                            "the value is nested more than " + JdkStreams.MAX_DEPTH + " objects deep");
                }
                if (info.arrayLength() > longestArray) {
                    throw new SerializationException("the bytes can't be read: they are too few for the "
                            + info.arrayLength() + " elements that are said to follow");
                }
                Class<?> type = info.serialClass();
                if (type != null && type != KryoPart.class) {
                    check(type);
                }
                FilterInfo limits =
                        new Asked(null, info.arrayLength(), info.depth(), info.references(), info.streamBytes());
                if (rejects(pattern, limits) || rejects(always, limits)) {
                    throw new SerializationException("the value is larger than "
                            + (pattern == null ? "jdk.serialFilter" : "the serializer's filter") + " allows: depth "
                            + info.depth()
                            + ", " + info.references() + " objects, " + info.streamBytes() + " bytes");
                }
                return Status.ALLOWED;
            }
        };
    }

    private static boolean rejects(@Nullable ObjectInputFilter filter, ObjectInputFilter.FilterInfo info) {
        return filter != null && filter.checkInput(info) == ObjectInputFilter.Status.REJECTED;
    }

    /** What a filter is asked for. */
    private record Asked(
            @Nullable Class<?> serialClass, long arrayLength, long depth, long references, long streamBytes)
            implements ObjectInputFilter.FilterInfo {}
}
