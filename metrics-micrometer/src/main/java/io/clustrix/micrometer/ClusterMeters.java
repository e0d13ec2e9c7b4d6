package io.clustrix.micrometer;

import io.clustrix.spi.JobState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The meters of one cluster. */
final class ClusterMeters {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<JobState, AtomicInteger> live = new EnumMap<>(JobState.class);
    private final Timer waited;
    private final Timer ran;
    private final DistributionSummary staged;
    private final Counter dropped;

    ClusterMeters(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
        for (JobState state : JobState.values()) {
            if (!state.ended()) {
                AtomicInteger jobs = new AtomicInteger();
                live.put(state, jobs);
                Gauge.builder("clustrix.jobs", jobs, AtomicInteger::get)
                        .description("Jobs that have not ended")
                        .tags(tags.and("state", ClustrixMetrics.lower(state)))
                        .strongReference(true)
                        .register(registry);
            }
        }
        waited = Timer.builder("clustrix.job.wait")
                .description("From submit until the first task runs")
                .tags(tags)
                .register(registry);
        ran = Timer.builder("clustrix.job.run")
                .description("From when the first task runs until the job ends")
                .tags(tags)
                .register(registry);
        staged = DistributionSummary.builder("clustrix.job.staged")
                .description("What was sent for a job to where it runs")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
        dropped = Counter.builder("clustrix.events.dropped")
                .description("Events that listeners were too slow for")
                .tags(tags)
                .register(registry);
    }

    void live(JobState state, int change) {
        AtomicInteger jobs = live.get(state);
        if (jobs != null) {
            jobs.addAndGet(change);
        }
    }

    void tasks(String outcome, String cause, int count) {
        Counter.builder("clustrix.tasks")
                .description("Tasks that have ended")
                .tags(tags.and("outcome", outcome, "cause", cause))
                .register(registry)
                .increment(count);
    }

    void retried(String cause, int count) {
        Counter.builder("clustrix.tasks.retried")
                .description("Tasks that are tried again")
                .tags(tags.and("cause", cause))
                .register(registry)
                .increment(count);
    }

    void waited(Duration time) {
        waited.record(time);
    }

    void ran(Duration time) {
        ran.record(time);
    }

    void ended(String state, Duration roundTrip, long bytes) {
        Timer.builder("clustrix.job")
                .description("From submit until the job has ended and its results are here")
                .tags(tags.and("state", state))
                .register(registry)
                .record(roundTrip);
        if (bytes > 0) {
            staged.record((double) bytes);
        }
    }

    void dropped(long events) {
        dropped.increment((double) events);
    }
}
