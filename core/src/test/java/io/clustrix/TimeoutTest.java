package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.spi.JobState;
import io.clustrix.spi.TaskTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@org.junit.jupiter.api.Timeout(20)
class TimeoutTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 1);
    private final Clustrix clustrix =
            cluster.clustrix().set("clusters.test.timeout", "200ms").open();
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void close() {
        never.countDown();
        clustrix.close();
    }

    private int block() throws InterruptedException {
        if (!never.await(15, SECONDS)) {
            throw new IllegalStateException("waited in vain");
        }
        return 1;
    }

    @Test
    @DisplayName(
            "B10, B12: at the deadline the caller gets an error that names the limit, though what runs can't be stopped")
    void atTheDeadline() {
        cluster.stubborn = true;
        long start = System.nanoTime();
        JobFuture<Integer> future =
                clustrix.withTimeout(Duration.ofMillis(300)).withName("slow").submit(this::block);
        Throwable thrown = catchThrowable(future::get);
        long took = (System.nanoTime() - start) / 1_000_000;
        assertThat(thrown).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(TaskTimeoutException.class);
        assertThat(thrown.getCause()).hasMessageContaining("job slow").hasMessageContaining("0.3s");
        assertThat(took).isBetween(299L, 2000L);
        assertThat(future.status().state()).isEqualTo(JobState.TIMED_OUT);
        assertThat(clustrix.status(future.key()).state()).isEqualTo(JobState.TIMED_OUT);
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(10, SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    @DisplayName("B12: the job is ended at its deadline also if the threads for callbacks are all busy just then")
    void busyCallbacks() throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(1);
        ThreadCluster two = new ThreadCluster("two", 2);
        try (Clustrix many = two.clustrix().open()) {
            JobFuture<Integer> slow = many.withTimeout(Duration.ofMillis(500)).submit(this::block);
            JobFuture<Boolean> first = many.submit(() -> awaits(all));
            for (int i = 0; i < 400; i++) { // there is one thread more each five milliseconds
                var unused = many.submit(() -> 1).thenApply(one -> awaits(free));
            }
            all.countDown();
            assertThat(first.get(5, SECONDS)).isTrue();
            assertThatThrownBy(() -> slow.get(5, SECONDS)).hasCauseInstanceOf(TaskTimeoutException.class);
            free.countDown();
            long end = System.nanoTime() + SECONDS.toNanos(5);
            while (two.cancelled.isEmpty() && System.nanoTime() < end) {
                Thread.sleep(5);
            }
            assertThat(two.cancelled).singleElement().isInstanceOf(TaskTimeoutException.class);
            assertThat(slow.status().state()).isEqualTo(JobState.TIMED_OUT);
        } finally {
            free.countDown();
        }
    }

    @Test
    @DisplayName("the configuration's limit holds where the call has none; what has not started never starts")
    void configured() throws Exception {
        MapFuture<Integer> running =
                clustrix.withTimeout(Duration.ofSeconds(10)).map(0, 1, i -> block());
        JobFuture<Integer> queued = clustrix.submit(() -> 1);
        assertThatThrownBy(() -> queued.get(5, SECONDS))
                .hasCauseInstanceOf(TaskTimeoutException.class)
                .hasMessageContaining("0.2s");
        never.countDown();
        running.get(5, SECONDS);
        assertThat(clustrix.withTimeout(Duration.ofSeconds(10)).submit(() -> 2).get(5, SECONDS))
                .isEqualTo(2);
        assertThat(cluster.tasksStarted).hasValue(2);
        assertThat(cluster.cancelled).singleElement().isInstanceOf(TaskTimeoutException.class);
    }

    @Test
    @DisplayName(
            "B11: a map has no partial result after its deadline, for one chunk as for many; its outcomes are complete")
    void map() throws Exception {
        MapFuture<Integer> future = clustrix.map(0, 5, i -> i < 2 ? i : block());
        assertThatThrownBy(() -> future.get(5, SECONDS)).hasCauseInstanceOf(TaskTimeoutException.class);
        List<TaskOutcome<Integer>> outcomes = future.outcomes().get(5, SECONDS);
        assertThat(outcomes).hasSize(5);
        assertThat(outcomes.get(1).value()).isEqualTo(1);
        assertThat(outcomes.subList(2, 5))
                .allSatisfy(o -> assertThat(o.failure().orElseThrow()).isInstanceOf(TaskTimeoutException.class));
        assertThat(future.asCompleted().count()).isEqualTo(5);
        assertThat(future.progress()).isEqualTo(new Progress(5, 2, 3, 0));
        assertThat(catchThrowable(future::join).getCause().getSuppressed()).isEmpty();
    }

    @Test
    @DisplayName("a continuation that blocks delays nobody else's deadline")
    void blockedContinuation() {
        JobFuture<Integer> first = clustrix.submit(this::block);
        var unused = first.whenComplete((v, e) -> {
            try {
                block();
            } catch (InterruptedException x) {
                throw new IllegalStateException(x);
            }
        });
        JobFuture<Integer> second = clustrix.submit(this::block);
        assertThatThrownBy(() -> second.get(5, SECONDS)).hasCauseInstanceOf(TaskTimeoutException.class);
        assertThatThrownBy(() -> first.get(5, SECONDS)).hasCauseInstanceOf(TaskTimeoutException.class);
    }

    @Test
    void aJobInTimeLeavesNoTimer() {
        for (int i = 0; i < 1000; i++) {
            clustrix.submit(() -> 1).join();
        }
        assertThat(cluster.cancelled).isEmpty();
    }
}
