package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.spi.JobKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the parts of one cluster's engine share: its jobs, and each other. All but what never changes belongs to the
 * engine's thread.
 */
final class EngineCore {
    /** A job is unknown only after so many answers have lacked it (requirement R1). */
    static final int MISSING_ANSWERS = 3;

    final String cluster;
    final BatchSettings settings;
    final String scheduler;
    final SchedulerCalls calls;
    final Site site;
    final Harvest harvest;
    final EngineThread thread;

    /** The jobs that are not over. */
    final Map<JobKey, BatchJob> jobs = new LinkedHashMap<>();

    final Map<String, BatchJob> byDirectory = new HashMap<>();

    /** What the scheduler may be asked and told, besides submissions. */
    final Budget questions;

    final Cancels cancels;
    final Outcomes outcomes;
    final Shipping shipping;
    final ResultWatch results;
    final SchedulerWatch queue;
    final OutputWatch output;

    private final AtomicBoolean closed = new AtomicBoolean();

    EngineCore(
            String cluster,
            BatchSettings settings,
            String scheduler,
            SchedulerCalls calls,
            Site site,
            Harvest harvest,
            EngineThread thread) {
        this.cluster = cluster;
        this.settings = settings;
        this.scheduler = scheduler;
        this.calls = calls;
        this.site = site;
        this.harvest = harvest;
        this.thread = thread;
        questions = new Budget(settings.poll().statusPerMinute());
        cancels = new Cancels(this);
        outcomes = new Outcomes(this);
        shipping = new Shipping(this);
        results = new ResultWatch(this);
        queue = new SchedulerWatch(this);
        output = new OutputWatch(this);
    }

    /** Whether it is decided what becomes of the jobs that it had when it was closed. On the engine's thread. */
    boolean hasLetGo;

    void keep(BatchJob job) {
        jobs.put(job.key(), job);
        byDirectory.put(job.directory, job);
    }

    void drop(BatchJob job) {
        jobs.remove(job.key());
        byDirectory.remove(job.directory);
    }

    boolean isClosed() {
        return closed.get();
    }

    /** True the first time. */
    boolean close() {
        return closed.compareAndSet(false, true);
    }

    /** What becomes of tasks when the executor is closed. */
    CancellationException closing() {
        return new CancellationException("the Clustrix was closed");
    }
}
