package io.clustrix.testkit;

import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * What every serializer must keep, as driver and workers count on it. A serializer's test extends this class:
 *
 * <pre>{@code
 * class AcmeSerializerContractTest extends SerializerContract {
 *     @Override
 *     protected SerializerProvider provider() {
 *         return new AcmeSerializerProvider();
 *     }
 * }
 * }</pre>
 *
 * <p>Bytes are damaged {@link #mutations} times; seed and property as for {@link DialectContract}.
 */
@SuppressWarnings("ReferenceEquality") // which object it is, is what is asked here
public abstract class SerializerContract {
    private static final int MUTATIONS = 5000;
    private static final int DEEP = 200_000;
    private static final int DAMAGED = 64 << 10;
    private static final long MOST_MEMORY = 64L << 20;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final String STATE =
            "after each call the instance is as new, also after one that threw, and two values never share anything"
                    + " (Serializer)";

    /** For sub-classes. */
    protected SerializerContract() {}

    /** A new provider. */
    protected abstract SerializerProvider provider();

    /** Options of the plugin's own; without a filter. */
    protected Map<String, String> properties() {
        return Map.of();
    }

    /** More values that arrive equal. */
    protected List<Object> values() {
        return List.of();
    }

    /** Whether lambdas can be written that are {@link java.io.Serializable}; tasks mostly are. */
    protected boolean takesLambdas() {
        return true;
    }

    /** How many damaged streams are read. */
    protected int mutations() {
        return MUTATIONS;
    }

    /** How long one value may take to be read. The default is far more than any should take. */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    // ---------------------------------------------------------------- what the tests use

    private Serializer serializer(String filter) {
        return provider().create(new SerializerOptions(filter, properties()));
    }

    private Serializer serializer() {
        return serializer("");
    }

    private static byte[] written(Serializer serializer, @Nullable Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            serializer.write(value, out);
        } catch (IOException e) {
            throw new AssertionError("a stream in memory does not throw", e);
        }
        return out.toByteArray();
    }

    private static @Nullable Object read(Serializer serializer, byte[] bytes, ClassLoader classes) {
        try {
            return serializer.read(new ByteArrayInputStream(bytes), classes);
        } catch (IOException e) {
            throw Broken.rule("an IOException is only what the stream throws (Serializer.read)", "it throws one", e);
        }
    }

    private static ClassLoader own() {
        return Objects.requireNonNull(SerializerContract.class.getClassLoader());
    }

    private @Nullable Object roundTrip(@Nullable Object value) {
        return read(serializer(), written(serializer(), value), own());
    }

    // ---------------------------------------------------------------- the tests

    @Test
    @DisplayName("the provider is found by ServiceLoader, under a name of the right form")
    void isFound() {
        SerializerProvider provider = provider();
        if (!NAME.matcher(provider.name()).matches()) {
            throw Broken.rule("a plugin's name is of the form [a-z][a-z0-9-]* (Provider.name)", provider.name());
        }
        boolean found = ServiceLoader.load(
                        SerializerProvider.class, provider.getClass().getClassLoader())
                .stream()
                .anyMatch(p -> p.type() == provider.getClass());
        if (!found) {
            throw Broken.rule(
                    "a provider stands in META-INF/services/" + SerializerProvider.class.getName(),
                    "ServiceLoader does not find " + provider.getClass());
        }
        for (int java : new int[] {17, 21, 25}) {
            if (provider.jvmOptions(java).stream().anyMatch(String::isBlank)) {
                throw Broken.rule("JVM options are words (SerializerProvider.jvmOptions)", "one is blank");
            }
        }
    }

    @TestFactory
    @DisplayName("values arrive equal")
    Stream<DynamicTest> roundTrips() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(Specimens.equal());
        values().forEach(v -> all.put(v.getClass().getName(), v));
        return all.entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> arrivesEqual(e.getKey(), e.getValue())));
    }

    private void arrivesEqual(String name, @Nullable Object value) {
        Object arrived = roundTrip(value);
        if (!Objects.deepEquals(value, arrived)
                || (value != null
                        && arrived != null
                        && value.getClass().isArray() != arrived.getClass().isArray())) {
            throw Broken.rule(
                    "read gives what write was given (Serializer.read)",
                    name + " arrives as " + Broken.shown(String.valueOf(arrived)));
        }
    }

    @Test
    @DisplayName("cycles and shared objects arrive as they were")
    void graphs() {
        String rule = "read gives what write was given, also what knows itself (Serializer.read)";
        if (!(roundTrip(Specimens.ring()) instanceof Specimens.Node n)
                || n.next == null
                || n.next.next != n
                || n.next.number != 2) {
            throw Broken.rule(rule, "a ring of two objects is none any more");
        }
        List<Object> twice = new ArrayList<>();
        Specimens.Node shared = new Specimens.Node(5);
        twice.add(shared);
        twice.add(shared);
        if (!(roundTrip(twice) instanceof List<?> l) || l.get(0) != l.get(1)) {
            throw Broken.rule(rule, "one object in two places of a list arrives as two");
        }
        @Nullable Object[] itself = new @Nullable Object[] {null, "x"};
        itself[0] = itself;
        if (!(roundTrip(itself) instanceof Object[] a) || a[0] != a) {
            throw Broken.rule(rule, "an array with itself in it arrives as another one");
        }
    }

    @Test
    @DisplayName("exceptions arrive with message, cause, suppressed ones, fields and stack trace")
    void exceptions() {
        Throwable sent = Specimens.failure();
        Object arrived = roundTrip(sent);
        if (!(arrived instanceof Specimens.Failure f)
                || f.code != 42
                || !"outer".equals(f.getMessage())
                || !(f.getCause() instanceof IOException io)
                || !"inner".equals(io.getMessage())
                || !(io.getCause() instanceof Error)
                || f.getSuppressed().length != 1
                || !Arrays.equals(f.getStackTrace(), sent.getStackTrace())) {
            throw Broken.rule(
                    "read gives what write was given (Serializer.read)", "an exception arrives as " + arrived);
        }
    }

    @Test
    @DisplayName("lambdas and method references arrive with what they have captured, if they are taken")
    @SuppressWarnings("unchecked")
    void lambdas() throws Exception {
        if (!takesLambdas()) {
            try {
                var unused = written(serializer(), Specimens.lambda(1, List.of("x")));
            } catch (SerializationException e) {
                return;
            }
            throw Broken.rule(
                    "what can't be written is a SerializationException (Serializer.write)", "a lambda is taken");
        }
        Object lambda = roundTrip(Specimens.lambda(40, new ArrayList<>(List.of("n"))));
        Object reference = roundTrip(Specimens.methodReference());
        if (!(lambda instanceof RemoteFunction<?, ?> f)
                || !"n42".equals(((RemoteFunction<Integer, String>) f).apply(2))
                || !(reference instanceof RemoteFunction<?, ?> g)
                || !Integer.valueOf(17).equals(((RemoteFunction<String, Integer>) g).apply("17"))) {
            throw Broken.rule("read gives what write was given (Serializer.read)", "a lambda does something else");
        }
    }

    @Test
    @DisplayName("what can't be written is a SerializationException that names the class, and leaves nothing behind")
    void refusesAndGoesOn() {
        Serializer serializer = serializer();
        byte[] before = written(serializer, List.of("a", new Specimens.Node(1)));
        for (Object bad : List.of(
                new Object[] {"x", new Thread("never started")},
                List.of(new Specimens.Node(1), new Specimens.Unwilling()))) {
            try {
                var unused = written(serializer, bad);
                throw Broken.rule(
                        "what can't be written is a SerializationException (Serializer.write)", "it writes " + bad);
            } catch (SerializationException e) {
                String message = String.valueOf(e.getMessage());
                if (!message.contains("Thread") && !message.contains("Unwilling") && !message.contains("not me")) {
                    throw Broken.rule("the message names the class that stood in the way (Serializer.write)", message);
                }
            } catch (RuntimeException e) {
                throw Broken.rule(
                        "what can't be written is a SerializationException (Serializer.write)", "it throws", e);
            }
            if (!Arrays.equals(before, written(serializer, List.of("a", new Specimens.Node(1))))) {
                throw Broken.rule(STATE, "after a value that can't be written the next one is written otherwise");
            }
        }
    }

    @Test
    @DisplayName("an IOException of a stream goes out as it is, and leaves nothing behind")
    void streamsThatThrow() {
        Serializer serializer = serializer();
        List<String> value = new ArrayList<>(List.of("a text ".repeat(10_000), "another"));
        byte[] good = written(serializer, value);
        IOException full = new IOException("no space left");
        try {
            serializer.write(value, new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw full;
                }
            });
            throw Broken.rule("an IOException of the stream goes out (Serializer.write)", "it is swallowed");
        } catch (IOException e) {
            sameException(full, e);
        }
        try {
            var unused = serializer.read(new Failing(good, full), own());
            throw Broken.rule("an IOException of the stream goes out (Serializer.read)", "it is swallowed");
        } catch (IOException e) {
            sameException(full, e);
        }
        if (!Arrays.equals(good, written(serializer, value)) || !value.equals(read(serializer, good, own()))) {
            throw Broken.rule(STATE, "after a stream that threw the next value is another one");
        }
    }

    private static void sameException(IOException thrown, IOException got) {
        if (got != thrown) {
            throw Broken.rule("an IOException is only what the stream throws (Serializer)", "it is another one", got);
        }
    }

    @Test
    @DisplayName("two values share nothing, and each can be read alone")
    void twoValues() {
        Serializer serializer = serializer();
        List<Object> value = new ArrayList<>(List.of(new Specimens.Node(3), new ArrayList<>(List.of("x"))));
        byte[] first = written(serializer, value);
        byte[] second = written(serializer, value);
        if (!Arrays.equals(first, second)) {
            throw Broken.rule(STATE, "the same value, written again by one serializer, has other bytes");
        }
        Object a = read(serializer, second, own());
        Object b = read(serializer, second, own());
        if (!(a instanceof List<?> l)
                || !(b instanceof List<?> m)
                || l == m
                || l.get(0) == m.get(0)
                || l.get(1) == m.get(1)) {
            throw Broken.rule(STATE, "two values that were read have objects in common");
        }
    }

    @Test
    @DisplayName("a deep graph arrives, or is a SerializationException, on both sides")
    void deepGraphs() {
        try {
            var unused = roundTrip(Specimens.chain(DEEP));
        } catch (SerializationException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw Broken.rule("a refusal says what was wrong (Serializer.write)", "it has no message");
            }
        } catch (StackOverflowError e) {
            throw Broken.rule("what can't be written is a SerializationException (Serializer.write)", "it throws", e);
        }
        var unused = roundTrip(List.of("after it"));
    }

    @Test
    @DisplayName("classes are found by the class loader that is given")
    @ResourceLock("system property " + Specimens.Tripwire.PROPERTY)
    void classLoader() {
        byte[] bytes = written(serializer(), new Specimens.Tripwire());
        Apart apart = new Apart(own());
        Object arrived = read(serializer(), bytes, apart);
        if (arrived == null || arrived.getClass().getClassLoader() != apart) {
            throw Broken.rule(
                    "the classes of the value are found in the loader that is given (Serializer.read)",
                    "another loader's class was taken: " + arrived);
        }
        // And once more with another loader by the same serializer.
        Serializer one = serializer();
        var unused = read(one, bytes, own());
        Object again = read(one, bytes, apart);
        if (again == null || again.getClass().getClassLoader() != apart) {
            throw Broken.rule(STATE, "the loader of the value before was taken");
        }
        try {
            byte[] other = written(serializer(), new ExtensionConfigurationException("of JUnit, which the JDK lacks"));
            var missing = read(serializer(), other, ClassLoader.getPlatformClassLoader());
            throw Broken.rule(
                    "a class that is missing is a SerializationException (Serializer.read)", "it reads " + missing);
        } catch (SerializationException e) {
            if (!String.valueOf(e.getMessage()).contains("ExtensionConfigurationException")) {
                throw Broken.rule("the message names the class that is missing (Serializer.read)", "it does not", e);
            }
        } catch (RuntimeException e) {
            throw Broken.rule("a class that is missing is a SerializationException (Serializer.read)", "it throws", e);
        }
    }

    @Test
    @DisplayName("a class that the filter or the deny list refuses is refused before anything of it is touched")
    @ResourceLock("system property " + Specimens.Tripwire.PROPERTY)
    void filter() {
        String rule = "each class named in a stream is held against the filter before anything of it is touched"
                + " (SerializerOptions.filter, SerializerOptions.DENY_LIST)";
        String name = Specimens.Tripwire.class.getName();
        for (Object value : List.of(
                new Specimens.Tripwire(),
                List.of(new Specimens.Tripwire()),
                new Object[] {1, new Specimens.Tripwire()},
                new Specimens.Tripwire[1],
                Map.of("k", new Specimens.Tripwire()))) {
            byte[] bytes = written(serializer(), value);
            for (String pattern : List.of("!" + name, "java.**;!*", "!io.clustrix.testkit.*")) {
                System.clearProperty(Specimens.Tripwire.PROPERTY);
                try {
                    Object arrived = read(serializer(pattern), bytes, new Apart(own()));
                    throw Broken.rule(rule, "with the filter " + pattern + " it reads " + arrived);
                } catch (SerializationException e) {
                    if (!String.valueOf(e.getMessage()).contains("Tripwire")) {
                        throw Broken.rule(
                                "the message names the class that is refused (Serializer.read)", "it does not", e);
                    }
                } catch (RuntimeException e) {
                    throw Broken.rule(
                            "a class that is refused is a SerializationException (Serializer.read)", "it throws", e);
                }
                if (System.getProperty(Specimens.Tripwire.PROPERTY) != null) {
                    throw Broken.rule(rule, "the class was initialized before it was refused");
                }
            }
        }
        try {
            Object denied = roundTrip(new java.rmi.server.UID());
            throw Broken.rule(rule, "a class of the deny list is read: " + denied);
        } catch (SerializationException e) {
            if (!String.valueOf(e.getMessage()).contains("UID")) {
                throw Broken.rule("the message names the class that is refused (Serializer.read)", "it does not", e);
            }
        }
    }

    /** All of it seems to be there, but the second half can't be read. */
    private static final class Failing extends FilterInputStream {
        private final IOException failure;
        private int left;

        Failing(byte[] bytes, IOException failure) {
            super(new ByteArrayInputStream(bytes));
            this.failure = failure;
            this.left = bytes.length / 2;
        }

        @Override
        public int read() throws IOException {
            require();
            left--;
            return super.read();
        }

        @Override
        public int read(byte[] b, int offset, int length) throws IOException {
            require();
            int n = super.read(b, offset, Math.min(left, length));
            left -= n;
            return n;
        }

        private void require() throws IOException {
            if (left <= 0) {
                throw failure;
            }
        }
    }

    /** Has the tripwire's class once more, as one of its own. */
    private static final class Apart extends ClassLoader {
        Apart(ClassLoader parent) {
            super(parent);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Specimens.Tripwire.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defined(name);
            }
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] code = Objects.requireNonNull(in).readAllBytes();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    @DisplayName("damaged bytes are a SerializationException or another value, in little time and memory")
    void damage() throws InterruptedException {
        long seed = Long.getLong(DialectContract.SEED, new Random().nextLong());
        List<byte[]> streams = new ArrayList<>();
        List<Object> values = new ArrayList<>(List.of(Specimens.ring(), Specimens.failure()));
        Specimens.equal().values().forEach(v -> {
            if (v != null) {
                values.add(v);
            }
        });
        if (takesLambdas()) {
            values.add(Specimens.lambda(1, List.of("x")));
        }
        values.forEach(v -> {
            byte[] bytes = written(serializer(), v);
            if (bytes.length < DAMAGED) {
                streams.add(bytes);
            }
        });
        Watched watched = new Watched(patience());
        watched.run("reading ends in time, whatever the bytes are (patience)", () -> {
            Serializer serializer = serializer();
            for (int i = 0; i < mutations(); i++) {
                Random random = new Random(seed + i);
                byte[] bytes = damaged(streams.get(i % streams.size()), random);
                String origin = "damage " + i + " of seed " + seed + " (set -D" + DialectContract.SEED + "=" + seed
                        + " to have it again), " + bytes.length + " bytes";
                watched.step(() -> origin);
                readDamaged(serializer, bytes, origin);
            }
            if (!List.of("x").equals(read(serializer, written(serializer, List.of("x")), own()))) {
                throw Broken.rule(STATE, "after damaged values a good one is read otherwise");
            }
        });
    }

    private static void readDamaged(Serializer serializer, byte[] bytes, String origin) {
        long before = allocated();
        try {
            var unused = serializer.read(new ByteArrayInputStream(bytes), own());
        } catch (SerializationException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw Broken.rule("a refusal says what was wrong", "it has no message for " + origin);
            }
        } catch (IOException e) {
            throw Broken.rule("an IOException is only what the stream throws (Serializer.read)", origin, e);
        } catch (RuntimeException | Error e) {
            throw Broken.rule("bytes that are no value are a SerializationException (Serializer.read)", origin, e);
        }
        long used = allocated() - before;
        if (used > MOST_MEMORY) {
            throw Broken.rule(
                    "what is read is bounded by the bytes that there are, not by a length in them (Serializer.read)",
                    used + " bytes of memory were used for " + origin);
        }
    }

    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
                ? threads.getThreadAllocatedBytes(Thread.currentThread().getId())
                : 0;
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            case 1 -> {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(20));
                for (int i = bytes.length; i < longer.length; i++) {
                    longer[i] = (byte) random.nextInt(256);
                }
                return longer;
            }
            case 2 -> {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                return noise;
            }
            default -> {
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    int at = random.nextInt(bytes.length);
                    bytes[at] = (byte) (random.nextInt(4) == 0 ? 0xff : random.nextInt(256));
                }
                return bytes;
            }
        }
    }
}
