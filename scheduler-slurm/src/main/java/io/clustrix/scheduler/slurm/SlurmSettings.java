package io.clustrix.scheduler.slurm;

import io.clustrix.spi.RemotePath;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a cluster block with {@code executor = slurm}; the keys are documented in this module's
 * {@code reference.conf}.
 */
record SlurmSettings(
        Optional<RemotePath> binDirectory,
        Optional<String> cluster,
        Optional<String> qos,
        Optional<String> reservation,
        Optional<String> constraint,
        Duration minPollInterval) {

    SlurmSettings {
        cluster.ifPresent(c -> {
            if (!c.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
                throw new IllegalArgumentException("cluster must be one cluster's name, not '" + c + "'");
            }
        });
        qos.ifPresent(q -> notBlank("qos", q));
        reservation.ifPresent(r -> notBlank("reservation", r));
        constraint.ifPresent(c -> notBlank("constraint", c));
        if (minPollInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("min-poll-interval must be at least 1s, not " + minPollInterval);
        }
    }

    private static void notBlank(String key, String value) {
        if (value.isBlank() || value.length() > 1024 || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    key + " must be 1 to 1,024 characters, not all blank and none a control character");
        }
    }
}
