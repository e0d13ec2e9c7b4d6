package io.clustrix.internal.config;

import java.nio.file.Path;

/**
 * The keys that stand directly under {@code clustrix}, without the blocks of clusters and executors.
 *
 * @param defaultCluster the cluster that is meant where none is named
 * @param serializer how values become bytes
 * @param cacheDirectory for what can be made again
 */
record GlobalSettings(String defaultCluster, SerializerSettings serializer, Path cacheDirectory) {}
