package io.clustrix.internal.wiring;

import io.clustrix.internal.classpath.ClassPath;
import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SerializerSettings;
import io.clustrix.internal.config.Surroundings;
import io.clustrix.internal.plugins.Plugins;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The clusters of a configuration, with executors that are made when they are first used. Thread-safe. */
public final class Clusters {
    private static final Logger log = LoggerFactory.getLogger(Clusters.class);

    /** What all executors together may take to close; each is asked to do it within seconds. */
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

    private final Configuration configuration;
    private final Plugins<ExecutorProvider<?>> executors;
    private final ClassLoader classes;
    private final List<ClassLoader> loaders;
    private final ConcurrentHashMap<String, ClusterHandle> handles = new ConcurrentHashMap<>();
    private final ClusterHandle standard;

    private Clusters(
            Configuration configuration,
            Plugins<ExecutorProvider<?>> executors,
            ClassLoader classes,
            List<ClassLoader> loaders) {
        this.configuration = configuration;
        this.executors = executors;
        this.classes = classes;
        this.loaders = loaders;
        this.standard = get(configuration.settings().defaultCluster());
    }

    /**
     * Reads the configuration and finds the plugins.
     *
     * @param given executor plugins that need not be found
     * @param file a file in place of the one that a property or variable names
     * @param settings what the program sets over all files, in order
     * @throws ConfigurationException if the configuration has errors
     * @throws PluginException if the default cluster's plugin is missing or broken
     */
    public static Clusters open(
            List<ExecutorProvider<?>> given, Optional<Path> file, List<Consumer<ConfigurationLoader>> settings) {
        List<ClassLoader> loaders = new ArrayList<>();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader own = Clusters.class.getClassLoader();
        loaders.add(context == null ? own : context);
        loaders.add(own);
        @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type argument
        Class<ExecutorProvider<?>> kind = (Class) ExecutorProvider.class;
        Plugins<ExecutorProvider<?>> executors = Plugins.find(kind, "executor", given, loaders);

        Map<String, Class<? extends Record>> records = new TreeMap<>();
        executors.usable().forEach((name, provider) -> records.put(name, provider.settings()));
        ConfigurationLoader loader = new ConfigurationLoader(
                surroundings(file),
                new ExecutorPlugins(new TreeMap<>(records), executors::whenMissing),
                loaders.get(0));
        settings.forEach(s -> s.accept(loader));
        return new Clusters(loader.load(), executors, loaders.get(0), List.copyOf(loaders));
    }

    private static Surroundings surroundings(Optional<Path> file) {
        Surroundings process = Surroundings.ofProcess();
        if (file.isEmpty()) {
            return process;
        }
        Map<String, String> properties = new TreeMap<>(process.systemProperties());
        properties.put("clustrix.config", file.get().toAbsolutePath().toString());
        return new Surroundings(process.environment(), properties, process.home(), process.workingDirectory());
    }

    /** The default cluster. */
    public ClusterHandle defaultCluster() {
        return standard;
    }

    /** The names of all clusters, in alphabetical order. */
    public List<String> names() {
        return List.copyOf(configuration.settings().clusters().keySet());
    }

    /**
     * A cluster.
     *
     * @throws ConfigurationException if there is none of this name; the message has the nearest name and the list
     * @throws PluginException if its plugin is missing or broken
     */
    public ClusterHandle get(String name) {
        ClusterHandle known = handles.get(name);
        if (known != null) {
            return known;
        }
        ClusterBlock block = configuration.cluster(name);
        ExecutorProvider<?> provider = executors.get(block.executor());
        // Not computeIfAbsent with all of this inside: what throws there may not look at other clusters.
        ClusterHandle made = new ClusterHandle(block, maker(block, provider));
        ClusterHandle other = handles.putIfAbsent(name, made);
        return other == null ? made : other;
    }

    private <S extends Record> ClusterHandle.Maker<S> maker(ClusterBlock block, ExecutorProvider<S> provider) {
        return new ClusterHandle.Maker<>(
                provider, () -> configuration.pluginSettings(block, provider.settings()), () -> context(block));
    }

    private Context context(ClusterBlock block) {
        SerializerSettings wanted = configuration.settings().serializer();
        SerializerProvider serializer = Plugins.find(SerializerProvider.class, "serializer", List.of(), loaders)
                .get(wanted.name());
        SerializerOptions options = new SerializerOptions(wanted.filter(), wanted.properties());
        return new Context(
                block.name(),
                serializer,
                options,
                classes,
                block.common().maxTaskSizeWarning(),
                configuration.settings().cacheDirectory(),
                () -> ClassPath.of(classes));
    }

    /** Closes all executors, at once and within seconds. One that doesn't end is left behind with a warning. */
    public void close() {
        List<Thread> closers = new ArrayList<>();
        for (ClusterHandle handle : handles.values()) {
            Thread closer = new Thread(handle::close, "clustrix-close-" + handle.name());
            closer.setDaemon(true);
            closer.start();
            closers.add(closer);
        }
        long end = System.nanoTime() + CLOSE_LIMIT.toNanos();
        boolean interrupted = false;
        for (Thread closer : closers) {
            interrupted |= joined(closer, end);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean joined(Thread closer, long end) {
        boolean interrupted = false;
        long left = end - System.nanoTime();
        while (closer.isAlive() && left > 0) {
            try {
                closer.join(Math.max(1, left / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true; // closing goes on: what it ends would live on otherwise
            }
            left = end - System.nanoTime();
        }
        if (closer.isAlive()) {
            @Nullable StackTraceElement[] trace = closer.getStackTrace();
            log.warn(
                    "{}: the executor did not close within {} s and is left behind; it is at {}",
                    closer.getName(),
                    CLOSE_LIMIT.toSeconds(),
                    trace.length == 0 ? "its end" : trace[0]);
        }
        return interrupted;
    }
}
