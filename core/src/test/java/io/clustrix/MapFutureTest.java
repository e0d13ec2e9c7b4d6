package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class MapFutureTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 2);
    private final Clustrix clustrix = cluster.clustrix().open();

    @AfterEach
    void close() {
        clustrix.close();
    }

    private static void take(Semaphore semaphore) throws InterruptedException {
        if (!semaphore.tryAcquire(15, SECONDS)) {
            throw new IllegalStateException("waited in vain");
        }
    }

    @Test
    @DisplayName(
            "FAIL_FAST: the first failure is the future's exception, the same object with a note of the task; the rest is cancelled")
    void failFast() throws Exception {
        IOException thrown = new IOException("item 3");
        MapFuture<Integer> future = clustrix.withName("reads").map(0, 1000, i -> {
            if (i == 3) {
                throw thrown;
            }
            Thread.sleep(1);
            return i;
        });
        assertThat(catchThrowable(future::join).getCause()).isSameAs(thrown);
        assertThat(thrown.getSuppressed()).singleElement().isInstanceOfSatisfying(TaskNote.class, note -> {
            assertThat(note.task()).isEqualTo(3);
            assertThat(note)
                    .hasMessage("thrown by task 3 of 0..999 of job reads")
                    .hasNoSuppressedExceptions();
            assertThat(note.getStackTrace()).isEmpty();
        });
        List<TaskOutcome<Integer>> outcomes = future.outcomes().get(5, SECONDS);
        assertThat(outcomes.get(3).failure()).containsSame(thrown);
        assertThat(future.progress().failed()).isEqualTo(1);
        assertThat(future.progress().cancelled()).isGreaterThan(900);
        assertThat(future.progress().isComplete()).isTrue();
        assertThat(cluster.tasksStarted.get()).isLessThan(100);
    }

    @Test
    @DisplayName("COLLECT: every task runs; the exception lists the first five failures and has all outcomes")
    void collect() throws Exception {
        MapFuture<Integer> future = clustrix.onError(ErrorPolicy.COLLECT)
                .withName("all")
                .map(0, 20, i -> {
                    if (i % 2 == 1) {
                        throw new IOException("odd " + i);
                    }
                    return i;
                });
        MapException thrown = (MapException) catchThrowable(future::join).getCause();
        assertThat(thrown)
                .hasMessageContaining("10 of 20 tasks of all failed:")
                .hasMessageContaining("\n  task 1: java.io.IOException: odd 1\n")
                .hasMessageContaining("task 9: java.io.IOException: odd 9")
                .hasMessageContaining("and 5 more")
                .hasCauseInstanceOf(IOException.class);
        assertThat(thrown.getSuppressed()).hasSize(4);
        assertThat(thrown.failed()).isEqualTo(10);
        assertThat(thrown.outcomes()).hasSize(20);
        assertThat(thrown.outcomes().get(4).value()).isEqualTo(4);
        assertThatThrownBy(() -> thrown.outcomes().get(5).value())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("task 5")
                .hasRootCauseMessage("odd 5");
        assertThat(future.outcomes().get(5, SECONDS).stream().filter(TaskOutcome::succeeded))
                .hasSize(10);
        assertThat(cluster.tasksStarted).hasValue(20);
        assertThat(future.progress()).isEqualTo(new Progress(20, 10, 10, 0));
        assertThat(future.progress()).hasToString("20 of 20 tasks ended, 10 failed");
    }

    @Test
    @DisplayName("asCompleted gives outcomes in the order of their completion, while others still run")
    void asCompleted() {
        Semaphore[] gates =
                IntStream.range(0, 2).mapToObj(i -> new Semaphore(0)).toArray(Semaphore[]::new);
        MapFuture<Integer> future = clustrix.map(0, 2, i -> {
            take(gates[i]);
            return i * 10;
        });
        Iterator<TaskOutcome<Integer>> outcomes = future.asCompleted().iterator();
        gates[1].release();
        assertThat(outcomes.next()).isEqualTo(new TaskOutcome.Success<>(1, 10));
        assertThat(future).isNotDone();
        assertThat(future.progress()).isEqualTo(new Progress(2, 1, 0, 0));
        gates[0].release();
        assertThat(outcomes.next()).isEqualTo(new TaskOutcome.Success<>(0, 0));
        assertThat(outcomes.hasNext()).isFalse();
        assertThat(future.asCompleted().map(TaskOutcome::task)).containsExactly(1, 0);
    }

    @Test
    void asCompletedOfManyByTwoReaders() {
        int n = 20_000;
        MapFuture<Integer> future = clustrix.map(0, n, i -> i);
        CompletableFuture<Long> other = CompletableFuture.supplyAsync(
                () -> future.asCompleted().mapToLong(o -> o.value()).sum());
        long sum = future.asCompleted().mapToLong(TaskOutcome::value).sum();
        assertThat(sum).isEqualTo((long) n * (n - 1) / 2);
        assertThat(other.join()).isEqualTo(sum);
        assertThat(future.join()).hasSize(n).startsWith(0, 1, 2);
        assertThat(future.asCompleted().limit(3)).hasSize(3);
    }

    @Test
    void interruptedReaderStops() throws Exception {
        Semaphore never = new Semaphore(0);
        MapFuture<Integer> future = clustrix.map(0, 1, i -> {
            take(never);
            return i;
        });
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread reader = new Thread(
                () -> thrown.set(catchThrowable(() -> future.asCompleted().count())));
        reader.start();
        reader.interrupt();
        reader.join(5000);
        assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("interrupted");
        never.release();
        future.get(5, SECONDS);
    }

    @Test
    @DisplayName("outcomes completes on a callback thread when the last task has ended, and is nobody's to cancel")
    void outcomes() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        MapFuture<Integer> future = clustrix.map(0, 3, i -> {
            if (!end.await(15, SECONDS)) {
                throw new IllegalStateException();
            }
            return i;
        });
        assertThat(future.outcomes().cancel(true)).isTrue();
        CompletableFuture<String> thread =
                future.outcomes().thenApply(o -> Thread.currentThread().getName());
        end.countDown();
        assertThat(thread.get(5, SECONDS)).startsWith("clustrix-callback-");
        assertThat(future.outcomes().join()).extracting(TaskOutcome::task).containsExactly(0, 1, 2);
    }

    @Test
    @DisplayName("cancel cancels every task that has not ended, and all is known at once")
    void cancel() throws Exception {
        Semaphore never = new Semaphore(0);
        MapFuture<Integer> future = clustrix.map(0, 100, i -> {
            if (i == 0) {
                return i;
            }
            take(never);
            return i;
        });
        try (Stream<TaskOutcome<Integer>> first = future.asCompleted()) {
            assertThat(first.findFirst()).isPresent();
        }
        future.cancel(true);
        assertThat(future.progress()).isEqualTo(new Progress(100, 1, 0, 99));
        assertThat(future.outcomes().get(1, SECONDS).get(99).failure().orElseThrow())
                .isInstanceOf(CancellationException.class);
        assertThat(future.asCompleted().toList()).hasSize(100);
        assertThat(future.status().state()).isEqualTo(JobState.CANCELLED);
        never.release(100);
    }

    @Test
    @DisplayName("close during a map fails what is unfinished with a CancellationException, within seconds")
    void closeDuringAMap() throws Exception {
        Semaphore never = new Semaphore(0);
        List<MapFuture<Integer>> futures = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            futures.add(clustrix.map(0, 100, i -> {
                take(never);
                return i;
            }));
        }
        long start = System.nanoTime();
        clustrix.close();
        for (MapFuture<Integer> f : futures) {
            assertThatThrownBy(() -> f.get(5, SECONDS)).isInstanceOf(CancellationException.class);
            assertThat(f.outcomes().get(5, SECONDS)).hasSize(100);
        }
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(5);
    }

    @Test
    void manyItems() {
        ThreadCluster many = new ThreadCluster("many", 1);
        try (Clustrix c = many.clustrix().open()) {
            MapFuture<Integer> future = c.withChunkSize(1000).map(0, 100_000, i -> i);
            List<Integer> values = future.join();
            assertThat(values).hasSize(100_000);
            assertThat(values.get(99_999)).isEqualTo(99_999);
            assertThatThrownBy(() -> values.set(0, 1)).isInstanceOf(UnsupportedOperationException.class);
        }
    }
}
