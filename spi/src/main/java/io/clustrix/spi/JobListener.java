package io.clustrix.spi;

/**
 * Is told everything that happens to one job; nobody asks an executor "are you done?".
 *
 * <p><b>Threads:</b> called on any thread of the executor, by several at once for different tasks. The methods return
 * quickly and don't throw; what they throw is logged and otherwise ignored.
 */
public interface JobListener {
    /**
     * The job's state has changed. The last call has an {@linkplain JobState#ended() ended} state and comes after all
     * results.
     */
    default void changed(JobStatus status) {}

    /** A worker has begun to work on the job, once for each worker; says what it runs in (requirement B17). */
    default void workerStarted(RuntimeReport runtime) {}

    /**
     * Files were sent for the job to where it runs; nothing is told of those that are there already.
     *
     * @param bytes how many bytes they have together
     */
    default void staged(long bytes) {}

    /**
     * Tasks will be tried again, for a reason that is not their own.
     *
     * @param tasks how many tasks have no result yet
     * @param why how the attempt ended
     */
    default void retried(int tasks, JobStatus why) {}

    /**
     * Whether anybody wants to hear of {@link #output}; where output has to be fetched from far away it isn't
     * otherwise. The answer may change while the job runs.
     */
    default boolean wantsOutput() {
        return true;
    }

    /**
     * A task printed something. Text arrives in the order in which it was printed, cut at arbitrary places; malformed
     * characters are replaced.
     *
     * @param task the task's number; -1 if it can't be told
     */
    default void output(int task, OutputChannel channel, String text) {}

    /**
     * A task has ended. Called exactly once for each task, in any order. After a call for the last task nothing more
     * comes but the last {@link #changed}.
     *
     * @param task the task's number, from 0
     */
    void completed(int task, TaskResult result);
}
