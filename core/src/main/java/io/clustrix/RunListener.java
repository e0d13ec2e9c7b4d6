package io.clustrix;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;

/**
 * Is told what happens to jobs; given to {@link Clustrix.Builder#listener} for all jobs or to
 * {@link Submitter#withListener} for some.
 *
 * <p><b>Threads:</b> called on daemon threads named {@code clustrix-callback-N}: for one job by one thread at a time
 * and in the order of the events, for different jobs possibly at once. A slow listener holds up nobody but the
 * listeners of the same job: up to 16,384 events of a job with 4 Mi characters of output are kept for it, then the
 * oldest outputs and completed tasks are dropped and counted. What a listener throws is logged, the first time, and
 * otherwise ignored.
 */
public interface RunListener {

    /**
     * A cluster has taken a job, or taken it up again; comes before all else of the job. Of a job that is refused,
     * which {@code submit} throws, nothing is told.
     *
     * @param name what people call the job
     * @param tasks how many tasks it has
     */
    default void submitted(JobKey key, String cluster, String name, int tasks) {}

    /** So many bytes were sent for a job to where it runs: jars that were not there, or the tasks themselves. */
    default void staged(JobKey key, long bytes) {}

    /**
     * Tasks will be tried again, for a reason that is not their own.
     *
     * @param tasks how many tasks have no result yet
     * @param why how the attempt ended
     */
    default void retried(JobKey key, int tasks, JobStatus why) {}

    /**
     * The state of a job has changed. The last call for a job has an {@linkplain io.clustrix.spi.JobState#ended()
     * ended} state.
     */
    default void stateChanged(JobKey key, JobStatus status) {}

    /** Tasks of a job have ended. One call may stand for many tasks. */
    default void progress(JobKey key, Progress progress) {}

    /**
     * A task printed something. Text arrives in the order in which it was printed, cut at arbitrary places.
     *
     * @param task the task's number; -1 if it can't be told
     */
    default void output(JobKey key, int task, OutputChannel channel, String text) {}

    /** A task has ended. */
    default void taskCompleted(JobKey key, TaskOutcome<?> outcome) {}

    /** A worker has begun to work on a job; says what it runs in. */
    default void runtime(JobKey key, RuntimeReport report) {}

    /** So many outputs and completed tasks of a job were dropped here, because the listeners were too slow. */
    default void dropped(JobKey key, long events) {}
}
