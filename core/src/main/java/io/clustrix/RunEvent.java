package io.clustrix;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;

/** Something that happened to a job; see {@link JobFuture#events}. */
public sealed interface RunEvent {

    /** Which job. */
    JobKey key();

    /**
     * A cluster has taken the job, or taken it up again. The first event of a job, for whoever listened when it was
     * submitted.
     *
     * @param key which job
     * @param cluster the cluster's name
     * @param name what people call the job
     * @param tasks how many tasks it has
     */
    record Submitted(JobKey key, String cluster, String name, int tasks) implements RunEvent {}

    /**
     * Files were sent for the job to where it runs: jars of the class path that were not there, or the tasks
     * themselves.
     *
     * @param key which job
     * @param bytes how many bytes they have together
     */
    record Staged(JobKey key, long bytes) implements RunEvent {}

    /**
     * Tasks will be tried again, for a reason that is not their own.
     *
     * @param key which job
     * @param tasks how many tasks have no result yet
     * @param why how the attempt ended
     */
    record Retried(JobKey key, int tasks, JobStatus why) implements RunEvent {}

    /**
     * The job's state has changed. The last event of a job is one of these with an ended state.
     *
     * @param key which job
     * @param status its new state
     */
    record StateChanged(JobKey key, JobStatus status) implements RunEvent {}

    /**
     * Tasks have ended. One event may stand for many.
     *
     * @param key which job
     * @param progress how far it has come
     */
    record ProgressMade(JobKey key, Progress progress) implements RunEvent {}

    /**
     * A task printed something.
     *
     * @param key which job
     * @param task the task's number; -1 if it can't be told
     * @param channel where it printed to
     * @param text what it printed, in the order of printing, cut at arbitrary places
     */
    record Output(JobKey key, int task, OutputChannel channel, String text) implements RunEvent {}

    /**
     * A task has ended.
     *
     * @param key which job
     * @param outcome how
     */
    record TaskCompleted(JobKey key, TaskOutcome<?> outcome) implements RunEvent {}

    /**
     * A worker has begun to work on the job.
     *
     * @param key which job
     * @param runtime what the worker runs in
     */
    record WorkerStarted(JobKey key, RuntimeReport runtime) implements RunEvent {}

    /**
     * Events were dropped here because the listeners could not keep up: outputs and completed tasks, never changes of
     * state.
     *
     * @param key which job
     * @param events how many
     */
    record Dropped(JobKey key, long events) implements RunEvent {}
}
