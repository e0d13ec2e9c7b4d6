package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
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

    /** Whether it is one call and no map. */
    public boolean isSingle() {
        return record.single();
    }
}
