package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.failure;
import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Fault;
import io.clustrix.spi.JobState;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Workers that die, jobs that are ended from outside and nodes that go, on a real Slurm: each job gets its verdict
 * within a bound, and the verdict is right.
 */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class SlurmFaultsTest {
    @SuppressWarnings("NullAway.Init") // before the first test
    private SlurmCluster slurm;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        slurm = new SlurmCluster(
                directory,
                Map.of(
                        "once",
                        "retry.attempts = 1",
                        "direct-memory",
                        "environment.jvm-options = [\"-XX:MaxDirectMemorySize=2g\"]",
                        "more-memory",
                        """
                        environment.jvm-options = ["-XX:MaxDirectMemorySize=2g"]
                        retry { out-of-memory = true, memory-factor = 3 }
                        """,
                        "more-time",
                        "retry.walltime = true",
                        "no-requeue",
                        "requeue = false",
                        "no-java",
                        "environment { java = /nonexistent/java, check-on-host = false }",
                        "set-up-fails",
                        "environment.setup = [\"exit 3\"]"));
    }

    @AfterAll
    void close() {
        slurm.close();
    }

    private static void sleep() throws InterruptedException {
        Thread.sleep(300_000);
    }

    /** What a task does to be found by its process id. */
    private static int sleeper(Marks marks) throws InterruptedException {
        marks.add(ProcessHandle.current().pid());
        sleep();
        return 0;
    }

    private static void kill(Marks marks, String signal) throws Exception {
        Await.until("the task has begun", () -> !marks.lines().isEmpty());
        List<String> lines = marks.lines();
        assertThat(new ProcessBuilder("kill", "-" + signal, lines.get(lines.size() - 1))
                        .start()
                        .waitFor())
                .isZero();
    }

    // ---------------------------------------------------------------- memory and time

    /** Memory beside the heap, as the scheduler counts it; touched, so that it is there. */
    private static int outside(int mebibytes) throws InterruptedException {
        List<java.nio.ByteBuffer> blocks = new ArrayList<>();
        for (int i = 0; i < mebibytes / 16; i++) {
            java.nio.ByteBuffer block = java.nio.ByteBuffer.allocateDirect(16 << 20);
            for (int at = 0; at < block.capacity(); at += 4096) {
                block.put(at, (byte) 1);
            }
            blocks.add(block);
        }
        Thread.sleep(3000);
        return blocks.size();
    }

    @Scenario
    @DisplayName("a job that takes more memory than it asked for fails as that, with what to do (R2, R36)")
    void memory() throws Exception {
        Marks marks = slurm.marks("memory");
        JobFuture<Integer> future = slurm.on("direct-memory")
                .withName("memory")
                .withResources(r -> r.memory("200MiB"))
                .submit(() -> {
                    marks.add("began");
                    return outside(512);
                });

        assertThat(failure(future)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.OUT_OF_MEMORY);
            assertThat(e.fault()).isEqualTo(Fault.USER);
            assertThat(e)
                    .hasMessageContaining("job memory")
                    .hasMessageContaining("more memory than it had asked for")
                    .hasMessageContaining("slurm says OUT_OF_MEMORY")
                    .hasMessageContaining("resources.memory");
        });
        assertThat(future.status().state()).isEqualTo(JobState.OUT_OF_MEMORY);
        assertThat(marks.lines()).as("it is not tried again by itself").hasSize(1);
    }

    @Scenario
    @DisplayName(
            "a heap that is full is a failure that says so, and an OutOfMemoryError that is thrown is the task's own")
    void heap() throws Exception {
        JobFuture<Integer> future = slurm.on("slurm").withName("heap").submit(() -> {
            List<byte[]> blocks = new ArrayList<>();
            while (blocks.size() < 1_000_000) {
                blocks.add(new byte[1 << 20]);
            }
            return blocks.size();
        });

        Throwable failure = failure(future);

        assertThat(failure).hasMessageContaining("heap");
        assertThat(failure.toString()).containsAnyOf("OutOfMemoryError", "OUT_OF_MEMORY", "WorkerDiedException");
    }

    @Scenario
    @DisplayName("with retry.out-of-memory it is tried again with more memory, and succeeds (R36)")
    void moreMemory() throws Exception {
        Marks marks = slurm.marks("more-memory");
        JobFuture<Integer> future = slurm.on("more-memory")
                .withName("more-memory")
                .withResources(r -> r.memory("200MiB"))
                .submit(() -> {
                    marks.add("began");
                    return outside(256);
                });

        assertThat(value(future)).isEqualTo(16);
        assertThat(marks.lines()).hasSize(2);
        slurm.await(future, "COMPLETED");
        assertThat(slurm.squeue(future, "%T %m")).containsExactly("OUT_OF_MEMORY 200M", "COMPLETED 600M");
    }

    @Scenario
    @DisplayName("a job over its walltime fails as that, with what to do; or is tried again with more time (R34, R36)")
    void walltime() throws Exception {
        Marks marks = slurm.marks("walltime");
        JobFuture<Integer> once = slurm.on("slurm")
                .withName("walltime")
                .withResources(r -> r.time(Duration.ofMinutes(5)))
                .submit(() -> sleeper(marks));
        Marks twice = slurm.marks("walltime-twice");
        JobFuture<Integer> again = slurm.on("more-time")
                .withName("walltime-again")
                .withResources(r -> r.time(Duration.ofMinutes(5)))
                .submit(() -> {
                    twice.add("began");
                    if (twice.lines().size() == 1) {
                        sleep();
                    }
                    return 1;
                });
        for (JobFuture<?> job : List.of(once, again)) {
            slurm.await(job, "RUNNING");
            slurm.slurm("scontrol", "update", "JobId=" + slurm.id(job), "EndTime=now+1");
        }

        assertThat(failure(once))
                .isInstanceOf(TaskTimeoutException.class)
                .hasMessageContaining("walltime")
                .hasMessageContaining("slurm says TIMEOUT")
                .hasMessageContaining("resources.time");
        assertThat(once.status().state()).isEqualTo(JobState.TIMED_OUT);
        assertThat(value(again)).isEqualTo(1);
        slurm.await(again, "COMPLETED");
        // The first limit is no more what was asked for, since its end was moved.
        assertThat(slurm.squeue(again, "%T %l")).hasSize(2).last().isEqualTo("COMPLETED 10:00");
    }

    private static int continued(Path saved) throws InterruptedException {
        if (Files.exists(saved)) {
            return 2;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                Files.createFile(saved);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }));
        sleep();
        return 1;
    }

    @Scenario
    @Tag("slow")
    @Timeout(240)
    @DisplayName("a task saves its work in a shutdown hook when Slurm warns it, and goes on in the next attempt (R34)")
    void warned() throws Exception {
        String saved = slurm.marks.resolve("saved").toString();
        JobFuture<Integer> job = slurm.on("slurm")
                .withName("warned")
                .withResources(r -> r.time(Duration.ofMinutes(2)).option("signal", "B:TERM@90"))
                .submit(() -> continued(Path.of(saved)));
        assertThat(job.get(200, TimeUnit.SECONDS)).isEqualTo(2);
        assertThat(slurm.ids(job)).hasSize(2);
    }

    // ---------------------------------------------------------------- another hand

    @Scenario
    @DisplayName(
            "scancel by another hand is told as that, while the job runs and while it waits; it is not tried again")
    void anotherHand() throws Exception {
        Marks marks = slurm.marks("another-hand");
        JobFuture<Integer> running = slurm.on("slurm").withName("taken-running").submit(() -> sleeper(marks));
        JobFuture<Integer> waiting = slurm.on("slurm")
                .withName("taken-waiting")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> 1);
        slurm.await(running, "RUNNING");
        slurm.await(waiting, "PENDING");
        slurm.slurm("scancel", slurm.id(running), slurm.id(waiting));

        for (JobFuture<?> job : List.of(running, waiting)) {
            assertThat(failure(job, Duration.ofSeconds(20)))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("cancelled by somebody else")
                    .hasMessageContaining("slurm says CANCELLED");
            assertThat(job.status().state()).isEqualTo(JobState.CANCELLED);
            assertThat(slurm.ids(job)).hasSize(1);
        }
    }

    @Scenario
    @DisplayName(
            "elements that are cancelled while the array waits leave no trace; they count as cancelled, and stay so (R1)")
    void vanishedElements() throws Exception {
        MapFuture<Integer> map = slurm.on("slurm")
                .withName("vanished")
                .withChunkSize(1)
                .onError(ErrorPolicy.COLLECT)
                .withResources(r -> r.option("hold", ""))
                .map(0, 4, i -> i);
        slurm.await(map, "PENDING");
        String array = slurm.id(map).replaceFirst("_.*", "");
        slurm.slurm("scancel", array + "_[1-2]");
        slurm.slurm("scontrol", "release", array);

        List<TaskOutcome<Integer>> outcomes = map.outcomes().get(60, TimeUnit.SECONDS);

        assertThat(outcomes.get(0).value()).isZero();
        assertThat(outcomes.get(3).value()).isEqualTo(3);
        for (int i = 1; i < 3; i++) {
            Throwable failure = outcomes.get(i).failure().orElseThrow();
            assertThat(failure).isInstanceOf(CancellationException.class).hasMessageContaining("task " + i);
        }
        assertThat(slurm.ids(map)).as("nothing was submitted again").allMatch(id -> id.startsWith(array + "_"));
    }

    // ---------------------------------------------------------------- signals and exits

    @Scenario
    @DisplayName("a worker that is killed is tried again; with one attempt it fails as killed by that signal")
    void killed() throws Exception {
        Marks again = slurm.marks("killed-again");
        JobFuture<String> retried = slurm.on("slurm").withName("killed-again").submit(() -> {
            again.add(ProcessHandle.current().pid());
            if (again.lines().size() == 1) {
                sleep();
            }
            return System.getProperty("io.clustrix.attempt", "?");
        });
        Marks once = slurm.marks("killed-once");
        JobFuture<Integer> failed = slurm.on("once").withName("killed-once").submit(() -> sleeper(once));
        kill(again, "KILL");
        kill(once, "KILL");

        assertThat(failure(failed)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.SIGNAL);
            assertThat(e.exitCode()).hasValue(137);
            assertThat(e.retryable()).isTrue();
            assertThat(e).hasMessageContaining("ended by signal 9");
        });
        value(retried);
        assertThat(again.lines()).hasSize(2);
    }

    @Scenario
    @DisplayName("a JVM that crashes is the task's fault, is not tried again, and its last words are quoted")
    void crashed() throws Exception {
        Marks marks = slurm.marks("crashed");
        JobFuture<Integer> future = slurm.on("slurm").withName("crashed").submit(() -> sleeper(marks));
        kill(marks, "SEGV");

        assertThat(failure(future)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.CRASH);
            assertThat(e).hasMessageContaining("SIGSEGV").hasMessageContaining("hs_err_pid");
        });
        assertThat(marks.lines()).hasSize(1);
    }

    @Scenario
    @DisplayName(
            "System.exit, whatever the code, is not a silence: the message has the code, the task and its last words")
    void exits() throws Exception {
        JobFuture<Integer> three = slurm.on("slurm").withName("exit-3").submit(() -> {
            System.err.println("I give up");
            System.exit(3);
            return 1;
        });
        JobFuture<Integer> zero = slurm.on("slurm").withName("exit-0").submit(() -> {
            System.exit(0);
            return 1;
        });

        assertThat(failure(three)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.EXIT);
            assertThat(e.exitCode()).hasValue(3);
            assertThat(e).hasMessageContaining("exit code 3").hasMessageContaining("I give up");
        });
        assertThat(failure(zero)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.EXIT);
            assertThat(e.exitCode()).hasValue(0);
        });
    }

    @Scenario
    @DisplayName(
            "with COLLECT a task that ends its worker fails by itself, the others of its chunk complete, none runs twice")
    void exitInTheMiddle() throws Exception {
        Marks marks = slurm.marks("exit-middle");
        MapFuture<Integer> map = slurm.on("slurm")
                .withName("exit-middle")
                .withChunkSize(6)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 12, i -> {
                    marks.add(i);
                    Thread.sleep(50); // what is younger than that is not yet written when a worker just stops
                    if (i == 2) {
                        System.exit(0);
                    } else if (i == 9) {
                        Runtime.getRuntime().halt(5);
                    }
                    return i * 10;
                });

        onlyTheseExit(map, Map.of(2, 0, 9, 5));
        assertThat(marks.counts())
                .hasSize(12)
                .allSatisfy(
                        (task, times) -> assertThat(times).as("task " + task).isEqualTo(1));
    }

    @Scenario
    @DisplayName("where quick tasks die before anything is written, the culprit is found by a second attempt")
    void quickExits() throws Exception {
        Marks marks = slurm.marks("quick-exits");
        MapFuture<Integer> map = slurm.on("once")
                .withName("quick-exits")
                .withChunkSize(6)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 6, i -> {
                    marks.add(i);
                    if (i == 3) {
                        Runtime.getRuntime().halt(5);
                    }
                    return i * 10;
                });

        onlyTheseExit(map, Map.of(3, 5));
        assertThat(marks.counts())
                .hasSize(6)
                .allSatisfy(
                        (task, times) -> assertThat(times).as("task " + task).isLessThanOrEqualTo(2));
    }

    private static void onlyTheseExit(MapFuture<Integer> map, Map<Integer, Integer> codes) throws Exception {
        for (TaskOutcome<Integer> outcome : map.outcomes().get(60, TimeUnit.SECONDS)) {
            Integer code = codes.get(outcome.task());
            if (code == null) {
                assertThat(outcome.value()).isEqualTo(outcome.task() * 10);
            } else {
                assertThat(outcome.failure().orElseThrow()).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                    assertThat(e.death()).isEqualTo(Death.EXIT);
                    assertThat(e.exitCode()).hasValue(code);
                    assertThat(e).hasMessageContaining("task " + outcome.task());
                });
            }
        }
    }

    // ---------------------------------------------------------------- held, requeued, lost

    @Scenario
    @DisplayName("a job that is held waits, says why, and completes when it is released")
    void held() throws Exception {
        JobFuture<Integer> future = slurm.on("slurm")
                .withName("held")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> 7);
        Await.until(
                "the status says that it is held",
                () -> future.status().detail().contains("held"));
        assertThat(future.status().state()).isEqualTo(JobState.PENDING);
        slurm.slurm("scontrol", "release", slurm.id(future));

        assertThat(value(future)).isEqualTo(7);
    }

    @Scenario
    @DisplayName(
            "a job that is requeued while it runs is followed into its next start; what was done is not done again (R35)")
    void requeued() throws Exception {
        Path gate = slurm.marks.resolve("requeued-gate");
        Marks marks = slurm.marks("requeued");
        MapFuture<Integer> map = slurm.on("slurm")
                .withName("requeued")
                .withChunkSize(4)
                .map(0, 4, i -> {
                    marks.add(i);
                    while (i == 2 && !Files.exists(gate)) {
                        Thread.sleep(20);
                    }
                    return i + 1;
                });
        Await.until("the third task runs", () -> marks.lines().contains("2"));
        slurm.slurm("scontrol", "requeue", slurm.id(map));
        Await.until(
                "the third task runs again",
                Duration.ofSeconds(45),
                () -> marks.lines().stream().filter("2"::equals).count() == 2);
        Files.createFile(gate);

        assertThat(value(map)).containsExactly(1, 2, 3, 4);
        assertThat(marks.counts())
                .containsOnly(Map.entry("0", 1L), Map.entry("1", 1L), Map.entry("2", 2L), Map.entry("3", 1L));
        assertThat(slurm.ids(map))
                .as("it is Slurm's start, not a job of its own")
                .hasSize(1);
    }

    @Scenario
    @DisplayName("a job that is requeued and held while it runs waits, says why, and completes when it is released")
    void requeuedAndHeld() throws Exception {
        Path gate = slurm.marks.resolve("requeuehold-gate");
        Marks marks = slurm.marks("requeuehold");
        JobFuture<Integer> future = slurm.on("slurm").withName("requeuehold").submit(() -> {
            marks.add("began");
            while (!Files.exists(gate)) {
                Thread.sleep(20);
            }
            return 8;
        });
        Await.until("the task runs", () -> !marks.lines().isEmpty());
        slurm.slurm("scontrol", "requeuehold", slurm.id(future));
        Await.until(
                "the status says that it is held",
                Duration.ofSeconds(45),
                () -> future.status().detail().contains("held"));
        assertThat(future.status().state()).isEqualTo(JobState.PENDING);
        Files.createFile(gate);
        slurm.slurm("scontrol", "release", slurm.id(future));

        assertThat(value(future)).isEqualTo(8);
        assertThat(marks.lines()).containsExactly("began", "began");
        assertThat(slurm.ids(future)).hasSize(1);
    }

    @Scenario
    @DisplayName("a job that is suspended is alive for as long as it takes, and completes when it is resumed")
    void suspended() throws Exception {
        Path gate = slurm.marks.resolve("suspended-gate");
        Marks marks = slurm.marks("suspended");
        JobFuture<Integer> future = slurm.on("once").withName("suspended").submit(() -> {
            while (!Files.exists(gate)) {
                marks.add(System.getenv("SLURM_JOB_ID"));
                Thread.sleep(20);
            }
            return 9;
        });
        Await.until("the task runs", () -> !marks.lines().isEmpty());
        slurm.slurm("scontrol", "suspend", slurm.id(future));
        slurm.await(future, "SUSPENDED");
        Await.until("its processes stand still, which is a little later", () -> {
            int before = marks.lines().size();
            Thread.sleep(500);
            return marks.lines().size() == before;
        });
        Files.createFile(gate);
        Thread.sleep(8000); // longer than patience for unknown jobs
        assertThat(future).isNotDone();
        assertThat(future.status().state()).isEqualTo(JobState.RUNNING);
        slurm.slurm("scontrol", "resume", slurm.id(future));

        assertThat(value(future)).isEqualTo(9);
        assertThat(marks.counts()).as("one job, once").hasSize(1);
        assertThat(slurm.ids(future)).hasSize(1);
    }

    // ---------------------------------------------------------------- what the nodes lack

    @Scenario
    @DisplayName("without Java on the node the failure names the path that was tried and the setting (R37, R52)")
    void noJava() throws Exception {
        JobFuture<Integer> future = slurm.on("no-java").withName("no-java").submit(() -> 1);

        assertThat(failure(future)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.NOT_STARTED);
            assertThat(e)
                    .hasMessageContaining("/nonexistent/java")
                    .hasMessageContaining("exit code 127")
                    .hasMessageContaining("environment.java");
        });
        assertThat(slurm.ids(future)).as("it is not tried again").hasSize(1);
    }

    @Scenario
    @DisplayName("a set-up line that ends the script is a failure that says where to look, not a job that is lost")
    void setUpFails() throws Exception {
        JobFuture<Integer> future =
                slurm.on("set-up-fails").withName("set-up-fails").submit(() -> 1);

        assertThat(failure(future)).hasMessageContaining("set-up-fails").hasMessageContaining("environment.setup");
    }

    @Scenario
    @DisplayName(
            "a job whose directory is removed while it waits fails within its bound, and the message says what is missing")
    void directoryGone() throws Exception {
        JobFuture<Integer> future = slurm.on("once")
                .withName("directory-gone")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> 1);
        slurm.await(future, "PENDING");
        Path directory = slurm.directory(future);
        Files.move(directory, slurm.marks.resolve("moved-away"));
        slurm.slurm("scontrol", "release", slurm.id(future));

        assertThat(failure(future)).hasMessageContaining("directory-gone").hasMessageContaining("work directory");
    }

    @Scenario
    @DisplayName("jars that a clean-up of the site has removed are sent again, and the next job runs (R39)")
    void purgedStore() throws Exception {
        try (var clustrix = slurm.builder()
                .set(
                        "clusters.slurm.work-directory",
                        slurm.work.resolve("purged").toString())
                .open()) {
            assertThat(value(clustrix.withName("before-the-purge").submit(() -> 1)))
                    .isEqualTo(1);
            Path store = slurm.work.resolve("purged/store");
            int jars = 0;
            for (String jar : SlurmCluster.entries(store)) {
                jars += Files.deleteIfExists(store.resolve(jar)) ? 1 : 0;
            }
            assertThat(jars).isGreaterThan(5);

            assertThat(value(clustrix.withName("after-the-purge").submit(() -> 2)))
                    .isEqualTo(2);
            assertThat(SlurmCluster.entries(store).stream().filter(n -> n.endsWith(".jar")))
                    .hasSize(jars);
        }
    }
}
