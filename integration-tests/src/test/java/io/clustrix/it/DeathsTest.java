package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker process dies while it runs a task: only that task fails, and its exception tells the story (W-C3). */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class DeathsTest {

    @TempDir
    private Path directory;

    /** A way to die. */
    @SuppressWarnings("ImmutableEnumChecker") // lists and lambdas that nobody changes
    enum Way {
        EXIT(Death.EXIT, 3, List.of("exit code 3", "System.exit was called at", "DeathsTest"), () -> System.exit(3)),
        HALT(
                Death.EXIT,
                4,
                List.of("exit code 4", "Runtime.halt"),
                () -> Runtime.getRuntime().halt(4)),
        OUT_OF_MEMORY(Death.OUT_OF_MEMORY, 86, List.of("no memory left", "Java heap space"), Way::fillTheHeap),
        KILL(Death.SIGNAL, 137, List.of("SIGKILL", "worker-retries"), () -> signal("KILL")),
        TERMINATE(Death.SIGNAL, 143, List.of("SIGTERM"), () -> signal("TERM")),
        SEGMENTATION_FAULT(Death.CRASH, 1, List.of("crashed", "SIGSEGV", "error file"), Way::writeToNowhere);

        private final Death death;
        private final int exitCode;
        private final List<String> words;
        private final RemoteRunnable deed;

        Way(Death death, int exitCode, List<String> words, RemoteRunnable deed) {
            this.death = death;
            this.exitCode = exitCode;
            this.words = words;
            this.deed = deed;
        }

        @SuppressWarnings("ModifiedButNotUsed") // filling it is the purpose
        private static void fillTheHeap() {
            List<long[]> all = new ArrayList<>();
            while (true) {
                all.add(new long[128 * 1024]);
            }
        }

        private static void signal(String name) throws Exception {
            long self = ProcessHandle.current().pid();
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(self))
                    .start()
                    .waitFor();
            Thread.sleep(20_000);
            throw new IllegalStateException("still alive after kill, which said " + code);
        }

        private static void writeToNowhere() throws Exception {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field field = unsafe.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            unsafe.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0L, 0L);
        }
    }

    /** Small heaps, so that one can be filled in a moment. */
    private static Submitter processes(Clustrix clustrix) {
        return clustrix.on("processes").withResources(r -> r.memory("64MiB"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a single task's worker dies: the exception says how and quotes the last lines of output (W-C3)")
    void aCall(Way way, Clustrix clustrix) {
        JobFuture<Integer> future = processes(clustrix).submit(() -> {
            System.out.println("my last words");
            way.deed.run();
            return 1;
        });

        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                    assertThat(e.death()).isEqualTo(way.death);
                    assertThat(e.exitCode()).hasValue(way.exitCode);
                    assertThat(e).hasMessageContainingAll(way.words.toArray(CharSequence[]::new));
                    assertThat(e).hasMessageContaining("| my last words");
                });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "in the middle of a chunk only the dying task fails; all others give their results and run exactly once")
    void aTaskOfAChunk(Way way, Clustrix clustrix) {
        Marks marks = new Marks(directory.resolve("marks"));
        MapFuture<Integer> future = processes(clustrix)
                .withChunkSize(8)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 24, i -> {
                    marks.add(i);
                    if (i == 11) {
                        way.deed.run();
                    }
                    return i * i;
                });

        List<TaskOutcome<Integer>> outcomes = future.outcomes().join();

        for (TaskOutcome<Integer> outcome : outcomes) {
            if (outcome.task() == 11) {
                assertThat(outcome.failure()).containsInstanceOf(WorkerDiedException.class);
            } else {
                assertThat(outcome.value()).isEqualTo(outcome.task() * outcome.task());
            }
        }
        assertThat(marks.counts())
                .hasSize(24)
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(MapException.class)
                .hasMessageContaining("1 of 24 tasks")
                .hasMessageContaining("task 11");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of many small tasks on their way to the same worker only the dying one fails, and none is run twice")
    void aTaskOfAWindow(Way way, Clustrix clustrix) {
        Submitter submitter = processes(clustrix);
        Marks marks = new Marks(directory.resolve("marks"));
        List<JobFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int n = i;
            futures.add(submitter.submit(() -> {
                marks.add(n);
                if (n == 100) {
                    way.deed.run();
                }
                return n + 1;
            }));
        }

        for (int i = 0; i < 200; i++) {
            JobFuture<Integer> future = futures.get(i);
            if (i == 100) {
                assertThatThrownBy(future::join).cause().isInstanceOf(WorkerDiedException.class);
            } else {
                assertThat(future.join()).isEqualTo(i + 1);
            }
        }
        assertThat(marks.counts())
                .hasSize(200)
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
    }

    @Test
    @DisplayName("a stack overflow is an exception like any other, and the worker goes on")
    void stackOverflow(Clustrix clustrix) {
        Submitter one = clustrix.on("processes").withChunkSize(3).onError(ErrorPolicy.COLLECT);

        List<TaskOutcome<Long>> outcomes = one.map(
                        0, 3, i -> i == 1 ? deep(0) : ProcessHandle.current().pid())
                .outcomes()
                .join();

        assertThat(outcomes.get(1).failure()).containsInstanceOf(StackOverflowError.class);
        assertThat(outcomes.get(2).value()).isEqualTo(outcomes.get(0).value());
    }

    @SuppressWarnings("InfiniteRecursion") // that is what it is for
    private static long deep(long n) {
        return deep(n + 1) + 1;
    }

    @Test
    @DisplayName(
            "a task that does not even fit into the worker's heap fails with that reason, and does not come back for ever")
    void tooLargeToArrive(Clustrix clustrix) {
        byte[] captured = new byte[100_000_000];

        JobFuture<Integer> future = processes(clustrix).submit(() -> captured.length);

        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOfSatisfying(
                        WorkerDiedException.class, e -> assertThat(e.death()).isEqualTo(Death.OUT_OF_MEMORY));
    }

    @Test
    @DisplayName("a worker whose threads don't end dies all the same when its main thread can't go on")
    void threadsThatGoOn(Clustrix clustrix) {
        byte[] captured = new byte[100_000_000];
        Submitter on = processes(clustrix).withVariable("IT_VARIABLE", "threadsThatGoOn");
        on.submit(() -> new Thread(() -> {
                            while (true) {
                                Thread.onSpinWait();
                            }
                        })
                        .start())
                .join();

        JobFuture<Integer> future = on.submit(() -> captured.length);

        assertThatThrownBy(future::join).cause().isInstanceOf(WorkerDiedException.class);
    }

    @Test
    @DisplayName("the death of a task that printed nothing does not quote the output of the task before")
    void quotesItsOwnOutputOnly(Clustrix clustrix) {
        List<TaskOutcome<Integer>> outcomes = clustrix.on("processes")
                .withChunkSize(2)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 2, i -> {
                    if (i == 0) {
                        System.out.println("nothing to do with it");
                    } else {
                        Runtime.getRuntime().halt(9);
                    }
                    return i;
                })
                .outcomes()
                .join();

        assertThat(outcomes.get(1).failure().orElseThrow())
                .hasMessageContaining("exit code 9")
                .message()
                .doesNotContain("nothing to do with it");
    }

    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"EXIT", "KILL"})
    @DisplayName("the child processes of a worker that dies die with it, and their open pipe holds up nobody")
    void children(Way way, Clustrix clustrix) throws Exception {
        Marks marks = new Marks(directory.resolve("marks"));
        JobFuture<Integer> future = clustrix.on("processes").submit(() -> {
            marks.add(new ProcessBuilder("sleep", "300").inheritIO().start().pid());
            way.deed.run();
            return 1;
        });

        assertThatThrownBy(future::join).cause().isInstanceOf(WorkerDiedException.class);

        long child = Long.parseLong(marks.lines().get(0));
        Await.until("the child is gone", () -> !Pids.isAlive(child));
    }

    @Test
    @DisplayName("with FAIL_FAST the death of one task is the failure of the map")
    void failFast(Clustrix clustrix) {
        MapFuture<Integer> future = clustrix.on("processes").map(0, 50, i -> {
            if (i == 20) {
                Runtime.getRuntime().halt(1);
            }
            return i;
        });

        assertThatThrownBy(future::join)
                .cause()
                .isInstanceOf(WorkerDiedException.class)
                .hasMessageContaining("task 20");
    }

    @Test
    @DisplayName("every task of a map kills its worker: each fails by itself, and the next job finds a working pool")
    void everyTask(Clustrix clustrix) {
        List<TaskOutcome<Integer>> outcomes = clustrix.on("processes")
                .withChunkSize(4)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 8, i -> {
                    Runtime.getRuntime().halt(10 + i);
                    return i;
                })
                .outcomes()
                .join();

        assertThat(outcomes)
                .allSatisfy(o -> assertThat(o.failure().orElseThrow())
                        .isInstanceOf(WorkerDiedException.class)
                        .hasMessageContaining("exit code " + (10 + o.task())));
        assertThat(clustrix.on("processes").map(0, 10, i -> i).join())
                .isEqualTo(IntStream.range(0, 10).boxed().toList());
    }
}
