package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.RunListener;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers are killed from outside, again and again, while they run a large map (W-C3, R53). */
@Timeout(120)
class KilledWorkersTest {
    private static final int TASKS = 10_000;

    /** On a busy machine a worker does little within 100 ms, and the test must end. */
    private static final int MAX_KILLS = 15;

    @TempDir
    private Path directory;

    /** Counts what it is told of each task, and collects the workers. */
    private static final class Watcher implements RunListener {
        private final ConcurrentLinkedDeque<ProcessHandle> workers = new ConcurrentLinkedDeque<>();
        private final AtomicInteger[] told =
                IntStream.range(0, TASKS).mapToObj(i -> new AtomicInteger()).toArray(AtomicInteger[]::new);

        @Override
        public void runtime(JobKey key, RuntimeReport report) {
            ProcessHandle.of(report.pid()).ifPresent(workers::add);
        }

        @Override
        public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
            told[outcome.task()].incrementAndGet();
        }
    }

    private static void work() {
        long end = System.nanoTime() + 300_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** Kills a worker that has begun to work, every 100 ms, up to a number or the job's end; returns how many. */
    private static int killWhileRunning(MapFuture<?> future, Watcher watcher) throws InterruptedException {
        int kills = 0;
        Random random = new Random(1);
        while (kills < MAX_KILLS && !future.isDone()) {
            Thread.sleep(100);
            List<ProcessHandle> alive =
                    watcher.workers.stream().filter(ProcessHandle::isAlive).toList();
            if (!alive.isEmpty() && !future.isDone()) {
                alive.get(random.nextInt(alive.size())).destroyForcibly();
                kills++;
            }
        }
        return kills;
    }

    @Test
    @DisplayName("a worker is killed every 100 ms: with worker-retries each of 10,000 results is right, and told once")
    void withRetries() throws Exception {
        Watcher watcher = new Watcher();
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.worker-retries", 100)
                .open()) {
            MapFuture<Integer> future = clustrix.withListener(watcher).map(0, TASKS, i -> {
                work();
                return i * 3;
            });
            List<TaskOutcome<Integer>> asTheyCame = new ArrayList<>();
            Thread reader = new Thread(() -> future.asCompleted().forEach(asTheyCame::add));
            reader.start();

            int kills = killWhileRunning(future, watcher);

            assertThat(kills).as("kills").isPositive();
            assertThat(future.join())
                    .isEqualTo(IntStream.range(0, TASKS).map(i -> i * 3).boxed().toList());
            reader.join();
            assertThat(asTheyCame).hasSize(TASKS);
            assertThat(asTheyCame.stream().map(TaskOutcome::task).distinct()).hasSize(TASKS);
        }
        for (int i = 0; i < TASKS; i++) {
            assertThat(watcher.told[i])
                    .as("times that the end of task " + i + " was told")
                    .hasValueLessThan(2);
        }
    }

    @Test
    @DisplayName(
            "without retries at most one task fails for each kill, with the signal; all others are right; none runs twice")
    void withoutRetries() throws Exception {
        Watcher watcher = new Watcher();
        Marks marks = new Marks(directory.resolve("marks"));
        try (Clustrix clustrix =
                SharedClusters.builder(directory.resolve("cache"), "processes").open()) {
            MapFuture<Integer> future = clustrix.withListener(watcher)
                    .onError(ErrorPolicy.COLLECT)
                    .map(0, TASKS, i -> {
                        marks.add(i);
                        work();
                        return i * 3;
                    });

            int kills = killWhileRunning(future, watcher);

            List<TaskOutcome<Integer>> outcomes = future.outcomes().join();
            int failed = 0;
            for (TaskOutcome<Integer> outcome : outcomes) {
                if (outcome.succeeded()) {
                    assertThat(outcome.value()).isEqualTo(outcome.task() * 3);
                } else {
                    failed++;
                    assertThat(outcome.failure().orElseThrow()).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                        assertThat(e.death()).as(e.getMessage()).isEqualTo(Death.SIGNAL);
                        assertThat(e)
                                .hasMessageContaining("SIGKILL")
                                .hasMessageContaining("task " + outcome.task() + " of");
                    });
                }
            }
            assertThat(kills).as("kills").isPositive();
            assertThat(failed).isLessThanOrEqualTo(kills);
        }
        assertThat(marks.counts())
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
        assertThat(marks.lines()).hasSizeGreaterThan(TASKS - 200);
    }

    @Test
    @DisplayName("workers that are killed on their way up are started again, within worker-retries")
    void killedOnTheWayUp() throws Exception {
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.worker-retries", 100)
                .set("clusters.local.jvm-options", List.of("-Dclustrix.it=killedOnTheWayUp"))
                .open()) {
            MapFuture<Integer> future = clustrix.map(0, 10, i -> i);
            int kills = 0;
            while (kills < 6 && !future.isDone()) {
                for (ProcessHandle worker : Pids.workersWith("killedOnTheWayUp")) {
                    worker.destroyForcibly();
                    kills++;
                }
                Thread.sleep(5);
            }

            assertThat(kills).as("kills").isPositive();
            assertThat(future.join()).isEqualTo(IntStream.range(0, 10).boxed().toList());
        }
    }
}
