package io.clustrix.setup;

import java.nio.file.Path;
import java.util.List;

/**
 * The configuration that is in effect.
 *
 * @param settings its keys, in alphabetical order
 * @param sources the files and resources that were read; later ones go over earlier ones
 * @param clusters its clusters, by name
 * @param stateDirectory where runs have their journals
 */
public record Setup(List<SettingInfo> settings, List<String> sources, List<ClusterInfo> clusters, Path stateDirectory) {

    /** Copies the lists. */
    public Setup {
        settings = List.copyOf(settings);
        sources = List.copyOf(sources);
        clusters = List.copyOf(clusters);
    }
}
