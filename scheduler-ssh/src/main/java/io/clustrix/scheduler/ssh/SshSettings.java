package io.clustrix.scheduler.ssh;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * The settings of a cluster block with {@code executor = ssh}; the keys are documented in this module's
 * {@code reference.conf}.
 */
record SshSettings(OptionalInt maxRunning, Duration minPollInterval, int keepDays) {

    SshSettings {
        if (maxRunning.isPresent() && (maxRunning.getAsInt() < 1 || maxRunning.getAsInt() > 4096)) {
            throw new IllegalArgumentException("max-running must be 1 to 4096, not " + maxRunning.getAsInt());
        }
        if (minPollInterval.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("min-poll-interval must be at least 100ms, not " + minPollInterval);
        }
        if (keepDays < 1 || keepDays > 3650) {
            throw new IllegalArgumentException("keep-days must be 1 to 3650, not " + keepDays);
        }
    }
}
