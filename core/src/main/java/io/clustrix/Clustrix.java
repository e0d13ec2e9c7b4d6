package io.clustrix;

import com.typesafe.config.Config;
import io.clustrix.doctor.Doctor;
import io.clustrix.files.ClusterFileSystem;
import io.clustrix.history.JobInfo;
import io.clustrix.history.LogText;
import io.clustrix.history.RunHistory;
import io.clustrix.internal.batch.AttachedJob;
import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.batch.JobView;
import io.clustrix.internal.batch.RunBook;
import io.clustrix.internal.batch.RunFiles;
import io.clustrix.internal.config.ConfigurationLoader;
import io.clustrix.internal.doctor.Examination;
import io.clustrix.internal.doctor.RoundTrip;
import io.clustrix.internal.wiring.Clusters;
import io.clustrix.internal.wiring.StateDirectory;
import io.clustrix.setup.PluginInfo;
import io.clustrix.setup.Setup;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Placement;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.Resources;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Traits;
import io.clustrix.worker.NodeReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
            future.submitted(attached.cluster(), executor.resume(book, attached, future));
            return future;
        }
        MapRun<Object> future = new MapRun<>(engine, job, engine.listeners());
        engine.began(future);
        future.submitted(attached.cluster(), executor.resume(book, attached, future));
        return future;
    }

    /** What was run: the runs of this user on this machine and their jobs, also those of programs that live. */
    public RunHistory history() {
        return RunHistory.in(clusters.stateDirectory());
    }

    /**
     * Asks the scheduler for the state of a job of any run, whoever has it. Takes nothing up.
     *
     * @return by the scheduler's ids, of arrays by element; what the scheduler does not know any more is absent. Empty
     *     for a scheduler that is called over the network, such as k8s, which only the job's own program may ask
     * @throws ConfigurationException if the job's cluster is not in the configuration
     * @throws io.clustrix.spi.HostException if the scheduler can't be reached
     * @throws io.clustrix.spi.SchedulerException if it does not answer
     */
    public Map<NativeId, JobStatus> ask(JobInfo job) throws InterruptedException {
        return batch(job).ask(job.nativeIds());
    }

    /**
     * Asks the scheduler when it expects to start what waits of a job of any run. It is a guess of the scheduler's,
     * which changes with what others submit.
     *
     * @return by the scheduler's ids, of arrays once, for their first waiting element; absent is what the scheduler has
     *     no guess for. Empty for schedulers that tell none, such as Grid Engine and Kubernetes
     * @throws ConfigurationException if the job's cluster is not in the configuration
     * @throws io.clustrix.spi.HostException if the scheduler can't be reached
     * @throws io.clustrix.spi.SchedulerException if it does not answer
     */
    public Map<NativeId, Instant> expectedStarts(JobInfo job) throws InterruptedException {
        return batch(job).starts(job.nativeIds());
    }

    /**
     * Has the scheduler cancel what it has of a job of any run, whoever has it. The program that has the job sees its
     * elements cancelled; what it has not submitted yet, it may submit still. To end a job whose program is dead,
     * {@link #attach} and cancel.
     *
     * @return whether the scheduler has taken the order
     * @throws ConfigurationException if the job's cluster is not in the configuration
     * @throws io.clustrix.spi.HostException if the scheduler can't be reached
     */
    public boolean cancel(JobInfo job) throws InterruptedException {
        return batch(job).cancel(job.nativeIds());
    }

    /**
     * Looks which jobs of any runs have a directory on their cluster still: those that have failed, with
     * {@code clean-up = on-success}, those that go on, or those that nobody could clean up after.
     *
     * @param jobs all of one cluster
     * @throws IllegalArgumentException if they are of several
     * @throws ConfigurationException if their cluster is not in the configuration, or a journal is gone
     * @throws io.clustrix.spi.HostException if the host can't be reached
     */
    public List<JobInfo> kept(Collection<JobInfo> jobs) throws InterruptedException {
        if (jobs.isEmpty()) {
            return List.of();
        }
        BatchExecutor executor = oneBatch(jobs);
        Set<JobKey> kept = new HashSet<>();
        executor.kept(views(jobs)).forEach(view -> kept.add(view.key()));
        return jobs.stream().filter(job -> kept.contains(job.key())).toList();
    }

    /**
     * Removes the directories of jobs of any runs on their cluster, and what a scheduler that is called over the
     * network, such as k8s, keeps of them. Left alone is a job that has not ended, by its journal or by what the
     * scheduler says, and everything that is not of these jobs, such as jars that others use too.
     *
     * @param jobs all of one cluster
     * @return those that have a directory still
     * @throws IllegalArgumentException if they are of several
     * @throws ConfigurationException if their cluster is not in the configuration, or a journal is gone
     * @throws io.clustrix.spi.HostException if the host can't be reached
     * @throws io.clustrix.spi.SchedulerException if the scheduler does not say whether they have ended
     */
    public List<JobInfo> clean(Collection<JobInfo> jobs) throws InterruptedException {
        if (jobs.isEmpty()) {
            return List.of();
        }
        oneBatch(jobs).clean(views(jobs));
        return kept(jobs);
    }

    private BatchExecutor oneBatch(Collection<JobInfo> jobs) {
        if (jobs.stream().map(JobInfo::cluster).distinct().count() != 1) {
            throw new IllegalArgumentException("jobs of one cluster are expected, and these are of several");
        }
        return batch(jobs.iterator().next());
    }

    private List<JobView> views(Collection<JobInfo> jobs) {
        Map<String, List<JobView>> runs = new HashMap<>();
        List<JobView> views = new ArrayList<>();
        for (JobInfo job : jobs) {
            views.add(view(job, runs.computeIfAbsent(job.run(), this::views)));
        }
        return views;
    }

    /**
     * Reads the output of a job of any run, as far as it lies in its directory on the cluster: with {@code clean-up =
     * on-success}, that of a job that has succeeded is gone.
     *
     * @param from where to go on in each log, by its name; what is not there is read from its beginning
     * @return a piece of each log that has more, of at most 256 KiB
     * @throws ConfigurationException if the job's cluster is not in the configuration
     * @throws io.clustrix.spi.HostException if the host can't be reached
     */
    public List<LogText> logs(JobInfo job, Map<String, Long> from) throws InterruptedException {
        List<LogText> pieces = new ArrayList<>();
        batch(job).logs(view(job), from, (file, next, text) -> pieces.add(new LogText(file, next, text)));
        return pieces;
    }

    /**
     * The outcomes of a job of any run that lie on this machine: those that its program has fetched, until it closes
     * its Clustrix, or until {@code keep-runs} is over with {@code keep-results = true}. Needs the classes of the
     * values, which the context class loader had when this was opened.
     *
     * @return by the tasks' numbers
     * @throws ConfigurationException if the job's cluster is not in the configuration
     */
    public SortedMap<Integer, TaskResult> results(JobInfo job) {
        TaskCodec codec = clusters.codec(job.cluster());
        SortedMap<Integer, TaskResult> results = new TreeMap<>();
        KeptResults.read(view(job), codec, results);
        return results;
    }

    private BatchExecutor batch(JobInfo job) {
        if (clusters.get(job.cluster()).executor() instanceof BatchExecutor executor) {
            return executor;
        }
        throw new ConfigurationException("job " + job.key() + " runs on cluster " + job.cluster()
                + ", whose executor is now another one, which knows nothing of it");
    }

    private JobView view(JobInfo job) {
        return view(job, views(job.run()));
    }

    private List<JobView> views(String run) {
        try {
            return JobView.of(RunFiles.directory(clusters.stateDirectory()).resolve(run));
        } catch (IOException e) {
            throw new ConfigurationException("run " + run + " can't be read: " + e.getMessage(), List.of(), e);
        }
    }

    private static JobView view(JobInfo job, List<JobView> views) {
        for (JobView view : views) {
            if (view.key().equals(job.key())) {
                return view;
            }
        }
        throw new ConfigurationException("run " + job.run() + " has no job " + job.key() + " any more");
    }

    /**
     * The files of a cluster: what its login node sees, or this machine. Connects at the first call of its methods, by
     * the connection that the cluster's jobs use too, and ends with this Clustrix.
     *
     * @param cluster its name
     * @throws ConfigurationException if there is none of that name, or its jobs see no files of a host, as on
     *     Kubernetes without a volume
     * @throws PluginException if its plugin is missing or broken
     */
    public ClusterFileSystem fileSystem(String cluster) {
        return ClusterFileSystem.of(cluster, clusters.get(cluster).host());
    }

    /** The files of the default cluster. */
    public ClusterFileSystem fileSystem() {
        return fileSystem(cluster());
    }

    /**
     * Looks for what is wrong with a cluster, or will be. Its job is one as any other, with the class path that jobs
     * get.
     *
     * @param cluster its name
     * @throws ConfigurationException if there is none of that name
     * @throws PluginException if its plugin is missing or broken
     */
    public Doctor doctor(String cluster) {
        return new Examination(
                clusters.patient(cluster),
                (directory, limit) -> roundTrip(cluster, directory, limit),
                Clock.systemUTC());
    }

    /** Looks for what is wrong with the default cluster. */
    public Doctor doctor() {
        return doctor(cluster());
    }

    private String roundTrip(String cluster, String directory, Duration limit) throws Exception {
        JobFuture<String> job = on(cluster).withName("clustrix-doctor").submit(new NodeReport(directory));
        try {
            return job.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new RoundTrip.StillWaiting(job.status());
        } finally {
            job.cancel(true);
        }
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
    public Preview preview(RemoteCallable<?> task) throws InterruptedException {
        return standard.preview(task);
    }

    @Override
    public <A extends @Nullable Object> Preview preview(
            Iterable<? extends A> items, RemoteFunction<? super A, ?> function) throws InterruptedException {
        return standard.preview(items, function);
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
        private Optional<List<Path>> classPath = Optional.empty();
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
         * The jars and directories that workers get, in this order, in place of this JVM's own class path. They must
         * have all that the jobs need but Clustrix itself.
         */
        public Builder classPath(List<Path> entries) {
            classPath = Optional.of(
                    entries.stream().map(p -> p.toAbsolutePath().normalize()).toList());
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
            return new Clustrix(Clusters.open(providers, credentials, file, settings, classPath), listeners);
        }

        /**
         * What was run, without opening anything: only the setting {@code state-directory} is read.
         *
         * @throws ConfigurationException if a configuration file can't be read, or the setting is no path
         */
        public RunHistory history() {
            return RunHistory.in(StateDirectory.of(file, settings));
        }

        /**
         * The configuration that {@link #open} would use.
         *
         * @throws ConfigurationException if the configuration has errors; the message names them all, with file and
         *     line
         */
        public Setup setup() {
            return Clusters.setup(providers, file, settings);
        }

        /** The plugins that {@link #open} would find. Reads no configuration. */
        public List<PluginInfo> plugins() {
            return Clusters.plugins(providers);
        }
    }
}
