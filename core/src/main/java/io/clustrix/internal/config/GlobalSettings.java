package io.clustrix.internal.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The keys that stand directly under {@code clustrix}, without the blocks of clusters and executors.
 *
 * @param defaultCluster the cluster that is meant where none is named
 * @param serializer how values become bytes
 * @param cacheDirectory for what can be made again
 * @param stateDirectory for what must not be lost: the journals of runs
 * @param keepRuns after which time a run that has ended is forgotten
 * @param keepResults whether results stay until then
 * @param reportDirectory where a report of each run is written when its program ends; absent: nowhere
 */
record GlobalSettings(
        String defaultCluster,
        SerializerSettings serializer,
        Path cacheDirectory,
        Path stateDirectory,
        Duration keepRuns,
        boolean keepResults,
        Optional<Path> reportDirectory) {}
