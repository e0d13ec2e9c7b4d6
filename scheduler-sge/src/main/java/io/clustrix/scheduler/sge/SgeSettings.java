package io.clustrix.scheduler.sge;

import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The settings of a cluster block with {@code executor = sge}; the keys are documented in this module's
 * {@code reference.conf}.
 */
record SgeSettings(
        Optional<RemotePath> binDirectory,
        Optional<RemotePath> root,
        Optional<String> cell,
        Optional<RemotePath> settingsFile,
        Optional<String> parallelEnvironment,
        List<String> memoryResources,
        boolean memoryPerSlot,
        Memory leastMemory,
        Optional<String> gpuResource,
        boolean checkRequests,
        Duration minPollInterval) {

    SgeSettings {
        cell.ifPresent(c -> word("cell", c));
        parallelEnvironment.ifPresent(p -> word("parallel-environment", p));
        memoryResources.forEach(m -> word("memory-resources", m));
        gpuResource.ifPresent(g -> word("gpu-resource", g));
        if (minPollInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("min-poll-interval must be at least 1s, not " + minPollInterval);
        }
    }

    private static void word(String key, String value) {
        if (!value.matches("[A-Za-z_][A-Za-z0-9_.-]*")) {
            throw new IllegalArgumentException(key + " must be a name of Grid Engine's, not '" + value + "'");
        }
    }
}
