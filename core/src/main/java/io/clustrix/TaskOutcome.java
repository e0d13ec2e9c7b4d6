package io.clustrix;

import io.clustrix.spi.TaskResult;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one task of a job ended.
 *
 * @param <R> the type of the result
 */
public sealed interface TaskOutcome<R extends @Nullable Object> {

    /** The task's number from 0: the place of its item among the items. */
    int task();

    /** Whether it returned. */
    default boolean succeeded() {
        return this instanceof Success;
    }

    /** What it failed with; empty if it returned. */
    default Optional<Throwable> failure() {
        return this instanceof Failure<R> f ? Optional.of(f.error) : Optional.empty();
    }

    /**
     * Its result.
     *
     * @throws IllegalStateException if it failed; the cause is what it failed with
     */
    R value();

    /**
     * It returned.
     *
     * @param <R> the type of the result
     * @param task its number from 0
     * @param value what it returned
     */
    record Success<R extends @Nullable Object>(int task, R value) implements TaskOutcome<R> {}

    /**
     * It failed, or did not run to its end.
     *
     * @param <R> the type of the result that it might have had
     * @param task its number from 0
     * @param error what the task threw as it is, or a {@link io.clustrix.spi.ClustrixException} or
     *     {@link java.util.concurrent.CancellationException} that says why it did not run to its end
     */
    record Failure<R extends @Nullable Object>(int task, Throwable error) implements TaskOutcome<R> {
        @Override
        public R value() {
            throw new IllegalStateException("task " + task + " failed: " + error, error);
        }
    }

    /** An executor's word in the user's. */
    static TaskOutcome<?> of(int task, TaskResult result) {
        return result instanceof TaskResult.Success s
                ? new Success<@Nullable Object>(task, s.value())
                : new Failure<@Nullable Object>(task, ((TaskResult.Failure) result).error());
    }
}
