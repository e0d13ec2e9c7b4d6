package io.clustrix.internal.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The configuration as a value.
 *
 * @param defaultCluster the cluster that is meant where none is named; there is a block for it, and its executor is
 *     installed
 * @param serializer how values become bytes
 * @param cacheDirectory absolute; for what can be made again. It may not exist yet
 * @param stateDirectory absolute; for what must not be lost: the journals of runs. It may not exist yet
 * @param keepRuns after which time a run that has ended is forgotten
 * @param keepResults whether the results of a run that has ended stay until then, though they were delivered
 * @param reportDirectory where a report of each run is written when its program ends; absent: nowhere
 * @param clusters all blocks by name, also those whose executor is not installed
 */
public record ClustrixSettings(
        String defaultCluster,
        SerializerSettings serializer,
        Path cacheDirectory,
        Path stateDirectory,
        Duration keepRuns,
        boolean keepResults,
        Optional<Path> reportDirectory,
        Map<String, ClusterBlock> clusters) {

    /** Copies the map, sorted by name. */
    public ClustrixSettings {
        clusters = Collections.unmodifiableMap(new TreeMap<>(clusters));
    }
}
