package io.clustrix.internal.wiring;

import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.batch.Runs;
import io.clustrix.internal.classpath.ClassPath;
import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.config.BatchSettings.EnvironmentSettings;
import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SectionShape;
import io.clustrix.internal.config.SerializerSettings;
import io.clustrix.internal.config.Surroundings;
import io.clustrix.internal.environment.BasicProvider;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.environment.TimeoutProvisioner;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.internal.plugins.Plugins;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.HostProvider;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.ProvisionerProvider;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
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
    private final Installed installed;
    private final Credentials credentials;
    private final Runs runs;
    private final ClassLoader classes;
    private final List<ClassLoader> loaders;
    private final ConcurrentHashMap<String, ClusterHandle> handles = new ConcurrentHashMap<>();
    private final ClusterHandle standard;

    /** The plugins that were found. */
    private record Installed(
            Plugins<ExecutorProvider<?>> executors,
            Plugins<DialectProvider<?>> dialects,
            Plugins<HostProvider<?>> hosts,
            Plugins<ProvisionerProvider> provisioners) {

        SortedMap<String, SectionShape> shapes() {
            SortedMap<String, SectionShape> shapes = new TreeMap<>();
            dialects.usable()
                    .forEach((name, provider) -> shapes.put(
                            name, new SectionShape(List.of(BatchSettings.class, provider.settings()), hostSettings())));
            executors.usable().forEach((name, provider) -> shapes.put(name, SectionShape.of(provider.settings())));
            return shapes;
        }

        SortedMap<String, Class<? extends Record>> hostSettings() {
            SortedMap<String, Class<? extends Record>> settings = new TreeMap<>();
            hosts.usable().forEach((name, provider) -> settings.put(name, provider.settings()));
            return settings;
        }

        /** What to do about an executor that is neither kind of plugin. */
        List<String> whenMissing(String name) {
            List<String> hints = new ArrayList<>(executors.whenMissing(name));
            if (!dialects.usable().isEmpty()) {
                hints.add("these schedulers are there: "
                        + String.join(", ", dialects.usable().keySet()));
            }
            dialects.faults().forEach(f -> hints.add("this one can't be used: " + f));
            return hints;
        }
    }

    private Clusters(
            Configuration configuration,
            Installed installed,
            Credentials credentials,
            ClassLoader classes,
            List<ClassLoader> loaders) {
        this.configuration = configuration;
        this.installed = installed;
        this.credentials = credentials;
        this.runs = new Runs(
                configuration.settings().stateDirectory(),
                configuration.settings().keepRuns());
        this.classes = classes;
        this.loaders = loaders;
        this.standard = get(configuration.settings().defaultCluster());
    }

    /**
     * Reads the configuration and finds the plugins.
     *
     * @param given executor plugins that need not be found
     * @param credentials answers to what log-ins ask
     * @param file a file in place of the one that a property or variable names
     * @param settings what the program sets over all files, in order
     * @throws ConfigurationException if the configuration has errors
     * @throws PluginException if the default cluster's plugin is missing or broken
     */
    public static Clusters open(
            List<ExecutorProvider<?>> given,
            Credentials credentials,
            Optional<Path> file,
            List<Consumer<ConfigurationLoader>> settings) {
        List<ClassLoader> loaders = new ArrayList<>();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader own = Clusters.class.getClassLoader();
        loaders.add(context == null ? own : context);
        loaders.add(own);
        Installed installed = found(given, loaders);
        ConfigurationLoader loader = new ConfigurationLoader(
                surroundings(file),
                new ExecutorPlugins(installed.shapes(), installed.hostSettings(), installed::whenMissing),
                loaders.get(0));
        settings.forEach(s -> s.accept(loader));
        return new Clusters(loader.load(), installed, credentials, loaders.get(0), List.copyOf(loaders));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type argument
    private static Installed found(List<ExecutorProvider<?>> given, List<ClassLoader> loaders) {
        Class<ExecutorProvider<?>> executor = (Class) ExecutorProvider.class;
        Class<DialectProvider<?>> dialect = (Class) DialectProvider.class;
        Class<HostProvider<?>> host = (Class) HostProvider.class;
        return new Installed(
                Plugins.find(executor, "executor", given, loaders),
                Plugins.find(dialect, "scheduler", List.of(), loaders),
                Plugins.find(host, "transport", List.of(), loaders),
                Plugins.find(ProvisionerProvider.class, "provisioner", List.of(), loaders));
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
        DialectProvider<?> dialect = installed.dialects().usable().get(block.executor());
        ExecutorProvider<?> provider = installed.executors().usable().get(block.executor());
        // Not computeIfAbsent with all of this inside: what throws there may not look at other clusters.
        ClusterHandle made = new ClusterHandle(
                block,
                provider == null && dialect != null
                        ? batchMaker(block, dialect)
                        : maker(block, installed.executors().get(block.executor())));
        ClusterHandle other = handles.putIfAbsent(name, made);
        return other == null ? made : other;
    }

    private <S extends Record> ClusterHandle.Maker maker(ClusterBlock block, ExecutorProvider<S> provider) {
        return new ClusterHandle.Maker() {
            @Override
            public Executor make() {
                return provider.create(settings(), context(block));
            }

            @Override
            public List<String> check(JobOptions options) {
                return provider.check(settings(), options);
            }

            private S settings() {
                return configuration.pluginSettings(block, provider.settings());
            }
        };
    }

    private <S extends Record> ClusterHandle.Maker batchMaker(ClusterBlock block, DialectProvider<S> provider) {
        return new ClusterHandle.Maker() {
            @Override
            public Executor make() {
                BatchSettings batch = configuration.pluginSettings(block, BatchSettings.class);
                return new BatchExecutor(
                        batch,
                        provider.name(),
                        provider.create(settings()),
                        host(block, batch),
                        environments(block, batch.environment()),
                        context(block),
                        runs);
            }

            @Override
            public List<String> check(JobOptions options) {
                return provider.check(settings(), options);
            }

            private S settings() {
                return configuration.pluginSettings(block, provider.settings());
            }
        };
    }

    private Host host(ClusterBlock block, BatchSettings batch) {
        if (batch.host().isEmpty()) {
            return new LocalShell();
        }
        return connected(block, batch.host().get(), installed.hosts().get(batch.transport()));
    }

    /** What jobs run in: by the provisioner that is asked for, within its time, or else by the basic one. */
    private Environments environments(ClusterBlock block, EnvironmentSettings wanted) {
        Path cache = configuration.settings().cacheDirectory();
        EnvironmentProvisioner basic =
                installed.provisioners().get(BasicProvider.NAME).create(Map.of(), cache);
        Duration basicLimit = wanted.fallback().timeout();
        if (wanted.provisioner().equals(BasicProvider.NAME)) {
            return new Environments(wanted, TimeoutProvisioner.basic(basic, basicLimit));
        }
        EnvironmentProvisioner first;
        try {
            first = installed.provisioners().get(wanted.provisioner()).create(wanted.properties(), cache);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "cluster " + block.name() + ": the provisioner " + wanted.provisioner() + " refuses its settings: "
                            + e.getMessage(),
                    List.of("correct environment.properties in the cluster's block"),
                    e);
        }
        return new Environments(
                wanted, TimeoutProvisioner.named(wanted.provisioner(), first, basic, wanted.timeout(), basicLimit));
    }

    private <S extends Record> Host connected(ClusterBlock block, String destination, HostProvider<S> provider) {
        return provider.connect(
                destination,
                configuration.innerSettings(block, provider.name(), provider.settings()),
                new Surrounding(block.name(), credentials, configuration.home()));
    }

    /** What a host is given. */
    private record Surrounding(String cluster, Credentials credentials, Path home) implements HostContext {}

    /** The run of this program, and those of others that it has attached to. */
    public Runs runs() {
        return runs;
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
        runs.close();
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
