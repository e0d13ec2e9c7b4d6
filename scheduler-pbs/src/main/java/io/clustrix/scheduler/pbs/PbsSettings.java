package io.clustrix.scheduler.pbs;

import io.clustrix.spi.RemotePath;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of a cluster block with {@code executor = pbs}; the keys are documented in this module's
 * {@code reference.conf}.
 */
record PbsSettings(
        Optional<RemotePath> binDirectory,
        Flavor flavor,
        Optional<String> project,
        Optional<String> chunk,
        Duration minPollInterval) {

    /** The two families of PBS, which differ in nearly everything but the names of their commands. */
    enum Flavor {
        AUTO,
        OPENPBS,
        TORQUE
    }

    PbsSettings {
        project.ifPresent(p -> {
            if (p.isBlank() || p.length() > 1024 || p.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        "project must be 1 to 1,024 characters, not all blank and none a control character");
            }
        });
        chunk.ifPresent(c -> {
            if (!c.matches("[A-Za-z0-9_.:=@/,-]{1,1024}")) {
                throw new IllegalArgumentException(
                        "chunk must be like 'model=icelake' or 'a=1:b=2', without blanks, not '" + c + "'");
            }
        });
        if (minPollInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("min-poll-interval must be at least 1s, not " + minPollInterval);
        }
    }
}
