package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.staging.ClassPathFiles;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.Placement;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.Submission;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executor that a host and a dialect make: takes jobs, and takes them up again.
 *
 * <p><b>Threads and lifetime:</b> one thread, {@code clustrix-<cluster>-engine}, owns the state of all jobs and
 * decides; it never waits. Remote calls run on a few others. All are daemons and end with {@link #close()}.
 */
public final class BatchExecutor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(BatchExecutor.class);
    private static final long CLOSE_SECONDS = 6;

    private final BatchSettings settings;
    private final SchedulerDialect dialect;
    private final String scheduler;
    private final Host host;
    private final ExecutorContext context;
    private final Runs runs;
    private final TaskFiles files;
    private final ClassPathFiles classPathFiles;
    private final EngineThread thread;
    private final EngineCore core;
    private volatile @Nullable List<ClassPathEntry> classPath;

    /**
     * An executor, which owns the host.
     *
     * @param scheduler the dialect's name
     * @param environments what jobs of this cluster run in
     */
    public BatchExecutor(
            BatchSettings settings,
            String scheduler,
            SchedulerDialect dialect,
            Host host,
            Environments environments,
            ExecutorContext context,
            Runs runs) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.dialect = dialect;
        this.host = host;
        this.context = context;
        this.runs = runs;
        files = new TaskFiles(context, settings.retry().exceptions());
        classPathFiles = new ClassPathFiles(context.cacheDirectory());
        thread = new EngineThread(context.cluster());
        Site site = new Site(settings, dialect, host, environments);
        core = new EngineCore(
                context.cluster(),
                settings,
                scheduler,
                dialect,
                site,
                new Harvest(site, files, dialect.variables().firstIndex()),
                thread);
    }

    @Override
    public Traits traits() {
        Set<Feature> features = EnumSet.of(Feature.ISOLATION, Feature.OUTPUT, Feature.REATTACH);
        features.addAll(dialect.traits().features());
        return new Traits(features, Integer.MAX_VALUE, dialect.traits().minPollInterval());
    }

    @Override
    public Placement placement(Job job) {
        return new Placement(
                scheduler,
                "cluster " + context.cluster() + " has executor = " + scheduler + ", and its host is "
                        + settings.host().orElse("this machine"));
    }

    @Override
    public Submission submit(Job job, JobListener listener) {
        refuseIfClosed();
        int chunk = chunk(job);
        core.site.check(job.options().resources(), job.tasks() > chunk ? 2 : 1);
        List<ClassPathEntry> classPath = classPath();
        RunBook book = runs.own();
        int level = files.write(job, chunk, classPath, book.pack(job.key()));
        Optional<JobRecord.Lease> lease = settings.lease().map(l -> new JobRecord.Lease(book.id(), l));
        JobRecord record = JobRecord.of(context.cluster(), job, chunk, level, classPath, lease);
        book.note(new RunEntry.Taken(record));
        BatchJob taken = new BatchJob(record, TaskLedger.of(job, listener), book);
        Submission submission = new Handle(taken, placement(job));
        thread.post(() -> core.shipping.begin(taken));
        if (core.isClosed()) {
            taken.ledger.failAll(0, record.tasks(), core.closing(), JobState.CANCELLED);
        }
        return submission;
    }

    /** As it was when the first job was submitted: later changes are not those that this JVM has loaded. */
    private List<ClassPathEntry> classPath() {
        List<ClassPathEntry> known = classPath;
        if (known == null) {
            synchronized (classPathFiles) {
                known = classPath;
                if (known == null) {
                    try {
                        known = classPathFiles.entries(context.classPath());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new CancellationException("interrupted while the class path was being read");
                    }
                    classPath = known;
                }
            }
        }
        return known;
    }

    private void refuseIfClosed() {
        if (core.isClosed()) {
            throw new IllegalStateException("cluster " + context.cluster() + " is closed");
        }
    }

    private int chunk(Job job) {
        if (job.work() instanceof Work.Call) {
            return 1;
        }
        return job.options().chunkSize().orElseGet(() -> {
            int elements = Math.min(settings.mapElements(), job.tasks());
            return (job.tasks() - 1) / elements + 1;
        });
    }

    private final class Handle implements Submission {
        private final BatchJob job;
        private final Placement placement;

        Handle(BatchJob job, Placement placement) {
            this.job = job;
            this.placement = placement;
        }

        @Override
        public Placement placement() {
            return placement;
        }

        @Override
        public void cancel(Throwable reason) {
            thread.post(() -> core.outcomes.cancel(job, reason));
        }
    }

    /**
     * Takes up a job of an earlier driver again.
     *
     * @param book the run that it belongs to, which this executor does not close
     */
    public Submission resume(RunBook book, AttachedJob attached, JobListener listener) {
        refuseIfClosed();
        BatchJob job = new BatchJob(
                attached.record(),
                new TaskLedger(attached.key(), attached.record().tasks(), listener),
                book);
        thread.post(() -> resume(job, attached.entries()));
        if (core.isClosed()) {
            job.ledger.failAll(0, job.record.tasks(), core.closing(), JobState.CANCELLED);
        }
        return new Handle(job, new Placement(scheduler, "it was submitted by an earlier driver of run " + book.id()));
    }

    private void resume(BatchJob job, List<RunEntry> entries) {
        if (core.isClosed()) {
            job.ledger.failAll(0, job.record.tasks(), core.closing(), JobState.CANCELLED);
            return;
        }
        core.keep(job);
        job.takenUp = true;
        job.resuming = true;
        Map<Integer, Part> parts = new HashMap<>();
        BitSet fetched = new BitSet();
        JobState wasOver = null;
        for (RunEntry entry : entries) {
            if (entry instanceof RunEntry.Submitting s) {
                Part part = parts.get(s.part());
                if (part == null) {
                    while (job.parts.size() < s.part()) {
                        Part gap = new Part(job.parts.size(), 0, ElementSet.range(0, 1), s.resources(), "-");
                        gap.phase = Part.Phase.OVER;
                        job.parts.add(gap);
                    }
                    part = core.shipping.add(job, s.part(), s.elements(), s.attempt(), s.resources(), s.skip());
                    parts.put(s.part(), part);
                } else {
                    part.mayHaveTwins = true;
                }
                job.attempted = true;
                part.phase = Part.Phase.UNSURE;
                part.since = System.nanoTime();
            } else if (entry instanceof RunEntry.Accepted a) {
                Part part = parts.get(a.part());
                if (part != null) {
                    part.id = a.id();
                    part.phase = Part.Phase.ACCEPTED;
                    job.shipped = true;
                }
            } else if (entry instanceof RunEntry.Fetched f) {
                fetched.set(f.element());
            } else if (entry instanceof RunEntry.Over o) {
                wasOver = o.state();
            }
        }
        JobState over = wasOver;
        thread.watch(
                () -> {
                    BitSet good = new BitSet();
                    for (int e = fetched.nextSetBit(0); e >= 0; e = fetched.nextSetBit(e + 1)) {
                        if (core.harvest.deliver(job, e)) {
                            good.set(e);
                        }
                    }
                    core.harvest.deliverPartial(job);
                    return good;
                },
                good -> resumed(job, entries, good, over),
                e -> {
                    LOG.warn("Results of job {} that had been fetched can't be read", job.key(), e);
                    resumed(job, entries, new BitSet(), over);
                });
    }

    private void resumed(BatchJob job, List<RunEntry> entries, BitSet good, @Nullable JobState wasOver) {
        job.resuming = false;
        if (job.over) {
            return; // cancelled meanwhile
        }
        for (RunEntry entry : entries) {
            if (entry instanceof RunEntry.Failed f) {
                job.ledger.failAll(
                        f.from(), f.to(), f.verdict().toThrowable(), f.verdict().state());
            }
        }
        for (Element e : job.elements) {
            if (good.get(e.number) || job.isDecided(e)) {
                e.phase = Element.Phase.DONE;
            }
            for (int task = job.record.from(e.number); task < job.record.to(e.number); task++) {
                if (job.ledger.isDone(task)) {
                    e.skip.set(task); // decided by the earlier driver, or about to be found in the files
                }
            }
        }
        if (wasOver != null) {
            job.over = true;
            core.drop(job);
            if (wasOver != JobState.SUCCEEDED && entries.stream().noneMatch(RunEntry.Cancelled.class::isInstance)) {
                core.outcomes.cancelLeft(job);
            }
            job.ledger.failAll(
                    0,
                    job.record.tasks(),
                    new CancellationException("job " + job.record.name() + " (" + job.key() + ") ended as " + wasOver
                            + " under an earlier driver, which has had all that came of it"),
                    JobState.CANCELLED);
            return;
        }
        if (job.allDone()) {
            core.outcomes.afterDecision(job);
            return;
        }
        for (Part part : job.parts) {
            if (job.unfinished(part).isEmpty()) {
                part.phase = Part.Phase.OVER;
            } else if (part.phase == Part.Phase.UNSURE) {
                core.shipping.unsure(job, part, "the driver died while it was submitted");
            }
        }
        core.shipping.prepare(job, 0);
        core.results.lookSoon();
        core.queue.statusSoon();
        core.output.followSoon();
    }

    /**
     * Cancels what is unfinished, or lets it go on if the settings say so, and ends all threads. Takes some seconds at
     * most.
     */
    @Override
    public void close() {
        if (!core.close()) {
            return;
        }
        boolean detach = settings.onClose() == BatchSettings.OnClose.DETACH;
        CountDownLatch decided = new CountDownLatch(1);
        thread.post(() -> {
            try {
                for (BatchJob job : List.copyOf(core.jobs.values())) {
                    if (detach) {
                        job.over = true;
                        job.detached = true;
                        job.ledger.failAll(
                                0,
                                job.record.tasks(),
                                new CancellationException("the Clustrix was closed; the job goes on, and run "
                                        + job.book.id() + " can be attached to"),
                                JobState.CANCELLED);
                    } else {
                        core.outcomes.cancel(job, core.closing());
                    }
                }
                core.shipping.hurry();
                core.outcomes.clean();
            } finally {
                decided.countDown();
            }
        });
        boolean interrupted = false;
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
            if (!decided.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The engine of cluster {} does not answer", context.cluster());
            }
            thread.shipNoMore();
            awaitQuiet(end);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            thread.end();
            host.close();
            classPathFiles.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until what is being submitted has its answer, so that it can be cancelled, and the cancels are sent. */
    private void awaitQuiet(long end) throws InterruptedException {
        AtomicBoolean quiet = new AtomicBoolean();
        while (!quiet.get() && System.nanoTime() < end) {
            CountDownLatch looked = new CountDownLatch(1);
            thread.post(() -> {
                quiet.set(core.shipping.isQuiet() && core.cancels.isQuiet() && thread.isQuiet());
                looked.countDown();
            });
            if (!looked.await(1, TimeUnit.SECONDS) || !quiet.get()) {
                Thread.sleep(10);
            }
        }
    }

    /** For messages. */
    @Override
    public String toString() {
        return scheduler + " executor of cluster " + context.cluster();
    }
}
