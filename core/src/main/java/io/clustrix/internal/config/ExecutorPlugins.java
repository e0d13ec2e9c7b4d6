package io.clustrix.internal.config;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the configuration needs to know of the installed executors: their names and what their settings look like.
 *
 * @param settings what the blocks look like of the clusters of each plugin, by the plugin's name
 * @param hosts the settings record of each transport to hosts, by its name
 * @param whenMissing for the name of an executor that is not there, what to do about it, a sentence each (which
 *     artifact to add); may be empty
 */
public record ExecutorPlugins(
        SortedMap<String, SectionShape> settings,
        SortedMap<String, Class<? extends Record>> hosts,
        Function<String, List<String>> whenMissing) {

    /** Copies the maps. */
    public ExecutorPlugins {
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        hosts = Collections.unmodifiableSortedMap(new TreeMap<>(hosts));
    }

    /** These and no advice for the others. */
    public static ExecutorPlugins of(Map<String, Class<? extends Record>> settings) {
        SortedMap<String, SectionShape> shapes = new TreeMap<>();
        settings.forEach((name, record) -> shapes.put(name, SectionShape.of(record)));
        return new ExecutorPlugins(shapes, new TreeMap<>(), name -> List.of());
    }

    Optional<SectionShape> settingsOf(String executor) {
        return Optional.ofNullable(settings.get(executor));
    }
}
