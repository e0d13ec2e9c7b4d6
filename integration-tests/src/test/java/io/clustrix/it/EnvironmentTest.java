package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job asks of its worker process, and workers that can't be had (W-E4, B17, R52). */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class EnvironmentTest {

    @TempDir
    private Path directory;

    @Test
    @DisplayName("variables and a working directory can be given for each job (W-E4)")
    void variablesAndDirectory(Clustrix clustrix) throws IOException {
        // In the locale "C" the JVM can't hand on what is not ASCII.
        String letter = System.getProperty("sun.jnu.encoding", "").startsWith("UTF") ? "ü" : "u";
        String value = "a b $c 'd' \"e\"\nf=" + letter;
        Path work = Files.createDirectories(directory.resolve("a directory, with 'quotes' \"and\" more " + letter));
        RemoteCallable<String> task = () ->
                System.getenv("IT_VARIABLE") + "|" + new File("x").getAbsolutePath() + "|" + System.getenv("PATH");

        assertThat(clustrix.on("processes")
                        .withVariable("IT_VARIABLE", value)
                        .withDirectory(work)
                        .submit(task)
                        .join())
                .isEqualTo(value + "|" + work.resolve("x") + "|" + System.getenv("PATH"));
        assertThat(clustrix.on("processes").submit(task).join())
                .isEqualTo("null|" + new File("x").getAbsolutePath() + "|" + System.getenv("PATH"));
    }

    @Test
    @DisplayName("memory becomes the heap's limit, cores the number of processors, jvm-options are handed on (W-E4)")
    void resources(@TempDir Path cache) {
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes")
                .set("clusters.local.jvm-options", List.of("-Dit.one=1 2", "-Dit.two=a'b\"c"))
                .set("clusters.local.variables", Map.of("IT_BLOCK", "from the block", "IT_BOTH", "block"))
                .set("clusters.local.directory", directory)
                .open()) {
            var asked = clustrix.withResources(r -> r.memory("96MiB").cores(2));

            assertThat(asked.submit(() -> Runtime.getRuntime().maxMemory()).join())
                    .isBetween(80L << 20, 96L << 20);
            assertThat(asked.submit(() -> Runtime.getRuntime().availableProcessors())
                            .join())
                    .isEqualTo(2);
            assertThat(clustrix.withResources(r -> r.cores(1))
                            .submit(() -> Runtime.getRuntime().availableProcessors())
                            .join())
                    .isEqualTo(1);
            assertThat(clustrix.withVariable("IT_BOTH", "job")
                            .submit(() -> List.of(
                                    System.getProperty("it.one"),
                                    System.getProperty("it.two"),
                                    System.getenv("IT_BLOCK"),
                                    System.getenv("IT_BOTH"),
                                    new File("").getAbsolutePath()))
                            .join())
                    .containsExactly("1 2", "a'b\"c", "from the block", "job", directory.toString());
        }
    }

    @Test
    @DisplayName("a job knows what its workers run in (B17)")
    void report(Clustrix clustrix) {
        JobFuture<Long> future =
                clustrix.on("processes").submit(() -> ProcessHandle.current().pid());

        long pid = future.join();

        assertThat(future.runtimes()).hasSize(1);
        RuntimeReport report = future.runtimes().get(0);
        assertThat(report.pid()).isEqualTo(pid);
        assertThat(report.javaVersion()).isEqualTo(Runtime.version().toString());
        assertThat(report.host()).isNotBlank();
        assertThat(report.os()).contains(System.getProperty("os.arch"));
        JobFuture<Integer> onThread = clustrix.on("threads").submit(() -> 1);
        onThread.join();
        assertThat(onThread.runtimes().get(0).pid())
                .isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    @DisplayName("hundreds of jobs that differ in a variable: each sees its own, and workers don't pile up")
    void manyKinds(@TempDir Path cache) {
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes")
                .set("clusters.local.jvm-options", List.of("-Dclustrix.it=manyKinds"))
                .open()) {
            List<JobFuture<String>> futures = Stream.iterate(0, i -> i + 1)
                    .limit(12)
                    .map(i -> clustrix.withVariable("IT_KIND", "kind " + i).submit(() -> System.getenv("IT_KIND")))
                    .toList();

            for (int i = 0; i < futures.size(); i++) {
                assertThat(futures.get(i).join()).isEqualTo("kind " + i);
            }
            assertThat(Pids.workersWith("clustrix.it=manyKinds")).hasSizeLessThanOrEqualTo(3);
        }
    }

    // ---------------------------------------------------------------- another Java

    /** A JDK of another feature version in the directory where this one is. */
    private static Optional<Path> otherJava() throws IOException {
        Path home = Path.of(System.getProperty("java.home"));
        if (home.getParent() == null) {
            return Optional.empty();
        }
        try (Stream<Path> siblings = Files.list(home.getParent())) {
            return siblings.filter(s -> Files.isExecutable(s.resolve("bin/java")) && feature(s) >= 17)
                    .filter(s -> feature(s) != Runtime.version().feature())
                    .map(s -> s.resolve("bin/java"))
                    .findFirst();
        }
    }

    private static int feature(Path home) {
        try {
            String release = Files.readString(home.resolve("release"));
            String version = release.replaceAll("(?s).*JAVA_VERSION=\"([0-9]+).*", "$1");
            return Integer.parseInt(version);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static Path other() throws IOException {
        Optional<Path> java = otherJava();
        assumeTrue(java.isPresent(), "there is only one JDK beside " + System.getProperty("java.home"));
        return java.orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kryo", "jdk"})
    @DisplayName("workers run on another Java than the driver: values, lambdas and exceptions go there and back (R52)")
    void anotherJava(String serializer) throws IOException {
        Path java = other();
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.java", java)
                .set("serializer.name", serializer)
                .open()) {
            String prefix = "Java ";

            JobFuture<String> version =
                    clustrix.submit(() -> prefix + Runtime.version().feature());
            assertThat(version.join())
                    .isEqualTo("Java " + feature(java.getParent().getParent()));
            assertThat(version.runtimes().get(0).javaVersion()).doesNotStartWith(Runtime.version() + "");
            assertThat(clustrix.map(List.of(List.of(1, 2), List.of(), List.of(3)), List::size)
                            .join())
                    .containsExactly(2, 0, 1);
            assertThat(clustrix.submit(() -> Map.of("a", Optional.of(Duration.ofSeconds(3))))
                            .join())
                    .isEqualTo(Map.of("a", Optional.of(Duration.ofSeconds(3))));
            JobFuture<Integer> failing = clustrix.submit(() -> List.of(1).get(1));
            assertThatThrownBy(failing::join).cause().isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** Says of itself that it is of a version that no Java has yet. */
    private static final class FromTheFuture extends ClassLoader {
        FromTheFuture() {
            super(EnvironmentTest.class.getClassLoader());
        }

        RemoteCallable<?> task() throws ReflectiveOperationException {
            return (RemoteCallable<?>)
                    loadClass(Task.class.getName()).getDeclaredConstructor().newInstance();
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Task.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try (InputStream in = super.getResourceAsStream(file(name))) {
                byte[] bytes = Objects.requireNonNull(in).readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        private static String file(String name) {
            return name.replace('.', '/') + ".class";
        }

        @Override
        public @Nullable InputStream getResourceAsStream(String name) {
            InputStream in = super.getResourceAsStream(name);
            if (in == null || !name.equals(file(Task.class.getName()))) {
                return in;
            }
            try (in) {
                byte[] bytes = in.readAllBytes();
                bytes[6] = 0;
                bytes[7] = (byte) (44 + 99);
                return new ByteArrayInputStream(bytes);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Does nothing; the loader above makes a class of its own of it. */
    public static final class Task implements RemoteCallable<Integer>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public Integer call() {
            return 1;
        }
    }

    @Test
    @DisplayName("a task whose class file is too new for the worker's Java is refused with both versions (R52)")
    void tooNew(Clustrix clustrix) throws Exception {
        JobFuture<?> future = clustrix.on("processes").submit(new FromTheFuture().task());

        assertThatThrownBy(future::join)
                .hasMessageContaining("need Java 99")
                .hasMessageContaining("runs Java " + Runtime.version().feature());
    }

    // ---------------------------------------------------------------- workers that can't be had

    private static WorkerDiedException notStarted(Clustrix clustrix) throws Exception {
        JobFuture<Integer> future = clustrix.submit(() -> 1);
        Throwable thrown = future.handle((v, e) -> e).get(30, TimeUnit.SECONDS);
        assertThat(thrown).isInstanceOf(WorkerDiedException.class);
        WorkerDiedException e = (WorkerDiedException) thrown;
        assertThat(e.death()).isEqualTo(Death.NOT_STARTED);
        return e;
    }

    @Test
    @DisplayName("a java program that is not there is a configuration error that names key and path")
    void noJava() {
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.java", "/no/such/java")
                .open()) {
            assertThatThrownBy(() -> clustrix.submit(() -> 1))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("clusters.local.java")
                    .hasMessageContaining("/no/such/java");
        }
    }

    @Test
    @DisplayName("a program that is no java: the failure quotes what it said")
    void notJava() throws Exception {
        Path script = Files.writeString(directory.resolve("java"), "#!/bin/sh\necho I am no Java >&2\nexit 5\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.java", script)
                .open()) {
            assertThat(notStarted(clustrix))
                    .hasMessageContaining("I am no Java")
                    .hasMessageContaining("exit code 5");
        }
    }

    @Test
    @DisplayName("a program that never answers is given up after start-timeout")
    void hangs() throws Exception {
        Path script = Files.writeString(directory.resolve("java"), "#!/bin/sh\necho waiting\nexec sleep 100\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.java", script)
                .set("clusters.local.start-timeout", "700ms")
                .open()) {
            assertThat(notStarted(clustrix)).hasMessageContaining("700 ms").hasMessageContaining("waiting");
        }
    }

    @Test
    @DisplayName("a bad JVM option fails the job in the JVM's own words, and does not hang")
    void badOption() throws Exception {
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.jvm-options", List.of("-Xfoo"))
                .open()) {
            assertThat(notStarted(clustrix)).hasMessageContaining("-Xfoo").hasMessageContaining("jvm-options");
        }
    }

    @Test
    @DisplayName("memory too small for a JVM, and a directory that is not there, are told in words; other jobs run on")
    void badRequests(Clustrix clustrix) throws Exception {
        JobFuture<Integer> tiny =
                clustrix.on("processes").withResources(r -> r.memory("1KiB")).submit(() -> 1);
        JobFuture<Integer> nowhere = clustrix.on("processes")
                .withDirectory(directory.resolve("nowhere"))
                .submit(() -> 1);
        JobFuture<Integer> good = clustrix.on("processes").submit(() -> 1);

        assertThat(good.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(tiny.handle((v, e) -> e).get(30, TimeUnit.SECONDS))
                .isInstanceOf(WorkerDiedException.class)
                .hasMessageContaining("heap");
        assertThat(nowhere.handle((v, e) -> e).get(30, TimeUnit.SECONDS))
                .isInstanceOf(WorkerDiedException.class)
                .hasMessageContaining("nowhere")
                .hasMessageContaining("No such file or directory");
    }

    /** A driver that runs one task. */
    static final class Driver {
        private Driver() {}

        public static void main(String[] args) {
            try (Clustrix clustrix =
                    SharedClusters.builder(Path.of(args[0]), "processes").open()) {
                System.out.println("result " + clustrix.submit(() -> 6 * 7).join());
                System.out.println("large "
                        + clustrix.submit(() -> new byte[100_000_000])
                                .handle((v, e) -> e)
                                .join());
                System.out.println("again " + clustrix.submit(() -> 43).join());
            }
        }
    }

    @Test
    @DisplayName("JVM options that the driver took from its environment don't reach the workers")
    void optionsInTheEnvironment() throws Exception {
        try (OtherJvm driver = OtherJvm.start(
                directory,
                List.of(),
                Map.of(
                        "JDK_JAVA_OPTIONS", "-XX:ErrorFile=x -Xmx64m -XX:+ExitOnOutOfMemoryError",
                        "JAVA_TOOL_OPTIONS", "-Dit.tool=1"),
                Driver.class,
                directory.toString())) {
            driver.await();

            assertThat(driver.output())
                    .contains("result 42")
                    .containsOnlyOnce("NOTE: Picked up JDK_JAVA_OPTIONS")
                    .containsOnlyOnce("Picked up JAVA_TOOL_OPTIONS");
        }
    }

    @Test
    @DisplayName("a result that does not fit into the driver's heap fails its own task, and the pool goes on")
    void resultTooLarge() throws Exception {
        try (OtherJvm driver =
                OtherJvm.start(directory, List.of("-Xmx64m"), Map.of(), Driver.class, directory.toString())) {
            assertThat(driver.await()).as(driver.output()).isZero();

            assertThat(driver.output())
                    .contains("result 42")
                    .containsPattern("large .*(OutOfMemoryError|memory)")
                    .contains("again 43");
        }
    }
}
