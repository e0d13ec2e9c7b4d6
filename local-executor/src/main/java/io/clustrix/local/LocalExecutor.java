package io.clustrix.local;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Placement;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Submission;
import io.clustrix.spi.Traits;
import io.clustrix.worker.WorkerSetup;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs jobs on this machine, on threads or in worker processes.
 *
 * <p>Threads and processes are started by the first job that needs them, and end with {@link #close}.
 */
final class LocalExecutor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(LocalExecutor.class);

    private final LocalSettings settings;
    private final ExecutorContext context;
    private final ModeChoice choice;
    private final Path ownJava;
    private final Object starting = new Object();
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    private volatile @Nullable ThreadRunner threads;
    private volatile @Nullable ProcessRunner processes;
    private volatile boolean closed;
    private volatile @Nullable JobOptions lastChecked;

    LocalExecutor(LocalSettings settings, ExecutorContext context) {
        this.settings = settings;
        this.context = context;
        choice = new ModeChoice(settings.mode(), context.codec(), new IoIndicators());
        ownJava = Path.of(System.getProperty("java.home"), "bin", "java");
        settings.java().ifPresent(java -> {
            if (!Files.isExecutable(java)) {
                throw new ConfigurationException(
                        "clusters." + context.cluster() + ".java: " + java + " is no executable file",
                        "give the path of a java program, such as /opt/jdk-25/bin/java");
            }
        });
    }

    @Override
    public Traits traits() {
        Set<Feature> features = EnumSet.of(Feature.ARRAYS);
        if (settings.mode() != LocalSettings.Mode.THREADS) {
            features.addAll(List.of(
                    Feature.CANCEL_RUNNING,
                    Feature.ISOLATION,
                    Feature.MEMORY_LIMIT,
                    Feature.WALLTIME_LIMIT,
                    Feature.OUTPUT));
        }
        return new Traits(features, Integer.MAX_VALUE, Duration.ZERO);
    }

    @Override
    public Placement placement(Job job) {
        return choice.choose(job.work()).placement();
    }

    @Override
    public Submission submit(Job job, JobListener listener) {
        if (closed) {
            throw new IllegalStateException("the executor of cluster " + context.cluster() + " is closed");
        }
        ModeChoice.Choice chosen = choice.choose(job.work());
        if (LOG.isDebugEnabled()) {
            LOG.debug(
                    "{} runs in {}: {}",
                    job.options().name(),
                    chosen.placement().where(),
                    chosen.placement().reason());
        }
        byte[] function = chosen.function();
        sayWhatIsIgnored(job.options(), function == null);
        if (function == null) {
            ThreadRunner runner = threads();
            JobRun run = new JobRun(job, listener, chosen.placement(), runner);
            runner.submit(run, chosen.io());
            return run;
        }
        ProcessRunner runner = processes();
        JobRun run = new JobRun(job, listener, chosen.placement(), runner);
        runner.submit(run, function);
        return run;
    }

    private ThreadRunner threads() {
        ThreadRunner runner = threads;
        if (runner == null) {
            synchronized (starting) {
                refuseIfClosed();
                runner = threads;
                if (runner == null) {
                    RuntimeReport here = WorkerSetup.thisRuntime("threads", hostName());
                    runner = new ThreadRunner(context.cluster(), settings.parallelism(), settings.ioThreads(), here);
                    threads = runner;
                }
            }
        }
        return runner;
    }

    private ProcessRunner processes() {
        ProcessRunner runner = processes;
        if (runner == null) {
            synchronized (starting) {
                refuseIfClosed();
                runner = processes;
                if (runner == null) {
                    runner = new ProcessRunner(context.cluster(), settings, context, ownJava, hostName());
                    processes = runner;
                }
            }
        }
        return runner;
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the executor of cluster " + context.cluster() + " is closed");
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /**
     * Options that mean nothing here are no errors, because a program moves between clusters, but nor are they kept
     * quiet.
     */
    private void sayWhatIsIgnored(JobOptions options, boolean onThreads) {
        if (options.equals(lastChecked)) {
            return;
        }
        lastChecked = options;
        Resources r = options.resources();
        List<String> ignored = new ArrayList<>();
        r.queue().ifPresent(q -> ignored.add("partition or queue " + q));
        r.account().ifPresent(a -> ignored.add("account " + a));
        r.gpus().ifPresent(g -> ignored.add("gpus " + g));
        r.nodes().ifPresent(n -> {
            if (n > 1) {
                ignored.add("nodes " + n);
            }
        });
        r.options().keySet().forEach(o -> ignored.add("option " + o));
        r.cores().ifPresent(c -> {
            if (c > settings.parallelism()) {
                ignored.add("cores " + c + " (there are " + settings.parallelism() + " workers)");
            }
        });
        if (onThreads) {
            r.cores().ifPresent(c -> ignored.add("cores " + c + " (threads share the processors)"));
            r.memory().ifPresent(m -> ignored.add("memory " + m + " (threads share the heap)"));
            r.walltime().ifPresent(t -> ignored.add("time (a thread can't be ended; use a timeout)"));
            if (!options.variables().isEmpty()) {
                ignored.add("variables (threads share the environment)");
            }
            options.directory().ifPresent(d -> ignored.add("directory (threads share it)"));
        }
        for (String what : ignored) {
            if (said.size() < 1000 && said.add(what)) {
                LOG.info("The local executor of cluster {} can't honour {}: it is ignored", context.cluster(), what);
            }
        }
    }

    @Override
    public void close() {
        ThreadRunner t;
        ProcessRunner p;
        synchronized (starting) {
            closed = true;
            t = threads;
            p = processes;
        }
        try {
            if (t != null) {
                t.close();
            }
        } finally {
            if (p != null) {
                p.close();
            }
        }
    }
}
