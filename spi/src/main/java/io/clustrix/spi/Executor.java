package io.clustrix.spi;

/**
 * Runs jobs. For systems that are no commands (threads, worker processes, Kubernetes); for a scheduler with commands a
 * {@link SchedulerDialect} is enough.
 *
 * <p><b>Threads and lifetime:</b> thread-safe. The executor owns its threads and processes; they are named and end with
 * {@link #close()}.
 */
public interface Executor extends AutoCloseable {
    /** What it supports; the same at each call. */
    Traits traits();

    /** Where {@link #submit} would run the job, and why there. Runs nothing. */
    Placement placement(Job job);

    /**
     * Takes a job and returns at once; never blocks for a job's end. Everything later is told to the listener, also a
     * failure to start.
     *
     * @throws SerializationException if the work can't be shipped; the listener is not called then
     * @throws ConfigurationException if the options ask for what this executor can't do; the listener is not called
     *     then
     * @throws IllegalStateException after {@link #close()}
     */
    Submission submit(Job job, JobListener listener);

    /**
     * Cancels what is unfinished and ends every thread and process, within seconds. Calling it again does nothing. What
     * is unfinished fails with a {@link java.util.concurrent.CancellationException}.
     */
    @Override
    void close();
}
