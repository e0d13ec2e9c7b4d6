package io.clustrix.internal.batch;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.clustrix.internal.codec.PooledCodec;
import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.BasicProvider;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.environment.TimeoutProvisioner;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerClient;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskCodec;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Work;
import io.clustrix.worker.BatchWorker;
import io.clustrix.worker.JdkSerializerProvider;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A whole cluster in a directory: a scheduler, a host with trouble, and the engine in front of them. */
final class FakeSite implements AutoCloseable {
    /** No future may hang: what takes longer than this has failed. */
    private static final int LONGEST_SECONDS = 40;

    final Path root;
    final Path state;
    final Path work;
    final FaultyHost host;
    final Runs runs;
    final BatchExecutor executor;

    static final class Setup {
        Optional<String> java = Optional.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> setup = List.of();
        String provisioner = "basic";
        Duration timeout = Duration.ofSeconds(20);
        boolean checkOnHost = false;

        /** In place of basic alone. */
        Optional<EnvironmentProvisioner> environment = Optional.empty();

        int largestArray = 1000;
        int mapElements = 8;
        int attempts = 3;
        int statusPerMinute = 10_000;
        Duration result = Duration.ofMillis(700);
        Duration unknown = Duration.ofMillis(400);
        Duration statusMax = Duration.ofMillis(300);
        BatchSettings.CleanUp cleanUp = BatchSettings.CleanUp.ON_SUCCESS;
        Duration retryDelay = Duration.ofMillis(10);
        OptionalInt concurrentElements = OptionalInt.empty();
        int submitsPerMinute = 10_000;
        Optional<Duration> lease = Optional.empty();
        BatchSettings.OnClose onClose = BatchSettings.OnClose.CANCEL;

        BatchSettings settings(Path work) {
            return new BatchSettings(
                    Optional.empty(),
                    "ssh",
                    work.toString(),
                    new BatchSettings.EnvironmentSettings(
                            provisioner,
                            timeout,
                            new BatchSettings.EnvironmentSettings.Fallback(Duration.ofSeconds(20)),
                            Map.of(),
                            java,
                            Optional.empty(),
                            List.of(),
                            checkOnHost,
                            true,
                            List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto"),
                            List.of(),
                            setup,
                            Map.of()),
                    mapElements,
                    concurrentElements,
                    submitsPerMinute,
                    true,
                    new BatchSettings.Poll(
                            Duration.ofMillis(20),
                            Duration.ofMillis(100),
                            Duration.ofMillis(100),
                            statusMax,
                            statusPerMinute),
                    new BatchSettings.Retry(attempts, true, true, 0, false, false, 1.5, 2, retryDelay),
                    new BatchSettings.Patience(
                            Duration.ofSeconds(20),
                            Duration.ofSeconds(20),
                            Duration.ofMillis(500),
                            result,
                            unknown,
                            Duration.ofMillis(300)),
                    cleanUp,
                    Duration.ofDays(14),
                    onClose,
                    lease);
        }
    }

    FakeSite(Path root, Setup setup) throws IOException {
        this.root = root;
        state = Files.createDirectories(root.resolve("scheduler"));
        work = root.resolve("work dir");
        Path program = Files.writeString(root.resolve("fake"), FakeScheduler.SCRIPT);
        host = new FaultyHost(new LocalShell(root));
        runs = new Runs(root.resolve("state"), Duration.ofDays(7), false);
        executor = new BatchExecutor(
                setup.settings(work),
                "fake",
                new FakeScheduler(program, state, setup.largestArray),
                host,
                environments(setup, work),
                new Context(root.resolve("cache")),
                runs);
    }

    /** The same with a scheduler that a client calls. */
    FakeSite(Path root, Setup setup, Function<Runnable, SchedulerClient> client) throws IOException {
        this.root = root;
        state = Files.createDirectories(root.resolve("scheduler"));
        work = root.resolve("work dir");
        host = new FaultyHost(new LocalShell(root));
        runs = new Runs(root.resolve("state"), Duration.ofDays(7), false);
        executor = BatchExecutor.of(
                setup.settings(work),
                "fake",
                client,
                environments(setup, work),
                new Context(root.resolve("cache")),
                runs);
    }

    static Environments environments(Setup setup, Path work) {
        EnvironmentProvisioner basic = new BasicProvider().create(Map.of(), work);
        return new Environments(
                setup.settings(work).environment(),
                setup.environment
                        .<EnvironmentProvisioner>map(
                                e -> new TimeoutProvisioner(e, basic, setup.timeout, Duration.ofSeconds(20)))
                        .orElseGet(() -> TimeoutProvisioner.basic(basic, Duration.ofSeconds(20))));
    }

    record Context(Path cacheDirectory, SerializerProvider serializer, TaskCodec codec) implements ExecutorContext {
        Context(Path cache) {
            this(cache, new JdkSerializerProvider());
        }

        private Context(Path cache, SerializerProvider serializer) {
            this(
                    cache,
                    serializer,
                    new PooledCodec(
                            serializer,
                            SerializerOptions.none(),
                            FakeSite.class.getClassLoader(),
                            Memory.ofMebibytes(1)));
        }

        @Override
        public String cluster() {
            return "hpc";
        }

        @Override
        public SerializerOptions serializerOptions() {
            return SerializerOptions.none();
        }

        @Override
        public List<Path> classPath() {
            return List.of(place(JobKey.class), place(BatchWorker.class), place(Tasks.class));
        }

        private static Path place(Class<?> owner) {
            try {
                return Path.of(owner.getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Counts what the engine tells of a job. */
    static final class Told implements JobListener {
        private final CompletableFuture<Map<Integer, TaskResult>> all = new CompletableFuture<>();
        private final Map<Integer, TaskResult> results = new HashMap<>();
        private final int tasks;
        final List<JobStatus> statuses = new CopyOnWriteArrayList<>();
        final List<String> retried = new CopyOnWriteArrayList<>();
        final List<Long> staged = new CopyOnWriteArrayList<>();
        final List<String> problems = new CopyOnWriteArrayList<>();
        volatile Submission submission;

        Told(int tasks) {
            this.tasks = tasks;
        }

        @Override
        public boolean wantsOutput() {
            return false;
        }

        @Override
        public void changed(JobStatus status) {
            statuses.add(status);
        }

        @Override
        public void staged(long bytes) {
            staged.add(bytes);
        }

        @Override
        public void retried(int tasks, JobStatus why) {
            retried.add(tasks + " " + why.state());
        }

        @Override
        public synchronized void completed(int task, TaskResult result) {
            if (results.put(task, result) != null) {
                problems.add("task " + task + " was completed twice");
            }
            if (results.size() == tasks) {
                all.complete(Map.copyOf(results));
            }
        }

        /** The results of all tasks, within a bound. */
        Map<Integer, TaskResult> results() throws InterruptedException, ExecutionException {
            try {
                Map<Integer, TaskResult> r = all.get(LONGEST_SECONDS, SECONDS);
                if (!problems.isEmpty()) {
                    throw new AssertionError(problems);
                }
                return r;
            } catch (TimeoutException e) {
                synchronized (this) {
                    throw new AssertionError(
                            "no future may hang; of " + tasks + " tasks these have ended: " + results.keySet()
                                    + "; the job was told to be " + statuses,
                            e);
                }
            }
        }

        boolean isOver() {
            return all.isDone();
        }

        /** How many tasks have ended. */
        synchronized int ended() {
            return results.size();
        }

        Object value(int task) throws InterruptedException, ExecutionException {
            TaskResult r = results().get(task);
            if (r instanceof TaskResult.Success s) {
                return s.value();
            }
            throw new AssertionError("task " + task + " failed", ((TaskResult.Failure) r).error());
        }

        Throwable failure(int task) throws InterruptedException, ExecutionException {
            TaskResult r = results().get(task);
            if (r instanceof TaskResult.Failure f) {
                return f.error();
            }
            throw new AssertionError("task " + task + " did not fail");
        }

        List<Object> values() throws InterruptedException, ExecutionException {
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < tasks; i++) {
                values.add(value(i));
            }
            return values;
        }
    }

    static JobKey key() {
        ThreadLocalRandom r = ThreadLocalRandom.current();
        return new JobKey(System.currentTimeMillis() << 16 | r.nextInt(1 << 16), r.nextLong());
    }

    Told call(RemoteCallable<Object> function) {
        return submit(new Job(key(), new Work.Call(function), JobOptions.named("call")));
    }

    Told map(RemoteIntFunction<Object> function, int tasks, int chunk, ErrorPolicy onError) {
        return submit(new Job(
                key(),
                new Work.Range(function, 0, tasks),
                new JobOptions("map", Resources.none(), OptionalInt.of(chunk), onError, Map.of(), Optional.empty())));
    }

    Told submit(Job job) {
        Told told = new Told(job.tasks());
        told.submission = executor.submit(job, told);
        return told;
    }

    /** How many jobs the scheduler has got. */
    int submissions() throws IOException {
        try (var jobs = Files.list(state)) {
            return (int) jobs.filter(j -> j.getFileName().toString().matches("[0-9]+"))
                    .count();
        }
    }

    String cancelled() throws IOException {
        Path file = state.resolve("cancelled");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /** The jobs of its only run, once all of them are over by the journal. */
    List<JobView> overJobs() throws Exception {
        Path home = RunFiles.directory(root.resolve("state")).resolve(runs.ids().get(0));
        await("the journal to say that they are over", () -> {
            try {
                return JobView.of(home).stream().allMatch(job -> job.state().isPresent());
            } catch (IOException e) {
                return false;
            }
        });
        return JobView.of(home);
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + SECONDS.toNanos(LONGEST_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("in vain was awaited: " + what);
            }
            MILLISECONDS.sleep(10);
        }
    }

    @Override
    public void close() {
        executor.close();
        runs.close();
        try (LocalShell shell = new LocalShell(root);
                var files = Files.walk(state)) {
            for (Path pid : files.filter(f -> f.toString().endsWith(".pid")).toList()) {
                if (!Files.exists(Path.of(pid.toString().replace(".pid", ".end")))) {
                    shell.run(io.clustrix.spi.Command.of(
                            "kill", "-KILL", "--", "-" + Files.readString(pid).strip()));
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
