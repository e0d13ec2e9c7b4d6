package io.clustrix.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.WorkerDiedException;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClustrixMetricsTest {
    private final MockClock clock = new MockClock();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    private final ClustrixMetrics metrics = new ClustrixMetrics(registry, List.of(Tag.of("application", "test")));
    private final JobKey key = new JobKey(1, 2);

    private double tasks(String outcome, String cause) {
        var counter = registry.find("clustrix.tasks")
                .tags("cluster", "c", "outcome", outcome, "cause", cause)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    private double live(String state) {
        return registry.get("clustrix.jobs")
                .tags("cluster", "c", "state", state)
                .gauge()
                .value();
    }

    private void state(JobState state) {
        metrics.stateChanged(key, JobStatus.of(state, ""));
    }

    private void failed(int task, Throwable error) {
        metrics.taskCompleted(key, new TaskOutcome.Failure<>(task, error));
    }

    @Test
    @DisplayName("a job's life: gauges by state, wait, run and round trip, tasks by outcome and cause, bytes")
    void life() {
        metrics.submitted(key, "c", "job", 5);
        metrics.staged(key, 1000);
        metrics.staged(key, 24);
        assertThat(live("pending")).isEqualTo(1);

        clock.add(Duration.ofSeconds(10));
        state(JobState.PENDING);
        state(JobState.RUNNING);
        assertThat(live("pending")).isZero();
        assertThat(live("running")).isEqualTo(1);

        clock.add(Duration.ofSeconds(5));
        metrics.retried(key, 3, JobStatus.of(JobState.NODE_FAILED, "n1 is down"));
        state(JobState.UNKNOWN);
        assertThat(live("unknown")).isEqualTo(1);
        state(JobState.RUNNING);
        metrics.taskCompleted(key, new TaskOutcome.Success<>(0, "x"));
        failed(1, new IllegalStateException());
        failed(2, new CancellationException());
        failed(3, new WorkerDiedException(WorkerDiedException.Death.OUT_OF_MEMORY, 137, "died", List.of(), null));
        state(JobState.FAILED);

        assertThat(IntStream.range(0, 3)
                        .mapToObj(i ->
                                live(List.of("pending", "running", "unknown").get(i))))
                .containsOnly(0.0);
        assertThat(tasks("succeeded", "none")).isEqualTo(1);
        assertThat(tasks("failed", "task"))
                .as("and the one that nobody told of")
                .isEqualTo(2);
        assertThat(tasks("cancelled", "cancelled")).isEqualTo(1);
        assertThat(tasks("failed", "out_of_memory")).isEqualTo(1);
        assertThat(registry.get("clustrix.tasks.retried")
                        .tags("cause", "node_failed")
                        .counter()
                        .count())
                .isEqualTo(3);
        assertThat(registry.get("clustrix.job.wait").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(10);
        assertThat(registry.get("clustrix.job.run").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(5);
        assertThat(registry.get("clustrix.job").tags("state", "failed").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(15);
        assertThat(registry.get("clustrix.job.staged").summary().totalAmount()).isEqualTo(1024);
        assertThat(registry.getMeters())
                .allSatisfy(m -> assertThat(m.getId().getTag("application")).isEqualTo("test"));
    }

    @Test
    @DisplayName("the run time is the node's own if the cluster tells it, but never negative")
    void nodesClock() {
        metrics.submitted(key, "c", "job", 1);
        state(JobState.RUNNING);
        clock.add(Duration.ofSeconds(60));
        Instant start = Instant.ofEpochSecond(1000);
        metrics.stateChanged(key, ended(start, start.plusSeconds(7)));
        metrics.submitted(key, "c", "job", 1);
        state(JobState.RUNNING);
        clock.add(Duration.ofSeconds(3));
        metrics.stateChanged(key, ended(start, start.minusSeconds(7)));

        assertThat(registry.get("clustrix.job.run").timer().totalTime(TimeUnit.SECONDS))
                .isEqualTo(10);
        assertThat(tasks("succeeded", "none")).isEqualTo(2);
    }

    private static JobStatus ended(Instant from, Instant to) {
        return new JobStatus(
                JobState.SUCCEEDED, OptionalInt.empty(), "", Optional.empty(), Optional.of(from), Optional.of(to));
    }

    @Test
    @DisplayName("jobs that it was not told of from the beginning do no harm; what ended leaves nothing behind")
    void strangers() {
        state(JobState.RUNNING);
        failed(0, new IllegalStateException());
        metrics.staged(key, 1);
        metrics.dropped(key, 1);
        state(JobState.SUCCEEDED);
        assertThat(registry.getMeters()).isEmpty();

        metrics.submitted(key, "c", "job", 1);
        metrics.dropped(key, 4);
        state(JobState.CANCELLED);
        state(JobState.CANCELLED);
        assertThat(tasks("cancelled", "cancelled")).isEqualTo(1);
        assertThat(live("pending")).isZero();
        assertThat(registry.get("clustrix.events.dropped").counter().count()).isEqualTo(4);
    }

    @Test
    @DisplayName("with a Clustrix: calls and a map on this machine are counted once each, and no tag is a job's")
    void local(@TempDir Path cache) throws Exception {
        int jobs = 20;
        CountDownLatch ended = new CountDownLatch(jobs + 3);
        try (Clustrix clustrix = Clustrix.builder()
                .set("cache-directory", cache)
                .set("clusters.local.mode", "threads")
                .listener(metrics)
                .listener(new io.clustrix.RunListener() {
                    @Override
                    public void stateChanged(JobKey key, JobStatus status) {
                        if (status.state().ended()) {
                            ended.countDown();
                        }
                    }
                })
                .open()) {
            for (int i = 0; i < jobs; i++) {
                int n = i;
                clustrix.submit(() -> n).join();
            }
            var map = clustrix.onError(ErrorPolicy.COLLECT).map(0, 100, i -> {
                if (i % 10 == 0) {
                    throw new IllegalArgumentException("ten");
                }
                return i;
            });
            assertThat(map.handle((v, e) -> e).join()).isNotNull();
            clustrix.map(List.of(), i -> i).join();
            var sleeper = clustrix.submit(() -> {
                Thread.sleep(30_000);
                return 1;
            });
            sleeper.cancel(true);
            try {
                sleeper.join();
            } catch (CancellationException | CompletionException e) {
                assertThat(sleeper).isCancelled();
            }
            assertThat(ended.await(30, SECONDS)).isTrue();
        }

        assertThat(counted("succeeded")).isEqualTo(jobs + 90);
        assertThat(counted("failed")).isEqualTo(10);
        assertThat(counted("cancelled")).isEqualTo(1);
        assertThat(registry.get("clustrix.jobs").gauges())
                .allSatisfy(g -> assertThat(g.value()).isZero());
        assertThat(registry.get("clustrix.job").timers().stream()
                        .mapToLong(io.micrometer.core.instrument.Timer::count)
                        .sum())
                .isEqualTo(jobs + 3);
        assertThat(registry.getMeters().stream().map(Meter::getId))
                .allSatisfy(id -> assertThat(id.getTags().stream().map(Tag::getKey))
                        .isSubsetOf("application", "cluster", "state", "outcome", "cause"));
        assertThat(registry.getMeters()).hasSizeLessThan(20);
    }

    private double counted(String outcome) {
        return registry.get("clustrix.tasks").tags("cluster", "local", "outcome", outcome).counters().stream()
                .mapToDouble(io.micrometer.core.instrument.Counter::count)
                .sum();
    }
}
