package io.clustrix.serializer.kryo;

import com.esotericsoftware.kryo.kryo5.serializers.DefaultSerializers;
import com.esotericsoftware.kryo.kryo5.serializers.TimeSerializers;
import io.clustrix.spi.SerializationException;
import java.io.Externalizable;
import java.io.Serializable;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how objects of a class are written.
 *
 * <ul>
 *   <li>A class of the user: field by field, whether {@link Serializable} or not; records by their constructor, enums
 *       by name, lambdas by their description. If it takes part in its own serialization ({@code writeObject},
 *       {@code readObject}, {@code writeReplace}, {@code readResolve}, {@code serialPersistentFields},
 *       {@link Externalizable}), is a {@link Throwable}, or extends a class of the JDK that has state, it goes by JDK
 *       serialization, so that its invariants hold and nothing is lost.
 *   <li>A class of the JDK: one that is known here by its public methods, any other by JDK serialization if it is
 *       {@link Serializable}. Views of collections ({@code subList}, {@code keySet}, ...) arrive as copies.
 *   <li>Everything else is refused, with a message that names the class, and so is what would arrive broken
 *       ({@link Unshippable}).
 * </ul>
 *
 * <p>The number of a form is a part of the stream's format: driver and worker are of the same version.
 */
final class Forms {

    private static final int JDK = 10;
    private static final int LAMBDA = 11;
    private static final int CLASS = 12;
    private static final int LOCK = 13;
    private static final int OBJECT_ARRAY = 14;
    private static final int STRING_ARRAY = 15;
    private static final int BOOLEAN_ARRAY = 16;
    private static final int PRIMITIVE_ARRAY = 17; // to 23, in the order of Primitives

    private static final int ARRAY_LIST = 24;
    private static final int LINKED_LIST = 25;
    private static final int ARRAY_DEQUE = 26;
    private static final int HASH_SET = 27;
    private static final int LINKED_HASH_SET = 28;
    private static final int COPY_ON_WRITE_LIST = 29;
    private static final int HASH_MAP = 30;
    private static final int LINKED_HASH_MAP = 31;
    private static final int CONCURRENT_HASH_MAP = 32;
    private static final int ARRAY_AS_LIST = 33;
    private static final int LIST_OF = 34;
    private static final int SET_OF = 35;
    private static final int MAP_OF = 36;
    private static final int SORTED_VIEW = 37;
    private static final int ENTRY_OF = 38;
    private static final int ENTRY_VIEW = 39;

    private static final int OPTIONAL = 40;
    private static final int OPTIONAL_INT = 41;
    private static final int OPTIONAL_LONG = 42;
    private static final int OPTIONAL_DOUBLE = 43;
    private static final int PATH = 44;
    private static final int CHARSET = 45;
    private static final int BYTE_BUFFER = 46;
    private static final int INT_STATISTICS = 47;
    private static final int LONG_STATISTICS = 48;
    private static final int DOUBLE_STATISTICS = 49;

    private static final int BIG_INTEGER = 50;
    private static final int BIG_DECIMAL = 51;
    private static final int DATE = 52;
    private static final int STRING_BUILDER = 53;
    private static final int IDENTIFIER = 54;
    private static final int LINK = 55;
    private static final int PATTERN = 56;
    private static final int ATOMIC_BOOLEAN = 57;
    private static final int ATOMIC_INTEGER = 58;
    private static final int ATOMIC_LONG = 59;
    private static final int DURATION = 60;
    private static final int INSTANT = 61;
    private static final int LOCAL_DATE = 62;
    private static final int LOCAL_TIME = 63;
    private static final int LOCAL_DATE_TIME = 64;
    private static final int COUNT = 65;

    private final Form jdk = new Form(Serializable.class, new ViaJdk(), JDK, false);
    private final Lambdas lambdas = new Lambdas();

    /** The forms that were made, by number. */
    private final @Nullable Form[] byNumber = new @Nullable Form[COUNT];

    /** The forms that were chosen, by class. */
    private final IdentityHashMap<Class<?>, Form> byClass = new IdentityHashMap<>();

    private @Nullable Class<?> lastClass;
    private Form last = jdk;

    /** Whether the form stands for one class, that is, neither for a literal's nor for what checks classes itself. */
    static boolean isOfOneClass(Form form) {
        return form.number() > LAMBDA;
    }

    /** JDK serialization. */
    Form jdk() {
        return jdk;
    }

    /**
     * The form for the objects of a class.
     *
     * @throws SerializationException if they can't be written
     */
    Form of(Class<?> type) {
        if (type == lastClass) {
            return last;
        }
        Form form = byClass.get(type);
        if (form == null) {
            int number = numberOf(type);
            form = number >= 0 ? numbered(number) : chosen(type);
            byClass.put(type, form);
        }
        lastClass = type;
        last = form;
        return form;
    }

    private Form chosen(Class<?> type) {
        if (type.isArray()) {
            return new Form(type, new ObjectArrays(), Form.NAMED, true);
        }
        if (Enum.class.isAssignableFrom(type) && type != Enum.class) {
            return enumConstants(type);
        }
        Unshippable.refuse(type);
        if (type.getName().contains("$Proxy") && Proxy.isProxyClass(type)) {
            return jdk; // takes its handler along, by Kryo if that is not serializable
        }
        if (Lambdas.isLambda(type)) {
            return lambda(type);
        }
        return Platform.owns(type) ? ofPlatform(type) : ofUser(type);
    }

    private Form enumConstants(Class<?> type) {
        Class<?> declared =
                type.isEnum() ? type : type.getSuperclass(); // a constant with a body has a class of its own
        if (declared != type) {
            return of(declared);
        }
        return new Form(type, new EnumNames(), Form.NAMED, false);
    }

    private Form lambda(Class<?> type) {
        if (!Serializable.class.isAssignableFrom(type)) {
            throw Unshippable.lambda(type);
        }
        if (Platform.owns(type)) { // such as what Comparator.comparing returns
            return jdk;
        }
        try {
            lambdas.prepare(type);
        } catch (InaccessibleObjectException e) { // in a module that is not open; the JDK itself may
            return jdk;
        }
        return numbered(LAMBDA);
    }

    private Form ofUser(Class<?> type) {
        Unshippable.refuseWithoutFile(type);
        boolean serializable = Serializable.class.isAssignableFrom(type);
        if (serializable && goesByJdk(type)) {
            return jdk;
        }
        if (Platform.hasStateAbove(type)) {
            throw new SerializationException(
                    type.getName() + " extends a class of the JDK, whose state can be read only if "
                            + type.getSimpleName() + " is java.io.Serializable",
                    "make it implement java.io.Serializable, or hold the "
                            + type.getSuperclass().getName() + " in a field in place of extending it");
        }
        try {
            return new Form(type, type.isRecord() ? new RecordParts(type) : new ObjectFields(type), Form.NAMED, true);
        } catch (InaccessibleObjectException e) {
            if (serializable) {
                return jdk;
            }
            throw new SerializationException(
                    type.getName() + " is in a module that is closed to reflection",
                    List.of("make it implement java.io.Serializable, or open its package in module-info.java"),
                    e);
        }
    }

    private static boolean goesByJdk(Class<?> type) {
        return Throwable.class.isAssignableFrom(type)
                || Externalizable.class.isAssignableFrom(type)
                || SerializationHooks.in(type)
                || Platform.hasStateAbove(type);
    }

    private Form ofPlatform(Class<?> type) {
        if (Path.class.isAssignableFrom(type)) {
            return numbered(PATH);
        }
        if (Charset.class.isAssignableFrom(type)) {
            return numbered(CHARSET);
        }
        if (ByteBuffer.class.isAssignableFrom(type)) {
            return numbered(BYTE_BUFFER);
        }
        if (Serializable.class.isAssignableFrom(type)) {
            return jdk;
        }
        if (type.getName().startsWith("java.util.IdentityHashMap$")) { // would be told apart by equals elsewhere
            throw Unshippable.ofPlatform(type);
        }
        if (Map.Entry.class.isAssignableFrom(type)) {
            return numbered(ENTRY_VIEW);
        }
        if (SortedSet.class.isAssignableFrom(type)) {
            return numbered(SORTED_VIEW);
        }
        if (Set.class.isAssignableFrom(type)) {
            return numbered(LINKED_HASH_SET);
        }
        if (Collection.class.isAssignableFrom(type) && !Queue.class.isAssignableFrom(type)) {
            return numbered(ARRAY_LIST);
        }
        if (Map.class.isAssignableFrom(type) && type.getName().indexOf('$') > 0) { // a view, unlike WeakHashMap
            return numbered(LINKED_HASH_MAP);
        }
        throw Unshippable.ofPlatform(type);
    }

    /** The number of a class that is known by its name, or -1. */
    private static int numberOf(Class<?> type) {
        if (type.isArray()) {
            return numberOfArray(type);
        }
        // by name, so that no class is loaded that the graph does not have
        return switch (type.getName()) {
            case "java.lang.Integer" -> Boxed.INTEGER;
            case "java.lang.String" -> Boxed.STRING;
            case "java.lang.Long" -> Boxed.LONG;
            case "java.lang.Double" -> Boxed.DOUBLE;
            case "java.lang.Boolean" -> Boxed.BOOLEAN;
            case "java.lang.Float" -> Boxed.FLOAT;
            case "java.lang.Character" -> Boxed.CHARACTER;
            case "java.lang.Short" -> Boxed.SHORT;
            case "java.lang.Byte" -> Boxed.BYTE;
            case "java.lang.Class" -> CLASS;
            case "java.lang.Object" -> LOCK;
            case "java.util.ArrayList" -> ARRAY_LIST;
            case "java.util.LinkedList" -> LINKED_LIST;
            case "java.util.ArrayDeque" -> ARRAY_DEQUE;
            case "java.util.HashSet" -> HASH_SET;
            case "java.util.LinkedHashSet" -> LINKED_HASH_SET;
            case "java.util.concurrent.CopyOnWriteArrayList" -> COPY_ON_WRITE_LIST;
            case "java.util.HashMap" -> HASH_MAP;
            case "java.util.LinkedHashMap" -> LINKED_HASH_MAP;
            case "java.util.concurrent.ConcurrentHashMap" -> CONCURRENT_HASH_MAP;
            case "java.util.Arrays$ArrayList" -> ARRAY_AS_LIST;
            case "java.util.ImmutableCollections$List12",
                    "java.util.ImmutableCollections$ListN",
                    "java.util.ImmutableCollections$SubList" -> LIST_OF;
            case "java.util.ImmutableCollections$Set12", "java.util.ImmutableCollections$SetN" -> SET_OF;
            case "java.util.ImmutableCollections$Map1", "java.util.ImmutableCollections$MapN" -> MAP_OF;
            case "java.util.KeyValueHolder" -> ENTRY_OF;
            case "java.util.Optional" -> OPTIONAL;
            case "java.util.OptionalInt" -> OPTIONAL_INT;
            case "java.util.OptionalLong" -> OPTIONAL_LONG;
            case "java.util.OptionalDouble" -> OPTIONAL_DOUBLE;
            case "java.util.IntSummaryStatistics" -> INT_STATISTICS;
            case "java.util.LongSummaryStatistics" -> LONG_STATISTICS;
            case "java.util.DoubleSummaryStatistics" -> DOUBLE_STATISTICS;
            case "java.math.BigInteger" -> BIG_INTEGER;
            case "java.math.BigDecimal" -> BIG_DECIMAL;
            case "java.util.Date" -> DATE;
            case "java.lang.StringBuilder" -> STRING_BUILDER;
            case "java.util.UUID" -> IDENTIFIER;
            case "java.net.URI" -> LINK;
            case "java.util.regex.Pattern" -> PATTERN;
            case "java.util.concurrent.atomic.AtomicBoolean" -> ATOMIC_BOOLEAN;
            case "java.util.concurrent.atomic.AtomicInteger" -> ATOMIC_INTEGER;
            case "java.util.concurrent.atomic.AtomicLong" -> ATOMIC_LONG;
            case "java.time.Duration" -> DURATION;
            case "java.time.Instant" -> INSTANT;
            case "java.time.LocalDate" -> LOCAL_DATE;
            case "java.time.LocalTime" -> LOCAL_TIME;
            case "java.time.LocalDateTime" -> LOCAL_DATE_TIME;
            default -> -1;
        };
    }

    private static int numberOfArray(Class<?> type) {
        if (type == Object[].class) {
            return OBJECT_ARRAY;
        }
        if (type == String[].class) {
            return STRING_ARRAY;
        }
        if (type == boolean[].class) {
            return BOOLEAN_ARRAY;
        }
        if (Objects.requireNonNull(type.getComponentType()).isPrimitive()) {
            for (int i = 0; i < ARRAY_LIST - PRIMITIVE_ARRAY; i++) {
                if (Primitives.at(i).arrayType() == type) {
                    return PRIMITIVE_ARRAY + i;
                }
            }
        }
        return -1;
    }

    /**
     * The form with a number.
     *
     * @throws SerializationException if there is none
     */
    Form numbered(int number) {
        Form form = number < 0 || number >= COUNT ? null : byNumber[number];
        if (form == null) {
            form = made(number);
            if (form == null) {
                throw new SerializationException("the bytes can't be read: there is no form with the number " + number);
            }
            byNumber[number] = form;
        }
        return form;
    }

    private @Nullable Form made(int number) {
        return switch (number) {
            case JDK -> jdk;
            case Boxed.INTEGER -> boxed(number, Integer.class);
            case Boxed.LONG -> boxed(number, Long.class);
            case Boxed.DOUBLE -> boxed(number, Double.class);
            case Boxed.BOOLEAN -> boxed(number, Boolean.class);
            case Boxed.FLOAT -> boxed(number, Float.class);
            case Boxed.CHARACTER -> boxed(number, Character.class);
            case Boxed.SHORT -> boxed(number, Short.class);
            case Boxed.BYTE -> boxed(number, Byte.class);
            case Boxed.STRING -> form(number, String.class, new Boxed(number)); // once, however often it occurs
            case LAMBDA -> form(number, Lambdas.class, lambdas);
            case CLASS -> form(number, Class.class, new ClassValues());
            case LOCK -> form(number, Object.class, new PublicValues.Lock());
            case OBJECT_ARRAY -> form(number, Object[].class, new ObjectArrays());
            case STRING_ARRAY -> form(number, String[].class, new ObjectArrays());
            case BOOLEAN_ARRAY -> form(number, boolean[].class, new BooleanArrays());
            case LIST_OF -> form(number, List.of().getClass(), new Immutables.Lists());
            case SET_OF -> form(number, Set.of().getClass(), new Immutables.Sets());
            case MAP_OF -> form(number, Map.of().getClass(), new Immutables.Maps());
            case ENTRY_OF -> form(number, Map.entry("", "").getClass(), new Immutables.Entry());
            case ENTRY_VIEW -> form(number, Map.Entry.class, new PublicValues.EntryView());
            case SORTED_VIEW -> form(number, SortedSet.class, new PublicValues.SortedView());
            case OPTIONAL -> form(number, Optional.class, new Immutables.OfOptional());
            case OPTIONAL_INT -> form(number, OptionalInt.class, new PublicValues.OfOptionalInt());
            case OPTIONAL_LONG -> form(number, OptionalLong.class, new PublicValues.OfOptionalLong());
            case OPTIONAL_DOUBLE -> form(number, OptionalDouble.class, new PublicValues.OfOptionalDouble());
            case PATH -> form(number, Path.class, new PublicValues.Paths());
            case CHARSET -> form(number, Charset.class, new PublicValues.Charsets());
            case BYTE_BUFFER -> form(number, ByteBuffer.class, new PublicValues.Buffers());
            case INT_STATISTICS -> form(number, IntSummaryStatistics.class, new PublicValues.IntStatistics());
            case LONG_STATISTICS -> form(number, LongSummaryStatistics.class, new PublicValues.LongStatistics());
            case DOUBLE_STATISTICS -> form(number, DoubleSummaryStatistics.class, new PublicValues.DoubleStatistics());
            case BIG_INTEGER ->
                form(number, BigInteger.class, new Encoding.OfKryo(new DefaultSerializers.BigIntegerSerializer()));
            case BIG_DECIMAL ->
                form(number, BigDecimal.class, new Encoding.OfKryo(new DefaultSerializers.BigDecimalSerializer()));
            case DATE -> form(number, Date.class, new Encoding.OfKryo(new DefaultSerializers.DateSerializer()));
            case STRING_BUILDER ->
                form(
                        number,
                        StringBuilder.class,
                        new Encoding.OfKryo(new DefaultSerializers.StringBuilderSerializer()));
            case IDENTIFIER -> form(number, UUID.class, new Encoding.OfKryo(new DefaultSerializers.UUIDSerializer()));
            case LINK -> form(number, URI.class, new Encoding.OfKryo(new DefaultSerializers.URISerializer()));
            case PATTERN ->
                form(number, Pattern.class, new Encoding.OfKryo(new DefaultSerializers.PatternSerializer()));
            case ATOMIC_BOOLEAN ->
                form(
                        number,
                        AtomicBoolean.class,
                        new Encoding.OfKryo(new DefaultSerializers.AtomicBooleanSerializer()));
            case ATOMIC_INTEGER ->
                form(
                        number,
                        AtomicInteger.class,
                        new Encoding.OfKryo(new DefaultSerializers.AtomicIntegerSerializer()));
            case ATOMIC_LONG ->
                form(number, AtomicLong.class, new Encoding.OfKryo(new DefaultSerializers.AtomicLongSerializer()));
            case DURATION ->
                form(number, Duration.class, new Encoding.OfKryo(new TimeSerializers.DurationSerializer()));
            case INSTANT -> form(number, Instant.class, new Encoding.OfKryo(new TimeSerializers.InstantSerializer()));
            case LOCAL_DATE ->
                form(number, LocalDate.class, new Encoding.OfKryo(new TimeSerializers.LocalDateSerializer()));
            case LOCAL_TIME ->
                form(number, LocalTime.class, new Encoding.OfKryo(new TimeSerializers.LocalTimeSerializer()));
            case LOCAL_DATE_TIME ->
                form(number, LocalDateTime.class, new Encoding.OfKryo(new TimeSerializers.LocalDateTimeSerializer()));
            default ->
                number >= PRIMITIVE_ARRAY && number < ARRAY_LIST
                        ? form(
                                number,
                                Primitives.at(number - PRIMITIVE_ARRAY).arrayType(),
                                new PrimitiveArrays(Primitives.at(number - PRIMITIVE_ARRAY)))
                        : collection(number);
        };
    }

    /** Takes an Object, so that the verifier does not load all of the encodings to see that they are such. */
    private static Form form(int number, Class<?> type, Object encoding) {
        return new Form(type, (Encoding<?>) encoding, number, true);
    }

    private static Form boxed(int number, Class<?> type) {
        return new Form(type, new Boxed(number), number, false);
    }

    @SuppressWarnings("JdkObsolete") // the user has chosen the LinkedList
    private static @Nullable Form collection(int number) {
        return switch (number) {
            case ARRAY_LIST ->
                form(number, ArrayList.class, new Elements() {
                    @Override
                    Collection<Object> create(int size) {
                        return new ArrayList<>(size);
                    }
                });
            case LINKED_LIST ->
                form(number, LinkedList.class, new Elements() {
                    @Override
                    Collection<Object> create(int size) {
                        return new LinkedList<>();
                    }
                });
            case ARRAY_DEQUE ->
                form(number, ArrayDeque.class, new Elements() {
                    @Override
                    Collection<Object> create(int size) {
                        return new ArrayDeque<>(size);
                    }
                });
            case HASH_SET ->
                form(number, HashSet.class, new Elements() {
                    @Override
                    Collection<Object> create(int size) {
                        return new HashSet<>(2 * size);
                    }
                });
            case LINKED_HASH_SET ->
                form(number, LinkedHashSet.class, new Elements() {
                    @Override
                    Collection<Object> create(int size) {
                        return new LinkedHashSet<>(2 * size);
                    }
                });
            case COPY_ON_WRITE_LIST -> form(number, CopyOnWriteArrayList.class, new PublicValues.CopyOnWriteLists());
            case ARRAY_AS_LIST -> form(number, List.class, new PublicValues.ArraysAsLists());
            case HASH_MAP ->
                form(number, HashMap.class, new Entries() {
                    @Override
                    Map<Object, Object> create(BufferedSource in) {
                        return new HashMap<>();
                    }
                });
            case LINKED_HASH_MAP -> form(number, LinkedHashMap.class, new LinkedEntries());
            case CONCURRENT_HASH_MAP -> form(number, ConcurrentHashMap.class, new PublicValues.ConcurrentMaps());
            default -> null;
        };
    }
}
