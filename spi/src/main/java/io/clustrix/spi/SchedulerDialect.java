package io.clustrix.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One scheduler's language: pure functions from values to text and back. No I/O, no clock, no state; core does the
 * rest. It is tested on recorded output.
 */
public interface SchedulerDialect {
    /** What the scheduler supports. */
    Traits traits();

    /** The directive lines of the job's script, for instance {@code #SBATCH --ntasks=1}; core adds everything else. */
    List<String> directives(JobPlan plan);

    /** The command that submits a script. */
    Command submit(RemotePath script, JobPlan plan);

    /**
     * The id in the answer to {@link #submit}.
     *
     * @throws SchedulerException if the job was refused; quotes command, exit code and stderr
     */
    NativeId parseSubmit(CommandResult result);

    /** The one command that asks for the states of all these jobs. */
    Command status(Collection<NativeId> ids);

    /**
     * The states in the answer to {@link #status}; jobs that the scheduler no longer knows are absent.
     *
     * @throws SchedulerException if the question failed, which says nothing about any job (requirement R1)
     */
    Map<NativeId, JobStatus> parseStatus(CommandResult result);

    /** The command that asks the accounting for ended jobs; empty if there is none. */
    default Optional<Command> history(Collection<NativeId> ids) {
        return Optional.empty();
    }

    /**
     * The states in the answer to {@link #history}.
     *
     * @throws SchedulerException if the question failed
     */
    default Map<NativeId, JobStatus> parseHistory(CommandResult result) {
        return Map.of();
    }

    /** The command that cancels jobs; unknown and ended ids do no harm. */
    Command cancel(Collection<NativeId> ids);

    /** The command that looks a job up by its key: was an unanswered submit accepted after all (requirement R20)? */
    Command find(JobKey key);

    /** Whether an answer means "try again" (controller down, time-out) rather than "no". */
    boolean isTransient(CommandResult result);
}
