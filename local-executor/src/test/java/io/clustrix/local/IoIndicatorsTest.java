package io.clustrix.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.acme.CpuJobs;
import com.acme.IoJobs;
import com.acme.Ways;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("I/O indicators in bytecode (B4, B5)")
final class IoIndicatorsTest {
    private static final IoVerdict NONE = new IoVerdict.None();

    private final IoIndicators indicators = new IoIndicators();

    private String found(Object function) {
        IoVerdict verdict = indicators.of(function);
        assertThat(verdict).isInstanceOf(IoVerdict.Found.class);
        return ((IoVerdict.Found) verdict).indicator();
    }

    private static List<IoJobs.Case> ioJobs() {
        return IoJobs.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ioJobs")
    @DisplayName("B4: I/O and waiting of every family is found and named")
    void families(IoJobs.Case job) {
        assertThat(found(job.function()))
                .startsWith(job.call() + ", called by com.acme.IoJobs.lambda$all$")
                .contains("(IoJobs.java:");
    }

    private static Stream<String> cpuJobs() {
        return CpuJobs.all().keySet().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cpuJobs")
    @DisplayName("B4, B6: what computes has no indicator")
    void noIndicator(String job) {
        assertThat(indicators.of(CpuJobs.all().get(job))).isEqualTo(NONE);
    }

    @Nested
    @DisplayName("B4: the function's own method is found, whatever kind of function it is")
    final class Kinds {

        @Test
        @DisplayName("a method reference to a method of one's own")
        void staticReference() {
            assertThat(found(Ways.staticReference()))
                    .matches("java\\.nio\\.file\\.Files\\.readString, called by com\\.acme\\.Ways\\.read"
                            + " \\(Ways\\.java:\\d+\\)");
        }

        @Test
        @DisplayName("a method reference to I/O itself")
        void jdkReference() {
            assertThat(found(Ways.jdkReference()))
                    .isEqualTo("java.nio.file.Files.readString, which is the function itself");
        }

        @Test
        @DisplayName("a method reference to a pure JDK method has none")
        void pureJdkReference() {
            RemoteFunction<Double, Double> abs = Math::abs;
            assertThat(indicators.of(abs)).isEqualTo(NONE);
        }

        @Test
        @DisplayName("a constructor reference")
        void constructorReference() {
            assertThat(found(Ways.constructorReference())).endsWith("reached from new com.acme.Ways$Opens");
        }

        @Test
        @DisplayName("a bound method reference: the class of the receiver counts, not the interface")
        void boundReference() {
            assertThat(found(Ways.boundReference(new Ways.FileSource())))
                    .endsWith("reached from com.acme.Ways$FileSource.load");
            assertThat(indicators.of(Ways.boundReference(new Ways.ConstantSource())))
                    .isEqualTo(NONE);
        }

        @Test
        @DisplayName("an unbound method reference")
        void unboundReference() {
            assertThat(found(Ways.unboundReference())).endsWith("reached from com.acme.Ways$FileSource.load");
        }

        @Test
        @DisplayName("a lambda that captures its object: the object's class decides what is called")
        void capturedThis() {
            assertThat(found(new Ways.ReadingWays().capturesThis())).contains("com.acme.Ways.read");
            assertThat(indicators.of(new Ways().capturesThis())).isEqualTo(NONE);
        }

        @Test
        @DisplayName("named, anonymous and local classes")
        void classes() {
            assertThat(found(new Ways.Named())).endsWith("reached from com.acme.Ways$Named.run");
            assertThat(found(new Ways.NamedInt())).contains("com.acme.Ways$NamedInt.apply");
            assertThat(found(new Ways.NamedConsumer())).contains("com.acme.Ways$NamedConsumer.accept");
            assertThat(found(Ways.anonymousClass())).contains("com.acme.Ways$");
            assertThat(found(Ways.localClass())).contains("Local.call");
        }

        @Test
        @DisplayName("of a class only the method that is the function counts")
        void otherMethodsDoNotCount() {
            assertThat(indicators.of(new Ways.ReadsElsewhere())).isEqualTo(NONE);
        }

        @Test
        @DisplayName("a template method that a subclass fills in")
        void template() {
            assertThat(found(new Ways.FilledIn())).contains("reached from com.acme.Ways$Template.call");
        }

        @Test
        @DisplayName("a default method of an interface")
        void defaultMethod() {
            assertThat(found(new Ways.NamedStep())).contains("reached from com.acme.Ways$Step.call");
        }

        @Test
        @DisplayName("a method called by name: the implementation counts")
        void clusterMethod() throws NoSuchMethodException {
            Class<?> type = Ways.ServiceImplementation.class;
            IoVerdict work = indicators.of(type, Ways.Service.class.getMethod("work", String.class));
            assertThat(work)
                    .isInstanceOfSatisfying(
                            IoVerdict.Found.class,
                            f -> assertThat(f.indicator())
                                    .endsWith("reached from com.acme.Ways$ServiceImplementation.work"));
            assertThat(indicators.of(type, Ways.Service.class.getMethod("rest", String.class)))
                    .isEqualTo(NONE);
            assertThat(indicators.of(Math.class, Math.class.getMethod("abs", int.class)))
                    .isEqualTo(NONE);
            assertThat(indicators.of(Thread.class, Thread.class.getMethod("sleep", long.class)))
                    .isInstanceOf(IoVerdict.Found.class);
        }
    }

    @Nested
    @DisplayName("B4: calls are followed")
    final class Following {

        @Test
        @DisplayName("the message tells the call, the caller with its line, and where it began")
        void message() {
            assertThat(found(Ways.transitive()))
                    .matches("java\\.nio\\.file\\.Files\\.readString, called by com\\.acme\\.Ways\\.read"
                            + " \\(Ways\\.java:\\d+\\), reached from com\\.acme\\.Ways\\.lambda\\$transitive\\$.*");
        }

        @Test
        @DisplayName("into lambdas, method references and anonymous classes that are handed on")
        void handedOn() {
            assertThat(found(Ways.lambdaInLambda())).contains("readQuietly");
            assertThat(found(Ways.referenceInLambda())).contains("readQuietly");
            assertThat(found(Ways.anonymousClassInLambda())).contains("com.acme.Ways.read");
        }

        @Test
        @DisplayName("up to waiting that is inherited from the JDK")
        void inherited() {
            assertThat(found(Ways.inheritedWaiting())).startsWith("java.lang.Thread.join, called by com.acme.Ways");
        }

        @Test
        @DisplayName("six calls deep and no deeper")
        void depth() {
            assertThat(found(Ways.depth(6))).contains("com.acme.Ways$Chain.one");
            assertThat(indicators.of(Ways.depth(7))).isEqualTo(NONE);
            assertThat(new IoIndicators(7, 400).of(Ways.depth(7))).isInstanceOf(IoVerdict.Found.class);
        }

        @Test
        @DisplayName("over so many methods and no more")
        void bounds() {
            assertThat(new IoIndicators(6, 2).of(Ways.transitive())).isInstanceOf(IoVerdict.Found.class);
            assertThat(new IoIndicators(6, 1).of(Ways.transitive())).isEqualTo(NONE);
        }

        @Test
        @DisplayName("round a recursion once")
        void recursion() {
            assertThat(new IoIndicators(Integer.MAX_VALUE, 400).of(Ways.mutualRecursion()))
                    .isEqualTo(NONE);
        }
    }

    @Nested
    @DisplayName("B4: a function that holds another is judged by both")
    final class Captured {

        @Test
        @DisplayName("one site, two captured functions, two answers, however often it is asked")
        void perInstance() {
            for (int i = 0; i < 3; i++) {
                assertThat(found(Ways.adapter(Ways.reading()))).contains("readQuietly");
                assertThat(indicators.of(Ways.adapter(Ways.trimming()))).isEqualTo(NONE);
            }
        }

        @Test
        @DisplayName("twice over, no deeper")
        void nesting() {
            assertThat(found(Ways.twiceAdapted(Ways.reading()))).contains("readQuietly");
            assertThat(indicators.of(Ways.thriceAdapted(Ways.reading()))).isEqualTo(NONE);
        }

        @Test
        @DisplayName("in the fields of objects and anonymous classes")
        void fields() {
            assertThat(found(new Ways.Applied(Ways.reading(), "x"))).contains("readQuietly");
            assertThat(indicators.of(new Ways.Applied(Ways.trimming(), "x"))).isEqualTo(NONE);
            assertThat(found(Ways.anonymousAdapter(Ways.reading()))).contains("readQuietly");
            assertThat(indicators.of(Ways.anonymousAdapter(Ways.trimming()))).isEqualTo(NONE);
            assertThat(found(Ways.boundAdapter(Ways.reading()))).contains("readQuietly");
        }

        @Test
        @DisplayName("as the receiver of a method reference")
        void receiver() {
            assertThat(found(Ways.reapplied(Ways.reading()))).contains("readQuietly");
            assertThat(indicators.of(Ways.reapplied(Ways.trimming()))).isEqualTo(NONE);
            RemoteCallable<String> call = new Ways.Applied(Ways.reading(), "x")::call;
            assertThat(found(call)).contains("readQuietly");
        }

        @Test
        @DisplayName("in an adapter of Clustrix's own, which itself is not looked into")
        void ownAdapter() {
            RemoteFunction<String, String> reading = Ways.reading();
            RemoteCallable<String> adapter = () -> Files.readString(Path.of(reading.apply("x")));
            assertThat(found(adapter)).contains("com.acme.Ways.readQuietly");
            RemoteFunction<String, String> trimming = Ways.trimming();
            RemoteCallable<String> harmless = () -> Files.readString(Path.of(trimming.apply("x")));
            assertThat(indicators.of(harmless)).isEqualTo(NONE);
        }
    }

    @Nested
    @DisplayName("B5: bytecode that can't be had is no error")
    final class Unavailable {
        private static final String JOB = """
                package org.example;
                public class Job {
                    public static io.clustrix.spi.RemoteCallable<String> job() {
                        return () -> Reader.read();
                    }
                }
                """;
        private static final String READER = """
                package org.example;
                public class Reader {
                    static String read() throws java.io.IOException {
                        return java.nio.file.Files.readString(java.nio.file.Path.of("x"));
                    }
                }
                """;

        private Loader job() {
            return new Loader(compile(Map.of("org.example.Job", JOB, "org.example.Reader", READER)));
        }

        @Test
        @DisplayName("with all class files there, it is found")
        void there() throws Exception {
            assertThat(found(job().job())).contains("org.example.Reader.read (Reader.java:4)");
        }

        @Test
        @DisplayName("the function's own class file is missing: unknown")
        void missing() throws Exception {
            Loader loader = job();
            loader.resources.remove("org/example/Job.class");
            assertThat(indicators.of(loader.job()))
                    .isInstanceOfSatisfying(
                            IoVerdict.Unknown.class,
                            u -> assertThat(u.why())
                                    .startsWith("the bytecode of org.example.Job.lambda$job$")
                                    .endsWith("is not available"));
        }

        @Test
        @DisplayName("the class file of something it calls is missing: passed over")
        void missingCallee() throws Exception {
            Loader loader = job();
            loader.resources.remove("org/example/Reader.class");
            assertThat(indicators.of(loader.job())).isEqualTo(NONE);
        }

        @ParameterizedTest
        @ValueSource(strings = {"Job", "Reader"})
        @DisplayName("a class file of a newer Java than ASM knows: unknown")
        void tooNew(String name) throws Exception {
            Loader loader = job();
            loader.resources.computeIfPresent("org/example/" + name + ".class", (k, bytes) -> {
                byte[] newer = bytes.clone();
                newer[6] = 1; // the major version, 256 and more
                return newer;
            });
            assertThat(indicators.of(loader.job()))
                    .isInstanceOfSatisfying(
                            IoVerdict.Unknown.class,
                            u -> assertThat(u.why())
                                    .contains("org.example." + name)
                                    .contains("Unsupported class file"));
        }

        @Test
        @DisplayName("a broken class file: unknown")
        void broken() throws Exception {
            Loader loader = job();
            loader.resources.put("org/example/Job.class", new byte[] {(byte) 0xCA, (byte) 0xFE});
            assertThat(indicators.of(loader.job())).isInstanceOf(IoVerdict.Unknown.class);
        }

        @Test
        @DisplayName("a class loader that throws: unknown")
        void throwing() throws Exception {
            Loader loader = job();
            loader.failure = new IllegalStateException("the loader is closed");
            assertThat(indicators.of(loader.job()))
                    .isInstanceOfSatisfying(
                            IoVerdict.Unknown.class, u -> assertThat(u.why()).contains("the loader is closed"));
        }

        @Test
        @DisplayName("lambdas that can't be serialized, proxies and what is no function: unknown")
        void noFunctions() {
            Object proxy = Proxy.newProxyInstance(
                    Ways.class.getClassLoader(),
                    new Class<?>[] {RemoteCallable.class},
                    (self, method, arguments) -> null);
            for (Object function :
                    List.of(Ways.notSerializable(), proxy, "a string", new int[0], new CpuJobs.Point(1, 2))) {
                assertThat(indicators.of(function)).isInstanceOf(IoVerdict.Unknown.class);
            }
        }
    }

    @Test
    @DisplayName("B4: client libraries are known by their packages, looked into or not")
    void clientLibraries() throws Exception {
        Loader loader = new Loader(compile(Map.of(
                "okhttp3.OkHttpClient",
                "package okhttp3; public class OkHttpClient { public void newCall() {} }",
                "org.apache.kafka.clients.producer.KafkaProducer",
                "package org.apache.kafka.clients.producer;"
                        + " public class KafkaProducer { public static void send() {} }",
                "org.slf4j.Logger",
                """
                package org.slf4j;
                public class Logger {
                    public static void info() throws Exception { new java.io.FileOutputStream("log").close(); }
                }
                """,
                "org.example.Job",
                """
                package org.example;
                public class Job {
                    public static io.clustrix.spi.RemoteRunnable job() {
                        return () -> new okhttp3.OkHttpClient().newCall();
                    }
                    public static io.clustrix.spi.RemoteRunnable kafka() {
                        return () -> org.apache.kafka.clients.producer.KafkaProducer.send();
                    }
                    public static io.clustrix.spi.RemoteRunnable logging() {
                        return () -> org.slf4j.Logger.info();
                    }
                }
                """)));
        assertThat(found(loader.job())).startsWith("new okhttp3.OkHttpClient, called by org.example.Job");
        assertThat(found(loader.make("kafka")))
                .startsWith("org.apache.kafka.clients.producer.KafkaProducer.send, called by");
        assertThat(indicators.of(loader.make("logging"))).isEqualTo(NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"java/lang/String", "jdk/internal/X", "io/clustrix/core/Cluster", "org/slf4j/Logger", "[I"})
    @DisplayName("B4: the JDK, Clustrix and logging are not looked into")
    void notTheUsers(String owner) {
        assertThat(new IoCalls().isTheUsers(owner)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"com/acme/Job", "Job", "io/clustrix/examples/Job", "javassist/X"})
    @DisplayName("B4: the user's classes and the examples are")
    void theUsers(String owner) {
        assertThat(new IoCalls().isTheUsers(owner)).isTrue();
    }

    @Test
    @DisplayName("a class loader can be collected after its functions were looked at")
    void noLeak() throws Exception {
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            loaders.add(lookAndForget());
        }
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (loaders.stream().anyMatch(l -> l.get() != null) && System.nanoTime() < deadline) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(loaders).allMatch(l -> l.get() == null);
        assertThat(found(Ways.transitive())).isNotEmpty(); // the indicators themselves are still in use
    }

    private WeakReference<ClassLoader> lookAndForget() throws Exception {
        Loader loader = new Loader(compile(Map.of("org.example.Job", """
                package org.example;
                public class Job implements io.clustrix.spi.RemoteFunction<String, String> {
                    public static io.clustrix.spi.RemoteCallable<String> job() {
                        Job inner = new Job();
                        return () -> inner.apply("x");
                    }
                    public static io.clustrix.spi.RemoteCallable<String> bound() {
                        Job inner = new Job();
                        return inner::twice;
                    }
                    public String twice() { return apply("x") + apply("y"); }
                    public String apply(String name) { return name; }
                }
                """)));
        assertThat(indicators.of(loader.job())).isEqualTo(NONE);
        assertThat(indicators.of(loader.make("bound"))).isEqualTo(NONE);
        Class<?> job = loader.loadClass("org.example.Job");
        assertThat(indicators.of(job, job.getMethod("twice"))).isEqualTo(NONE);
        return new WeakReference<>(loader);
    }

    @Test
    @DisplayName("many threads get the same answers")
    void threads() throws Exception {
        int threads = 8;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<List<IoVerdict>>> answers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                answers.add(executor.submit(() -> {
                    start.await();
                    return IoJobs.all().stream()
                            .map(job -> indicators.of(job.function()))
                            .toList();
                }));
            }
            start.countDown();
            List<IoVerdict> first = answers.get(0).get(60, TimeUnit.SECONDS);
            assertThat(first).hasOnlyElementsOfType(IoVerdict.Found.class);
            for (Future<List<IoVerdict>> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(first);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    @DisplayName("class files are read once: a second question opens none")
    void cached() throws Exception {
        Loader loader = new Loader(
                compile(Map.of("org.example.Job", Unavailable.JOB, "org.example.Reader", Unavailable.READER)));
        String first = found(loader.job());
        loader.failure = new IllegalStateException("asked again");
        assertThat(found(loader.job())).isEqualTo(first);
    }

    /** Defines classes from memory; what it gives as resources can be changed afterwards. */
    private static final class Loader extends ClassLoader {
        private final Map<String, byte[]> classes;
        final Map<String, byte[]> resources;
        volatile @Nullable RuntimeException failure;

        Loader(Map<String, byte[]> classes) {
            super(IoIndicatorsTest.class.getClassLoader());
            this.classes = Map.copyOf(classes);
            resources = new ConcurrentHashMap<>(classes);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] bytes = classes.get(file(name));
            if (bytes == null) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) { // child first: the class path may have a class of the same name
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defineClass(name, bytes, 0, bytes.length);
            }
        }

        @Override
        public @Nullable InputStream getResourceAsStream(String name) {
            RuntimeException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            byte[] bytes = resources.get(name);
            return bytes == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(bytes);
        }

        Object job() throws Exception {
            return make("job");
        }

        Object make(String method) throws Exception {
            return loadClass("org.example.Job").getMethod(method).invoke(null);
        }
    }

    private static String file(String className) {
        return className.replace('.', '/') + ".class";
    }

    /** Compiles sources, by class name, to class files, by path. */
    private static Map<String, byte[]> compile(Map<String, String> sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        Map<String, ByteArrayOutputStream> classes = new ConcurrentHashMap<>();
        try (JavaFileManager files =
                new ForwardingJavaFileManager<JavaFileManager>(
                        compiler.getStandardFileManager(null, Locale.ROOT, UTF_8)) {
                    @Override
                    public JavaFileObject getJavaFileForOutput(
                            Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
                        return new SimpleJavaFileObject(URI.create("memory:///" + file(className)), kind) {
                            @Override
                            public OutputStream openOutputStream() {
                                return classes.computeIfAbsent(file(className), name -> new ByteArrayOutputStream());
                            }
                        };
                    }
                }) {
            List<String> options = List.of("--release", "17", "-proc:none", "-g");
            List<SimpleJavaFileObject> units = sources.entrySet().stream()
                    .map(source -> source(source.getKey(), source.getValue()))
                    .toList();
            boolean compiled = compiler.getTask(messages, files, null, options, null, units)
                    .call();
            assertThat(compiled).as(messages.toString()).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return classes.entrySet().stream()
                .collect(toMap(Map.Entry::getKey, entry -> entry.getValue().toByteArray()));
    }

    private static SimpleJavaFileObject source(String className, String text) {
        URI uri = URI.create("memory:///" + className.replace('.', '/') + ".java");
        return new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
