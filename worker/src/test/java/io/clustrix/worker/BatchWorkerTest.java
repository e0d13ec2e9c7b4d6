package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.worker.JobPack.ClassPathFile;
import io.clustrix.worker.JobPack.Layout;
import io.clustrix.worker.RecordFile.State;
import io.clustrix.worker.RecordFile.Summary;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A worker that a scheduler starts, in a JVM of its own")
@Timeout(60)
final class BatchWorkerTest {
    private static final JobKey KEY = new JobKey(0x0190_0000_0000_0001L, 77);

    /** In the locale "C" this JVM has no file names but ASCII. */
    private static final String LETTER =
            System.getProperty("sun.jnu.encoding", "").startsWith("UTF") ? "\u00e4" : "a";

    @TempDir
    Path temporary;

    private Path job;
    private final List<Process> processes = new ArrayList<>();
    private final WorkerCodec codec =
            new WorkerCodec("jdk", new JdkSerializerProvider().create(SerializerOptions.none()));

    @BeforeEach
    void makeDirectory() throws IOException {
        job = temporary.resolve(
                "a job's \"deep\" p" + LETTER + "th/with  blanks $HOME/" + "x".repeat(100) + "/" + "y".repeat(100));
        Files.createDirectories(job.resolve("results"));
        Files.createDirectories(job.resolve("attempts"));
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(Process::destroyForcibly);
    }

    // ---------------------------------------------------------------- the driver's part

    private static List<String> classPath() {
        return Stream.of(BatchWorker.class, JobKey.class, BatchTasks.class)
                .map(c -> Path.of(java.net.URI.create(c.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString()))
                        .toString())
                .distinct()
                .toList();
    }

    private static JobPack.Setup setup(boolean failFast, List<ClassPathFile> files, int level) {
        return setup(failFast, 1, files, level);
    }

    private static JobPack.Setup setup(boolean failFast, int calls, List<ClassPathFile> files, int level) {
        return new JobPack.Setup(
                KEY,
                "a job",
                JdkSerializerProvider.class.getName(),
                SerializerOptions.none(),
                level,
                failFast,
                calls,
                files);
    }

    private byte[] sealed(@Nullable Object value) {
        ByteSink sink = new ByteSink();
        codec.encode(value, sink);
        return sink.toByteArray();
    }

    private OutputStream pack() throws IOException {
        return Files.newOutputStream(job.resolve("job.pack"));
    }

    private void range(Object function, int tasks, boolean failFast) throws IOException {
        try (JobPack.Writer w = JobPack.Writer.range(
                pack(), setup(failFast, List.of(), 61), Layout.ofElements(tasks, 1), 0, sealed(function))) {
            w.finish();
        }
    }

    private void call(Object function) throws IOException {
        try (JobPack.Writer w = JobPack.Writer.call(pack(), setup(false, List.of(), 61), sealed(function))) {
            w.finish();
        }
    }

    private Process start(List<String> options, int element, int attempt, int restart, String skip) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"));
        words.addAll(options);
        words.addAll(List.of("-cp", String.join(File.pathSeparator, classPath()), BatchWorker.class.getName()));
        words.add(".");
        words.addAll(List.of("" + element, "" + attempt, "" + restart, skip));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.directory(job.toFile());
        builder.environment().put("LC_ALL", "C"); // as on many nodes
        builder.redirectOutput(temporary.resolve("out").toFile());
        builder.redirectError(temporary.resolve("err").toFile());
        Process p = builder.start();
        processes.add(p);
        return p;
    }

    private int run(int element, int attempt, int restart, String skip) throws Exception {
        return end(start(List.of("-Xmx256m"), element, attempt, restart, skip));
    }

    private static int end(Process p) throws InterruptedException {
        assertThat(p.waitFor(40, TimeUnit.SECONDS)).isTrue();
        return p.exitValue();
    }

    private String out() throws IOException {
        return Files.readString(temporary.resolve("out"));
    }

    private String err() throws IOException {
        return Files.readString(temporary.resolve("err"));
    }

    /** What is in a file: values and exceptions by task. */
    private final class Outcomes implements RecordFile.Visitor {
        private final Map<Integer, @Nullable Object> values = new TreeMap<>();
        private final Map<Integer, Throwable> failures = new TreeMap<>();

        @Override
        public void result(int task, byte[] bytes, int offset, int length) {
            assertThat(values).doesNotContainKey(task);
            values.put(task, codec.decode(bytes, offset, length));
        }

        @Override
        public void error(int task, byte[] bytes, int offset, int length) {
            try {
                byte[] b = Arrays.copyOfRange(bytes, offset, offset + length);
                failures.put(task, Failures.read(b, length, codec::decode));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Outcomes outcomes(int element) throws IOException {
        Outcomes o = new Outcomes();
        Summary s = RecordFile.read(job.resolve("results/" + element), o);
        assertThat(s.state()).isEqualTo(State.SEALED);
        assertThat(s.origin().orElseThrow().key()).isEqualTo(KEY);
        assertThat(s.runtime().orElseThrow().javaVersion()).isNotEmpty();
        assertThat(s.runtime().orElseThrow().worker()).matches(KEY + "([.][0-9]+){3}");
        RecordFile.Use use = s.use().orElseThrow();
        assertThat(use.endedMillis()).isGreaterThanOrEqualTo(use.startedMillis());
        if (Files.exists(Path.of("/proc/self/status"))) {
            assertThat(use.cpuMillis()).isPositive();
            assertThat(use.peakBytes()).isGreaterThan(1 << 20);
        }
        return o;
    }

    private Summary part(String name, Outcomes o) throws IOException {
        return RecordFile.read(job.resolve("attempts/" + name), o);
    }

    private List<String> attempts() throws IOException {
        try (Stream<Path> files = Files.list(job.resolve("attempts"))) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private int runs(int task) throws IOException {
        Path file = temporary.resolve("ran-" + task);
        return Files.exists(file) ? (int) Files.size(file) : 0;
    }

    private void await(Path file) throws Exception {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!Files.exists(file)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    // ---------------------------------------------------------------- tests

    @Test
    @DisplayName("runs a call, which learns where it is and has an empty standard input")
    void aCall() throws Exception {
        call(BatchTasks.where());
        assertThat(run(0, 4, 0, "-")).isZero();
        assertThat(outcomes(0).values).containsExactly(Map.entry(0, KEY + " 0 4 -1"));
        assertThat(attempts()).isEmpty();
        assertThat(err()).isEmpty();
    }

    @Test
    @DisplayName("runs the items of its element; what they print is all that is printed, in UTF-8")
    void items() throws Exception {
        Layout layout = Layout.ofChunks(5, 3);
        try (JobPack.Writer w =
                JobPack.Writer.each(pack(), setup(false, List.of(), 61), layout, sealed(BatchTasks.greet("grüß ☃")))) {
            w.items(sealed(new Object[] {"a", "b", "c"}));
            w.items(sealed(new Object[] {"dé ☃", null}));
            w.finish();
        }
        assertThat(run(1, 0, 0, "-")).isZero();
        assertThat(outcomes(1).values).isEqualTo(Map.of(3, "grüß ☃ dé ☃", 4, "grüß ☃ null"));
        assertThat(out()).isEqualTo("out: dé ☃\nout: null\n");
        assertThat(err()).isEqualTo("err: dé ☃\nerr: null\n");
        assertThat(Files.exists(job.resolve("results/0"))).isFalse();
    }

    @Test
    @DisplayName("a task that fails does not keep the others from running; its exception comes back as it was")
    void exceptions() throws Exception {
        range(BatchTasks.failing(temporary.toString(), 2), 5, false);
        assertThat(run(0, 0, 0, "-")).isZero();
        Outcomes o = outcomes(0);
        assertThat(o.values.keySet()).containsExactly(0, 1, 3, 4);
        assertThat(o.failures).containsOnlyKeys(2);
        assertThat(o.failures.get(2))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("no 2");
    }

    @Test
    @DisplayName("a task that throws is called again if that was asked for, and its last exception is its result")
    void calledAgain() throws Exception {
        try (JobPack.Writer w = JobPack.Writer.range(
                pack(),
                setup(true, 3, List.of(), 61),
                Layout.ofElements(2, 1),
                0,
                sealed(BatchTasks.secondTime(temporary.toString(), 2)))) {
            w.finish();
        }
        assertThat(run(0, 0, 0, "-")).isZero();
        assertThat(outcomes(0).values).isEqualTo(Map.of(0, 2, 1, 2));
        assertThat(outcomes(0).failures).isEmpty();

        Files.delete(job.resolve("results/0"));
        try (JobPack.Writer w = JobPack.Writer.call(
                pack(), setup(true, 3, List.of(), 61), sealed(BatchTasks.neverWell(temporary.toString())))) {
            w.finish();
        }
        assertThat(run(0, 0, 0, "-")).isZero();
        assertThat(outcomes(0).failures.get(0)).hasMessage("time 3");
    }

    @Test
    @DisplayName("with fail-fast it stops after the first that fails, also in a later attempt")
    void failFast() throws Exception {
        range(BatchTasks.failing(temporary.toString(), 2), 5, true);
        assertThat(run(0, 0, 0, "-")).isZero();
        Outcomes o = outcomes(0);
        assertThat(o.values.keySet()).containsExactly(0, 1);
        assertThat(o.failures).containsOnlyKeys(2);
        assertThat(runs(3)).isZero();
        Files.move(job.resolve("results/0"), job.resolve("attempts/0.0.0.part"));
        assertThat(run(0, 1, 0, "-")).isZero();
        assertThat(outcomes(0).failures).containsOnlyKeys(2);
        assertThat(runs(2)).isEqualTo(1);
        assertThat(runs(3)).isZero();
    }

    @Test
    @DisplayName("a result that can't be serialized is the failure of its task alone")
    void unserializable() throws Exception {
        range(BatchTasks.unserializable(), 3, false);
        assertThat(run(0, 0, 0, "-")).isZero();
        Outcomes o = outcomes(0);
        assertThat(o.values).containsOnlyKeys(0, 2);
        assertThat(o.failures.get(1))
                .isInstanceOf(io.clustrix.spi.SerializationException.class)
                .hasMessageContaining("CountDownLatch");
    }

    @Test
    @DisplayName("System.exit in a task leaves what was done and who did it; the next attempt runs the rest without it")
    void exit() throws Exception {
        range(BatchTasks.exiting(temporary.toString(), 5), 9, false);
        assertThat(run(0, 0, 0, "-")).isEqualTo(3);
        assertThat(Files.exists(job.resolve("results/0"))).isFalse();
        Outcomes before = new Outcomes();
        Summary s = part("0.0.0.part", before);
        assertThat(s.state()).isEqualTo(State.CUT);
        assertThat(s.running()).hasValue(5);
        assertThat(s.lastWords().orElseThrow()).contains("System.exit").contains("BatchTasks");
        assertThat(before.values.keySet()).containsExactly(0, 1, 2, 3, 4);
        assertThat(run(0, 1, 0, "5")).isZero();
        assertThat(outcomes(0).values.keySet()).containsExactly(0, 1, 2, 3, 4, 6, 7, 8);
        for (int task = 0; task < 9; task++) {
            assertThat(runs(task)).as("task %d", task).isEqualTo(1);
        }
        assertThat(run(0, 2, 0, "-")).as("nothing is left to do").isZero();
        assertThat(runs(5)).isEqualTo(1);
    }

    @Test
    @DisplayName("killed, it leaves what was finished and which task ran; the scheduler's restart takes that over")
    void killed() throws Exception {
        range(BatchTasks.hanging(temporary.toString(), 3), 6, false);
        Process p = start(List.of(), 0, 0, 0, "-");
        await(temporary.resolve("hangs"));
        Thread.sleep(50);
        p.toHandle().destroyForcibly();
        assertThat(end(p)).isEqualTo(137);
        Outcomes before = new Outcomes();
        assertThat(part("0.0.0.part", before).running()).hasValue(3);
        assertThat(before.values.keySet()).containsExactly(0, 1, 2);
        Files.createFile(temporary.resolve("go"));
        // a torn record at its end, and the file of another element
        Path torn = job.resolve("attempts/0.0.0.part");
        byte[] bytes = Files.readAllBytes(torn);
        Files.write(torn, Arrays.copyOf(bytes, bytes.length - 3));
        Files.write(job.resolve("attempts/0.0.9.part"), new byte[] {1, 2, 3});
        // this scheduler does not tell that it is a restart: the name is taken, which tells it
        assertThat(run(0, 0, 0, "-")).isZero();
        assertThat(outcomes(0).values.keySet()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(err()).contains("0.0.9.part").contains("no record file");
        assertThat(List.of(runs(0), runs(2), runs(3), runs(4))).containsExactly(1, 1, 2, 1);
        assertThat(attempts()).containsExactly("0.0.0.part", "0.0.9.part");
    }

    @Test
    @DisplayName("SIGTERM: what is finished is on disk when it ends")
    void terminated() throws Exception {
        range(BatchTasks.hanging(temporary.toString(), 3), 6, false);
        Process p = start(List.of(), 0, 0, 0, "-");
        await(temporary.resolve("hangs"));
        p.toHandle().destroy();
        assertThat(end(p)).isEqualTo(143);
        Outcomes o = new Outcomes();
        Summary s = part("0.0.0.part", o);
        assertThat(s.running()).hasValue(3);
        assertThat(s.lastWords()).isEmpty();
        assertThat(o.values.keySet()).containsExactly(0, 1, 2);
    }

    @Test
    @DisplayName("of twins that run the same element at once one publishes, and both end well")
    void twins() throws Exception {
        range(BatchTasks.slow(), 10, false);
        List<Process> twins = List.of(
                start(List.of("-Xmx64m"), 0, 0, 0, "-"),
                start(List.of("-Xmx64m"), 0, 0, 0, "-"),
                start(List.of("-Xmx64m"), 0, 1, 0, "-"));
        for (Process p : twins) {
            assertThat(end(p)).isZero();
        }
        assertThat(outcomes(0).values).hasSize(10);
        assertThat(attempts()).isEmpty();
    }

    @Test
    @DisplayName("a heap that is full ends it with a code of its own; the failure is on record and nothing published")
    void outOfMemory() throws Exception {
        range(BatchTasks.hungry(), 3, false);
        assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_OUT_OF_MEMORY);
        assertThat(Files.exists(job.resolve("results/0"))).isFalse();
        Outcomes o = new Outcomes();
        part("0.0.0.part", o);
        assertThat(o.values).containsOnlyKeys(0);
        assertThat(o.failures.get(1)).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    @DisplayName("a result of 200 MB gets through")
    void large() throws Exception {
        call(BatchTasks.large(200_000_000));
        assertThat(end(start(List.of("-Xmx1g"), 0, 0, 0, "-"))).isZero();
        long[] length = new long[1];
        Summary s = RecordFile.read(job.resolve("results/0"), new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] bytes, int offset, int n) {
                throw new AssertionError();
            }

            @Override
            public void error(int task, byte[] bytes, int offset, int n) {
                throw new AssertionError();
            }

            @Override
            public boolean wants(int task, int n) {
                length[0] = n;
                return false; // it is checked all the same
            }
        });
        assertThat(s.isSealed()).isTrue();
        assertThat(length[0]).isBetween(200_000_000L, 200_001_000L);
        Files.delete(job.resolve("results/0"));
    }

    @Test
    @DisplayName("ends although a task has left a thread and an interrupt behind")
    void leftThread() throws Exception {
        call(BatchTasks.leavesThread());
        long start = System.nanoTime();
        assertThat(run(0, 0, 0, "-")).isZero();
        assertThat((System.nanoTime() - start) / 1_000_000_000).isLessThan(9);
        assertThat(outcomes(0).values).containsEntry(0, "done");
    }

    @Test
    @DisplayName("a class path that is not the driver's is refused before any task")
    void classPathDiffers() throws Exception {
        List<ClassPathFile> files = List.of(new ClassPathFile("other.jar", 5));
        try (JobPack.Writer w = JobPack.Writer.range(
                pack(),
                setup(false, files, 61),
                Layout.ofElements(1, 1),
                0,
                sealed(BatchTasks.square(temporary.toString())))) {
            w.finish();
        }
        assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_CLASS_PATH);
        assertThat(err()).contains("it lacks other.jar");
        assertThat(runs(0)).isZero();
    }

    @Test
    @DisplayName("class paths are compared by names, sizes, and order")
    void classPaths() throws Exception {
        Path a = Files.writeString(temporary.resolve("a.jar"), "12345");
        Path b = Files.writeString(temporary.resolve("b.jar"), "123");
        List<ClassPathFile> files = List.of(new ClassPathFile("a.jar", 5), new ClassPathFile("b.jar", 3));
        BatchWorker.ClassPathCheck.check(files, a + ":" + b);
        BatchWorker.ClassPathCheck.check(List.of(), "whatever");
        Map<String, String> problems = Map.of(
                a + ":" + b + ":" + temporary.resolve("c.jar"),
                "c.jar, which the driver's lacks",
                a.toString(),
                "it lacks b.jar",
                b + ":" + a,
                "b.jar stands in another place",
                a + ":" + b + ":" + a,
                "a.jar stands in another place, or twice",
                a + ":" + temporary.resolve("x/b.jar"),
                "does not exist");
        problems.forEach((path, problem) -> assertThatThrownBy(() -> BatchWorker.ClassPathCheck.check(files, path))
                .hasMessageContaining(problem));
        Files.writeString(a, "123456");
        assertThatThrownBy(() -> BatchWorker.ClassPathCheck.check(files, a + ":" + b))
                .hasMessageContaining("a.jar has 6 bytes, and the driver's has 5");
    }

    /** In this JVM: what does not get as far as running tasks. */
    private int refused(String... args) {
        return BatchWorker.run(args, new Publisher.Link());
    }

    @Test
    @DisplayName("a damaged or missing pack, classes that are too new and wrong arguments have codes of their own")
    void refusals() throws Exception {
        String d = job.toString();
        assertThat(refused(d, "0", "0", "0", "-")).isEqualTo(BatchWorker.EXIT_PACK);
        call(BatchTasks.where());
        assertThat(refused(d, "1", "0", "0", "-")).isEqualTo(BatchWorker.EXIT_PACK);
        assertThat(refused(d, "0", "0", "0", "1-x")).isEqualTo(BatchWorker.EXIT_PACK);
        assertThat(refused(d, "0", "0", "x", "-")).isEqualTo(BatchWorker.EXIT_PACK);
        byte[] bytes = Files.readAllBytes(job.resolve("job.pack"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(job.resolve("job.pack"), bytes);
        assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_PACK);
        assertThat(err()).contains("job.pack is damaged");
        try (JobPack.Writer w =
                JobPack.Writer.call(pack(), setup(false, List.of(), 61 + 40), sealed(BatchTasks.where()))) {
            w.finish();
        }
        assertThat(refused(d, "0", "0", "0", "-")).isEqualTo(BatchWorker.EXIT_JAVA);
        assertThat(attempts()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "tasks that are to be skipped are numbers and ranges; those of other elements are of no account; a long list is a file")
    void skips(boolean fromFile) throws Exception {
        range(BatchTasks.square(temporary.toString()), 6, false);
        Files.writeString(job.resolve("p1.skip"), "1-2,5,6-9,100\n");
        assertThat(run(0, 1, 0, fromFile ? "@p1.skip" : "1-2,5,6-9,100")).isZero();
        Set<Integer> done = new TreeSet<>();
        RecordFile.Summary unused = RecordFile.read(job.resolve("results/0"), new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] bytes, int offset, int length) {
                done.add(task);
            }

            @Override
            public void error(int task, byte[] bytes, int offset, int length) {}
        });
        assertThat(done).containsExactly(0, 3, 4);
    }

    @Test
    @DisplayName("publishes also where there are no hard links")
    void noHardLinks() throws Exception {
        range(BatchTasks.square(temporary.toString()), 4, false);
        Publisher noLinks = (file, result) -> {
            throw new java.nio.file.FileSystemException(file.getPath(), null, "Operation not supported");
        };
        java.io.InputStream in = System.in;
        java.io.PrintStream out = System.out;
        java.io.PrintStream err = System.err;
        try {
            String[] args = {job.toString(), "0", "0", "0", "-"};
            assertThat(BatchWorker.run(args, new Publisher.Either(noLinks, new Publisher.Rename(1000))))
                    .isZero();
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
            System.clearProperty(BatchWorker.KEY_PROPERTY);
            System.clearProperty(BatchWorker.ELEMENT_PROPERTY);
            System.clearProperty(BatchWorker.ATTEMPT_PROPERTY);
        }
        assertThat(outcomes(0).values).isEqualTo(Map.of(0, 0, 1, 1, 2, 4, 3, 9));
        assertThat(attempts()).containsExactly("0.claim");
    }

    @Test
    @DisplayName("directories that can't be written to are named, with the system's reason")
    void notWritable() throws Exception {
        range(BatchTasks.square(temporary.toString()), 2, false);
        Files.delete(job.resolve("results"));
        Files.createFile(job.resolve("results"));
        assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_STORAGE);
        assertThat(err()).contains("can't write").contains("results/0").contains("Not a directory");
        Files.delete(job.resolve("attempts/0.0.0.part"));
        Files.delete(job.resolve("attempts"));
        assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_STORAGE);
        assertThat(err()).contains("attempts/0.0.0.part").contains("No such file");
    }

    @Test
    @DisplayName("a disk that is full is an error that names the file, and nothing is published")
    void diskFull() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=256k", "clustrix-test", job.toString())
                .redirectErrorStream(true)
                .start();
        assumeTrue(end(mount) == 0, "tmpfs can be mounted");
        try {
            Files.createDirectories(job.resolve("results"));
            Files.createDirectories(job.resolve("attempts"));
            call(BatchTasks.large(1_000_000));
            assertThat(run(0, 0, 0, "-")).isEqualTo(BatchWorker.EXIT_STORAGE);
            assertThat(err()).contains("can't write").contains("0.0.0.part").contains("No space left");
            assertThat(Files.exists(job.resolve("results/0"))).isFalse();
        } finally {
            end(new ProcessBuilder("umount", "-l", job.toString()).start());
        }
    }
}
