package io.clustrix;

import com.typesafe.config.Config;
import io.clustrix.internal.batch.AttachedJob;
import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.batch.RunBook;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.wiring.Clusters;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Placement;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Traits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The door to all clusters of a configuration; as a {@link Submitter} it is the default cluster's.
 *
 * <pre>{@code
 * try (Clustrix clustrix = Clustrix.open()) {
 *     int answer = clustrix.submit(() -> 6 * 7).join();
 *     List<Integer> squares = clustrix.on("hpc").map(List.of(1, 2, 3), x -> x * x).join();
 * }
 * }</pre>
 *
 * <p>Opening reads and checks the configuration and starts nothing: each cluster's executor is made when it is first
 * used, and kept until {@link #close}. An application needs one Clustrix.
 *
 * <p>A cluster is this machine, or whatever its block in the configuration names: the calls are the same. Jobs on a
 * cluster with a scheduler go on when the program dies, and another program can {@linkplain #attach take them up}.
 *
 * <p><b>Threads:</b> thread-safe. Its threads are daemons and named {@code clustrix-...}.
 */
public final class Clustrix implements Submitter, AutoCloseable {
    private final Engine engine;
    private final Clusters clusters;
    private final ClusterSubmitter standard;

    private Clustrix(Clusters clusters, List<RunListener> listeners) {
        this.engine = new Engine(listeners);
        this.clusters = clusters;
        this.standard = new ClusterSubmitter(engine, clusters.defaultCluster(), CallOptions.none(engine.listeners()));
    }

    /**
     * Opens what the configuration files, environment and class path say.
     *
     * @throws ConfigurationException if the configuration has errors; the message names them all, with file and line
     * @throws PluginException if the default cluster's plugin is missing or broken
     */
    public static Clustrix open() {
        return builder().open();
    }

    /** For a Clustrix that differs from what the configuration says. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A submitter for a cluster of the configuration.
     *
     * @param cluster its name, for instance {@code hpc} for the block {@code clustrix.clusters.hpc}
     * @throws ConfigurationException if there is none of that name; the message has the nearest name and the list
     * @throws PluginException if its plugin is missing or broken
     */
    public Submitter on(String cluster) {
        return on(cluster, CallOptions.none(engine.listeners()));
    }

    ClusterSubmitter on(String cluster, CallOptions options) {
        return new ClusterSubmitter(engine, clusters.get(cluster), options);
    }

    ClusterSubmitter standard() {
        return standard;
    }

    List<GuardedListener> listeners() {
        return engine.listeners();
    }

    /**
     * The id of this program's run, by which another program can {@linkplain #attach attach} to its jobs should this
     * one die; empty as long as it has submitted none to a cluster that can be attached to.
     */
    public Optional<String> runId() {
        return clusters.runs().current().map(RunBook::id);
    }

    /** The ids of the runs of this user on this machine that are still known, oldest first. */
    public List<String> runs() {
        return clusters.runs().ids();
    }

    /**
     * Takes up the jobs of a program that has ended or was killed: what had finished is there, what runs completes,
     * what had not been submitted is submitted, and nothing that was submitted is submitted again.
     *
     * @param runId what {@link #runId} was there; {@link #runs} lists them
     * @return the jobs, which are now this Clustrix's own
     * @throws ConfigurationException if there is no such run, its program is alive, or one of its clusters is not in
     *     the configuration
     */
    public AttachedRun attach(String runId) {
        RunBook book = clusters.runs().attach(runId);
        try {
            book.jobs().forEach(job -> executor(book, job)); // all of them or none
        } catch (RuntimeException e) {
            clusters.runs().giveBack(book);
            throw e;
        }
        List<JobFuture<?>> futures = new ArrayList<>();
        for (AttachedJob job : book.jobs()) {
            futures.add(resumed(book, job));
        }
        return new AttachedRun(book.id(), futures);
    }

    private BatchExecutor executor(RunBook book, AttachedJob attached) {
        if (!(clusters.get(attached.cluster()).executor() instanceof BatchExecutor executor)) {
            throw new ConfigurationException("job " + attached.key() + " of run " + book.id() + " runs on cluster "
                    + attached.cluster() + ", whose executor is now another one, which can't take it up");
        }
        return executor;
    }

    private JobFuture<?> resumed(RunBook book, AttachedJob attached) {
        BatchExecutor executor = executor(book, attached);
        Job job = new Job(attached.key(), attached.work(), attached.options());
        if (attached.isSingle()) {
            CallFuture<Object> future = new CallFuture<>(engine, job, engine.listeners());
            engine.began(future);
            future.submitted(executor.resume(book, attached, future));
            return future;
        }
        MapRun<Object> future = new MapRun<>(engine, job, engine.listeners());
        engine.began(future);
        future.submitted(executor.resume(book, attached, future));
        return future;
    }

    /** The names of the clusters of the configuration, in alphabetical order. */
    public List<String> clusters() {
        return clusters.names();
    }

    /**
     * Where a job stands. Never fails: the status of a job that is not known here is
     * {@link io.clustrix.spi.JobState#UNKNOWN}, with a detail that says so.
     */
    public JobStatus status(JobKey key) {
        return engine.status(key);
    }

    /**
     * An object that runs the methods annotated with {@link Cluster} on their clusters when they are called, and all
     * others where they are called.
     *
     * <p>The annotation is looked for on the implementation's method, then on the interface's; one on either class
     * holds for its methods where theirs says nothing. A method that returns a {@link java.util.concurrent.Future},
     * {@link java.util.concurrent.CompletionStage}, {@link java.util.concurrent.CompletableFuture} or {@link JobFuture}
     * returns at once, and the value of the future that the implementation returns, on the cluster, becomes that of the
     * future that the caller has. Any other method waits for its result and throws what the implementation throws, as
     * it is.
     *
     * @param <T> the interface
     * @param type an interface
     * @param implementation what runs, on the cluster: it is shipped with each call
     * @throws IllegalArgumentException if {@code type} is no interface
     * @throws ConfigurationException if an annotation makes no sense; the message names every problem with class,
     *     method and attribute
     */
    public <T> T proxy(Class<T> type, T implementation) {
        return ClusterMethods.proxy(this, type, implementation);
    }

    /**
     * Cancels what is unfinished and ends all threads and processes, within seconds. Unfinished futures fail with a
     * {@link java.util.concurrent.CancellationException}. Calling it again does nothing.
     */
    @Override
    public void close() {
        if (engine.close()) {
            clusters.close();
            engine.end();
        }
    }

    /** The name of the default cluster. */
    @Override
    public String cluster() {
        return standard.cluster();
    }

    @Override
    public Submitter withResources(Resources resources) {
        return standard.withResources(resources);
    }

    @Override
    public Submitter withResources(UnaryOperator<Resources.Builder> change) {
        return standard.withResources(change);
    }

    @Override
    public Submitter withTimeout(Duration limit) {
        return standard.withTimeout(limit);
    }

    @Override
    public Submitter withName(String name) {
        return standard.withName(name);
    }

    @Override
    public Submitter withChunkSize(int tasks) {
        return standard.withChunkSize(tasks);
    }

    @Override
    public Submitter onError(ErrorPolicy policy) {
        return standard.onError(policy);
    }

    @Override
    public Submitter withVariable(String name, String value) {
        return standard.withVariable(name, value);
    }

    @Override
    public Submitter withDirectory(Path directory) {
        return standard.withDirectory(directory);
    }

    @Override
    public Submitter withListener(RunListener listener) {
        return standard.withListener(listener);
    }

    @Override
    public <T extends @Nullable Object> JobFuture<T> submit(RemoteCallable<T> task) {
        return standard.submit(task);
    }

    @Override
    public JobFuture<@Nullable Void> submit(RemoteRunnable task) {
        return standard.submit(task);
    }

    @Override
    public <A extends @Nullable Object, B extends @Nullable Object> MapFuture<B> map(
            Iterable<? extends A> items, RemoteFunction<? super A, ? extends B> function) {
        return standard.map(items, function);
    }

    @Override
    public <B extends @Nullable Object> MapFuture<B> map(int from, int to, RemoteIntFunction<? extends B> function) {
        return standard.map(from, to, function);
    }

    @Override
    public <A extends @Nullable Object> MapFuture<@Nullable Void> forEach(
            Iterable<? extends A> items, RemoteConsumer<? super A> action) {
        return standard.forEach(items, action);
    }

    @Override
    public Placement explain(RemoteCallable<?> task) {
        return standard.explain(task);
    }

    @Override
    public Traits traits() {
        return standard.traits();
    }

    /**
     * Says how a Clustrix differs from what the configuration files say. Not thread-safe; each method returns this
     * builder.
     */
    public static final class Builder {
        private final List<Consumer<ConfigurationLoader>> settings = new ArrayList<>();
        private final List<RunListener> listeners = new ArrayList<>();
        private final List<ExecutorProvider<?>> providers = new ArrayList<>();
        private Optional<Path> file = Optional.empty();
        private Credentials credentials = question -> Optional.empty();

        private Builder() {}

        /**
         * Sets what stands in the block {@code clustrix} of a configuration, over all files and the environment and
         * over what was set before. The defaults in what {@code ConfigFactory.load()} returns are left where they
         * belong. Keys outside of that block don't count; {@link #open} fails if there are only such.
         */
        public Builder config(Config config) {
            Objects.requireNonNull(config, "config");
            settings.add(loader -> loader.with(config));
            return this;
        }

        /**
         * Reads this file, in place of the one that the system property {@code clustrix.config} or the environment
         * variable {@code CLUSTRIX_CONFIG} names. {@link #open} fails if it does not exist.
         */
        public Builder configFile(Path path) {
            file = Optional.of(path);
            return this;
        }

        /**
         * Sets one key, over all files and the environment and over what was set before.
         *
         * @param key below {@code clustrix}, for instance {@code clusters.hpc.timeout}
         * @param value a text as in a file, a number, a boolean, a {@link Duration}, {@link io.clustrix.spi.Memory},
         *     {@link Path}, {@link io.clustrix.spi.Secret} or enum, or a list or map of these
         * @throws IllegalArgumentException from {@link #open}, if the key is not of the form of one or the value of
         *     another type
         */
        public Builder set(String key, Object value) {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(value, "value");
            settings.add(loader -> loader.set(key, value));
            return this;
        }

        /** Another default cluster than the configuration's. */
        public Builder defaultCluster(String name) {
            return set("default-cluster", name);
        }

        /** A listener for all jobs. */
        public Builder listener(RunListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * A plugin that need not be found by {@link java.util.ServiceLoader}; it goes before one of the same name that
         * is.
         */
        public Builder executorProvider(ExecutorProvider<?> provider) {
            providers.add(Objects.requireNonNull(provider, "provider"));
            return this;
        }

        /**
         * Who answers what a log-in on a host asks that no setting has said: a password, the passphrase of a key, a
         * one-time code. Without it nobody is asked.
         */
        public Builder credentials(Credentials answers) {
            credentials = Objects.requireNonNull(answers, "answers");
            return this;
        }

        /**
         * Reads and checks the configuration. May be called again, for another Clustrix.
         *
         * @throws ConfigurationException if the configuration has errors; the message names them all, with file and
         *     line
         * @throws PluginException if the default cluster's plugin is missing or broken
         */
        public Clustrix open() {
            return new Clustrix(Clusters.open(providers, credentials, file, settings), listeners);
        }
    }
}
