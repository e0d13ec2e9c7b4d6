package io.clustrix.local;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is sent to a worker process at once: a call, or a chunk of a map.
 *
 * @param run the job
 * @param feed the map it is a chunk of; null for a call
 * @param first its first task
 * @param count how many tasks it has
 * @param call the envelope of the call; null for a chunk
 * @param attempt how often its first task was begun before and lost with its worker
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Unit(JobRun run, @Nullable Feed feed, int first, int count, byte @Nullable [] call, int attempt) {

    /** The part from a task on, as a unit of its own. */
    Unit from(int task, int attempt) {
        return new Unit(run, feed, task, first + count - task, call, attempt);
    }

    /** The part before a task, as a unit of its own. */
    Unit upTo(int task) {
        return new Unit(run, feed, first, task - first, call, attempt);
    }

    /** How long each of its tasks may run. */
    Optional<Duration> walltime() {
        return run.job().options().resources().walltime();
    }

    /** For messages. */
    String describe(int task) {
        return (feed == null ? "" : "task " + task + " of ") + run;
    }
}
