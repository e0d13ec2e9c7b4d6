package io.clustrix.internal.config;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The keys that stand directly under {@code clustrix}, without the blocks of clusters and executors.
 *
 * @param defaultCluster the cluster that is meant where none is named
 * @param serializer how values become bytes
 * @param cacheDirectory for what can be made again
 * @param stateDirectory for what must not be lost: the journals of runs
 * @param keepRuns after which time a run that has ended is forgotten
 */
record GlobalSettings(
        String defaultCluster,
        SerializerSettings serializer,
        Path cacheDirectory,
        Path stateDirectory,
        Duration keepRuns) {}
