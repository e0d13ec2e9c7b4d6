package io.clustrix;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a map failed, and all ran ({@link io.clustrix.spi.ErrorPolicy#COLLECT}). The message lists the first five in
 * the order of the items; the first is the cause, the others of these are the suppressed exceptions.
 */
public final class MapException extends ClustrixException {
    private static final long serialVersionUID = 1L;
    private static final int LISTED = 5;

    private final int failed;
    private final transient @Nullable List<? extends TaskOutcome<?>> outcomes;

    private MapException(
            String problem, int failed, List<? extends TaskOutcome<?>> outcomes, List<TaskOutcome.Failure<?>> first) {
        super(
                Fault.USER,
                false,
                problem,
                List.of("MapFuture.outcomes() has what became of each task"),
                first.isEmpty() ? null : first.get(0).error());
        this.failed = failed;
        this.outcomes = outcomes;
        first.stream().skip(1).forEach(f -> addSuppressed(f.error()));
    }

    static MapException of(String job, Progress progress, List<? extends TaskOutcome<?>> outcomes) {
        int failed = progress.failed() + progress.cancelled();
        List<TaskOutcome.Failure<?>> first = new ArrayList<>();
        for (TaskOutcome<?> outcome : outcomes) {
            if (outcome instanceof TaskOutcome.Failure<?> f) {
                first.add(f);
                if (first.size() == LISTED) {
                    break;
                }
            }
        }
        StringBuilder text = new StringBuilder()
                .append(failed)
                .append(" of ")
                .append(progress.total())
                .append(" tasks of ")
                .append(job)
                .append(" failed:");
        for (TaskOutcome.Failure<?> f : first) {
            text.append("\n  task ").append(f.task()).append(": ").append(Observers.described(f.error()));
        }
        if (failed > first.size()) {
            text.append("\n  and ").append(failed - first.size()).append(" more");
        }
        return new MapException(text.toString(), failed, outcomes, first);
    }

    /** How many tasks failed. */
    public int failed() {
        return failed;
    }

    /** What became of each task, in the order of the items; empty if this exception has been serialized. */
    public List<? extends TaskOutcome<?>> outcomes() {
        List<? extends TaskOutcome<?>> list = outcomes;
        return list == null ? List.of() : list;
    }
}
