package io.clustrix.testkit;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SectionShape;
import io.clustrix.internal.config.Surroundings;
import io.clustrix.spi.ClientProvider;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.HostProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedMap;
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
        Configuration configuration = read(
                provider.name(),
                new SectionShape(List.of(BatchSettings.class, provider.settings()), new TreeMap<>()),
                new TreeMap<>(),
                provider.getClass().getClassLoader(),
                keys,
                "");
        return configuration.pluginSettings(block(configuration), provider.settings());
    }

    /** The same of a transport, whose keys stand in a block of their own. */
    static <S extends Record> S of(HostProvider<S> provider, Map<String, Object> keys) {
        SortedMap<String, Class<? extends Record>> hosts = new TreeMap<>(Map.of(provider.name(), provider.settings()));
        Configuration configuration = read(
                "contract",
                new SectionShape(List.of(BatchSettings.class), hosts),
                hosts,
                provider.getClass().getClassLoader(),
                keys,
                provider.name() + ".");
        return configuration.innerSettings(block(configuration), provider.name(), provider.settings());
    }

    private static ClusterBlock block(Configuration configuration) {
        return configuration.cluster(CLUSTER);
    }

    private static Configuration read(
            String executor,
            SectionShape shape,
            SortedMap<String, Class<? extends Record>> hosts,
            ClassLoader classes,
            Map<String, Object> keys,
            String before) {
        // No file, variable or property of this machine's.
        Path nowhere = Path.of("no-such-directory-of-the-contract");
        // The other plugins of the class path, whose reference.conf is read too.
        SortedMap<String, SectionShape> shapes = new TreeMap<>();
        found(DialectProvider.class, classes)
                .forEach(p -> shapes.put(
                        p.name(), new SectionShape(List.of(BatchSettings.class, settings(p)), new TreeMap<>())));
        found(ClientProvider.class, classes)
                .forEach(p -> shapes.put(
                        p.name(), new SectionShape(List.of(BatchSettings.class, settings(p)), new TreeMap<>())));
        found(ExecutorProvider.class, classes).forEach(p -> shapes.put(p.name(), SectionShape.of(settings(p))));
        shapes.put(executor, shape);
        SortedMap<String, Class<? extends Record>> transports = new TreeMap<>();
        found(HostProvider.class, classes).forEach(p -> transports.put(p.name(), settings(p)));
        transports.putAll(hosts);
        ConfigurationLoader loader = new ConfigurationLoader(
                new Surroundings(Map.of(), Map.of(), nowhere, nowhere),
                new ExecutorPlugins(shapes, transports, missing -> List.of()),
                classes);
        String block = "clusters." + CLUSTER + ".";
        loader.set(block + "executor", executor);
        loader.set("default-cluster", CLUSTER);
        keys.forEach((key, value) -> loader.set(block + before + key, value));
        return loader.load();
    }

    private static <P> List<P> found(Class<P> type, ClassLoader classes) {
        return ServiceLoader.load(type, classes).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private static Class<? extends Record> settings(DialectProvider<?> provider) {
        return provider.settings();
    }

    private static Class<? extends Record> settings(ClientProvider<?> provider) {
        return provider.settings();
    }

    private static Class<? extends Record> settings(ExecutorProvider<?> provider) {
        return provider.settings();
    }

    private static Class<? extends Record> settings(HostProvider<?> provider) {
        return provider.settings();
    }
}
