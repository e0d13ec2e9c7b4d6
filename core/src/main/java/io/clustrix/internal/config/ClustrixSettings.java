package io.clustrix.internal.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The configuration as a value.
 *
 * @param defaultCluster the cluster that is meant where none is named; there is a block for it, and its executor is
 *     installed
 * @param serializer how values become bytes
 * @param cacheDirectory absolute; for what can be made again. It may not exist yet
 * @param clusters all blocks by name, also those whose executor is not installed
 */
public record ClustrixSettings(
        String defaultCluster, SerializerSettings serializer, Path cacheDirectory, Map<String, ClusterBlock> clusters) {

    /** Copies the map, sorted by name. */
    public ClustrixSettings {
        clusters = Collections.unmodifiableMap(new TreeMap<>(clusters));
    }
}
