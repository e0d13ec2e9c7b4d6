package io.clustrix.internal.batch;

import io.clustrix.internal.batch.Site.Answer;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Scheduler;
import io.clustrix.spi.SchedulerInfo;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a scheduler is called: by commands on its host, or through a client of its own. Each method that may be
 * interrupted is one call that waits for its answer. Thread-safe.
 */
interface SchedulerCalls extends AutoCloseable {
    /** What it is, as far as is known by now. */
    Scheduler scheduler();

    /** What has the work directory. */
    Host host();

    /** Where commands run as jobs do. */
    Host nodes();

    /** The work directory to ask for, from what the cluster's block has. */
    String workDirectory(String configured);

    /** Where jobs find the work directory. */
    RemotePath nodesWorkDirectory(RemotePath onHost);

    /** Whether jobs see the work directory itself. */
    boolean sharesFiles();

    /** Whether it says itself when states have changed, so that questions cost it nothing. */
    boolean tellsOfNews();

    /** The class path that is on the nodes already, if it is. */
    Optional<List<String>> classPath();

    /** Patterns of names of files of the class path that jobs have no use for. */
    List<String> leftOut();

    /** What the scheduler says of itself; asked once. */
    SchedulerInfo info() throws InterruptedException;

    /**
     * The lines that a job's script begins with.
     *
     * @throws io.clustrix.spi.ConfigurationException if the resources can't be said to this scheduler
     */
    List<String> directives(JobPlan plan);

    /** The command that is called in the job's directory once its files are there. */
    Command handOver(String script, JobPlan plan);

    /** What has come of the submission, once that command has ended. */
    Answer answer(CommandResult handedOver, JobFiles files, JobPlan plan) throws InterruptedException;

    /** The states of elements by their ids; what the scheduler does not know is absent. */
    Map<NativeId, JobStatus> status(Collection<NativeId> ids) throws InterruptedException;

    /** The same from the accounting; empty if there is none. */
    Map<NativeId, JobStatus> history(Collection<NativeId> ids) throws InterruptedException;

    /** When those of these that wait are expected to start, as far as the scheduler tells. */
    Map<NativeId, Instant> starts(Collection<NativeId> ids) throws InterruptedException;

    /** Whether the scheduler has taken the order to cancel these. */
    boolean cancel(Collection<NativeId> ids) throws InterruptedException;

    /** The ids of the submissions of this name. */
    List<NativeId> find(String jobName) throws InterruptedException;

    /** Nobody will ask for these any more. Does not wait. */
    void forget(Collection<NativeId> ids);

    @Override
    void close();
}
