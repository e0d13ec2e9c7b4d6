package io.clustrix.internal.wiring;

import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.Surroundings;
import io.clustrix.spi.ConfigurationException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The state directory alone, for who wants to read journals: no plugin is looked for, and no logger made. */
public final class StateDirectory {
    private StateDirectory() {}

    /**
     * The one that {@link Clusters#open} would use. Minds no other setting.
     *
     * @throws ConfigurationException if a file can't be read, or the setting is no path
     */
    public static Path of(Optional<Path> file, List<Consumer<ConfigurationLoader>> settings) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ConfigurationLoader loader = new ConfigurationLoader(
                surroundings(file),
                new ExecutorPlugins(new TreeMap<>(), new TreeMap<>(), name -> List.of()),
                context == null ? StateDirectory.class.getClassLoader() : context);
        settings.forEach(s -> s.accept(loader));
        return loader.stateDirectory();
    }

    static Surroundings surroundings(Optional<Path> file) {
        Surroundings process = Surroundings.ofProcess();
        if (file.isEmpty()) {
            return process;
        }
        Map<String, String> properties = new TreeMap<>(process.systemProperties());
        properties.put("clustrix.config", file.get().toAbsolutePath().toString());
        return new Surroundings(process.environment(), properties, process.home(), process.workingDirectory());
    }
}
