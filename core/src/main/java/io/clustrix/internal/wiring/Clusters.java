package io.clustrix.internal.wiring;

import com.typesafe.config.ConfigUtil;
import io.clustrix.history.RunHistory;
import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.batch.Runs;
import io.clustrix.internal.classpath.ClassPath;
import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.config.BatchSettings.EnvironmentSettings;
import io.clustrix.internal.config.ClusterBlock;
import io.clustrix.internal.config.ClustrixSettings;
import io.clustrix.internal.config.Configuration;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.config.ExecutorPlugins;
import io.clustrix.internal.config.SectionShape;
import io.clustrix.internal.config.SerializerSettings;
import io.clustrix.internal.doctor.Patient;
import io.clustrix.internal.environment.BasicProvider;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.environment.TimeoutProvisioner;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.internal.plugins.Plugins;
import io.clustrix.report.ReportFormat;
import io.clustrix.report.RunReport;
import io.clustrix.setup.ClusterInfo;
import io.clustrix.setup.PluginInfo;
import io.clustrix.setup.SettingInfo;
import io.clustrix.setup.Setup;
import io.clustrix.spi.ClientContext;
import io.clustrix.spi.ClientProvider;
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
import io.clustrix.spi.TaskCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
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

    /** The executor whose jobs see this machine's files without a host. */
    private static final String LOCAL = "local";

    private final Configuration configuration;
    private final Installed installed;
    private final Credentials credentials;
    private final Runs runs;
    private final ClassLoader classes;
    private final List<ClassLoader> loaders;
    private final Optional<List<Path>> classPath;
    private final ConcurrentHashMap<String, ClusterHandle> handles = new ConcurrentHashMap<>();
    private final ClusterHandle standard;

    /** The plugins that were found. */
    private record Installed(
            Plugins<ExecutorProvider<?>> executors,
            Plugins<DialectProvider<?>> dialects,
            Plugins<ClientProvider<?>> clients,
            Plugins<HostProvider<?>> hosts,
            Plugins<ProvisionerProvider> provisioners) {

        SortedMap<String, SectionShape> shapes() {
            SortedMap<String, SectionShape> shapes = new TreeMap<>();
            dialects.usable()
                    .forEach((name, provider) -> shapes.put(
                            name, new SectionShape(List.of(BatchSettings.class, provider.settings()), hostSettings())));
            // No transports: a client has its own way.
            clients.usable()
                    .forEach((name, provider) -> shapes.put(
                            name,
                            new SectionShape(List.of(BatchSettings.class, provider.settings()), new TreeMap<>())));
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
            SortedSet<String> schedulers = new TreeSet<>(dialects.usable().keySet());
            schedulers.addAll(clients.usable().keySet());
            if (!schedulers.isEmpty()) {
                hints.add("these schedulers are there: " + String.join(", ", schedulers));
            }
            clients.faults().forEach(f -> hints.add("this one can't be used: " + f));
            dialects.faults().forEach(f -> hints.add("this one can't be used: " + f));
            return hints;
        }
    }

    private Clusters(
            Configuration configuration,
            Installed installed,
            Credentials credentials,
            Optional<List<Path>> classPath,
            List<ClassLoader> loaders) {
        this.configuration = configuration;
        this.installed = installed;
        this.credentials = credentials;
        this.runs = new Runs(
                configuration.settings().stateDirectory(),
                configuration.settings().keepRuns(),
                configuration.settings().keepResults());
        this.classes = loaders.get(0);
        this.loaders = loaders;
        this.classPath = classPath;
        this.standard = get(configuration.settings().defaultCluster());
    }

    /**
     * Reads the configuration and finds the plugins.
     *
     * @param given executor plugins that need not be found
     * @param credentials answers to what log-ins ask
     * @param file a file in place of the one that a property or variable names
     * @param settings what the program sets over all files, in order
     * @param classPath what workers get in place of this JVM's class path
     * @throws ConfigurationException if the configuration has errors
     * @throws PluginException if the default cluster's plugin is missing or broken
     */
    public static Clusters open(
            List<ExecutorProvider<?>> given,
            Credentials credentials,
            Optional<Path> file,
            List<Consumer<ConfigurationLoader>> settings,
            Optional<List<Path>> classPath) {
        List<ClassLoader> loaders = loaders();
        Installed installed = found(given, loaders);
        Configuration configuration =
                loader(file, settings, plugins(installed), loaders).load();
        return new Clusters(configuration, installed, credentials, classPath, loaders);
    }

    private static List<ClassLoader> loaders() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader own = Clusters.class.getClassLoader();
        return List.of(context == null ? own : context, own);
    }

    private static ExecutorPlugins plugins(Installed installed) {
        return new ExecutorPlugins(installed.shapes(), installed.hostSettings(), installed::whenMissing);
    }

    private static ConfigurationLoader loader(
            Optional<Path> file,
            List<Consumer<ConfigurationLoader>> settings,
            ExecutorPlugins plugins,
            List<ClassLoader> loaders) {
        ConfigurationLoader loader =
                new ConfigurationLoader(StateDirectory.surroundings(file), plugins, loaders.get(0));
        settings.forEach(s -> s.accept(loader));
        return loader;
    }

    /**
     * What {@link #open} would use.
     *
     * @throws ConfigurationException if the configuration has errors
     */
    public static Setup setup(
            List<ExecutorProvider<?>> given, Optional<Path> file, List<Consumer<ConfigurationLoader>> settings) {
        List<ClassLoader> loaders = loaders();
        Configuration configuration =
                loader(file, settings, plugins(found(given, loaders)), loaders).load();
        List<ClusterInfo> clusters = new ArrayList<>();
        ClustrixSettings known = configuration.settings();
        known.clusters().forEach((name, block) -> {
            String problem = "";
            String host = "";
            try {
                host = configuration.host(configuration.cluster(name)).orElse("");
            } catch (ConfigurationException e) {
                problem = String.valueOf(e.getMessage());
            }
            clusters.add(new ClusterInfo(name, block.executor(), host, name.equals(known.defaultCluster()), problem));
        });
        return new Setup(configuration.lines(), configuration.sources(), clusters, known.stateDirectory());
    }

    /** The plugins that there are, by kind and name. */
    public static List<PluginInfo> plugins(List<ExecutorProvider<?>> given) {
        List<ClassLoader> loaders = loaders();
        Installed installed = found(given, loaders);
        List<PluginInfo> all = new ArrayList<>();
        all.addAll(installed.executors().infos());
        all.addAll(installed.dialects().infos());
        all.addAll(installed.clients().infos());
        all.addAll(installed.hosts().infos());
        all.addAll(installed.provisioners().infos());
        all.addAll(Plugins.find(SerializerProvider.class, "serializer", List.of(), loaders)
                .infos());
        return List.copyOf(all);
    }

    /** Where runs have their journals. */
    public Path stateDirectory() {
        return configuration.settings().stateDirectory();
    }

    /** How a cluster's tasks and results become bytes. */
    public TaskCodec codec(String cluster) {
        return context(configuration.cluster(cluster)).codec();
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // a class literal has no type argument
    private static Installed found(List<ExecutorProvider<?>> given, List<ClassLoader> loaders) {
        Class<ExecutorProvider<?>> executor = (Class) ExecutorProvider.class;
        Class<DialectProvider<?>> dialect = (Class) DialectProvider.class;
        Class<ClientProvider<?>> client = (Class) ClientProvider.class;
        Class<HostProvider<?>> host = (Class) HostProvider.class;
        return new Installed(
                Plugins.find(executor, "executor", given, loaders),
                Plugins.find(dialect, "scheduler", List.of(), loaders),
                Plugins.find(client, "scheduler", List.of(), loaders),
                Plugins.find(host, "transport", List.of(), loaders),
                Plugins.find(ProvisionerProvider.class, "provisioner", List.of(), loaders));
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
        ClientProvider<?> client = installed.clients().usable().get(block.executor());
        // Not computeIfAbsent with all of this inside: what throws there may not look at other clusters.
        ClusterHandle.Maker maker;
        if (provider == null && dialect != null) {
            maker = batchMaker(block, dialect);
        } else if (provider == null && client != null) {
            maker = clientMaker(block, client);
        } else {
            maker = maker(block, installed.executors().get(block.executor()));
        }
        ClusterHandle made = new ClusterHandle(block, maker);
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

            @Override
            public boolean isHere() {
                return provider.name().equals(LOCAL);
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

    private <S extends Record> ClusterHandle.Maker clientMaker(ClusterBlock block, ClientProvider<S> provider) {
        return new ClusterHandle.Maker() {
            @Override
            public Executor make() {
                BatchSettings batch = configuration.pluginSettings(block, BatchSettings.class);
                if (batch.host().isPresent()) {
                    throw new ConfigurationException(
                            "cluster " + block.name() + ": executor = " + provider.name()
                                    + " has no host; it is reached in a way of its own",
                            "remove host = " + batch.host().get() + " from the cluster's block");
                }
                return BatchExecutor.of(
                        batch,
                        provider.name(),
                        changed -> provider.connect(
                                settings(), new Neighbourhood(block.name(), configuration.home(), changed)),
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

    /** What a client is given. */
    private record Neighbourhood(String cluster, Path home, Runnable news) implements ClientContext {
        @Override
        public Host thisMachine() {
            return new LocalShell();
        }

        @Override
        public void changed() {
            news.run();
        }
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
                () -> classPath.orElseGet(() -> ClassPath.of(classes)));
    }

    /**
     * What there is to be examined of a cluster.
     *
     * @throws ConfigurationException if there is none of this name
     * @throws PluginException if its plugin is missing or broken
     */
    public Patient patient(String name) {
        ClusterHandle handle = get(name);
        ClusterBlock block = configuration.cluster(name);
        DialectProvider<?> dialect = installed.dialects().usable().get(block.executor());
        Optional<Patient.Site> site =
                dialect == null || installed.executors().usable().containsKey(block.executor())
                        ? Optional.empty()
                        : Optional.of(site(handle, block, dialect));
        String below = "clustrix.clusters." + ConfigUtil.joinPath(name) + ".";
        List<SettingInfo> settings = configuration.lines().stream()
                .filter(line -> line.key().startsWith(below))
                .toList();
        return new Patient(name, block.executor(), handle.resources(), settings, site);
    }

    private <S extends Record> Patient.Site site(ClusterHandle handle, ClusterBlock block, DialectProvider<S> dialect) {
        BatchSettings batch = configuration.pluginSettings(block, BatchSettings.class);
        return new Patient.Site(
                batch,
                handle.host(),
                dialect.create(configuration.pluginSettings(block, dialect.settings())),
                environments(block, batch.environment()),
                environments(block, batch.environment().withAnyJava()));
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
        List<String> ended = runs.taken();
        runs.close();
        configuration.settings().reportDirectory().ifPresent(directory -> report(directory, ended));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What can't be written is no reason to fail: the runs are over, and "clustrix report" makes it later. */
    private void report(Path directory, List<String> ended) {
        RunHistory history = RunHistory.in(stateDirectory());
        for (String id : ended) {
            Path file = directory.resolve(id + ".html");
            try {
                RunReport.of(history, id).write(file, ReportFormat.HTML);
            } catch (IOException | RuntimeException e) {
                log.warn("The report of run {} can't be written to {}: {}", id, file, e.toString());
            }
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
