package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Work;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

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

    /** What people call it and how it was to be run, as far as that matters to who waits for it. */
    public JobOptions options() {
        return new JobOptions(
                record.name(), Resources.none(), OptionalInt.empty(), record.onError(), Map.of(), Optional.empty());
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
        return isSingle() ? new Work.Call(new Unknown()) : new Work.Range(new Unknown(), 0, record.tasks());
    }

    /** Stands for what a job of an earlier driver computes, which its workers know. */
    private static final class Unknown implements RemoteCallable<Object>, RemoteIntFunction<Object> {
        private static final long serialVersionUID = 1L;

        @Override
        public Object call() {
            return apply(0);
        }

        @Override
        public Object apply(int number) {
            throw new IllegalStateException("what a job of an earlier driver computes is known to its workers only");
        }
    }

    /** Whether it is one call and no map. */
    public boolean isSingle() {
        return record.single();
    }
}
