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
 * @param settings the settings record of each plugin, by the plugin's name
 * @param whenMissing for the name of an executor that is not there, what to do about it, a sentence each (which
 *     artifact to add); may be empty
 */
public record ExecutorPlugins(
        SortedMap<String, Class<? extends Record>> settings, Function<String, List<String>> whenMissing) {

    /** Copies the map. */
    public ExecutorPlugins {
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    }

    /** These and no advice for the others. */
    public static ExecutorPlugins of(Map<String, Class<? extends Record>> settings) {
        return new ExecutorPlugins(new TreeMap<>(settings), name -> List.of());
    }

    Optional<Class<? extends Record>> settingsOf(String executor) {
        return Optional.ofNullable(settings.get(executor));
    }
}
