package io.clustrix.internal.config;

import com.typesafe.config.Config;
import java.util.TreeSet;

/**
 * A cluster's effective block: its own keys over the defaults of its executor over those of all clusters.
 *
 * @param name the cluster's name, of the form {@code [A-Za-z][A-Za-z0-9_-]*}
 * @param executor the name of the executor plugin, which need not be installed
 * @param common the keys that every cluster may have
 * @param pluginSection the others, which are the plugin's; {@link Configuration#pluginSettings} makes its record of it.
 *     May hold secrets in the clear, so it is for nothing else and never printed
 */
public record ClusterBlock(String name, String executor, CommonSettings common, Config pluginSection) {

    /** With the names of the plugin's keys only. */
    @Override
    public String toString() {
        return "ClusterBlock[name=" + name + ", executor=" + executor + ", common=" + common + ", pluginSection="
                + new TreeSet<>(pluginSection.root().keySet()) + "]";
    }
}
