package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.failure;
import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Slurm with a real accounting. Not beside other tests: the controller forgets ended jobs at once here, and the
 * accounting goes away.
 */
@Tag("accounting")
@NeedsTestBed(
        value = {"slurm", "accounting", "ssh", "faults"},
        alone = true)
@Timeout(180)
class SlurmAccountingTest {
    /** Slurm looks for jobs over their time every 30 s, and every ten or so what it may forget. */
    private static final Duration FORGETTING = Duration.ofSeconds(70);

    private SlurmCluster slurm;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        slurm = new SlurmCluster(directory, Map.of("once", """
                        requeue = false
                        retry.attempts = 1
                        ssh { reconnect-pause = 200ms, longest-reconnect-pause = 1s }
                        environment.jvm-options = ["-XX:MaxDirectMemorySize=2g"]
                        """));
        slurm.bed.fault("slurm-conf", "MinJobAge=2", "AccountingStorageEnforce=associations");
    }

    @AfterEach
    void close() throws Exception {
        try {
            slurm.bed.fault("slurmdbd", "start");
            slurm.bed.sshd("start");
            slurm.bed.fault("slurm-conf");
        } finally {
            slurm.close();
        }
    }

    // ---------------------------------------------------------------- the dialect, asked directly

    /** The dialect with its default settings, as core would make it. */
    private static SchedulerDialect dialect() throws Exception {
        for (DialectProvider<?> provider : ServiceLoader.load(DialectProvider.class)) {
            if (provider.name().equals("slurm")) {
                return dialect(provider);
            }
        }
        throw new AssertionError("there is no dialect slurm");
    }

    private static <S extends Record> SchedulerDialect dialect(DialectProvider<S> provider) throws Exception {
        for (Constructor<?> constructor : provider.settings().getDeclaredConstructors()) {
            Object[] values = new Object[constructor.getParameterCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        constructor.getParameterTypes()[i] == Duration.class ? Duration.ofSeconds(2) : Optional.empty();
            }
            constructor.setAccessible(true);
            return provider.create(provider.settings().cast(constructor.newInstance(values)));
        }
        throw new AssertionError("there is no constructor");
    }

    private static CommandResult run(Command command) throws Exception {
        List<String> words = new ArrayList<>(List.of("env", "LC_ALL=C", "TZ=UTC"));
        words.addAll(command.words());
        Ran ran = Ran.run(Duration.ofSeconds(20), "", words);
        return CommandResult.of(command, ran.exitCode(), ran.output(), ran.errors());
    }

    private static Map<NativeId, JobStatus> history(Collection<String> ids) throws Exception {
        SchedulerDialect dialect = dialect();
        List<NativeId> asked =
                ids.stream().map(id -> new NativeId(id, Optional.empty())).toList();
        return dialect.parseHistory(run(dialect.history(asked).orElseThrow()));
    }

    // ---------------------------------------------------------------- scenes

    private static int sleeper(Marks marks) throws InterruptedException {
        marks.add(ProcessHandle.current().pid());
        Thread.sleep(300_000);
        return 0;
    }

    private static int outside(int mebibytes) throws InterruptedException {
        List<java.nio.ByteBuffer> blocks = new ArrayList<>();
        for (int i = 0; i < mebibytes / 16; i++) {
            java.nio.ByteBuffer block = java.nio.ByteBuffer.allocateDirect(16 << 20);
            for (int at = 0; at < block.capacity(); at += 4096) {
                block.put(at, (byte) 1);
            }
            blocks.add(block);
        }
        Thread.sleep(10_000);
        return blocks.size();
    }

    private static void await(Path gate) throws InterruptedException {
        while (!Files.exists(gate)) {
            Thread.sleep(20);
        }
    }

    /** Waits until squeue knows none of these, asked by their number. */
    private void forgotten(Collection<String> ids) throws Exception {
        Await.until("Slurm has forgotten " + ids, FORGETTING, () -> {
            Thread.sleep(500);
            List<String> known =
                    slurm.slurm("squeue", "-h", "-t", "all", "-o", "%F").lines().toList();
            return ids.stream().noneMatch(id -> known.contains(id.replaceFirst("_.*", "")));
        });
    }

    @Test
    @DisplayName(
            "what ended and was forgotten while the host could not be reached gets its verdict from sacct, each the right one")
    void forgotten() throws Exception {
        Path gate = slurm.marks.resolve("gate");
        Marks marks = slurm.marks("sleepers");
        JobFuture<Integer> good = slurm.on("once").withName("good").submit(() -> {
            await(gate);
            return 7;
        });
        JobFuture<Integer> exits = slurm.on("once").withName("exits").submit(() -> {
            await(gate);
            System.exit(3);
            return 1;
        });
        JobFuture<Integer> held = slurm.on("once")
                .withName("held")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> 1);
        JobFuture<Integer> taken = slurm.on("once").withName("taken").submit(() -> sleeper(marks));
        JobFuture<Integer> late = slurm.on("once")
                .withName("late")
                .withResources(r -> r.time(Duration.ofMinutes(5)))
                .submit(() -> sleeper(marks));
        JobFuture<Integer> memory = slurm.on("once")
                .withName("memory")
                .withResources(r -> r.memory("200MiB"))
                .submit(() -> {
                    await(gate);
                    return outside(512);
                });
        String lost = "n" + slurm.bed.number("slurm.nodes");
        JobFuture<Integer> node = slurm.on("once")
                .withName("node")
                .withResources(r -> r.option("nodelist", lost))
                .submit(() -> sleeper(marks));
        MapFuture<Integer> map = slurm.on("once")
                .withName("map")
                .withChunkSize(1)
                .onError(ErrorPolicy.COLLECT)
                .withResources(r -> r.option("hold", ""))
                .map(0, 4, i -> i);
        List<JobFuture<Integer>> singles = List.of(good, exits, taken, late, memory, node, held);
        List<String> ids = new ArrayList<>();
        for (JobFuture<Integer> job : singles) {
            slurm.await(job, job.equals(held) ? "PENDING" : "RUNNING");
            ids.add(slurm.id(job));
        }
        slurm.await(map, "PENDING");
        String array = slurm.id(map).replaceFirst("_.*", "");
        Await.until("the tasks have begun", () -> marks.lines().size() == 3);
        slurm.bed.sshd("stop");
        Files.createFile(gate);
        slurm.slurm("scancel", slurm.id(held), slurm.id(taken), array + "_[1-2]");
        slurm.slurm("scontrol", "update", "JobId=" + slurm.id(late), "EndTime=now+1");
        slurm.slurm("scontrol", "release", array);
        slurm.bed.fault("node", lost, "down");
        slurm.bed.fault("node", lost, "resume");
        List<String> all = new ArrayList<>(ids);
        all.addAll(List.of(array + "_0", array + "_3"));
        forgotten(all);
        slurm.bed.sshd("start");

        assertThat(value(good)).isEqualTo(7);
        assertThat(failure(exits))
                .isInstanceOfSatisfying(
                        WorkerDiedException.class, e -> assertThat(e.exitCode()).hasValue(3));
        assertThat(failure(held))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("cancelled by somebody else")
                .as("squeue does not say by whom")
                .hasMessageContaining("slurm says CANCELLED by 0");
        assertThat(held.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(failure(node)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
            assertThat(e.death()).isEqualTo(Death.NODE_LOST);
            assertThat(e).hasMessageContaining("slurm says NODE_FAIL");
        });
        assertThat(failure(taken))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("slurm says CANCELLED by 0");
        assertThat(failure(late)).isInstanceOf(TaskTimeoutException.class).hasMessageContaining("slurm says TIMEOUT");
        assertThat(failure(memory))
                .isInstanceOfSatisfying(
                        WorkerDiedException.class, e -> assertThat(e.death()).isEqualTo(Death.OUT_OF_MEMORY));
        // Elements that are cancelled while the array waits leave no trace in the accounting either.
        List<TaskOutcome<Integer>> outcomes = map.outcomes().get(60, TimeUnit.SECONDS);
        assertThat(outcomes.get(0).value()).isZero();
        assertThat(outcomes.get(3).value()).isEqualTo(3);
        for (int i = 1; i < 3; i++) {
            assertThat(outcomes.get(i).failure().orElseThrow()).hasMessageContaining("task " + i);
        }

        Map<NativeId, JobStatus> history = history(all);
        List<JobState> states = all.stream()
                .map(id -> history.get(new NativeId(id, Optional.empty())).state())
                .toList();
        assertThat(states)
                .containsExactly(
                        JobState.SUCCEEDED,
                        JobState.FAILED,
                        JobState.CANCELLED,
                        JobState.TIMED_OUT,
                        slurm.bed.value("slurm.memory-limit").equals("polling")
                                ? JobState.FAILED
                                : JobState.OUT_OF_MEMORY,
                        JobState.NODE_FAILED,
                        JobState.CANCELLED,
                        JobState.SUCCEEDED,
                        JobState.SUCCEEDED);
        JobStatus exited = history.get(new NativeId(ids.get(1), Optional.empty()));
        assertThat(exited.exit()).isEqualTo(OptionalInt.of(3));
        assertThat(exited.host()).isPresent();
        assertThat(exited.ended().orElseThrow())
                .isBetween(Instant.now().minusSeconds(180), Instant.now().plusSeconds(2));
        assertThat(history(List.of(array + "_1", "999999"))).isEmpty();
    }

    // ---------------------------------------------------------------- without slurmdbd

    @Test
    @DisplayName(
            "slurmdbd may be away while jobs run: none fails for that, none hangs, and sacct's silence is no answer (R11)")
    void databaseAway() throws Exception {
        Path gate = slurm.marks.resolve("gate");
        Marks marks = slurm.marks("sleepers");
        MapFuture<Integer> before = slurm.on("once")
                .withName("before")
                .withChunkSize(1)
                .map(0, 3, i -> {
                    marks.add("before");
                    await(gate);
                    return i;
                });
        JobFuture<Integer> vanishes = slurm.on("once")
                .withName("vanishes")
                .withResources(r -> r.option("hold", ""))
                .submit(() -> 1);
        slurm.await(vanishes, "PENDING");
        Await.until("the map runs", () -> marks.lines().size() == 3);
        String vanished = slurm.id(vanishes);
        slurm.bed.fault("slurmdbd", "stop");

        assertThatThrownBy(() -> history(List.of(vanished)))
                .isInstanceOfSatisfying(
                        SchedulerException.class, e -> assertThat(e).hasMessageContaining("sacct failed"));
        SchedulerDialect dialect = dialect();
        CommandResult refused = run(dialect.history(List.of(new NativeId(vanished, Optional.empty())))
                .orElseThrow());
        assertThat(dialect.isTransient(refused)).as(refused.summary()).isTrue();

        JobFuture<Integer> during = slurm.on("once").withName("during").submit(() -> 5);
        Marks mark = slurm.marks("taken");
        JobFuture<Integer> taken = slurm.on("once").withName("taken").submit(() -> sleeper(mark));
        slurm.await(taken, "RUNNING");
        slurm.slurm("scancel", slurm.id(taken));
        assertThat(value(during)).isEqualTo(5);
        assertThat(failure(taken)).isInstanceOf(CancellationException.class);

        // With nobody left who knows it, what is known decides: it had waited and nothing of it began. It does not
        // hang.
        slurm.bed.sshd("stop");
        slurm.slurm("scancel", vanished);
        forgotten(List.of(vanished));
        slurm.bed.sshd("start");
        assertThat(failure(vanishes))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("cancelled it while it waited")
                .hasMessageContaining("does not know it any more");
        Files.createFile(gate);
        assertThat(value(before)).containsExactly(0, 1, 2);

        slurm.bed.fault("slurmdbd", "start");
        NativeId id = new NativeId(vanished, Optional.empty());
        Await.until("it is recorded later", () -> {
            JobStatus status = history(List.of(vanished)).get(id);
            return status != null && status.state() == JobState.CANCELLED;
        });
    }

    // ---------------------------------------------------------------- accounts

    @Test
    @DisplayName("an account that Slurm refuses is one clear error that names the setting; a right one is used (W-D4)")
    void account() throws Exception {
        JobFuture<Integer> wrong = slurm.clustrix()
                .withName("wrong-account")
                .withResources(r -> r.account("nobodys"))
                .submit(() -> 1);
        JobFuture<Integer> right = slurm.clustrix()
                .withName("right-account")
                .withResources(r -> r.account("testbed"))
                .submit(() -> 1);

        assertThat(failure(wrong, Duration.ofSeconds(30)))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("Slurm did not accept the job")
                .hasMessageContaining("Invalid account")
                .hasMessageContaining("Change 'account'");
        assertThat(slurm.ids(wrong)).as("it is not tried again").isEmpty();
        assertThat(value(right)).isEqualTo(1);
    }
}
