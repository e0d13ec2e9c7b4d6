package io.clustrix.serializer.kryo;

import io.clustrix.serializer.kryo.UserTypes.Color;
import io.clustrix.serializer.kryo.UserTypes.PlainPoint;
import io.clustrix.serializer.kryo.UserTypes.Point;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.net.InetAddress;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Random;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The values that a serializer has to carry, each with what "the same" means for it. Made anew, and equal, in every
 * JVM.
 */
@SuppressWarnings({
    "IdentityHashMapUsage",
    "JavaUtilDate",
    "JdkObsolete",
    "NonApiType",
    "ReferenceEquality",
    "UnnecessaryStringBuilder"
}) // all kinds of values, and whether they are the same objects
final class Values {

    /** Whether what was read is what was written. */
    interface Check {
        boolean same(Object expected, Object actual) throws Exception;
    }

    /**
     * One value.
     *
     * @param serializable whether everything in it is what JDK serialization takes, or one of the values that we help
     *     with
     */
    record Case(String name, Object value, Check check, boolean serializable) {
        @Override
        public String toString() {
            return name;
        }
    }

    private final List<Case> cases = new ArrayList<>();

    private Values() {}

    static List<Case> all() {
        try {
            Values values = new Values();
            values.literals();
            values.userTypes();
            values.collections();
            values.views();
            values.jdkValues();
            values.times();
            values.exceptions();
            values.lambdas();
            values.graphs();
            return values.cases;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void add(String name, Object value) {
        cases.add(new Case(name, value, Values::same, true));
    }

    private void add(String name, Object value, Check check) {
        cases.add(new Case(name, value, check, true));
    }

    private void addPlain(String name, Object value) {
        cases.add(new Case(name, value, Values::same, false));
    }

    private void addPlain(String name, Object value, Check check) {
        cases.add(new Case(name, value, check, false));
    }

    private void literals() {
        add("null", null);
        add("Integer", 7);
        add("Integer, the least", Integer.MIN_VALUE);
        add("Long", Long.MAX_VALUE);
        add("Short", (short) -3);
        add("Byte", (byte) -1);
        add("Character", '\u20ac');
        add("Boolean", true);
        add("Float", Float.NaN);
        add("Double", -0.0);
        add("String", "h\u00e9llo");
        add("String, empty", "");
        add("String, one letter", "x");
        add("String, surrogates and zero", "a\u0000\ud83d\ude00\ud800");
        add("String, long", "0123456789\u00fc".repeat(10_000));
        add("byte[]", new byte[] {1, -1});
        add("short[]", new short[] {1, Short.MIN_VALUE});
        add("char[]", new char[] {'a', '\uffff'});
        add("int[]", new int[] {1, -2, Integer.MAX_VALUE});
        add("long[]", new long[] {1, Long.MIN_VALUE});
        add("float[]", new float[] {1, Float.MIN_VALUE});
        add("double[]", new double[] {1, 2, Double.NaN});
        add("boolean[]", new boolean[] {true, false});
        add("int[0]", new int[0]);
        add("byte[][]", new byte[][] {{1}, null, {}});
        add("int[][][]", new int[][][] {{{1, 2}}, {}});
        add("String[]", new String[] {"a", null, "a"});
        add("Object[]", new Object[] {1, "a", null, new int[] {3}});
        add("Integer[][]", new Integer[][] {{1, null}, {}});
        add("enum[]", new Color[] {Color.GREEN, null});
        add("record[]", new PlainPoint[] {new PlainPoint(1, 2, "n", List.of())});
        add(
                "double[30,000], more than a buffer",
                IntStream.range(0, 30_000).asDoubleStream().toArray());
        add("Class", String.class);
        add("Class of the user", UserTypes.Pojo.class);
        add("Class, primitive", int.class);
        add("Class, array", long[][].class);
        add("void.class", void.class);
        add("Class[]", new Class<?>[] {String.class, int.class, Color[].class});
        add("lock", new Object(), (a, b) -> b.getClass() == Object.class);
    }

    private void userTypes() {
        add("record, serializable", new Point(1, 2, "n", List.of("a")));
        add("record, plain", new PlainPoint(1, 2, "n", new ArrayList<>(List.of("a"))));
        add(
                "record, generic and nested",
                new UserTypes.Pair<>(new PlainPoint(1, 2, "n", List.of()), new UserTypes.Pair<>(1, null)));
        add("record of all primitives", new UserTypes.AllPrimitives((byte) 1, (short) 2, 'c', 4, 5, 6, 7, true));
        add(
                "record with an accessor of its own",
                new UserTypes.Shy("me"),
                (a, b) -> b.equals(a) && b.toString().equals(a.toString()));
        add("record that checks", new UserTypes.Positive(3));
        add("record with readResolve", new UserTypes.Interned("x"));
        add("enum", Color.RED, (a, b) -> a == b);
        add("enum with a body", Color.GREEN, (a, b) -> a == b);
        add("enum of the JDK", TimeUnit.DAYS, (a, b) -> a == b);
        addPlain("object, plain", new UserTypes.Pojo());
        addPlain("object without a constructor of no parameters", new UserTypes.NoDefaultConstructor(1, "z"));
        addPlain("object with a shadowing field and a lock", new UserTypes.Shadowing(1, 2));
        cases.add(new Case(
                "object, serializable, above it one that is not",
                new UserTypes.SerializablePojo(),
                Values::same,
                true));
        addPlain(
                "object with transient fields",
                new UserTypes.WithTransient(),
                (a, b) -> ((UserTypes.WithTransient) b).kept == 1
                        && ((UserTypes.WithTransient) b).dropped == 0
                        && ((UserTypes.WithTransient) b).cache == null);
        addPlain(
                "inner class",
                UserTypes.inner(),
                (a, b) -> ((UserTypes.Inner) b).n == 5 && ((UserTypes.Inner) b).outer() != null);
        addPlain("anonymous class with a captured value", UserTypes.anonymous(4));
        addPlain("local class with a captured value", UserTypes.local("x"));
        add("writeObject and readObject", new UserTypes.Hooked(new ArrayList<>(List.of("a", "b"))));
        add("readResolve", UserTypes.Singleton.INSTANCE, (a, b) -> a == b || b == UserTypes.Singleton.INSTANCE);
        add("writeReplace", new UserTypes.Replaced("text"));
        add("Externalizable", new UserTypes.Outside(4));
        add("serialPersistentFields", new UserTypes.Chosen(), (a, b) -> ((UserTypes.Chosen) b).kept == 1);
        add("subclass of ArrayList", new UserTypes.OwnedList<>("me", List.of(1, 2)));
        addPlain(
                "subclass of ArrayList with plain elements",
                new UserTypes.OwnedList<>("me", List.of(new UserTypes.Pojo())));
        add("subclass of HashMap", new UserTypes.OwnedMap<>("me", Map.of("a", 1)));
        addPlain("subclass of AbstractList", new UserTypes.Squares(4));
    }

    private void collections() {
        add("ArrayList", new ArrayList<>(List.of(1, 2)));
        add("ArrayList with null", new ArrayList<>(Arrays.asList(1, null)));
        add(
                "ArrayList of 1000 strings",
                new ArrayList<>(IntStream.range(0, 1000).mapToObj(i -> "s" + i).toList()));
        add("LinkedList", new LinkedList<>(List.of(1, 2)));
        add("Vector", new Vector<>(List.of(1, 2)));
        add("ArrayDeque", new ArrayDeque<>(List.of(1, 2)), Values::sameText);
        add("PriorityQueue", new PriorityQueue<>(List.of(2, 1)), Values::sameText);
        add(
                "PriorityQueue with a comparator",
                reversed(new PriorityQueue<>(Comparator.<Integer>reverseOrder()), 1, 2),
                Values::sameText);
        add("HashSet", new HashSet<>(Arrays.asList(1, null)));
        add("LinkedHashSet", new LinkedHashSet<>(List.of(3, 1, 2)), Values::sameOrder);
        add("TreeSet", new TreeSet<>(List.of(3, 1)));
        add("HashMap", new HashMap<>(Map.of("k", 1)));
        add("HashMap with null", withNull(new HashMap<>()));
        add("LinkedHashMap", linked(new LinkedHashMap<>()), Values::sameOrder);
        add("LinkedHashMap by access", linked(new LinkedHashMap<>(16, 0.75f, true)), (a, b) -> {
            ((Map<?, ?>) b).get("c");
            return ((Map<?, ?>) b).keySet().toString().equals("[a, b, c]");
        });
        add("TreeMap", new TreeMap<>(Map.of("k", 1)));
        add("TreeMap with a comparator", treeMap(Comparator.reverseOrder()), Values::sameOrder);
        add(
                "TreeMap with a lambda",
                treeMap((Comparator<String> & java.io.Serializable) (x, y) -> y.compareTo(x)),
                (a, b) -> {
                    @SuppressWarnings("unchecked")
                    TreeMap<String, Integer> map = (TreeMap<String, Integer>) b;
                    map.put("zz", 9);
                    return map.toString().equals("{zz=9, b=2, a=1}");
                });
        add(
                "TreeMap with Comparator.comparing",
                treeMap(Comparator.comparing((UserTypes.Fn<String, Integer>) String::length)
                        .thenComparing(Comparator.naturalOrder())),
                Values::sameOrder);
        addPlain("TreeMap with plain values", new TreeMap<>(Map.of("k", new UserTypes.Pojo())));
        add("IdentityHashMap", identity(), (a, b) -> ((Map<?, ?>) b).size() == 2);
        add("Hashtable", new Hashtable<>(Map.of("a", 1)));
        add(
                "Properties",
                properties(),
                (a, b) -> ((Properties) b).getProperty("a").equals("1")
                        && ((Properties) b).getProperty("d").equals("2"));
        add("ConcurrentHashMap", new ConcurrentHashMap<>(Map.of("k", 1)));
        add("ConcurrentHashMap.newKeySet", keySet());
        add("ConcurrentSkipListMap", new ConcurrentSkipListMap<>(Map.of("k", 1)));
        add("ConcurrentSkipListSet", new ConcurrentSkipListSet<>(List.of(2, 1)));
        add("ConcurrentLinkedQueue", new ConcurrentLinkedQueue<>(List.of(1, 2)), Values::sameText);
        add("ConcurrentLinkedDeque", new ConcurrentLinkedDeque<>(List.of(1, 2)), Values::sameText);
        add("LinkedBlockingQueue", new LinkedBlockingQueue<>(List.of(1, 2)), Values::sameText);
        add("CopyOnWriteArrayList", new CopyOnWriteArrayList<>(List.of(1)));
        add("CopyOnWriteArraySet", new CopyOnWriteArraySet<>(List.of(1)));
        add("EnumMap", new EnumMap<>(Map.of(Color.RED, 1, Color.GREEN, 2)));
        add("EnumMap, empty", new EnumMap<>(Color.class), (a, b) -> {
            @SuppressWarnings("unchecked")
            EnumMap<Color, Integer> map = (EnumMap<Color, Integer>) b;
            return map.put(Color.RED, 1) == null && map.size() == 1;
        });
        add("EnumSet", EnumSet.of(Color.RED));
        add("EnumSet, empty", EnumSet.noneOf(Color.class), (a, b) -> {
            @SuppressWarnings("unchecked")
            EnumSet<Color> set = (EnumSet<Color>) b;
            return set.isEmpty() && set.add(Color.GREEN);
        });
        add("BitSet", BitSet.valueOf(new long[] {8}));
        add("List.of()", List.of(), Values::sameAndHostile);
        add("List.of(1)", List.of(1), Values::sameAndHostile);
        add("List.of(1, 2, 3)", List.of(1, 2, 3), Values::sameAndHostile);
        add("Set.of", setOf(), Values::sameAndHostile);
        add("Set.of(1)", java.util.Set.of(1), Values::sameAndHostile);
        add("Map.of", Map.of("a", 1, "b", 2), Values::sameAndHostile);
        add("Map.of()", Map.of(), Values::sameAndHostile);
        add("Map.of(1, 2)", Map.of(1, 2), Values::sameAndHostile);
        addPlain("List.of plain objects", List.of(new UserTypes.Pojo(), new UserTypes.Pojo(), new UserTypes.Pojo()));
        add("Stream.toList", Stream.of(1, 2, 3).toList(), Values::sameAndImmutable);
        add(
                "Stream.toList with null",
                Stream.of(1, null, 3).toList(),
                (a, b) -> sameAndImmutable(a, b) && ((List<?>) b).contains(null));
        add("Arrays.asList", Arrays.asList(1, 2), (a, b) -> same(a, b) && isFixedSize((List<?>) b));
        add("unmodifiableList", Collections.unmodifiableList(new ArrayList<>(List.of(1))), Values::sameAndImmutable);
        add("unmodifiableSet", Collections.unmodifiableSet(new HashSet<>(List.of(1))), Values::sameAndImmutable);
        add("unmodifiableMap", Collections.unmodifiableMap(new HashMap<>(Map.of(1, 2))), Values::sameAndImmutable);
        add(
                "unmodifiableSortedMap",
                Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(1, 2))),
                Values::sameAndImmutable);
        addPlain(
                "unmodifiableList of plain objects",
                Collections.unmodifiableList(new ArrayList<>(List.of(new UserTypes.Pojo()))),
                Values::sameAndImmutable);
        add("synchronizedList", Collections.synchronizedList(new ArrayList<>(List.of(1))));
        add("synchronizedMap", Collections.synchronizedMap(new HashMap<>(Map.of(1, 2))));
        add("checkedList", Collections.checkedList(new ArrayList<>(List.of(1)), Integer.class));
        add("emptyList", Collections.emptyList(), Values::sameAndImmutable);
        add("emptySet", Collections.emptySet());
        add("emptyMap", Collections.emptyMap());
        add("singletonList", Collections.singletonList(1), Values::sameAndImmutable);
        add("singleton", Collections.singleton(null));
        add("singletonMap", Collections.singletonMap("a", 1));
        addPlain("singletonList of a plain object", Collections.singletonList(new UserTypes.Pojo()));
        add("nCopies", Collections.nCopies(3, "a"));
        add("newSetFromMap of an IdentityHashMap", identitySet(), (a, b) -> ((Collection<?>) b).size() == 2);
        add("Map.entry", Map.entry("a", 1));
        add("SimpleEntry", new AbstractMap.SimpleEntry<>("a", 1));
        add("SimpleImmutableEntry", new AbstractMap.SimpleImmutableEntry<>("a", null));
        add("a thousand values in a HashMap", thousand());
    }

    private static Object setOf() {
        return java.util.Set.of(1, 2, 3);
    }

    private void views() {
        add("ArrayList.subList", new ArrayList<>(List.of(1, 2, 3)).subList(0, 2));
        add("LinkedList.subList", new LinkedList<>(List.of(1, 2, 3)).subList(1, 2));
        add("List.of.subList", List.of(1, 2, 3, 4).subList(1, 3), Values::sameAndImmutable);
        add("Stream.toList.subList with null", Stream.of(1, null, 3).toList().subList(0, 2), Values::sameAndImmutable);
        add("HashMap.keySet", new HashMap<>(Map.of("k", 1)).keySet());
        add("HashMap.values", new HashMap<>(Map.of("k", 1)).values(), Values::sameText);
        add("HashMap.entrySet", new HashMap<>(Map.of("k", 1)).entrySet());
        add(
                "HashMap's entry",
                new HashMap<>(Map.of("k", 1)).entrySet().iterator().next());
        add("LinkedHashMap.keySet", linked(new LinkedHashMap<>()).keySet(), Values::sameOrder);
        add(
                "TreeMap.keySet",
                new TreeMap<>(Map.of(2, 1, 1, 1)).keySet(),
                (a, b) -> same(a, b) && b instanceof java.util.NavigableSet<?>);
        add(
                "TreeMap.keySet with a comparator",
                treeMap(Comparator.reverseOrder()).keySet(),
                Values::sameOrder);
        add("TreeMap.headMap", new TreeMap<>(Map.of(1, 1, 5, 5)).headMap(3));
        add("Map.of.keySet", Map.of("a", 1).keySet());
        add("Map.of.values", Map.of("a", 1).values(), Values::sameText);
        add("ConcurrentHashMap.keySet", new ConcurrentHashMap<>(Map.of("k", 1)).keySet());
        add("ConcurrentHashMap.values", new ConcurrentHashMap<>(Map.of("k", 1)).values(), Values::sameText);
    }

    private void jdkValues() throws Exception {
        add("BigDecimal", new BigDecimal("-1.2300"));
        add("BigDecimal, 0E+3", new BigDecimal("0E+3"));
        add("BigInteger", BigInteger.ONE.shiftLeft(200).negate());
        add("MathContext", MathContext.DECIMAL64);
        add("Optional", Optional.of("x"));
        add("Optional.empty", Optional.empty());
        addPlain("Optional of a plain object", Optional.of(new UserTypes.Pojo()));
        add("OptionalInt", OptionalInt.of(1));
        add("OptionalInt.empty", OptionalInt.empty());
        add("OptionalLong", OptionalLong.of(1));
        add("OptionalDouble", OptionalDouble.of(1));
        add("UUID", new UUID(1, -2));
        add("URI", URI.create("http://a/b?c=d#e"));
        add(
                "URL",
                new URI("http://localhost/b").toURL(),
                (a, b) -> ((URL) b).toExternalForm().equals(((URL) a).toExternalForm()));
        add(
                "Pattern",
                Pattern.compile("a+", Pattern.CASE_INSENSITIVE),
                (a, b) -> sameText(a, b) && ((Pattern) b).matcher("AA").matches());
        add("AtomicBoolean", new AtomicBoolean(true), Values::sameText);
        add("AtomicInteger", new AtomicInteger(3), Values::sameText);
        add("AtomicLong", new AtomicLong(-3), Values::sameText);
        add("AtomicReference", new AtomicReference<>("a"), Values::sameText);
        add("AtomicIntegerArray", new AtomicIntegerArray(new int[] {1, 2}), Values::sameText);
        LongAdder adder = new LongAdder();
        adder.add(3);
        add("LongAdder", adder, Values::sameText);
        add("ReentrantLock", new ReentrantLock(), (a, b) -> ((ReentrantLock) b).tryLock());
        add("Locale", Locale.FRANCE);
        add("Locale with a script", Locale.forLanguageTag("zh-Hans-CN-u-nu-thai"));
        add("Currency", Currency.getInstance("EUR"));
        add("StringBuilder", new StringBuilder("x"), Values::sameText);
        add("StringBuffer", new StringBuffer("x"), Values::sameText);
        add("Random", new Random(4), (a, b) -> new Random(4).nextInt() == ((Random) b).nextInt());
        add("File", new File("/tmp"));
        add("Path", Path.of("/tmp/x"));
        add("InetAddress", InetAddress.getByAddress("h", new byte[] {127, 0, 0, 1}));
        add("Charset", StandardCharsets.ISO_8859_1);
        add("ByteBuffer", ByteBuffer.wrap(new byte[] {1, 2, 3}));
        add("ByteBuffer, part of", ByteBuffer.wrap(new byte[] {1, 2, 3}).position(1));
        add(
                "ByteBuffer, direct and little-endian",
                ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN),
                (a, b) -> a.equals(b)
                        && ((ByteBuffer) b).isDirect()
                        && ((ByteBuffer) b).order() == ByteOrder.LITTLE_ENDIAN);
        add(
                "ByteBuffer, read-only",
                ByteBuffer.wrap(new byte[] {1}).asReadOnlyBuffer(),
                (a, b) -> a.equals(b) && ((ByteBuffer) b).isReadOnly());
        add("IntSummaryStatistics", IntStream.of(1, 2).summaryStatistics(), Values::sameText);
        add("IntSummaryStatistics, empty", IntStream.of().summaryStatistics(), Values::sameText);
        add("LongSummaryStatistics", LongStream.of(1, 2).summaryStatistics(), Values::sameText);
        add("DoubleSummaryStatistics", DoubleStream.of(1, 2).summaryStatistics(), Values::sameText);
        add(
                "proxy",
                Proxy.newProxyInstance(Values.class.getClassLoader(), new Class<?>[] {Function.class}, new Echo("e")),
                (a, b) -> ((Function<?, ?>) b).apply(null).equals("e"));
        addPlain(
                "proxy with a plain handler",
                Proxy.newProxyInstance(
                        Values.class.getClassLoader(), new Class<?>[] {Function.class}, new PlainEcho("e")),
                (a, b) -> ((Function<?, ?>) b).apply(null).equals("e"));
    }

    record Echo(String text) implements InvocationHandler, java.io.Serializable {
        @Override
        public Object invoke(Object proxy, Method method, Object[] args) {
            return text;
        }
    }

    static final class PlainEcho implements InvocationHandler {
        private final String text;

        PlainEcho(String text) {
            this.text = text;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] args) {
            return text;
        }
    }

    private void times() {
        add("Duration", Duration.ofSeconds(-3, 5));
        add("Instant", Instant.ofEpochSecond(1_700_000_000, 123_456_789));
        add("Instant.MIN", Instant.MIN);
        add("LocalDate", LocalDate.of(-4, 2, 29));
        add("LocalTime", LocalTime.of(23, 59, 59, 999_999_999));
        add("LocalDateTime", LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4));
        add("ZonedDateTime", ZonedDateTime.of(2024, 5, 1, 1, 2, 3, 4, ZoneId.of("Europe/Paris")));
        add(
                "ZonedDateTime, the second of an hour that comes twice",
                ZonedDateTime.ofLocal(
                        LocalDateTime.of(2024, 10, 27, 2, 30), ZoneId.of("Europe/Paris"), ZoneOffset.ofHours(1)));
        add("OffsetDateTime", OffsetDateTime.of(2024, 5, 1, 1, 2, 3, 4, ZoneOffset.ofHours(-3)));
        add("Period", Period.of(1, -2, 3));
        add("Year", Year.of(2024));
        add("YearMonth", YearMonth.of(2024, 2));
        add("MonthDay", MonthDay.of(2, 29));
        add("ZoneId", ZoneId.of("UTC"));
        add("ZoneId, region", ZoneId.of("America/Argentina/Buenos_Aires"));
        add("ZoneOffset", ZoneOffset.ofHoursMinutes(5, 30));
        add("Month", Month.MAY);
        add("DayOfWeek", DayOfWeek.FRIDAY);
        add("Date", new Date(1_700_000_000_123L));
        add("Calendar", calendar());
        // equals would compare the rules, which differ from release to release of the JDK
        add(
                "TimeZone",
                TimeZone.getTimeZone("Europe/Paris"),
                (a, b) -> ((TimeZone) b).getID().equals("Europe/Paris") && ((TimeZone) b).getRawOffset() == 3_600_000);
        add("SimpleTimeZone", new SimpleTimeZone(3_600_000, "X"));
    }

    private void exceptions() {
        add("exception", new IllegalStateException("boom"));
        add("exception with cause and suppressed", nested());
        add(
                "exception of the user with plain parts",
                new UserTypes.DomainException(
                        "m", new IOException("io"), 7, new PlainPoint(1, 2, "n", List.of()), Optional.of("d")),
                (a, b) -> {
                    UserTypes.DomainException x = (UserTypes.DomainException) b;
                    return same(a, b)
                            && x.code == 7
                            && x.where.equals(new PlainPoint(1, 2, "n", List.of()))
                            && x.detail.get().equals("d");
                });
        add("ExecutionException", new ExecutionException(new IllegalArgumentException("a")));
        add("StackOverflowError, deep", deep());
        add("exception without a message", new NullPointerException());
        Exception first = new Exception("first");
        first.addSuppressed(new Exception("second", first));
        add("exception in a circle", first, (a, b) -> ((Exception) b).getSuppressed()[0].getCause() == b);
    }

    private void lambdas() {
        add("lambda", UserTypes.nonCapturing(), Values::sameResult);
        add("lambda, capturing", UserTypes.capturing(4, "abc"), Values::sameResult);
        add("lambda, capturing lambdas", UserTypes.capturingLambda(5), Values::sameResult);
        addPlain(
                "lambda, capturing plain objects",
                UserTypes.capturingPlain(
                        new PlainPoint(1, 2, "n", List.of()), new UserTypes.NoDefaultConstructor(1, "b")),
                Values::sameResult);
        add(
                "method reference, static",
                UserTypes.methodReference(),
                (a, b) -> applied(b, 4).equals(8));
        add(
                "method reference, unbound",
                UserTypes.unboundReference(),
                (a, b) -> applied(b, "abc").equals(3));
        add("method reference, bound", UserTypes.boundReference("abcd"), Values::sameResult);
        add(
                "method reference, constructor",
                UserTypes.constructorReference(),
                (a, b) -> applied(b, 4).equals(List.of()));
        add(
                "lambda cast to Serializable",
                UserTypes.cast(6),
                (a, b) -> ((java.util.function.Supplier<?>) b).get().equals(6));
        add("Comparator.reverseOrder", Comparator.reverseOrder(), (a, b) -> a == b);
        add("Comparator.comparing", Comparator.comparing((UserTypes.Fn<String, Integer>) String::length), (a, b) -> {
            @SuppressWarnings("unchecked")
            Comparator<String> c = (Comparator<String>) b;
            return c.compare("aa", "b") > 0;
        });
    }

    private void graphs() {
        List<Object> cyclic = new ArrayList<>();
        cyclic.add(cyclic);
        add("list that holds itself", cyclic, (a, b) -> ((List<?>) b).get(0) == b);
        Map<Object, Object> map = new HashMap<>();
        map.put("me", map);
        add("map that holds itself", map, (a, b) -> ((Map<?, ?>) b).get("me") == b);
        Object[] array = new Object[1];
        array[0] = array;
        add("array that holds itself", array, (a, b) -> ((Object[]) b)[0] == b);
        UserTypes.Node n1 = new UserTypes.Node("1");
        UserTypes.Node n2 = new UserTypes.Node("2");
        n1.next.add(n2);
        n2.next.add(n1);
        n1.favourite = n1;
        n2.payload = n1.next;
        addPlain("circle of plain objects", n1, (a, b) -> {
            UserTypes.Node r = (UserTypes.Node) b;
            return r.next.get(0).next.get(0) == r && r.favourite == r && r.next.get(0).payload == r.next;
        });
        List<Integer> shared = new ArrayList<>(List.of(1));
        add(
                "the same list twice",
                new ArrayList<>(List.of(shared, shared)),
                (a, b) -> ((List<?>) b).get(0) == ((List<?>) b).get(1));
        add("a tree with hooks and links upwards", tree(), (a, b) -> {
            UserTypes.Tree t = (UserTypes.Tree) b;
            return t.children.get(0).parent == t
                    && t.children.get(0).children.get(0).parent == t.children.get(0)
                    && t.depth == -1;
        });
        UserTypes.Tree mixed = tree();
        UserTypes.Node outside = new UserTypes.Node("outside");
        mixed.children.get(0).note = outside;
        outside.payload = mixed.children.get(0).children;
        outside.favourite = outside;
        Object[] both = {mixed, outside, mixed.children.get(0).children, new Object[] {mixed}};
        addPlain("references between what Kryo and what the JDK writes", both, (a, b) -> {
            Object[] r = (Object[]) b;
            UserTypes.Tree t = (UserTypes.Tree) r[0];
            UserTypes.Node o = (UserTypes.Node) r[1];
            return t.children.get(0).note == o
                    && o.payload == t.children.get(0).children
                    && o.favourite == o
                    && r[2] == o.payload
                    && ((Object[]) r[3])[0] == t
                    && t.children.get(0).parent == t;
        });
        IllegalStateException cause = new IllegalStateException("c");
        UserTypes.Node context = new UserTypes.Node("context");
        context.payload = cause;
        RuntimeException failed =
                new UserTypes.DomainException("m", cause, 1, new PlainPoint(1, 1, "p", List.of()), Optional.empty());
        context.favourite = context;
        addPlain("an exception and what it shares with others", new Object[] {failed, context, cause}, (a, b) -> {
            Object[] r = (Object[]) b;
            return ((Throwable) r[0]).getCause() == r[2] && ((UserTypes.Node) r[1]).payload == r[2];
        });
        UserTypes.Node deepest = new UserTypes.Node("0");
        UserTypes.Node top = deepest;
        for (int i = 1; i < 300; i++) {
            UserTypes.Node n = new UserTypes.Node(String.valueOf(i));
            n.favourite = top;
            top = n;
        }
        addPlain("three hundred objects in a row", top, (a, b) -> {
            int count = 0;
            for (UserTypes.Node n = (UserTypes.Node) b; n != null; n = n.favourite) {
                count++;
            }
            return count == 300;
        });
    }

    private static UserTypes.Tree tree() {
        return new UserTypes.Tree("root").add(new UserTypes.Tree("child").add(new UserTypes.Tree("leaf")));
    }

    private static PriorityQueue<Integer> reversed(PriorityQueue<Integer> queue, Integer... elements) {
        Collections.addAll(queue, elements);
        return queue;
    }

    private static Map<Object, Object> withNull(Map<Object, Object> map) {
        map.put(null, 1);
        map.put(2, null);
        return map;
    }

    private static Map<String, Integer> linked(Map<String, Integer> map) {
        map.put("c", 1);
        map.put("a", 2);
        map.put("b", 3);
        return map;
    }

    private static TreeMap<String, Integer> treeMap(Comparator<String> comparator) {
        TreeMap<String, Integer> map = new TreeMap<>(comparator);
        map.put("a", 1);
        map.put("b", 2);
        return map;
    }

    private static Map<Object, Object> identity() {
        Map<Object, Object> map = new IdentityHashMap<>();
        map.put(new ArrayList<>(), 1);
        map.put(new ArrayList<>(), 2);
        return map;
    }

    private static Object identitySet() {
        java.util.Set<Object> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.add(new ArrayList<>());
        set.add(new ArrayList<>());
        return set;
    }

    private static Properties properties() {
        Properties defaults = new Properties();
        defaults.setProperty("d", "2");
        Properties p = new Properties(defaults);
        p.setProperty("a", "1");
        return p;
    }

    private static Object keySet() {
        java.util.Set<String> set = ConcurrentHashMap.newKeySet();
        set.add("a");
        return set;
    }

    private static Object thousand() {
        Map<Object, Object> map = new HashMap<>();
        for (int i = 0; i < 1000; i++) {
            map.put("key" + i, List.of(i, i * 0.5, "v" + i % 7));
        }
        return map;
    }

    private static Calendar calendar() {
        Calendar c = new GregorianCalendar(TimeZone.getTimeZone("UTC"), Locale.ROOT);
        c.setTimeInMillis(1_700_000_000_123L);
        return c;
    }

    private static Throwable nested() {
        Exception e = new IllegalStateException("top", new IOException("cause", new Exception("root")));
        e.addSuppressed(new Exception("s1"));
        e.addSuppressed(new Exception("s2", new Error("x")));
        return e;
    }

    private static Throwable deep() {
        try {
            endless(0);
            return new Error("not reached");
        } catch (StackOverflowError e) {
            return e;
        }
    }

    @SuppressWarnings("InfiniteRecursion")
    private static int endless(int i) {
        return endless(i + 1) + 1;
    }

    // what "the same" means

    static boolean same(Object a, Object b) {
        if (a == b) {
            return true;
        }
        if (a == null || b == null) {
            return false;
        }
        if (a instanceof Throwable x) {
            return b instanceof Throwable y && sameThrowable(x, y);
        }
        if (a.getClass().isArray()) {
            return a.getClass() == b.getClass()
                    && Arrays.deepEquals(new Object[] {a}, new Object[] {b})
                    && Array.getLength(a) == Array.getLength(b);
        }
        return a.equals(b) && b.equals(a) && a.hashCode() == b.hashCode() && sameKind(a, b);
    }

    /** Views may arrive as another class; everything else must be of its own. */
    private static boolean sameKind(Object a, Object b) {
        return a.getClass() == b.getClass()
                || a.getClass().getName().startsWith("java.util.")
                || a instanceof Path
                || a instanceof ByteBuffer;
    }

    /** Traces are compared only where they can be: another JVM has others for the same source. */
    private static boolean sameThrowable(Throwable a, Throwable b) {
        boolean ok = a.getClass() == b.getClass()
                && Objects.equals(a.getMessage(), b.getMessage())
                && a.getStackTrace().length > 0 == b.getStackTrace().length > 0
                && a.getSuppressed().length == b.getSuppressed().length
                && same(a.getCause(), b.getCause());
        for (int i = 0; ok && i < a.getSuppressed().length; i++) {
            ok = same(a.getSuppressed()[i], b.getSuppressed()[i]);
        }
        if (ok) { // it must be alive, not just look so
            b.addSuppressed(new Exception("later"));
            b.printStackTrace(new PrintWriter(new StringWriter()));
            b.setStackTrace(b.getStackTrace());
        }
        return ok;
    }

    private static boolean sameText(Object a, Object b) {
        return a.toString().equals(b.toString());
    }

    private static boolean sameOrder(Object a, Object b) {
        return same(a, b) && sameText(a, b);
    }

    private static boolean sameResult(Object a, Object b) throws Exception {
        return ((Callable<?>) a).call().equals(((Callable<?>) b).call());
    }

    @SuppressWarnings("unchecked")
    private static Object applied(Object function, Object argument) {
        return ((Function<Object, Object>) function).apply(argument);
    }

    private static boolean sameAndImmutable(Object a, Object b) {
        if (!same(a, b)) {
            return false;
        }
        try {
            if (b instanceof Map<?, ?> m) {
                @SuppressWarnings("unchecked")
                Map<Object, Object> map = (Map<Object, Object>) m;
                map.put(1, 1);
            } else {
                @SuppressWarnings("unchecked")
                Collection<Object> collection = (Collection<Object>) b;
                collection.add(1);
            }
            return false;
        } catch (UnsupportedOperationException e) {
            return true;
        }
    }

    private static boolean sameAndHostile(Object a, Object b) {
        try {
            boolean ignored = b instanceof Map<?, ?> m ? m.containsKey(null) : ((Collection<?>) b).contains(null);
            return false;
        } catch (NullPointerException e) {
            return sameAndImmutable(a, b);
        }
    }

    private static boolean isFixedSize(List<?> list) {
        try {
            list.remove(0);
            return false;
        } catch (UnsupportedOperationException e) {
            return true;
        }
    }
}
