package io.clustrix.history;

import java.time.Instant;
import java.util.List;

/**
 * A run: what one program has submitted.
 *
 * @param id its id
 * @param started when its program began to submit
 * @param changed when its journal was written last
 * @param driver whether its program lives
 * @param process which process that is or was, for messages; may be empty
 * @param jobs its jobs, in the order in which they were submitted
 * @param problem why its files can't be read; empty if they can
 */
public record RunInfo(
        String id,
        Instant started,
        Instant changed,
        Driver driver,
        String process,
        List<JobInfo> jobs,
        String problem) {

    /** Copies the list. */
    public RunInfo {
        jobs = List.copyOf(jobs);
    }

    /** What is known of the program whose run it is. */
    public enum Driver {
        /** It lives, as far as can be seen from here. */
        ALIVE,
        /** It has closed its Clustrix. */
        ENDED,
        /** It was killed, or has given no sign of life for a minute; another program can attach to its jobs. */
        DEAD,
        /** Nothing can be told. */
        UNKNOWN
    }

    /** Whether every job has ended. */
    public boolean isOver() {
        return problem.isEmpty() && jobs.stream().allMatch(job -> job.state().isPresent());
    }
}
