package io.clustrix.spi;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A job's state as far as it is known.
 *
 * @param state the state
 * @param exit the exit code, if there was one
 * @param detail the source's own words ("PENDING (QOSMaxCpuPerUserLimit)"), shown to the user as they are; may be empty
 * @param host where it ran, if known
 * @param started when it started, if known
 * @param ended when it ended, if known
 */
public record JobStatus(
        JobState state,
        OptionalInt exit,
        String detail,
        Optional<String> host,
        Optional<Instant> started,
        Optional<Instant> ended) {

    /** A state with its detail and nothing else known. */
    public static JobStatus of(JobState state, String detail) {
        return new JobStatus(state, OptionalInt.empty(), detail, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
