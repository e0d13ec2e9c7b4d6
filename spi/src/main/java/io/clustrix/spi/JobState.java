package io.clustrix.spi;

/**
 * Where a job stands. Every scheduler's states are mapped to these; an unmapped word is {@link #UNKNOWN}, never an
 * error.
 */
public enum JobState {
    /** Accepted, not started: queued, held, configuring. */
    PENDING,
    /** At least one of its tasks has started. */
    RUNNING,
    /** Every task has a result. */
    SUCCEEDED,
    /** A task failed, by an exception or an exit code. */
    FAILED,
    /** Somebody cancelled it. */
    CANCELLED,
    /** Its walltime or timeout was over. */
    TIMED_OUT,
    /** It used more memory than it had asked for. */
    OUT_OF_MEMORY,
    /** The node, or the worker process, was lost through no fault of the job. */
    NODE_FAILED,
    /** The scheduler took the node away for a job that mattered more. */
    PREEMPTED,
    /** Nobody knows it any more, after enough looks (requirement R1). */
    LOST,
    /** Nothing could be found out just now. Unknown counts as alive (requirement R38). */
    UNKNOWN;

    /** Whether it is over for good. */
    public boolean ended() {
        return this != PENDING && this != RUNNING && this != UNKNOWN;
    }
}
