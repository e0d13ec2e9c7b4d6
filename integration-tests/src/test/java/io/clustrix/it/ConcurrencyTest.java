package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.TaskOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many callers at once, and the end of everything. */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class ConcurrencyTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes", "auto"})
    @DisplayName("50 threads submit 10,000 calls: every result is right and reaches its own future")
    void manyCallers(String mode, Clustrix clustrix) throws Exception {
        Submitter on = clustrix.on(mode);
        ExecutorService callers = Executors.newFixedThreadPool(50);
        List<Future<Integer>> sums = new ArrayList<>();
        for (int c = 0; c < 50; c++) {
            int caller = c;
            sums.add(callers.submit((Callable<Integer>) () -> {
                List<JobFuture<Integer>> futures = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    int n = caller * 1000 + i;
                    futures.add(on.submit(() -> n * 2));
                }
                int right = 0;
                for (int i = 0; i < 200; i++) {
                    right += futures.get(i).join() == (caller * 1000 + i) * 2 ? 1 : 0;
                }
                return right;
            }));
        }

        for (Future<Integer> sum : sums) {
            assertThat(sum.get(50, TimeUnit.SECONDS)).isEqualTo(200);
        }
        callers.shutdown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("continuations that submit and wait don't block each other, however many")
    void continuations(String mode, Clustrix clustrix) throws Exception {
        Submitter on = clustrix.on(mode);
        List<CompletableFuture<Integer>> chained = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            int n = i;
            chained.add(on.submit(() -> n)
                    .thenApply(x -> on.submit(() -> x + 1)
                            .thenApply(y -> on.submit(() -> y + 1).join())
                            .join()));
        }

        for (int i = 0; i < 30; i++) {
            assertThat(chained.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(i + 2);
        }
    }

    @Test
    @DisplayName("submitting never waits for a worker that is busy and does not read, and such a worker may print")
    void submitNeverBlocks() throws Exception {
        try (Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.workers", 1)
                .open()) {
            clustrix.map(0, 3000, i -> i).join();
            for (int i = 0; i < 2000; i++) {
                var unused = clustrix.submit(() -> 1).join();
            }
            Marks marks = new Marks(directory.resolve("marks"));
            String ballast = "x".repeat(2100);
            JobFuture<Integer> busy = clustrix.submit(() -> {
                for (int i = 0; i < 400; i++) {
                    System.out.println("y".repeat(10_000));
                    Thread.sleep(5);
                }
                marks.add("done");
                return 0;
            });
            List<JobFuture<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                futures.add(clustrix.submit(() -> ballast.length()));
            }
            assertThat(marks.lines()).as("submitted while the first task ran").isEmpty();

            assertThat(busy.join()).isZero();
            for (JobFuture<Integer> future : futures) {
                assertThat(future.join()).isEqualTo(2100);
            }
        }
    }

    // ---------------------------------------------------------------- close

    private static List<String> threadsOf(String cluster) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(n -> n.startsWith("clustrix-" + cluster + "-"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes", "auto"})
    @DisplayName(
            "close() during a map: what is unfinished is cancelled within seconds, no thread and no process is left")
    void close(String mode) throws Exception {
        Clustrix clustrix = Clustrix.builder()
                .set("cache-directory", directory)
                .set("clusters.closing.executor", "local")
                .set("clusters.closing.mode", mode)
                .set("clusters.closing.workers", 2)
                .set("clusters.closing.class-data-sharing", false)
                .set("clusters.closing.jvm-options", List.of("-Dclustrix.it=closing"))
                .defaultCluster("closing")
                .open();
        MapFuture<Integer> map = clustrix.map(0, 100_000, i -> {
            Thread.sleep(2);
            return i;
        });
        List<JobFuture<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int n = i;
            calls.add(clustrix.submit(() -> n));
        }
        Await.until("some have ended", () -> map.progress().succeeded() > 10);
        long start = System.nanoTime();

        clustrix.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(9));
        assertThatThrownBy(map::join).isInstanceOf(CancellationException.class);
        List<TaskOutcome<Integer>> outcomes = map.outcomes().get(5, TimeUnit.SECONDS);
        assertThat(outcomes).allSatisfy(o -> {
            if (!o.succeeded()) {
                assertThat(o.failure().orElseThrow()).isInstanceOf(CancellationException.class);
            }
        });
        assertThat(calls).allSatisfy(f -> assertThat(f).isDone());
        Await.until(
                "no process is left",
                () -> Pids.workersWith("-Dclustrix.it=closing").isEmpty());
        Await.until("no thread is left", () -> threadsOf("closing").isEmpty());

        clustrix.close();
        assertThatThrownBy(() -> clustrix.submit(() -> 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> clustrix.map(0, 3, i -> i))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    @DisplayName("close() while others submit: every future that was handed out ends")
    void closeAmongSubmitters() throws Exception {
        for (String mode : List.of("threads", "processes")) {
            Clustrix clustrix = SharedClusters.builder(directory, mode).open();
            ExecutorService callers = Executors.newFixedThreadPool(4);
            List<Future<List<JobFuture<Integer>>>> handedOut = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                handedOut.add(callers.submit(() -> {
                    List<JobFuture<Integer>> futures = new ArrayList<>();
                    while (true) {
                        try {
                            futures.add(clustrix.submit(() -> 1));
                        } catch (IllegalStateException e) {
                            return futures;
                        }
                    }
                }));
            }
            Thread.sleep(500);

            clustrix.close();

            for (Future<List<JobFuture<Integer>>> futures : handedOut) {
                for (JobFuture<Integer> future : futures.get(20, TimeUnit.SECONDS)) {
                    Throwable failure = future.handle((v, e) -> e).get(20, TimeUnit.SECONDS);
                    if (failure != null) {
                        assertThat(failure).isInstanceOf(CancellationException.class);
                    }
                }
            }
            callers.shutdown();
        }
    }

    @Test
    @DisplayName("close() ends workers that are just coming up")
    void closeWhileStarting() throws Exception {
        Clustrix clustrix = SharedClusters.builder(directory, "processes")
                .set("clusters.local.jvm-options", List.of("-Dclustrix.it=starting"))
                .open();
        JobFuture<Integer> future = clustrix.submit(() -> 1);

        clustrix.close();

        assertThat(future.handle((v, e) -> e == null || e instanceof CancellationException)
                        .get(5, TimeUnit.SECONDS))
                .isTrue();
        Await.until(
                "no process is left",
                () -> Pids.workersWith("-Dclustrix.it=starting").isEmpty());
    }
}
