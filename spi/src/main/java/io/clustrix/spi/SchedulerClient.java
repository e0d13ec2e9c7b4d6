package io.clustrix.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A scheduler that is called through an interface of its own, such as a web service, rather than by commands on a host;
 * for those a {@link SchedulerDialect} does with less. Core does the rest as for these: scripts, files, retries, the
 * journal, provisioning.
 *
 * <p>Two places are told apart. The {@link #host()} has the work directory, into which core writes what jobs need and
 * from which it takes results. The {@link #nodes()} are where jobs run. If they don't share files, the client brings
 * what a job needs from the one to the other, and back what the job leaves.
 *
 * <p><b>Threads:</b> thread-safe. No call may take longer than a minute or two; each fails with a {@link HostException}
 * if the scheduler can't be reached, and then nothing is known of its effect. The client owns its connection, its
 * threads and its hosts.
 */
public interface SchedulerClient extends Scheduler, AutoCloseable {
    /** What the client is called in messages, for instance {@code namespace physics of hpc.example.org}. */
    String name();

    /** Where the work directory lies. Always the same. */
    Host host();

    /** Where commands run as jobs do; by it is told which Java jobs will find. Always the same. */
    default Host nodes() {
        return host();
    }

    /**
     * The work directory as it is asked for on the host: absolute, or beginning with {@code ~/}.
     *
     * @param configured what the cluster's block has under {@code work-directory}
     */
    default String workDirectory(String configured) {
        return configured;
    }

    /**
     * Where jobs find the work directory.
     *
     * @param onHost where it lies on the host
     */
    default RemotePath nodesWorkDirectory(RemotePath onHost) {
        return onHost;
    }

    /** Whether jobs see the work directory itself, and so what other jobs write there; else they have copies. */
    default boolean sharesFiles() {
        return true;
    }

    /**
     * The class path that jobs find on their nodes already, if that is the case: entries as a JVM takes them. Nothing
     * of the driver's own class path is sent then.
     */
    default Optional<List<String>> classPath() {
        return Optional.empty();
    }

    /**
     * Files of the driver's class path that jobs have no use for, and that are not sent: patterns of their names, as
     * {@link java.nio.file.FileSystem#getPathMatcher glob} has them. What a client brings with it may be most of it.
     */
    default List<String> leftOut() {
        return List.of();
    }

    /**
     * What the scheduler says of itself. Asked once for each cluster, before anything is submitted.
     *
     * @throws HostException if it can't be reached or does not let us in
     */
    SchedulerInfo info() throws InterruptedException;

    /**
     * Refuses resources that can't be said to this scheduler. No I/O.
     *
     * @throws ConfigurationException for these
     */
    void check(JobPlan plan);

    /**
     * Submits a job, whose files are on the host. If a job of this name is there, it is one whose submission was not
     * answered; then its id is the answer.
     *
     * @return the id, of an array that of the whole
     * @throws SchedulerException if the job was refused; quotes the answer and says which option to change
     * @throws HostException if nobody knows whether it was taken
     */
    NativeId submit(JobFiles files, JobPlan plan) throws InterruptedException;

    /**
     * The states of these jobs, of arrays by {@linkplain #element element}; what the scheduler does not know any more
     * is absent. Also says that this program is the one that sees to these jobs now.
     *
     * @param jobs ids of jobs and arrays, not of elements
     */
    Map<NativeId, JobStatus> status(Collection<NativeId> jobs) throws InterruptedException;

    /**
     * Cancels jobs, arrays or elements; unknown and ended ids do no harm. Need not wait for their end.
     *
     * @param ids at least one
     */
    void cancel(Collection<NativeId> ids) throws InterruptedException;

    /** The ids of submissions of this name, of arrays that of the whole; empty if there is none. */
    List<NativeId> find(String jobName) throws InterruptedException;

    /**
     * Tells that nobody will ask for these any more, because all that they have left is here: what the scheduler keeps
     * of them may be removed. Must not wait.
     *
     * @param jobs ids of jobs and arrays
     */
    default void forget(Collection<NativeId> jobs) {}

    /** Ends threads and connections, within seconds. Jobs go on. Calling it again does nothing. */
    @Override
    void close();
}
