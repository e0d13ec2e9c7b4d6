package io.clustrix.micrometer;

import io.clustrix.RunListener;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times the jobs and tasks of a {@link io.clustrix.Clustrix} in a registry of Micrometer. Give it to
 * {@link io.clustrix.Clustrix.Builder#listener}:
 *
 * <pre>{@code Clustrix.builder().listener(new ClustrixMetrics(registry)).open()}</pre>
 *
 * <p>The tags are the cluster's name and words of a fixed choice; no job, task or machine is one. One object can serve
 * several {@code Clustrix} that have no cluster's name in common, or are to be counted as one.
 *
 * <p><b>Threads:</b> thread-safe.
 */
public final class ClustrixMetrics implements RunListener {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<String, ClusterMeters> clusters = new ConcurrentHashMap<>();
    private final Map<JobKey, LiveJob> jobs = new ConcurrentHashMap<>();

    /** Metrics in this registry. */
    public ClustrixMetrics(MeterRegistry registry) {
        this(registry, List.of());
    }

    /**
     * Metrics in this registry.
     *
     * @param tags are added to all
     */
    public ClustrixMetrics(MeterRegistry registry, Iterable<Tag> tags) {
        this.registry = registry;
        this.tags = Tags.of(tags);
    }

    @Override
    public void submitted(JobKey key, String cluster, String name, int tasks) {
        ClusterMeters meters =
                clusters.computeIfAbsent(cluster, c -> new ClusterMeters(registry, tags.and("cluster", c)));
        jobs.put(key, new LiveJob(meters, tasks, registry.config().clock().monotonicTime()));
        meters.live(JobState.PENDING, 1);
    }

    @Override
    public void staged(JobKey key, long bytes) {
        LiveJob job = jobs.get(key);
        if (job != null) {
            job.bytes += bytes;
        }
    }

    @Override
    public void retried(JobKey key, int tasks, JobStatus why) {
        LiveJob job = jobs.get(key);
        if (job != null) {
            job.meters.retried(lower(why.state()), tasks);
        }
    }

    @Override
    public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
        LiveJob job = jobs.get(key);
        if (job != null) {
            Throwable error = outcome.failure().orElse(null);
            job.told++;
            job.meters.tasks(Causes.outcome(error), Causes.of(error), 1);
        }
    }

    @Override
    public void dropped(JobKey key, long events) {
        LiveJob job = jobs.get(key);
        if (job != null) {
            job.meters.dropped(events);
        }
    }

    @Override
    public void stateChanged(JobKey key, JobStatus status) {
        JobState state = status.state();
        LiveJob job = state.ended() ? jobs.remove(key) : jobs.get(key);
        if (job == null) {
            return; // submitted before this listened
        }
        long now = registry.config().clock().monotonicTime();
        job.meters.live(job.state, -1);
        job.state = state;
        if (!state.ended()) {
            job.meters.live(state, 1);
            if (state == JobState.RUNNING && job.running == null) {
                job.running = now;
                job.meters.waited(Duration.ofNanos(now - job.submitted));
            }
            return;
        }
        // Tasks that nobody told of: cancelled with the job, or dropped because some listener was slow.
        String outcome = state == JobState.SUCCEEDED
                ? Causes.SUCCEEDED
                : state == JobState.CANCELLED ? Causes.CANCELLED : Causes.FAILED;
        if (job.tasks > job.told) {
            job.meters.tasks(
                    outcome, state == JobState.SUCCEEDED ? Causes.NONE : Causes.of(state), job.tasks - job.told);
        }
        Duration ran = ran(job, status, now);
        if (ran != null) {
            job.meters.ran(ran);
        }
        job.meters.ended(lower(state), Duration.ofNanos(now - job.submitted), job.bytes);
    }

    /** By the clock of the machine that it ran on if that is known, else by this one's. */
    private static @Nullable Duration ran(LiveJob job, JobStatus status, long now) {
        if (status.started().isPresent() && status.ended().isPresent()) {
            Duration there =
                    Duration.between(status.started().get(), status.ended().get());
            if (!there.isNegative()) {
                return there;
            }
        }
        Long running = job.running;
        return running == null ? null : Duration.ofNanos(now - running);
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** What is known of a job that has not ended; told by one thread at a time. */
    private static final class LiveJob {
        private final ClusterMeters meters;
        private final int tasks;
        private final long submitted;
        private JobState state = JobState.PENDING;
        private @Nullable Long running;
        private int told;
        private long bytes;

        LiveJob(ClusterMeters meters, int tasks, long submitted) {
            this.meters = meters;
            this.tasks = tasks;
            this.submitted = submitted;
        }
    }
}
