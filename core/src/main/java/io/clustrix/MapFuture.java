package io.clustrix;

import io.clustrix.spi.Job;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The results of a function over many items: one job of many tasks. Its value is the unmodifiable list of all results
 * in the order of the items, {@code null}s included.
 *
 * <p><b>Failures:</b> with {@link io.clustrix.spi.ErrorPolicy#FAIL_FAST}, which is the default, the future fails with
 * what the first failing task threw, that object itself, as soon as it is known; a suppressed {@link TaskNote} says
 * which task it was, and the other tasks are cancelled. With {@link io.clustrix.spi.ErrorPolicy#COLLECT} every task
 * runs, and if any failed the future fails in the end with a {@link MapException} that lists them. Either way
 * {@link #outcomes} has all that can be known.
 *
 * @param <R> the type of one result
 */
public abstract class MapFuture<R extends @Nullable Object> extends JobFuture<List<R>> {

    MapFuture(Engine engine, Job job, List<GuardedListener> listeners) {
        super(engine, job, listeners);
    }

    /** How many tasks have ended so far, and how. Cheap; asks nobody. */
    public final Progress progress() {
        return tasksNow();
    }

    /**
     * What became of each task, in the order of the items: completes when all tasks have ended, and never fails. Tasks
     * that were cancelled, or had no result when the job was given up, are failures with the reason for it.
     *
     * <p>The list makes its elements when they are asked for; keep an element rather than ask twice.
     */
    public abstract CompletableFuture<List<TaskOutcome<R>>> outcomes();

    /**
     * What becomes of the tasks, in the order of their completion, while others still run. The stream is sequential;
     * taking an element waits until there is one, and the stream ends after the last task. Each call gives a new stream
     * that starts with the task that ended first. A stream needs not be closed, and closing it does nothing to the job.
     *
     * <p>When the waiting thread is interrupted, the stream throws a {@link java.util.concurrent.CancellationException}
     * and the thread stays interrupted.
     */
    public abstract Stream<TaskOutcome<R>> asCompleted();
}
