package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.staging.ClassPathFiles;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Placement;
import io.clustrix.spi.SchedulerClient;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.Submission;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
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
    private static final int MOST_OF_LOG = 1 << 18;

    /** Of so many jobs the names of their directories fit into an output that a host keeps. */
    private static final int MOST_DIRECTORIES = 1000;

    private final BatchSettings settings;
    private final SchedulerCalls calls;
    private final String scheduler;
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
        this(
                settings,
                scheduler,
                changed -> new CommandCalls(dialect, host, settings.patience().command()),
                environments,
                context,
                runs);
    }

    /**
     * An executor, which owns the client.
     *
     * @param scheduler the client's plugin's name
     * @param client makes it; is given what it is to call when something has changed
     * @param environments what jobs of this cluster run in
     */
    public static BatchExecutor of(
            BatchSettings settings,
            String scheduler,
            Function<Runnable, SchedulerClient> client,
            Environments environments,
            ExecutorContext context,
            Runs runs) {
        return new BatchExecutor(
                settings, scheduler, changed -> new ClientCalls(client.apply(changed)), environments, context, runs);
    }

    private BatchExecutor(
            BatchSettings settings,
            String scheduler,
            Function<Runnable, SchedulerCalls> connect,
            Environments environments,
            ExecutorContext context,
            Runs runs) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.context = context;
        this.runs = runs;
        files = new TaskFiles(context, settings.retry().exceptions());
        classPathFiles = new ClassPathFiles(context.cacheDirectory());
        thread = new EngineThread(context.cluster());
        calls = connect.apply(this::changed);
        Site site = new Site(settings, calls, environments);
        core = new EngineCore(
                context.cluster(),
                settings,
                scheduler,
                calls,
                site,
                new Harvest(site, files, calls.scheduler().variables().firstIndex()),
                thread);
    }

    /** Looks at once, because a client says that there is something to be seen. */
    private void changed() {
        thread.post(() -> {
            core.results.lookSoon();
            core.queue.changed();
        });
    }

    /**
     * The host whose files this cluster's jobs see: its own. It is closed with this.
     *
     * @return empty if jobs have copies of the work directory and see no other file of the host
     */
    public Optional<Host> sharedHost() {
        return calls.sharesFiles() ? Optional.of(calls.host()) : Optional.empty();
    }

    @Override
    public Traits traits() {
        Set<Feature> features = EnumSet.of(Feature.ISOLATION, Feature.OUTPUT, Feature.REATTACH);
        Traits of = calls.scheduler().traits();
        features.addAll(of.features());
        return new Traits(features, Integer.MAX_VALUE, of.minPollInterval());
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
        // A class path that the nodes have already is theirs, and can't be compared.
        List<ClassPathEntry> compared = calls.classPath().isPresent() ? List.of() : classPath;
        int level = files.write(job, chunk, compared, book.pack(job.key()));
        Optional<JobRecord.Lease> lease = settings.lease().map(l -> new JobRecord.Lease(book.id(), l));
        JobRecord record = JobRecord.of(context.cluster(), job, chunk, level, classPath, lease);
        book.note(new RunEntry.Taken(record));
        BatchJob taken = new BatchJob(record, TaskLedger.of(job, listener), book);
        Submission submission = new Handle(taken, placement(job));
        thread.post(() -> core.shipping.begin(taken));
        if (core.isClosed()) {
            taken.givenUp = true;
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
                        known = classPathFiles.entries(sent(context.classPath()));
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

    private List<Path> sent(List<Path> classPath) {
        List<PathMatcher> leftOut = calls.leftOut().stream()
                .map(p -> FileSystems.getDefault().getPathMatcher("glob:" + p))
                .toList();
        return classPath.stream()
                .filter(f -> f.getFileName() == null || leftOut.stream().noneMatch(m -> m.matches(f.getFileName())))
                .toList();
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

    // ---------------------------------------------------------------- what is asked without taking a job up

    /** What would be submitted for a job. Asks the host about itself, the first time, and submits nothing. */
    public List<Draft> draft(Job job) throws InterruptedException {
        refuseIfClosed();
        int chunk = chunk(job);
        core.site.check(job.options().resources(), job.tasks() > chunk ? 2 : 1);
        List<ClassPathEntry> entries = classPath();
        int level = level(job, chunk);
        Optional<JobRecord.Lease> lease = settings.lease().map(l -> new JobRecord.Lease("RUN", l));
        JobRecord record = JobRecord.of(context.cluster(), job, chunk, level, entries, lease);
        List<Draft> drafts = new ArrayList<>();
        var unused = core.site.ready(); // says how large an array may be
        int largest = Math.max(1, core.site.largestArray());
        for (int from = 0; from < record.elements(); from += Math.min(largest, record.elements() - from)) {
            int to = from + Math.min(largest, record.elements() - from);
            Part part = new Part(drafts.size(), 0, ElementSet.range(from, to), record.resources(), "-");
            part.limit = Math.min(part.limit, settings.concurrentElements().orElse(part.limit));
            drafts.add(core.site.draft(record, part));
        }
        return drafts;
    }

    /** The class-file level of a job's function, which decides the Java that it gets. */
    private int level(Job job, int chunk) {
        Path directory = null;
        try {
            directory = Files.createTempDirectory("clustrix-preview");
            return files.write(job, chunk, List.of(), directory.resolve("pack"));
        } catch (IOException e) {
            throw new ConfigurationException(
                    "there is no room for a temporary file: " + e, List.of("set java.io.tmpdir"), e);
        } finally {
            if (directory != null) {
                try {
                    Runs.delete(directory);
                } catch (IOException e) {
                    LOG.debug("{} can't be removed", directory, e);
                }
            }
        }
    }

    /** What workers would have on their class path. */
    public List<String> workersClassPath() {
        return calls.classPath()
                .orElseGet(
                        () -> classPath().stream().map(e -> e.path().toString()).toList());
    }

    /**
     * What the scheduler says of these, arrays by element, from its queue or else from its accounting. What it does not
     * know is absent; a client is not asked, because who asks it sees to the jobs from then on.
     */
    public Map<NativeId, JobStatus> ask(Collection<NativeId> ids) throws InterruptedException {
        refuseIfClosed();
        if (ids.isEmpty() || calls.tellsOfNews()) {
            return Map.of();
        }
        var unused = core.site.ready();
        Map<NativeId, JobStatus> found = new LinkedHashMap<>(core.site.status(ids));
        core.site.history(ids).forEach(found::putIfAbsent);
        return found;
    }

    /** When those of these submissions that wait are expected to start; no client is asked, as by {@link #ask}. */
    public Map<NativeId, Instant> starts(Collection<NativeId> ids) throws InterruptedException {
        refuseIfClosed();
        return ids.isEmpty() || calls.tellsOfNews() ? Map.of() : core.site.starts(ids);
    }

    /** Has the scheduler cancel these; true if it has taken the order. */
    public boolean cancel(Collection<NativeId> ids) throws InterruptedException {
        refuseIfClosed();
        var unused = core.site.ready();
        return ids.isEmpty() || core.site.cancel(ids);
    }

    /** Those of these jobs whose directories lie on the host. */
    public List<JobView> kept(Collection<JobView> jobs) throws InterruptedException {
        refuseIfClosed();
        List<JobView> kept = new ArrayList<>();
        List<JobView> all = List.copyOf(jobs);
        for (int from = 0; from < all.size(); from += MOST_DIRECTORIES) {
            List<JobView> some = all.subList(from, Math.min(all.size(), from + MOST_DIRECTORIES));
            Set<String> there =
                    core.site.kept(some.stream().map(JobView::directory).toList());
            some.stream().filter(job -> there.contains(job.directory())).forEach(kept::add);
        }
        return kept;
    }

    /**
     * Removes what lies of jobs that are over: their directories, and what a client's scheduler keeps of them. A job
     * that the scheduler has not ended, whatever the journal says, is left as it is.
     */
    public void clean(Collection<JobView> jobs) throws InterruptedException {
        refuseIfClosed();
        StringBuilder lines = new StringBuilder();
        // A client's scheduler may have something of a job also if its directory is gone.
        for (JobView job : calls.tellsOfNews() ? jobs : kept(jobs)) {
            if (job.state().isPresent() && forgotten(job)) {
                lines.append("remove ").append(job.directory()).append('\n');
            }
        }
        if (lines.length() > 0) {
            core.site.clean(lines, settings.patience().command());
        }
    }

    /** Whether the scheduler has nothing of a job that could still write into its directory. */
    private boolean forgotten(JobView job) throws InterruptedException {
        var unused = core.site.ready();
        List<NativeId> ids = new ArrayList<>();
        for (JobView.Submission s : job.submissions()) {
            // Without an id it may have been refused, or taken without anybody having heard of it.
            ids.addAll(s.id().isPresent() ? List.of(s.id().get()) : core.site.find(job.nameOf(s)));
        }
        if (ids.isEmpty()) {
            return true;
        }
        if (calls.tellsOfNews()) {
            return core.site.cancel(ids); // which removes them, as they have ended
        }
        return core.site.status(ids).values().stream()
                .allMatch(status -> status.state().ended());
    }

    /** Takes a piece of a log. */
    public interface LogSink {
        /** Takes a piece; the next one begins so many bytes from the start of the log. */
        void take(String file, long next, String text);
    }

    /**
     * Reads what the logs of a job have got.
     *
     * @param from where to go on in each log, by its name; what is not there begins at 0
     */
    public void logs(JobView job, Map<String, Long> from, LogSink sink) throws InterruptedException {
        refuseIfClosed();
        StringBuilder lines = new StringBuilder();
        for (String log : job.logs(calls.scheduler().variables().firstIndex())) {
            lines.append(job.directory()).append(' ').append(log).append(' ');
            lines.append(from.getOrDefault(log, 0L)).append('\n');
        }
        if (lines.length() > 0) {
            core.site.follow(lines, MOST_OF_LOG, (directory, log, offset, content) -> {
                int whole = content.length == MOST_OF_LOG ? Harvest.wholeCharacters(content) : content.length;
                sink.take(log, offset + whole, new String(content, 0, whole, StandardCharsets.UTF_8));
            });
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
            job.givenUp = true;
            job.ledger.failAll(0, job.record.tasks(), core.closing(), JobState.CANCELLED);
        }
        return new Handle(job, new Placement(scheduler, "it was submitted by an earlier driver of run " + book.id()));
    }

    private void resume(BatchJob job, List<RunEntry> entries) {
        if (core.hasLetGo) { // it stays as the earlier driver has left it
            job.over = true;
            job.detached = true;
            job.ledger.failAll(0, job.record.tasks(), core.closing(), JobState.CANCELLED);
            return;
        }
        // Also if it is being closed: what was ordered before that, a cancel for instance, comes after this.
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
            // Cancelled meanwhile, and what may have been submitted is to be found for that.
            job.parts.stream()
                    .filter(part -> part.phase == Part.Phase.UNSURE && part.cancelWanted)
                    .forEach(part -> core.shipping.unsure(job, part, "the driver died while it was submitted"));
            if (core.isClosed()) {
                core.shipping.hurry();
            }
            return;
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
            if (good.get(e.number) && e.part != null) {
                e.part.wasQueued = true;
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
            core.hasLetGo = true;
            try {
                for (BatchJob job : List.copyOf(core.jobs.values())) {
                    // One whose last result has been delivered is over, though this thread may not have been told yet.
                    if (detach && (job.givenUp || !job.ledger.isOver())) {
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
            calls.close();
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
