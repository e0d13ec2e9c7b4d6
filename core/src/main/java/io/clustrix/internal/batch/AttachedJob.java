package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.Work;
import java.util.List;

/** A job of an earlier driver, as the run's journal has it. */
public final class AttachedJob {
    private final JobRecord record;
    private final List<RunEntry> entries;

    AttachedJob(JobRecord record, List<RunEntry> entries) {
        this.record = record;
        this.entries = List.copyOf(entries);
    }

    JobRecord record() {
        return record;
    }

    List<RunEntry> entries() {
        return entries;
    }

    /** Its identity. */
    public JobKey key() {
        return record.key();
    }

    /** What people call it. */
    public String name() {
        return record.name();
    }

    /** The cluster that it was submitted to. */
    public String cluster() {
        return record.cluster();
    }

    /** How many tasks it has. */
    public int tasks() {
        return record.tasks();
    }

    /** As many tasks as it has; what they compute is known to the workers only. */
    public Work work() {
        return isSingle()
                ? new Work.Call(AttachedJob::unknown)
                : new Work.Range(number -> unknown(), 0, record.tasks());
    }

    private static Object unknown() {
        throw new IllegalStateException("what a job of an earlier driver computes is known to its workers only");
    }

    /** Whether it is one call and no map. */
    public boolean isSingle() {
        return record.single();
    }
}
