package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.failure;
import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Cluster;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.RunListener;
import io.clustrix.Submitter;
import io.clustrix.TaskOutcome;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.WorkersOwn;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RemoteTaskException;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskTimeoutException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What users do every day, on a real Slurm behind a real sshd. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class SlurmRunsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @SuppressWarnings("NullAway.Init") // before the first test
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private SlurmCluster slurm;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        this.directory = directory;
        slurm = new SlurmCluster(
                directory,
                Map.of("set-up", """
                        environment {
                          setup = ["FROM_SETUP=\\"two words\\"", "export FROM_SETUP"]
                          variables { FROM_CONFIG = "it's $(not) a `command`", OVERRIDDEN = "by the configuration" }
                          jvm-options = ["-Dfrom.options=a b", "-Xmx77m"]
                        }
                        """, "keeps-all", "clean-up = never", "keeps-nothing", "clean-up = always"));
    }

    @AfterAll
    void close() {
        slurm.close();
    }

    // ---------------------------------------------------------------- values

    private record Point(int x, double y, @Nullable Point next) {}

    /** Not one of the JDK's, and with something in it. */
    private static final class OutOfInkException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int pages;

        OutOfInkException(int pages) {
            super("after " + pages + " pages");
            this.pages = pages;
        }
    }

    @Scenario
    @DisplayName("values, null and records come back as they are (B1, R23)")
    void values() throws Exception {
        String captured = "größer, 大きい, \uD834\uDD1E";
        JobFuture<Integer> number = slurm.clustrix().withName("number").submit(() -> 6 * 7);
        JobFuture<@Nullable String> nothing = slurm.clustrix().submit(() -> null);
        JobFuture<Point> point = slurm.clustrix().submit(() -> new Point(1, 2.5, new Point(3, Double.NaN, null)));
        JobFuture<String> text = slurm.clustrix().submit(() -> captured + "!");

        assertThat(value(number)).isEqualTo(42);
        assertThat(value(nothing)).isNull();
        assertThat(value(point)).isEqualTo(new Point(1, 2.5, new Point(3, Double.NaN, null)));
        assertThat(value(text)).isEqualTo(captured + "!");
        assertThat(number.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(number.placement().where()).isEqualTo("slurm");
        List<RuntimeReport> runtimes = number.runtimes();
        assertThat(runtimes).hasSize(1);
        assertThat(runtimes.get(0).javaVersion()).startsWith("1");
        assertThat(runtimes.get(0).pid()).isNotEqualTo(ProcessHandle.current().pid());
    }

    @Scenario
    @DisplayName("an exception arrives with its class, fields, message, causes and remote stack trace (R53)")
    void exceptions() throws Exception {
        JobFuture<Object> future = slurm.clustrix().withName("exception").submit(() -> {
            throw new IllegalStateException("the printer", new OutOfInkException(12));
        });

        Throwable failure = failure(future);

        assertThat(failure).isExactlyInstanceOf(IllegalStateException.class).hasMessage("the printer");
        assertThat(failure.getCause()).isInstanceOfSatisfying(OutOfInkException.class, e -> {
            assertThat(e).hasMessage("after 12 pages");
            assertThat(e.pages).isEqualTo(12);
        });
        assertThat(Arrays.toString(failure.getStackTrace()))
                .contains(SlurmRunsTest.class.getName())
                .contains("io.clustrix.worker");
        assertThat(future.status().state()).isEqualTo(JobState.FAILED);
    }

    @Scenario
    @DisplayName(
            "an exception whose class only the cluster has comes with its name, message, trace and cause (R53, W-C2)")
    void foreignException() throws Exception {
        JobFuture<Object> future = slurm.clustrix().withName("foreign").submit(() -> {
            throw WorkersOwn.exception();
        });
        MapFuture<Integer> map = slurm.clustrix()
                .withName("foreign-map")
                .onError(ErrorPolicy.COLLECT)
                .map(0, 4, i -> {
                    if (i == 2) {
                        throw new IllegalStateException("around it", WorkersOwn.exception());
                    }
                    return i;
                });

        assertThat(failure(future)).isInstanceOfSatisfying(RemoteTaskException.class, e -> {
            assertThat(e.data().className()).isEqualTo(WorkersOwn.NAME);
            assertThat(e)
                    .hasMessageContaining(WorkersOwn.NAME + ": from afar")
                    .hasMessageContaining("could not be rebuilt here");
            assertThat(e.getStackTrace())
                    .anySatisfy(frame -> assertThat(frame.getMethodName()).contains("foreignException"));
        });
        List<TaskOutcome<Integer>> outcomes = map.outcomes().get(60, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(outcomes.get(2).failure().orElseThrow())
                .hasMessageContaining("around it")
                .cause()
                .hasMessageContaining("from afar");
        assertThat(List.of(0, 1, 3))
                .allSatisfy(i -> assertThat(outcomes.get(i).value()).isEqualTo(i));
    }

    // ---------------------------------------------------------------- maps

    @Scenario
    @DisplayName("map and forEach run each item once, in chunks that are array elements, and keep the order (B7, B8)")
    void maps() throws Exception {
        Marks marks = slurm.marks("maps");
        List<@Nullable String> words = Arrays.asList("a", null, "c", "d", "e");
        MapFuture<String> items =
                slurm.clustrix().withName("items").withChunkSize(2).map(words, w -> "<" + w + ">");
        MapFuture<Integer> range = slurm.clustrix().withName("range").map(5, 15, i -> i * i);
        MapFuture<@Nullable Void> each =
                slurm.clustrix().withName("each").withChunkSize(100).forEach(List.of(1, 2, 3), marks::add);
        MapFuture<Integer> empty = slurm.clustrix().map(List.of(), (Integer i) -> i);

        assertThat(value(empty)).isEmpty();
        assertThat(value(items)).containsExactly("<a>", "<null>", "<c>", "<d>", "<e>");
        assertThat(value(range))
                .isEqualTo(IntStream.range(5, 15).map(i -> i * i).boxed().toList());
        assertThat(value(each)).hasSize(3).containsOnlyNulls();
        assertThat(marks.lines()).containsExactly("1", "2", "3");
        assertThat(slurm.ids(items)).hasSize(3).allMatch(id -> id.matches("[0-9]+_[0-2]"));
        assertThat(slurm.ids(range)).as("ten tasks in at most eight elements").hasSize(5);
        assertThat(slurm.ids(each)).singleElement().asString().doesNotContain("_");
        assertThat(items.progress().succeeded()).isEqualTo(5);
    }

    @Scenario
    @DisplayName(
            "with COLLECT every task has its own outcome; with FAIL_FAST the first failure ends the others at once")
    void errorPolicies() throws Exception {
        Marks marks = slurm.marks("policies");
        MapFuture<Integer> collect = slurm.clustrix()
                .withName("collect")
                .withChunkSize(4)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 10, i -> {
                    marks.add(i);
                    if (i % 4 == 1) {
                        throw new OutOfInkException(i);
                    }
                    return i;
                });
        MapFuture<Integer> failFast = slurm.clustrix()
                .withName("fail-fast")
                .withChunkSize(1)
                .map(0, 3, i -> {
                    if (i == 1) {
                        throw new OutOfInkException(i);
                    }
                    Thread.sleep(120_000);
                    return i;
                });

        assertThat(failure(failFast)).isInstanceOf(OutOfInkException.class).hasMessage("after 1 pages");
        slurm.awaitGone(failFast);
        assertThat(failure(collect))
                .hasMessageContaining("3 of 10 tasks")
                .hasMessageContaining("task 5")
                .hasMessageContaining("after 5 pages");
        List<TaskOutcome<Integer>> outcomes = collect.outcomes().get();
        for (int i = 0; i < 10; i++) {
            if (i % 4 == 1) {
                assertThat(outcomes.get(i).failure().orElseThrow()).isInstanceOf(OutOfInkException.class);
            } else {
                assertThat(outcomes.get(i).value()).isEqualTo(i);
            }
        }
        assertThat(marks.counts())
                .hasSize(10)
                .allSatisfy((task, times) -> assertThat(times).isEqualTo(1));
    }

    @Scenario
    @DisplayName("results are there as they come, while other elements still run")
    void asCompleted() throws Exception {
        Path gate = slurm.marks.resolve("as-completed");
        MapFuture<Integer> map = slurm.clustrix()
                .withName("as-they-come")
                .withChunkSize(1)
                .map(0, 3, i -> {
                    while (i == 0 && !Files.exists(gate)) {
                        Thread.sleep(20);
                    }
                    return i;
                });
        Iterator<TaskOutcome<Integer>> outcomes = map.asCompleted().iterator();

        assertThat(List.of(outcomes.next().task(), outcomes.next().task())).containsExactlyInAnyOrder(1, 2);
        assertThat(map).isNotDone();
        Files.createFile(gate);
        assertThat(outcomes.next().task()).isZero();
        assertThat(value(map)).containsExactly(0, 1, 2);
    }

    // ---------------------------------------------------------------- what is asked for

    private interface Machine {
        @Cluster(cores = 2, memory = "400MiB", time = "00:07:00", partition = "debug", name = "annotated")
        CompletableFuture<List<String>> where();

        @Cluster
        String shout(String text) throws OutOfInkException;
    }

    private static final class ThisMachine implements Machine, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public CompletableFuture<List<String>> where() {
            return CompletableFuture.completedFuture(List.of(
                    String.valueOf(System.getenv("SLURM_JOB_ID")),
                    Integer.toString(Runtime.getRuntime().availableProcessors()),
                    Long.toString(Runtime.getRuntime().maxMemory() >> 20)));
        }

        @Override
        public String shout(String text) throws OutOfInkException {
            if (text.isEmpty()) {
                throw new OutOfInkException(0);
            }
            return text.toUpperCase(java.util.Locale.ROOT);
        }
    }

    @Scenario
    @DisplayName(
            "an annotated method runs here or on Slurm, as default-cluster says, and what it asks for arrives in scontrol")
    void annotated() throws Exception {
        try (Clustrix local = slurm.builder().defaultCluster("local").open()) {
            Machine here = local.proxy(Machine.class, new ThisMachine());
            assertThat(here.shout("here")).isEqualTo("HERE");
            assertThat(here.where().get().get(0)).isEqualTo("null");
        }
        Machine there = slurm.clustrix().proxy(Machine.class, new ThisMachine());
        CompletableFuture<List<String>> where = there.where();

        assertThat(there.shout("there")).isEqualTo("THERE");
        assertThatThrownBy(() -> there.shout("")).isInstanceOf(OutOfInkException.class);
        List<String> facts = where.get();
        String job = slurm.slurm("scontrol", "show", "job", "-o", facts.get(0));
        assertThat(job)
                .contains(" JobName=annotated-", " NumCPUs=2 ", "MinMemoryNode=400M ", " TimeLimit=00:07:00 ")
                .contains(" Partition=debug ", " Requeue=1 ");
        assertThat(facts.get(1)).as("processors that the JVM sees").isEqualTo("2");
        assertThat(Long.parseLong(facts.get(2))).as("heap in MiB").isBetween(150L, 210L);
    }

    @Scenario
    @DisplayName(
            "variables, set-up lines, JVM options and a scheduler's own options arrive as they were written (R41, R47)")
    void environment() throws Exception {
        String hostile = "it's \"quoted\" $(touch /tmp/never) `x` \\ \n second line ü";
        JobFuture<List<@Nullable String>> future = slurm.on("set-up")
                .withName("variables")
                .withVariable("FROM_CALL", hostile)
                .withVariable("OVERRIDDEN", "by the call")
                .withResources(r -> r.option("comment", "it's \"a\" comment $(x) # ü"))
                .submit(() -> Arrays.asList(
                        System.getenv("FROM_SETUP"),
                        System.getenv("FROM_CONFIG"),
                        System.getenv("FROM_CALL"),
                        System.getenv("OVERRIDDEN"),
                        System.getProperty("from.options"),
                        Long.toString(Runtime.getRuntime().maxMemory() >> 20),
                        System.getenv("SLURM_JOB_ID")));

        List<@Nullable String> seen = value(future);

        assertThat(seen.subList(0, 2)).containsExactly("two words", "it's $(not) a `command`");
        assertThat(seen.subList(3, 5)).containsExactly("by the call", "a b");
        assertThat(seen.get(2)).isEqualTo(hostile);
        assertThat(Long.parseLong(String.valueOf(seen.get(5)))).isBetween(70L, 80L);
        assertThat(slurm.slurm("scontrol", "show", "job", "-o", String.valueOf(seen.get(6))))
                .contains("Comment=it's \"a\" comment $(x) # ü ");
    }

    // ---------------------------------------------------------------- ended by the user

    @Scenario
    @DisplayName(
            "a job is cancelled while it is submitted, waits, and runs: Slurm has it no more within seconds (W-C10)")
    void cancel() throws Exception {
        Marks marks = slurm.marks("cancel");
        Submitter on = slurm.clustrix();
        JobFuture<Integer> submitted = on.withName("cancelled-at-once").submit(() -> sleeper(marks, "at once"));
        submitted.cancel(true);
        JobFuture<Integer> waiting = on.withName("cancelled-waiting")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> sleeper(marks, "waiting"));
        JobFuture<Integer> running = on.withName("cancelled-running").submit(() -> sleeper(marks, "running"));
        MapFuture<Integer> array =
                on.withName("cancelled-array").withChunkSize(1).map(0, 3, i -> sleeper(marks, "array"));
        slurm.await(waiting, "PENDING");
        slurm.await(running, "RUNNING");
        slurm.await(array, "RUNNING");

        for (JobFuture<?> job : List.of(waiting, running, array)) {
            long before = System.nanoTime();
            assertThat(job.cancel(true)).isTrue();
            assertThatThrownBy(job::join).isInstanceOf(CancellationException.class);
            slurm.awaitGone(job);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
            assertThat(job.status().state()).isEqualTo(JobState.CANCELLED);
        }
        assertThatThrownBy(submitted::join).isInstanceOf(CancellationException.class);
        slurm.awaitGone(submitted);
        assertThat(slurm.squeue(submitted, "%T")).doesNotContain("COMPLETED");
        assertThat(marks.lines()).doesNotContain("waiting");
    }

    private static int sleeper(Marks marks, String name) throws InterruptedException {
        marks.add(name);
        Thread.sleep(300_000);
        return 1;
    }

    @Scenario
    @DisplayName("a call's timeout counts from the call and ends the job in Slurm, running or held (B10, B12)")
    void timeout() throws Exception {
        Marks marks = slurm.marks("timeout");
        Submitter limited = slurm.clustrix().withTimeout(Duration.ofSeconds(8));
        JobFuture<Integer> running = limited.withName("too-slow").submit(() -> sleeper(marks, "running"));
        JobFuture<Integer> waiting = limited.withName("never-begun")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> sleeper(marks, "waiting"));

        for (JobFuture<?> job : List.of(running, waiting)) {
            assertThat(failure(job, Duration.ofSeconds(12)))
                    .isInstanceOf(TaskTimeoutException.class)
                    .hasMessageContaining("within its timeout of 8s");
            slurm.awaitGone(job);
            assertThat(job.status().state()).isEqualTo(JobState.TIMED_OUT);
        }
    }

    @Scenario
    @DisplayName("close() cancels what is unfinished, also what is just being submitted, and Slurm has none of it")
    void closeCancels() throws Exception {
        Marks marks = slurm.marks("close");
        JobFuture<Integer> running;
        JobFuture<Integer> submitted;
        try (Clustrix clustrix = slurm.builder().open()) {
            running = clustrix.withName("closed-running").submit(() -> sleeper(marks, "running"));
            slurm.await(running, "RUNNING");
            submitted = clustrix.withName("closed-submitted").submit(() -> sleeper(marks, "submitted"));
        }
        for (JobFuture<?> job : List.of(running, submitted)) {
            assertThat(job).isDone();
            assertThat(failure(job)).isInstanceOf(CancellationException.class).hasMessageContaining("closed");
            slurm.awaitGone(job);
        }
    }

    @Scenario
    @DisplayName("with on-close = detach jobs outlive the Clustrix, and another one takes them up (R28, R29)")
    void detach() throws Exception {
        Marks marks = slurm.marks("detach");
        Path gate = slurm.marks.resolve("detach-gate");
        Path state = directory.resolve("detached");
        JobFuture<Integer> future;
        String run;
        try (Clustrix clustrix = slurm.builder()
                .set("state-directory", state)
                .set("clusters.slurm.on-close", "detach")
                .open()) {
            future = clustrix.withName("detached").submit(() -> {
                marks.add("began");
                while (!Files.exists(gate)) {
                    Thread.sleep(20);
                }
                return 4711;
            });
            slurm.await(future, "RUNNING");
            run = clustrix.runId().orElseThrow();
        }
        assertThat(failure(future)).isInstanceOf(CancellationException.class).hasMessageContaining(run);
        Await.until("the task has begun", () -> !marks.lines().isEmpty());
        assertThat(slurm.squeue(future, "%T")).containsExactly("RUNNING");
        Files.createFile(gate);

        try (Clustrix clustrix = slurm.builder().set("state-directory", state).open()) {
            List<JobFuture<?>> jobs = clustrix.attach(run).jobs();
            assertThat(jobs).hasSize(1);
            assertThat((Object) value(jobs.get(0))).isEqualTo(4711);
        }
        assertThat(marks.lines()).containsExactly("began");
    }

    // ---------------------------------------------------------------- what is told

    /** Everything that a listener is told. */
    @SuppressWarnings("JdkObsolete") // two threads: the callback's and the test's
    private static final class Told implements RunListener {
        final List<JobState> states = new CopyOnWriteArrayList<>();
        final List<RuntimeReport> runtimes = new CopyOnWriteArrayList<>();
        private final StringBuilder out = new StringBuilder();
        private final StringBuilder err = new StringBuilder();
        final AtomicLong dropped = new AtomicLong();

        @Override
        public void stateChanged(JobKey key, JobStatus status) {
            // The same state may come again with another reason.
            if (states.isEmpty() || states.get(states.size() - 1) != status.state()) {
                states.add(status.state());
            }
        }

        @Override
        public synchronized void output(JobKey key, int task, OutputChannel channel, String text) {
            (channel == OutputChannel.STDOUT ? out : err).append(text);
        }

        @Override
        public void runtime(JobKey key, RuntimeReport report) {
            runtimes.add(report);
        }

        @Override
        public void dropped(JobKey key, long events) {
            dropped.addAndGet(events);
        }

        synchronized String out() {
            return out.toString();
        }

        synchronized String err() {
            return err.toString();
        }

        boolean ended() {
            return states.stream().anyMatch(JobState::ended);
        }
    }

    @Scenario
    @DisplayName(
            "a listener is told the states, where and in which Java the worker runs, and each line while the job runs (B17)")
    void listener() throws Exception {
        Path gate = slurm.marks.resolve("listener");
        Told told = new Told();
        JobFuture<Long> future = slurm.clustrix()
                .withName("talker")
                .withListener(told)
                .submit(() -> {
                    System.out.println("out 1 ü");
                    System.err.println("err 1 ü");
                    while (!Files.exists(gate)) {
                        Thread.sleep(20);
                    }
                    System.out.print("out 2");
                    System.err.print("err 2");
                    return ProcessHandle.current().pid();
                });

        Await.until(
                "the first lines",
                SOON,
                () -> told.out().contains("\n") && told.err().contains("\n"));
        assertThat(told.out()).isEqualTo("out 1 ü\n");
        assertThat(told.err()).isEqualTo("err 1 ü\n");
        assertThat(future).isNotDone();
        Await.until("it is called running", () -> told.states.contains(JobState.RUNNING));
        Files.createFile(gate);
        long pid = value(future);
        Await.until("the listener is told of the end", told::ended);

        assertThat(told.states).containsExactly(JobState.PENDING, JobState.RUNNING, JobState.SUCCEEDED);
        assertThat(told.out()).isEqualTo("out 1 ü\nout 2");
        assertThat(told.err()).isEqualTo("err 1 ü\nerr 2");
        assertThat(told.runtimes).singleElement().satisfies(r -> {
            assertThat(r.pid()).isEqualTo(pid);
            assertThat(r.javaVersion()).matches("[0-9]+.*");
            assertThat(r.javaVendor()).isNotBlank();
            assertThat(r.host()).isNotBlank();
        });
        assertThat(future.runtimes()).isEqualTo(told.runtimes);
    }

    @Scenario
    @DisplayName("10 MB of output reach a listener whole and in order")
    void muchOutput() throws Exception {
        Told told = new Told();
        JobFuture<Integer> future = slurm.clustrix()
                .withName("chatterbox")
                .withListener(told)
                .submit(() -> {
                    StringBuilder block = new StringBuilder();
                    for (int i = 0; i < 100_000; i++) {
                        block.append("%09d".formatted(i)).append("é".repeat(45)).append('\n');
                    }
                    String text = block.toString();
                    System.out.print(text);
                    return text.length();
                });

        int length = value(future);
        Await.until("the listener is told of the end", told::ended);

        assertThat(told.dropped).hasValue(0);
        assertThat(told.out().length()).isEqualTo(length);
        List<String> lines = told.out().lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            assertThat(Integer.parseInt(lines.get(i).substring(0, 9))).isEqualTo(i);
        }
    }

    // ---------------------------------------------------------------- what is left

    @Scenario
    @DisplayName(
            "the files of a job that succeeded are removed soon, those of one that failed stay; or as clean-up says (W-C8)")
    void cleanUp() throws Exception {
        List<JobFuture<?>> removed = new ArrayList<>();
        List<JobFuture<?>> kept = new ArrayList<>();
        for (String cluster : List.of("slurm", "keeps-all", "keeps-nothing")) {
            JobFuture<Integer> good =
                    slurm.on(cluster).withName("good-" + cluster).submit(() -> 1);
            JobFuture<Integer> bad = slurm.on(cluster)
                    .withName("bad-" + cluster)
                    .submit(() -> {
                        System.err.println("a last word");
                        throw new IllegalStateException("bad");
                    });
            (cluster.equals("keeps-all") ? kept : removed).add(good);
            (cluster.equals("keeps-nothing") ? removed : kept).add(bad);
        }
        for (JobFuture<?> job : kept) {
            job.handle((v, e) -> 0).get(60, java.util.concurrent.TimeUnit.SECONDS);
        }
        for (JobFuture<?> job : removed) {
            job.handle((v, e) -> 0).get(60, java.util.concurrent.TimeUnit.SECONDS);
            Await.until("the files of " + job.name() + " are gone", () -> !Files.exists(slurm.directory(job)));
        }
        Await.until("the failed jobs are marked as over", () -> {
            for (JobFuture<?> job : kept) {
                if (job.isCompletedExceptionally()
                        && !Files.exists(slurm.directory(job).resolve("over"))) {
                    return false;
                }
            }
            return true;
        });
        for (JobFuture<?> job : kept) {
            assertThat(SlurmCluster.entries(slurm.directory(job))).contains("job.pack", "logs", "results");
        }
        assertThat(Files.readString(slurm.directory(kept.get(0)).resolve("logs/p0.err")))
                .contains("a last word");
    }
}
