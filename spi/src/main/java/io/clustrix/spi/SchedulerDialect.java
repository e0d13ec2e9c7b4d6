package io.clustrix.spi;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One scheduler's language: pure functions from values to text and back. No I/O, no clock, no state; core does the
 * rest. It is tested on recorded output.
 *
 * <p>Core calls all commands with {@code LC_ALL=C} and {@code TZ=UTC}, gives each a timeout, and runs {@link #submit}
 * in the job's directory.
 */
public interface SchedulerDialect extends Scheduler {
    /**
     * The directive lines of the job's script, for instance {@code #SBATCH --ntasks=1}; core adds everything else.
     * Lines of shell may follow them, if the scheduler leaves something undone that core counts on. Values that users
     * give are quoted here as the scheduler wants it.
     *
     * @throws ConfigurationException if the resources ask for what can't be said to this scheduler
     */
    List<String> directives(JobPlan plan);

    /**
     * The command that submits a script.
     *
     * @param script the script's name in the directory that the command is run in, of the form {@code [A-Za-z0-9_.-]+}
     */
    Command submit(String script, JobPlan plan);

    /**
     * The id in the answer to {@link #submit}.
     *
     * @throws SchedulerException if the job was refused; quotes command, exit code and stderr and says which option to
     *     change
     */
    NativeId parseSubmit(CommandResult result);

    /**
     * The one command that asks for the states of all these jobs.
     *
     * @param jobs ids of jobs and arrays, not of elements; at least one
     */
    Command status(Collection<NativeId> jobs);

    /**
     * The states in the answer to {@link #status}, of arrays by {@linkplain #element element}; what the scheduler no
     * longer knows is absent.
     *
     * @throws SchedulerException if the question failed, which says nothing about any job (requirement R1)
     */
    Map<NativeId, JobStatus> parseStatus(CommandResult result);

    /**
     * The command that asks the accounting for ended jobs; empty if there is none.
     *
     * @param jobs as for {@link #status}
     */
    default Optional<Command> history(Collection<NativeId> jobs) {
        return Optional.empty();
    }

    /**
     * The states in the answer to {@link #history}, as {@link #parseStatus} has them.
     *
     * @throws SchedulerException if the question failed
     */
    default Map<NativeId, JobStatus> parseHistory(CommandResult result) {
        return Map.of();
    }

    /**
     * The command that cancels jobs, arrays or elements; unknown and ended ids do no harm.
     *
     * @param ids at least one
     */
    Command cancel(Collection<NativeId> ids);

    /**
     * Whether an answer to {@link #cancel} means that the scheduler has taken the order, or has nothing to do; unknown
     * and ended ids are fine.
     */
    boolean cancelled(CommandResult result);

    /**
     * The command that looks up a job by its name, also an ended one: was an unanswered submit accepted after all
     * (requirement R20)?
     */
    Command find(String jobName);

    /**
     * The ids in the answer to {@link #find}, of arrays once for the whole array; empty if there is no such job.
     *
     * @throws SchedulerException if the question failed
     */
    List<NativeId> parseFind(CommandResult result);

    /**
     * Whether an answer means "try again" (controller down, time-out) rather than "no"; then its effect is not known.
     */
    boolean isTransient(CommandResult result);

    /** The command that asks the scheduler about itself; empty if there is none. Asked once for each cluster. */
    default Optional<Command> info() {
        return Optional.empty();
    }

    /**
     * What the scheduler says of itself.
     *
     * @throws SchedulerException if the question failed
     */
    default SchedulerInfo parseInfo(CommandResult result) {
        return new SchedulerInfo("", OptionalInt.empty(), false);
    }

    /**
     * The command that lists the queues or partitions there are; empty if there is none. Asked by who looks for what is
     * wrong, never for a job.
     */
    default Optional<Command> queues() {
        return Optional.empty();
    }

    /**
     * The names in the answer to {@link #queues}, the scheduler's default first if it tells.
     *
     * @throws SchedulerException if the question failed
     */
    default List<String> parseQueues(CommandResult result) {
        return List.of();
    }

    /**
     * The command that asks when jobs that wait are expected to start; empty if the scheduler tells nobody. Asked when
     * a person wants to know, never for the job's own sake.
     *
     * @param jobs as for {@link #status}
     */
    default Optional<Command> starts(Collection<NativeId> jobs) {
        return Optional.empty();
    }

    /**
     * The scheduler's estimates in the answer to {@link #starts}, of arrays once for the whole array: when its first
     * waiting element starts. Absent is what does not wait, is not known any more, or has no estimate.
     *
     * @throws SchedulerException if the question failed
     */
    default Map<NativeId, Instant> parseStarts(CommandResult result) {
        return Map.of();
    }

    /**
     * The dialect for a scheduler that has said this of itself, if that makes a difference: which of several products
     * it is, or an old version of it. Core asks once and uses the answer for all that follows. Traits, the index of the
     * first element, the ids of elements and {@link #hopeless} must be the same.
     */
    default SchedulerDialect informed(SchedulerInfo info) {
        return this;
    }
}
