package io.clustrix.scheduler.k8s;

import com.typesafe.config.ConfigFactory;
import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SectionShape;
import io.clustrix.internal.config.Surroundings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings as users get them: by the configuration's own reader, on top of {@code reference.conf}. */
final class Settings {
    /** Without a home that has a configuration. */
    private static final Path NOWHERE = Path.of("/nonexistent");

    private Settings() {}

    /** Those of a cluster block with these lines. */
    static K8sSettings of(String... lines) {
        Configuration all = load(lines);
        return all.pluginSettings(all.cluster("hpc"), K8sSettings.class);
    }

    static BatchSettings batch(String... lines) {
        Configuration all = load(lines);
        return all.pluginSettings(all.cluster("hpc"), BatchSettings.class);
    }

    private static Configuration load(String... lines) {
        var k8s = new SectionShape(List.of(BatchSettings.class, K8sSettings.class), new TreeMap<>());
        var plugins = new ExecutorPlugins(new TreeMap<>(Map.of("k8s", k8s)), new TreeMap<>(), name -> List.of());
        String text = "clustrix { default-cluster = hpc, clusters.hpc { executor = k8s\n" + String.join("\n", lines)
                + "\n} }";
        return new ConfigurationLoader(
                        new Surroundings(Map.of(), Map.of(), NOWHERE, NOWHERE),
                        plugins,
                        Settings.class.getClassLoader())
                .with(ConfigFactory.parseString(text))
                .load();
    }
}
