package io.clustrix.testkit;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SectionShape;
import io.clustrix.internal.config.Surroundings;
import io.clustrix.spi.DialectProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a plugin's settings as core does: from its {@code reference.conf} and a cluster's block, and nothing else. */
final class BlockSettings {
    private static final String CLUSTER = "contract";

    private BlockSettings() {}

    /**
     * The settings of a block with these keys.
     *
     * @throws io.clustrix.spi.ConfigurationException if a key has no value, or a wrong one
     */
    static <S extends Record> S of(DialectProvider<S> provider, Map<String, Object> keys) {
        SectionShape shape = new SectionShape(List.of(BatchSettings.class, provider.settings()), new TreeMap<>());
        ExecutorPlugins plugins = new ExecutorPlugins(
                new TreeMap<>(Map.of(provider.name(), shape)), new TreeMap<>(), missing -> List.of());
        // No file, variable or property of this machine's.
        Path nowhere = Path.of("no-such-directory-of-the-contract");
        ConfigurationLoader loader = new ConfigurationLoader(
                new Surroundings(Map.of(), Map.of(), nowhere, nowhere),
                plugins,
                provider.getClass().getClassLoader());
        String block = "clusters." + CLUSTER + ".";
        loader.set(block + "executor", provider.name());
        loader.set("default-cluster", CLUSTER);
        keys.forEach((key, value) -> loader.set(block + key, value));
        Configuration configuration = loader.load();
        return configuration.pluginSettings(configuration.cluster(CLUSTER), provider.settings());
    }
}
