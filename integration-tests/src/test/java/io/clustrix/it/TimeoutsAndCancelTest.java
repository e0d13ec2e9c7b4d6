package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import io.clustrix.spi.TaskTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines and cancelling (B10 to B12, W-C10, W-E5). */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class TimeoutsAndCancelTest {

    @TempDir
    private Path directory;

    private Marks marks() {
        return new Marks(directory.resolve("marks"));
    }

    /** Grows its file until it is killed; interrupts don't move it. */
    private static Integer stubborn(Marks marks) {
        marks.add("pid " + ProcessHandle.current().pid());
        long end = System.nanoTime() + 40_000_000_000L;
        while (System.nanoTime() < end) {
            marks.add("tick");
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                marks.add("interrupted");
            }
        }
        return 1;
    }

    private static long pid(String word, Marks marks) {
        return marks.lines().stream()
                .filter(l -> l.startsWith(word + " "))
                .mapToLong(l -> Long.parseLong(l.substring(word.length() + 1)))
                .findFirst()
                .orElse(-1);
    }

    // ---------------------------------------------------------------- timeouts

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName(
            "0.5 s for tasks of 3 s: the exception comes at the deadline, names the limit, and the rest never starts (B10-B12)")
    void timeout(String mode, Clustrix clustrix) throws Exception {
        clustrix.on(mode).map(0, 2, i -> i).join(); // warm
        Marks marks = marks();
        long start = System.nanoTime();
        MapFuture<Integer> future = clustrix.on(mode)
                .withTimeout(Duration.ofMillis(500))
                .withChunkSize(2)
                .map(0, 20, i -> {
                    marks.add(i);
                    Thread.sleep(3000);
                    return i;
                });

        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(TaskTimeoutException.class)
                .hasMessageContaining("0.5s");

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(450), Duration.ofSeconds(2));
        assertThat(future.outcomes().join())
                .allSatisfy(o -> assertThat(o.failure()).isPresent());
        assertThat(future.status().state()).isEqualTo(JobState.TIMED_OUT);
        Thread.sleep(700);
        assertThat(marks.lines()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    @DisplayName("a thread that ignores interrupts can't be ended, but nobody waits for it (B12)")
    void timeoutOfAStubbornThread(Clustrix clustrix) {
        long start = System.nanoTime();
        JobFuture<Integer> future = clustrix.on("threads")
                .withTimeout(Duration.ofMillis(300))
                .submit(() -> {
                    long end = System.nanoTime() + 3_000_000_000L;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                    return 1;
                });

        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(TaskTimeoutException.class)
                .hasMessageContaining("0.3s");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    @DisplayName("the timeout of a job counts its time in the queue; it never starts then (B10)")
    void timeoutInTheQueue(Clustrix clustrix) throws Exception {
        Marks marks = marks();
        Submitter on = clustrix.on("processes");
        List<JobFuture<Integer>> long_ = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            long_.add(on.submit(() -> {
                Thread.sleep(1500);
                return 1;
            }));
        }
        JobFuture<Integer> late = on.withTimeout(Duration.ofMillis(300)).submit(() -> {
            marks.add("ran");
            return 1;
        });

        assertThatThrownBy(late::join).cause().isInstanceOf(TaskTimeoutException.class);
        for (JobFuture<Integer> f : long_) {
            assertThat(f.join()).isOne();
        }
        on.map(0, 4, i -> i).join();
        assertThat(marks.lines()).isEmpty();
    }

    // ---------------------------------------------------------------- walltime

    @Test
    @DisplayName(
            "walltime is the limit of each task: one that is over it fails, those of its chunk that are not run (W-E4)")
    void walltime(Clustrix clustrix) {
        Marks marks = marks();
        List<TaskOutcome<Integer>> outcomes = clustrix.on("processes")
                .withResources(r -> r.time("1s"))
                .withChunkSize(4)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 8, i -> {
                    marks.add(i);
                    Thread.sleep(i == 2 ? 30_000 : 450);
                    return i;
                })
                .outcomes()
                .join();

        for (TaskOutcome<Integer> outcome : outcomes) {
            if (outcome.task() == 2) {
                assertThat(outcome.failure().orElseThrow())
                        .isInstanceOf(TaskTimeoutException.class)
                        .hasMessageContaining("walltime of 00:00:01")
                        .hasMessageContaining("task 2 of");
            } else {
                assertThat(outcome.value()).isEqualTo(outcome.task());
            }
        }
        assertThat(marks.counts())
                .hasSize(8)
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
    }

    @Test
    @DisplayName("walltime counts from a task's own start, not from that of the task before it in the same worker")
    void walltimeBehindAnother(@TempDir Path cache) {
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes")
                .set("clusters.local.workers", 1)
                .open()) {
            clustrix.map(0, 2000, i -> i).join(); // so that many are sent ahead
            for (int i = 0; i < 500; i++) {
                var unused = clustrix.submit(() -> 1);
            }
            JobFuture<Integer> before = clustrix.submit(() -> {
                Thread.sleep(700);
                return 1;
            });
            Submitter limited = clustrix.withResources(r -> r.time("1s"));
            JobFuture<Integer> within = limited.submit(() -> {
                Thread.sleep(600);
                return 2;
            });
            JobFuture<Integer> over = limited.submit(() -> {
                Thread.sleep(30_000);
                return 3;
            });
            JobFuture<Integer> after = clustrix.submit(() -> 4);

            assertThat(before.join()).isEqualTo(1);
            assertThat(within.join()).isEqualTo(2);
            assertThatThrownBy(over::join).cause().isInstanceOf(TaskTimeoutException.class);
            assertThat(after.join()).isEqualTo(4);
        }
    }

    // ---------------------------------------------------------------- cancelling

    @Test
    @DisplayName("cancelling a running process task ends it: its file stops growing and its process is gone (W-C10)")
    void cancelRunning(Clustrix clustrix) throws Exception {
        Marks marks = marks();
        JobFuture<Integer> future = clustrix.on("processes").submit(() -> stubborn(marks));
        Await.until("the task runs", () -> marks.lines().contains("tick"));

        assertThat(future.cancel(true)).isTrue();

        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        assertThat(future.status().state()).isEqualTo(JobState.CANCELLED);
        long pid = pid("pid", marks);
        Await.until("the worker is gone", () -> !Pids.isAlive(pid));
        int lines = marks.lines().size();
        assertThat(marks.lines()).as("it was asked first").contains("interrupted");
        Thread.sleep(200);
        assertThat(marks.lines()).hasSize(lines);
        assertThat(clustrix.on("processes").map(0, 4, i -> i).join()).containsExactly(0, 1, 2, 3);
    }

    @Test
    @DisplayName("a task that obeys its interrupt keeps its worker, which goes on with other work")
    void cancelObedient(@TempDir Path cache) throws Exception {
        Marks marks = marks();
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes")
                .set("clusters.local.workers", 1)
                .open()) {
            long worker = clustrix.submit(() -> ProcessHandle.current().pid()).join();
            JobFuture<Integer> future = clustrix.submit(() -> {
                marks.add("started");
                try {
                    Thread.sleep(30_000);
                } catch (InterruptedException e) {
                    marks.add("interrupted");
                    Thread.currentThread().interrupt();
                    System.out.println("tidied up");
                }
                return 1;
            });
            Await.until("the task runs", () -> !marks.lines().isEmpty());

            future.cancel(true);

            Await.until("the task is interrupted", () -> marks.lines().contains("interrupted"));
            assertThat(clustrix.submit(() -> ProcessHandle.current().pid()).join())
                    .isEqualTo(worker);
        }
    }

    @Test
    @DisplayName(
            "cancelling ends a task that started threads and child processes and never ends, with its children (W-C10)")
    void cancelWithChildren(Clustrix clustrix) throws Exception {
        Marks marks = marks();
        JobFuture<Integer> future = clustrix.on("processes").submit(() -> {
            for (int i = 0; i < 3; i++) {
                Thread thread = new Thread(() -> stubborn(new Marks(marks.file().resolveSibling("thread"))));
                thread.start();
            }
            // A child, and a grandchild.
            Process child = new ProcessBuilder("sh", "-c", "sleep 300 & echo $!; wait")
                    .redirectErrorStream(true)
                    .start();
            marks.add("child " + child.pid());
            marks.add("grandchild " + child.inputReader().readLine());
            // One whose parent has ended, as daemons do it.
            Process launcher = new ProcessBuilder("sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!").start();
            marks.add("orphan " + launcher.inputReader().readLine());
            launcher.waitFor();
            while (true) {
                stubborn(marks);
            }
        });
        Await.until("the task runs", () -> marks.lines().contains("tick"));
        assertThat(Pids.isAlive(pid("grandchild", marks))).isTrue();

        future.cancel(true);

        for (String who : List.of("pid", "child", "grandchild", "orphan")) {
            long pid = pid(who, marks);
            Await.until(who + " " + pid + " is gone", () -> !Pids.isAlive(pid));
        }
        int lines = new Marks(directory.resolve("thread")).lines().size();
        Thread.sleep(100);
        assertThat(new Marks(directory.resolve("thread")).lines()).hasSize(lines);
    }

    @Test
    @DisplayName("cancelling, and close(), end a worker that is frozen and can't obey any order")
    void cancelFrozen(@TempDir Path cache) throws Exception {
        Marks marks = marks();
        long[] pids = new long[2];
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes").open()) {
            for (int i = 0; i < 2; i++) {
                int n = i;
                JobFuture<Integer> future = clustrix.submit(() -> {
                    long self = ProcessHandle.current().pid();
                    marks.add("pid" + n + " " + self);
                    return new ProcessBuilder("kill", "-STOP", Long.toString(self))
                            .start()
                            .waitFor();
                });
                Await.until("the task has begun", () -> pid("pid" + n, marks) > 0);
                pids[i] = pid("pid" + n, marks);
                Await.until("the worker is frozen", () -> Pids.state(pids[n]) == 'T');
                if (i == 0) {
                    future.cancel(true);
                    Await.until("the worker is gone", () -> !Pids.isAlive(pids[n]));
                }
            }
        }
        Await.until("the worker is gone", () -> !Pids.isAlive(pids[1]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("a job that is cancelled while it waits never starts, and those around it do")
    void cancelWaiting(String mode, Clustrix clustrix) {
        Marks marks = marks();
        Submitter on = clustrix.on(mode);
        List<JobFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int n = i;
            futures.add(on.submit(() -> {
                long end = System.nanoTime() + (n < 2 ? 500_000_000L : 0);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                marks.add(n);
                return n;
            }));
        }

        for (int i = 10; i < 15; i++) {
            assertThat(futures.get(i).cancel(false)).isTrue();
        }

        for (int i = 0; i < 20; i++) {
            JobFuture<Integer> future = futures.get(i);
            if (i >= 10 && i < 15) {
                assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
            } else {
                assertThat(future.join()).isEqualTo(i);
            }
        }
        assertThat(marks.counts())
                .hasSize(15)
                .doesNotContainKeys("10", "11", "12", "13", "14")
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName(
            "a map cancelled in its middle: what has a result keeps it, the rest is cancelled, nothing starts any more")
    void cancelMap(String mode, Clustrix clustrix) throws Exception {
        Marks marks = marks();
        MapFuture<Integer> future = clustrix.on(mode).map(0, 2000, i -> {
            marks.add(i);
            Thread.sleep(5);
            return i;
        });
        Await.until("some have ended", () -> future.progress().succeeded() > 10);

        future.cancel(true);

        assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
        List<TaskOutcome<Integer>> outcomes = future.outcomes().join();
        assertThat(outcomes.stream().filter(TaskOutcome::succeeded).count()).isGreaterThan(10);
        assertThat(outcomes).allSatisfy(o -> {
            if (o.succeeded()) {
                assertThat(o.value()).isEqualTo(o.task());
            } else {
                assertThat(o.failure().orElseThrow()).isInstanceOf(CancellationException.class);
            }
        });
        Await.until("nothing starts any more", () -> {
            int before = marks.lines().size();
            Thread.sleep(200);
            return marks.lines().size() == before;
        });
        assertThat(marks.lines()).hasSizeLessThan(2000);
        assertThat(clustrix.on(mode).map(0, 10, i -> i).join())
                .isEqualTo(IntStream.range(0, 10).boxed().toList());
    }

    @Test
    @DisplayName("cancelling many jobs at the moment of their start leaves no worker busy with what nobody wants")
    void cancelAtOnce(@TempDir Path cache) throws Exception {
        try (Clustrix clustrix = SharedClusters.builder(cache, "processes").open()) {
            clustrix.map(0, 2000, i -> i).join();
            for (int i = 0; i < 300; i++) {
                JobFuture<Integer> endless = clustrix.submit(() -> {
                    Thread.sleep(60_000);
                    return 1;
                });
                long pause = System.nanoTime() + i * 500L;
                while (System.nanoTime() < pause) {
                    Thread.onSpinWait();
                }
                endless.cancel(true);
            }

            assertThat(clustrix.map(0, 20, i -> i).get(20, java.util.concurrent.TimeUnit.SECONDS))
                    .hasSize(20);
        }
    }
}
