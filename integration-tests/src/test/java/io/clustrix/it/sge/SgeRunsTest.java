package io.clustrix.it.sge;

import static io.clustrix.it.sge.SgeCluster.failure;
import static io.clustrix.it.sge.SgeCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.ReportedRun;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a real Grid Engine. */
@NeedsTestBed({"sge", "ssh"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
@DisplayName("on a real Grid Engine")
class SgeRunsTest {
    private SgeCluster sge;
    private Path directory;

    @BeforeAll
    void open(@TempDir Path temporary) throws Exception {
        directory = temporary;
        sge = new SgeCluster(
                temporary,
                Map.of(
                        "once", "retry.attempts = 1",
                        "gathering", "retry.delay = 5s",
                        "no-environment", "parallel-environment = null"));
    }

    @AfterAll
    void close() {
        sge.close();
    }

    @Scenario
    @DisplayName("a report tells of times, nodes, memory, CPU and causes what the workers have done")
    void report(@TempDir Path pages) throws Exception {
        ReportedRun.check(sge.clustrix(), sge.clustrix(), pages, SgeCluster.BOUND);
    }

    @Scenario
    @DisplayName("a value comes back, from the cores and the address space that were asked for (R48)")
    void values() throws Exception {
        JobFuture<List<String>> future = sge.clustrix()
                .withName("it's a \"value\" # ü")
                .withResources(r -> r.cores(2).time(Duration.ofMinutes(5)))
                .submit(() -> List.of(
                        String.valueOf(System.getenv("NSLOTS")),
                        String.valueOf(System.getenv("SGE_TASK_ID")),
                        Integer.toString(Runtime.getRuntime().availableProcessors()),
                        Files.readString(Path.of("/proc/self/limits"))));
        List<String> seen = value(future);
        assertThat(seen.subList(0, 3)).containsExactly("2", "undefined", "2");
        assertThat(seen.get(3))
                .as("a limit for both slots together")
                .containsPattern("Max address space +" + (512L << 20) + " ");
    }

    @Scenario
    @DisplayName(
            "a map is an array from 1, its results are in order, and what is left of it after failures is an array too")
    void maps() throws Exception {
        Marks marks = sge.marks("map");
        MapFuture<Integer> map = sge.on("gathering")
                .withName("map")
                .withChunkSize(2)
                .map(0, 9, i -> {
                    marks.add(System.getenv("SGE_TASK_ID") + ":" + i);
                    if ((i == 2 || i == 7)
                            && marks.lines().stream()
                                            .filter(l -> l.endsWith(":" + i))
                                            .count()
                                    == 1) {
                        Runtime.getRuntime().exec(new String[] {
                            "kill", "-9", Long.toString(ProcessHandle.current().pid())
                        });
                        Thread.sleep(60_000);
                    }
                    return i * i;
                });
        assertThat(value(map)).containsExactly(0, 1, 4, 9, 16, 25, 36, 49, 64);
        assertThat(marks.lines()).contains("1:0", "1:1", "2:2", "4:7", "5:8").contains("1:2", "2:7");
    }

    @Scenario
    @DisplayName("cancelled jobs leave the queue, those that run and those that wait (W-C10)")
    void cancel() throws Exception {
        Marks marks = sge.marks("cancel");
        JobFuture<Integer> running = sge.clustrix().withName("cancel-running").submit(() -> sleeper(marks, "running"));
        JobFuture<Integer> waiting = sge.clustrix()
                .withName("cancel-waiting")
                .withResources(r -> r.option("h", ""))
                .submit(() -> sleeper(marks, "waiting"));
        MapFuture<Integer> array =
                sge.clustrix().withName("cancel-array").withChunkSize(1).map(0, 3, i -> sleeper(marks, "array"));
        sge.await(running, "r");
        sge.await(waiting, "hqw");
        sge.await(array, "r");
        for (JobFuture<?> job : List.of(running, waiting, array)) {
            assertThat(job.cancel(true)).isTrue();
            sge.awaitGone(job);
            assertThat(failure(job)).isInstanceOf(CancellationException.class);
        }
        assertThat(marks.lines()).doesNotContain("waiting");
    }

    private static int sleeper(Marks marks, String name) throws InterruptedException {
        marks.add(name);
        Thread.sleep(300_000);
        return 1;
    }

    @Scenario
    @DisplayName("a job whose walltime is over fails as that, by the word of the accounting (R2)")
    void walltime() throws Exception {
        JobFuture<Integer> future = sge.clustrix()
                .withName("walltime")
                .withResources(r -> r.time(Duration.ofSeconds(6)))
                .submit(() -> {
                    Thread.sleep(120_000);
                    return 1;
                });
        assertThat(failure(future)).isInstanceOf(TaskTimeoutException.class).hasMessageContaining("failed 37");
        assertThat(future.status().state()).isEqualTo(JobState.TIMED_OUT);
    }

    @Scenario
    @DisplayName("a task that needs more memory than the job has fails as that")
    void memory() throws Exception {
        JobFuture<Integer> future = sge.clustrix().withName("memory").submit(() -> {
            List<byte[]> all = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                all.add(new byte[10 << 20]);
            }
            return all.size();
        });
        assertThat(failure(future)).isInstanceOf(OutOfMemoryError.class).hasMessageContaining("heap");
    }

    @Scenario
    @DisplayName("System.exit fails with its code, and 99 and 100, which are orders to Grid Engine, never reach it")
    void exit() throws Exception {
        Marks marks = sge.marks("exit");
        for (int code : List.of(3, 99, 100)) {
            JobFuture<Integer> future = sge.on("once").withName("exit-" + code).submit(() -> {
                marks.add(Integer.toString(code));
                System.exit(code);
                return 1;
            });
            assertThat(failure(future)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                assertThat(e.death()).isEqualTo(Death.EXIT);
                assertThat(e.exitCode()).hasValue(code);
            });
            sge.awaitGone(future);
        }
        assertThat(marks.lines()).containsExactly("3", "99", "100");
    }

    @Scenario
    @DisplayName("a job that Grid Engine could not start (Eqw) fails with its reason and leaves the queue")
    void error() throws Exception {
        JobFuture<Integer> future = sge.on("once")
                .withName("eqw")
                .withResources(r -> r.option("h", ""))
                .submit(() -> 1);
        sge.await(future, "hqw");
        String id = sge.id(future);
        Path logs = sge.directory(future).resolve("logs");
        Files.move(logs, logs.resolveSibling("no-logs"));
        assertThat(sge.sge("qrls", id).exitCode()).isZero();

        assertThat(failure(future))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("Eqw")
                .hasMessageContaining("can't open output file")
                .hasMessageContaining("No such file or directory");
        sge.awaitGone(future);
    }

    @Scenario
    @DisplayName("a worker that is killed fails as that, or is submitted again")
    void killed() throws Exception {
        Marks marks = sge.marks("killed");
        JobFuture<Integer> once = sge.on("once").withName("killed-once").submit(() -> sleeper(marks, pid()));
        Await.until("it has begun", () -> marks.lines().size() == 1);
        Runtime.getRuntime().exec(new String[] {"kill", "-9", marks.lines().get(0)});
        assertThat(failure(once)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.SIGNAL);
            assertThat(e.exitCode()).hasValue(137);
        });
    }

    private static String pid() {
        return Long.toString(ProcessHandle.current().pid());
    }

    @Scenario
    @DisplayName("what can't run is refused at once, with what to change (R26)")
    void refused() throws Exception {
        assertThat(failure(
                        sge.clustrix().withResources(r -> r.queue("nosuch.q")).submit(() -> 1)))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("unknown queue")
                .hasMessageContaining("'queue'");
        assertThat(failure(sge.clustrix().withResources(r -> r.cores(1000)).submit(() -> 1)))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("no suitable queues");
        assertThatThrownBy(() ->
                        sge.on("no-environment").withResources(r -> r.cores(2)).submit(() -> 1))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'parallel-environment'");
    }

    @Scenario
    @DisplayName("jobs outlive their Clustrix, and another one takes them up (R28, R29)")
    void reattach() throws Exception {
        Path gate = sge.marks.resolve("gate");
        Marks marks = sge.marks("reattach");
        String run;
        try (Clustrix clustrix =
                sge.builder("detached").set("clusters.sge.on-close", "detach").open()) {
            JobFuture<Integer> future = clustrix.withName("detached").submit(() -> {
                marks.add("began");
                while (!Files.exists(gate)) {
                    Thread.sleep(20);
                }
                return 4711;
            });
            Await.until("the task has begun", () -> !marks.lines().isEmpty());
            run = clustrix.runId().orElseThrow();
            sge.await(future, "r");
        }
        Files.createFile(gate);
        try (Clustrix clustrix = sge.builder("detached").open()) {
            List<JobFuture<?>> jobs = clustrix.attach(run).jobs();
            assertThat(jobs).hasSize(1);
            assertThat((Object) value(jobs.get(0))).isEqualTo(4711);
        }
        assertThat(marks.lines()).containsExactly("began");
        assertThat(directory).exists();
    }

    @Scenario
    @DisplayName("of 200 tasks in 20 elements each runs once, whatever the accounting's lag")
    void many() throws Exception {
        Marks marks = sge.marks("many");
        Submitter on = sge.on("once").withName("many").withChunkSize(10);
        MapFuture<Integer> map = on.map(0, 200, i -> {
            marks.add(Integer.toString(i));
            return i + 1;
        });
        assertThat(value(map))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 200).boxed().toList());
        assertThat(marks.lines()).hasSize(200).doesNotHaveDuplicates();
    }
}
