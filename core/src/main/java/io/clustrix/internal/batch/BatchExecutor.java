package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.staging.ClassPathFiles;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import io.clustrix.worker.RecordFile;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executor that a host and a dialect make.
 *
 * <p><b>Threads and lifetime:</b> one thread, {@code clustrix-<cluster>-engine}, owns the state of all jobs and decides;
 * it never waits. Remote calls run on up to {@value #SHIPPERS} threads that submit and {@value #WATCHERS} that watch, and
 * post what they found to it. All are daemons and end with {@link #close()}.
 */
public final class BatchExecutor implements Executor {
    private static final Logger LOG = LoggerFactory.getLogger(BatchExecutor.class);

    private static final int SHIPPERS = 4;
    private static final int WATCHERS = 3;

    /** The most files of one fetch, and the most ids of one question. */
    private static final int MOST_FETCHED = 500;

    private static final int MOST_ASKED = 500;

    /** A job is unknown only after so many answers have lacked it (requirement R1). */
    private static final int MISSING_ANSWERS = 3;

    /** How often and how long an unanswered submit is looked up before it is repeated (requirement R20). */
    private static final int FIND_ANSWERS = 2;

    private static final long FIND_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How often the scheduler may put a submission off. */
    private static final int MOST_REFUSALS = 10;

    private static final long EXIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_BACKOFF_MILLIS = 60_000;
    private static final long FOLLOW_MILLIS = 1000;
    private static final long CLEAN_MILLIS = 1500;
    private static final long CLOSE_SECONDS = 6;

    private final BatchSettings settings;
    private final String scheduler;
    private final SchedulerDialect dialect;
    private final Host host;
    private final ExecutorContext context;
    private final Runs runs;
    private final Site site;
    private final TaskFiles files;
    private final ClassPathFiles classPathFiles;
    private final Harvest harvest;
    private final ScheduledThreadPoolExecutor engine;
    private final ThreadPoolExecutor shipping;
    private final ThreadPoolExecutor watching;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable List<ClassPathEntry> classPath;

    // The engine's thread alone sees what follows.
    private final Map<JobKey, BatchJob> jobs = new LinkedHashMap<>();
    private final Map<String, BatchJob> byDirectory = new HashMap<>();
    private final Pace lookPace;
    private final Pace statusPace;
    private final Deque<Long> questions = new ArrayDeque<>();
    private final Set<Harvest.Want> wanted = new LinkedHashSet<>();
    private final Set<NativeId> cancels = new LinkedHashSet<>();
    private final StringBuilder cleaning = new StringBuilder();
    private @Nullable Future<?> lookTimer;
    private @Nullable Future<?> statusTimer;
    private @Nullable Future<?> cleanTimer;
    private boolean looking;
    private boolean asking;
    private boolean fetching;
    private boolean cancelling;
    private boolean following;
    private int cancelFailures;
    private int lookFailures;
    private int statusFailures;

    /**
     * An executor, which owns the host.
     *
     * @param scheduler the dialect's name
     */
    public BatchExecutor(
            BatchSettings settings,
            String scheduler,
            SchedulerDialect dialect,
            Host host,
            ExecutorContext context,
            Runs runs) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.dialect = dialect;
        this.host = host;
        this.context = context;
        this.runs = runs;
        site = new Site(settings, dialect, host);
        files = new TaskFiles(context);
        classPathFiles = new ClassPathFiles(context.cacheDirectory());
        harvest = new Harvest(site, files, dialect.variables().firstIndex());
        lookPace = new Pace(settings.poll().resultsMin(), settings.poll().resultsMax(), 0.1);
        Duration statusMin = longer(settings.poll().statusMin(), dialect.traits().minPollInterval());
        statusPace = new Pace(statusMin, longer(settings.poll().statusMax(), statusMin), 0.5);
        String name = "clustrix-" + context.cluster();
        engine = new ScheduledThreadPoolExecutor(1, threads(name + "-engine"), new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        shipping = pool(SHIPPERS, name + "-submit-");
        watching = pool(WATCHERS, name + "-watch-");
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static ThreadPoolExecutor pool(int size, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static java.util.concurrent.ThreadFactory threads(String name) {
        java.util.concurrent.atomic.AtomicInteger made = new java.util.concurrent.atomic.AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, name.endsWith("-") ? name + made.incrementAndGet() : name);
            thread.setDaemon(true);
            return thread;
        };
    }

    // ---------------------------------------------------------------- the SPI

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
        RunBook book = runs.own();
        List<ClassPathEntry> classPath = classPath();
        JobRecord record = JobRecord.of(context.cluster(), job, chunk(job), classPath);
        files.write(job, record.chunk(), classPath, book.pack(job.key()));
        book.note(new RunEntry.Taken(record));
        BatchJob taken = new BatchJob(record, TaskLedger.of(job, listener), book);
        Submission submission = new Handle(taken, placement(job));
        post(() -> begin(taken));
        if (closed.get()) {
            taken.ledger.failAll(0, record.tasks(), closing(), JobState.CANCELLED);
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
        if (closed.get()) {
            throw new IllegalStateException("cluster " + context.cluster() + " is closed");
        }
    }

    private int chunk(Job job) {
        if (job.work() instanceof Work.Call) {
            return 1;
        }
        return job.options().chunkSize().orElseGet(() -> {
            int elements = Math.min(settings.mapElements(), job.tasks());
            return (job.tasks() + elements - 1) / elements;
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
            post(() -> BatchExecutor.this.cancel(job, reason));
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
        post(() -> resume(job, attached.entries()));
        return new Handle(
                job, new Placement(scheduler, "it was submitted by an earlier driver of run " + book.id()));
    }

    // ---------------------------------------------------------------- the engine's thread and its messengers

    private void post(Runnable decision) {
        engine.execute(() -> decide(decision));
    }

    private Future<?> later(long millis, Runnable decision) {
        return engine.schedule(() -> decide(decision), millis, TimeUnit.MILLISECONDS);
    }

    private void decide(Runnable decision) {
        try {
            decision.run();
        } catch (RuntimeException | Error e) { // one job's trouble is not to end the thread that serves all
            LOG.error("The engine of cluster {} failed; this is a bug", context.cluster(), e);
        }
    }

    /** Makes a remote call and posts what came of it: a value, or what was thrown. */
    private <T> void call(ThreadPoolExecutor pool, Callable<T> remote, Consumer<T> then, Consumer<Exception> otherwise) {
        try {
            pool.execute(() -> {
                try {
                    T value = remote.call();
                    post(() -> then.accept(value));
                } catch (Exception e) { // whatever it is: no future may hang because of it
                    post(() -> otherwise.accept(e));
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Cluster {} is closed", context.cluster());
        }
    }

    private static long backoff(int failures) {
        return Math.min(LONGEST_BACKOFF_MILLIS, 500L << Math.min(10, failures));
    }

    private static boolean passes(Exception e) {
        return e instanceof HostException h ? h.retryable() : e instanceof SchedulerException;
    }

    private static Verdict verdict(Exception e) {
        List<String> hints = e instanceof ClustrixException c ? c.hints() : List.of();
        String text = e instanceof ClustrixException ? String.valueOf(e.getMessage()) : e.toString();
        int hint = text.indexOf("\n  -> ");
        return new Verdict(Verdict.Cause.HOST, -1, hint < 0 ? text : text.substring(0, hint), hints);
    }

    // ---------------------------------------------------------------- from the job to its submissions

    private void begin(BatchJob job) {
        if (closed.get()) {
            job.ledger.failAll(0, job.record.tasks(), closing(), JobState.CANCELLED);
            job.book.over(job.key(), JobState.CANCELLED);
            return;
        }
        keep(job);
        if (job.cancelled != null) {
            return;
        }
        job.ledger.changed(JobStatus.of(JobState.PENDING, ""));
        prepare(job, 0);
    }

    private void keep(BatchJob job) {
        jobs.put(job.key(), job);
        byDirectory.put(job.directory, job);
    }

    /** Makes the host ready for the job, then cuts the job into submissions. */
    private void prepare(BatchJob job, int failures) {
        call(
                shipping,
                () -> {
                    Site.Ready ready = site.ready();
                    ready.store().stage(job.record.classPath());
                    return ready;
                },
                ready -> {
                    if (!job.over) {
                        split(job, ready);
                    }
                },
                e -> {
                    if (job.over) {
                        return;
                    }
                    if (passes(e)) {
                        job.ledger.changed(JobStatus.of(JobState.PENDING, "not submitted yet: " + e.getMessage()));
                        LOG.warn("Job {} can't be submitted yet: {}", job.key(), e.getMessage());
                        later(backoff(failures), () -> prepare(job, failures + 1));
                    } else {
                        failJob(job, verdict(e));
                    }
                });
    }

    private void split(BatchJob job, Site.Ready ready) {
        int largest = !dialect.traits().has(Feature.ARRAYS)
                ? 1
                : Math.min(
                        dialect.traits().largestArray(),
                        ready.info().largestArray().orElse(Integer.MAX_VALUE));
        BitSet open = new BitSet();
        for (Element e : job.elements) {
            if (e.part == null && e.phase == Element.Phase.OPEN) {
                open.set(e.number);
            }
        }
        for (int from = open.nextSetBit(0); from >= 0; ) {
            int to = from;
            while (open.get(to) && to - from < largest) {
                to++;
            }
            add(job, ElementSet.range(from, to), 0, job.record.resources(), "-");
            from = open.nextSetBit(to);
        }
        shipNext(job);
    }

    private Part add(BatchJob job, ElementSet elements, int attempt, Resources resources, String skip) {
        Part part = new Part(job.parts.size(), attempt, elements, resources, skip);
        job.parts.add(part);
        for (int i = 0; i < elements.size(); i++) {
            job.elements[elements.at(i)].begins(part);
        }
        return part;
    }

    /** One at a time for each job: the first makes the directory. */
    private void shipNext(BatchJob job) {
        if (job.over || job.parts.stream().anyMatch(p -> p.phase == Part.Phase.SHIPPING)) {
            return;
        }
        job.parts.stream()
                .filter(p -> p.phase == Part.Phase.WAITING)
                .findFirst()
                .ifPresent(p -> ship(job, p));
    }

    private void ship(BatchJob job, Part part) {
        part.phase = Part.Phase.SHIPPING;
        boolean first = !job.shipped;
        boolean again = job.shipped || part.refusals > 0;
        call(
                shipping,
                () -> {
                    List<RemotePath> classPath = site.ready().store().stage(job.record.classPath());
                    job.book.note(new RunEntry.Submitting(
                            job.key(), part.number, part.attempt, part.elements, part.resources, part.skip));
                    job.book.sync();
                    return site.submit(job, part, classPath, first ? job.book.pack(job.key()) : null, again);
                },
                answer -> answered(job, part, answer),
                e -> {
                    if (!passes(e)) {
                        answered(job, part, new Site.Answer.Refused(verdict(e)));
                    } else {
                        answered(job, part, new Site.Answer.Unknown(String.valueOf(e.getMessage())));
                    }
                });
    }

    private void answered(BatchJob job, Part part, Site.Answer answer) {
        if (answer instanceof Site.Answer.Taken taken) {
            accepted(job, part, taken.id());
        } else if (answer instanceof Site.Answer.Unknown unknown) {
            LOG.warn("Job {} may or may not have been submitted, and is looked up: {}", job.key(), unknown.why());
            unsure(job, part, unknown.why());
        } else if (answer instanceof Site.Answer.Missing missing) {
            putOff(job, part, missing.why());
            job.book.sync();
            call(
                    shipping,
                    () -> {
                        site.ready().store().forget(job.record.classPath());
                        return true;
                    },
                    done -> later(backoff(part.refusals), () -> shipNext(job)),
                    e -> later(backoff(part.refusals), () -> shipNext(job)));
        } else if (answer instanceof Site.Answer.Refused refused) {
            part.phase = Part.Phase.OVER;
            failPart(job, part, refused.verdict());
        }
    }

    private void accepted(BatchJob job, Part part, NativeId id) {
        part.id = id;
        part.phase = Part.Phase.ACCEPTED;
        part.since = System.nanoTime();
        job.shipped = true;
        job.book.note(new RunEntry.Accepted(job.key(), part.number, id));
        LOG.debug("Job {} part {} is {} {}", job.key(), part.number, scheduler, id.value());
        if (part.cancelWanted || job.over) {
            part.phase = Part.Phase.OVER;
            cancelNative(List.of(id));
        }
        lookSoon();
        statusSoon();
        followSoon();
        shipNext(job);
    }

    // ---------------------------------------------------------------- was it accepted after all?

    private void unsure(BatchJob job, Part part, String why) {
        part.phase = Part.Phase.UNSURE;
        part.notFoundSince = 0;
        part.notFound = 0;
        later(1000, () -> lookUp(job, part, why, 0));
    }

    private void lookUp(BatchJob job, Part part, String why, int failures) {
        if (part.phase != Part.Phase.UNSURE) {
            return;
        }
        call(
                watching,
                () -> site.find(job.nameOf(part)),
                ids -> {
                    if (part.phase != Part.Phase.UNSURE) {
                        return;
                    }
                    if (!ids.isEmpty()) {
                        accepted(job, part, ids.get(0));
                        return;
                    }
                    long now = System.nanoTime();
                    part.notFoundSince = part.notFoundSince == 0 ? now : part.notFoundSince;
                    part.notFound++;
                    if (part.notFound < FIND_ANSWERS || now - part.notFoundSince < FIND_NANOS) {
                        later(2000, () -> lookUp(job, part, why, 0));
                    } else if (job.over) {
                        part.phase = Part.Phase.OVER;
                    } else {
                        putOff(job, part, why);
                        later(backoff(part.refusals), () -> shipNext(job));
                    }
                },
                e -> {
                    if (passes(e)) {
                        later(Math.min(30_000, backoff(failures + 1)), () -> lookUp(job, part, why, failures + 1));
                    } else if (part.phase == Part.Phase.UNSURE) {
                        part.phase = Part.Phase.OVER;
                        failPart(job, part, verdict(e));
                    }
                });
    }

    /** It was not accepted, and is to be submitted again. */
    private void putOff(BatchJob job, Part part, String why) {
        part.refusals++;
        part.phase = Part.Phase.WAITING;
        if (part.refusals > MOST_REFUSALS) {
            part.phase = Part.Phase.OVER;
            failPart(
                    job,
                    part,
                    Verdict.of(
                            Verdict.Cause.REFUSED,
                            "the job could not be submitted in " + part.refusals + " attempts: " + why,
                            "ask the site whether its scheduler is in trouble, and submit again"));
        }
    }

    private void failPart(BatchJob job, Part part, Verdict verdict) {
        for (int i = 0; i < part.elements.size(); i++) {
            Element e = job.elements[part.elements.at(i)];
            if (e.part == part && e.phase != Element.Phase.DONE) {
                fail(job, e, verdict);
            }
        }
        shipNext(job);
        afterDecision(job);
    }

    private void failJob(BatchJob job, Verdict verdict) {
        for (Element e : job.elements) {
            if (e.phase != Element.Phase.DONE) {
                fail(job, e, verdict);
            }
        }
        afterDecision(job);
    }

    // ---------------------------------------------------------------- looking for results

    private void lookSoon() {
        lookPace.event(System.nanoTime());
        lookIn(settings.poll().resultsMin().toMillis());
    }

    private void lookIn(long millis) {
        Future<?> timer = lookTimer;
        if (timer != null) {
            timer.cancel(false);
        }
        lookTimer = later(millis, this::look);
    }

    private void look() {
        if (looking) {
            return; // the one that is underway will plan the next
        }
        List<String> directories = jobs.values().stream()
                .filter(j -> j.shipped && !j.over)
                .map(j -> j.directory)
                .toList();
        if (directories.isEmpty()) {
            return;
        }
        looking = true;
        long began = System.nanoTime();
        call(
                watching,
                () -> site.look(directories),
                listings -> {
                    looking = false;
                    lookFailures = 0;
                    listings.forEach((d, listing) -> {
                        BatchJob job = byDirectory.get(d);
                        if (job != null && !job.over) {
                            seen(job, listing, began);
                        }
                    });
                    fetch();
                    long now = System.nanoTime();
                    lookIn(TimeUnit.NANOSECONDS.toMillis(lookPace.next(now, now - began)));
                },
                e -> {
                    looking = false;
                    lookFailures++;
                    if (passes(e)) {
                        LOG.debug("Cluster {} can't be looked at now", context.cluster(), e);
                        lookIn(backoff(lookFailures));
                    } else {
                        lostTouch(e);
                    }
                });
    }

    /** The host will not let us in any more: nobody can tell what becomes of the jobs. */
    private void lostTouch(Exception e) {
        Verdict verdict = verdict(e);
        for (BatchJob job : List.copyOf(jobs.values())) {
            if (!job.over) {
                LOG.warn("Job {} may go on, but its cluster can't be asked any more", job.key());
                failJob(job, verdict);
            }
        }
    }

    private void seen(BatchJob job, Site.Listing listing, long began) {
        long now = System.nanoTime();
        for (Element e : job.elements) {
            if (e.phase != Element.Phase.OPEN || e.part == null) {
                continue;
            }
            if (listing.results().contains(e.number)) {
                if (e.damagedSince == 0 || now - e.damagedSince > TimeUnit.MILLISECONDS.toNanos(500L * e.damaged)) {
                    e.phase = Element.Phase.FETCHING;
                    wanted.add(Harvest.Want.result(job, e.number));
                    lookPace.event(now);
                }
            } else if (e.exitRecord == null && exitRecord(listing, e) != null) {
                e.exitRecord = exitRecord(listing, e);
                inquest(job, e);
            } else if (e.endedSince != 0 && began > e.endedSince && now - e.endedSince > settleNanos(e)) {
                inquest(job, e);
            } else if (e.exitSince != 0 && now - e.exitSince > EXIT_NANOS) {
                inquest(job, e);
            }
        }
    }

    private static @Nullable String exitRecord(Site.Listing listing, Element e) {
        String prefix = e.number + "." + e.attempt + ".";
        return listing.exits().stream()
                .filter(n -> n.startsWith(prefix))
                .max((a, b) -> a.length() != b.length() ? a.length() - b.length() : a.compareTo(b))
                .orElse(null);
    }

    /** How long a result may take to be seen after the scheduler has called its job ended. */
    private long settleNanos(Element e) {
        JobStatus status = e.status;
        return status != null && status.state() == JobState.SUCCEEDED && e.exitRecord == null
                ? settings.patience().result().toNanos()
                : SETTLE_NANOS;
    }

    private void inquest(BatchJob job, Element e) {
        Part part = e.part;
        if (part != null) {
            e.phase = Element.Phase.INQUEST;
            wanted.add(Harvest.Want.inquest(
                    job,
                    e.number,
                    e.attempt,
                    part.log(part.position(e.number), dialect.variables().firstIndex())));
        }
    }

    private void fetch() {
        if (fetching || wanted.isEmpty()) {
            return;
        }
        List<Harvest.Want> batch = wanted.stream().limit(MOST_FETCHED).toList();
        batch.forEach(wanted::remove);
        fetching = true;
        call(
                watching,
                () -> harvest.fetch(batch),
                found -> {
                    fetching = false;
                    found.forEach(this::found);
                    fetch();
                },
                e -> {
                    fetching = false;
                    LOG.debug("Results of cluster {} can't be fetched now", context.cluster(), e);
                    for (Harvest.Want want : batch) {
                        Element element = want.job().elements[want.element()];
                        if (element.phase == Element.Phase.FETCHING || element.phase == Element.Phase.INQUEST) {
                            element.phase = Element.Phase.OPEN; // the next look finds it again
                            element.exitRecord = null;
                            if (!(e instanceof HostException)) {
                                damaged(want.job(), element, String.valueOf(e.getMessage()));
                                afterDecision(want.job());
                            }
                        }
                    }
                    if (e instanceof HostException && !passes(e)) {
                        lostTouch(e);
                    }
                });
    }

    // ---------------------------------------------------------------- what has become of an element

    private void found(Harvest.Found found) {
        BatchJob job = found.want().job();
        Element e = job.elements[found.want().element()];
        if (job.over || e.phase == Element.Phase.DONE) {
            return;
        }
        RecordFile.Summary summary = found.summary();
        if (!found.want().isInquest()) {
            if (summary != null && summary.isSealed()) {
                done(job, e, summary);
            } else {
                damaged(job, e, summary == null ? "it can't be fetched" : summary.problem());
            }
        } else {
            judge(job, e, found);
        }
        afterDecision(job);
    }

    private void done(BatchJob job, Element e, RecordFile.Summary summary) {
        summary.runtime().ifPresent(job.ledger::workerStarted);
        job.book.note(new RunEntry.Fetched(job.key(), e.number));
        e.phase = Element.Phase.DONE;
        int from = job.record.from(e.number);
        int to = job.record.to(e.number);
        if (!job.ledger.allDone(from, to) && !(job.record.onError() == ErrorPolicy.FAIL_FAST && failed(job))) {
            fail(
                    job,
                    e,
                    Verdict.of(
                            Verdict.Cause.DAMAGED,
                            describe(job, e) + ": the worker has ended well, but its result file lacks tasks",
                            "this is a bug: please report it"));
        }
        job.tell();
    }

    private static boolean failed(BatchJob job) {
        return job.ledger.firstFailure() != null;
    }

    private void damaged(BatchJob job, Element e, String problem) {
        long now = System.nanoTime();
        e.damaged++;
        e.damagedSince = e.damagedSince == 0 ? now : e.damagedSince;
        e.phase = Element.Phase.OPEN;
        if (now - e.damagedSince > settings.patience().result().toNanos()) {
            fail(
                    job,
                    e,
                    Verdict.of(
                            Verdict.Cause.DAMAGED,
                            describe(job, e) + ": what it has left on " + site.name() + " can't be read: " + problem,
                            "look at jobs/" + job.directory + " in the work directory"));
        }
    }

    private static String describe(BatchJob job, Element e) {
        int from = job.record.from(e.number);
        int to = job.record.to(e.number) - 1;
        return "job " + job.record.name() + " (" + job.key() + ")"
                + (job.record.single() ? "" : from == to ? ", task " + from : ", tasks " + from + " to " + to);
    }

    private void judge(BatchJob job, Element e, Harvest.Found found) {
        if (found.attempt() != e.attempt) {
            e.phase = Element.Phase.OPEN;
            return;
        }
        JobStatus status = e.status;
        boolean ended = status != null && status.state().ended();
        if (found.exitCode() >= 0) {
            e.exitCode = found.exitCode();
        }
        if (e.exitCode > 128 && !ended && e.missing < MISSING_ANSWERS) {
            // A signal: the scheduler knows why (memory, time, another hand).
            long now = System.nanoTime();
            e.exitSince = e.exitSince == 0 ? now : e.exitSince;
            if (now - e.exitSince < EXIT_NANOS) {
                e.phase = Element.Phase.OPEN;
                statusSoon();
                return;
            }
        }
        Verdict verdict = Autopsy.of(describe(job, e), scheduler, status, e.exitCode, found, isLost(e));
        settle(job, e, verdict, found);
    }

    private boolean isLost(Element e) {
        return e.missing >= MISSING_ANSWERS
                && System.nanoTime() - e.missingSince
                        > settings.patience().unknown().toNanos();
    }

    /** Gives an element's unfinished tasks their failure, or has them run again. */
    private void settle(BatchJob job, Element e, Verdict verdict, Harvest.Found found) {
        BatchSettings.Retry retry = settings.retry();
        boolean memory = verdict.cause() == Verdict.Cause.OUT_OF_MEMORY;
        boolean again =
                switch (verdict.cause()) {
                    case NODE_LOST, LOST, KILLED -> retry.nodeFailure();
                    case PREEMPTED -> retry.preemption();
                    case OUT_OF_MEMORY ->
                        retry.outOfMemory() && job.record.resources().memory().isPresent();
                    case WALLTIME ->
                        retry.walltime() && job.record.resources().walltime().isPresent();
                    default -> false;
                };
        Part part = e.part;
        if (again && part != null) {
            if (verdict.cause() != Verdict.Cause.PREEMPTED) {
                e.failures++;
            }
            if (e.failures < retry.attempts()) {
                Resources resources =
                        memory || verdict.cause() == Verdict.Cause.WALLTIME
                                ? Site.escalated(part.resources, retry, memory)
                                : part.resources;
                LOG.warn("It is tried again: {}", verdict.message());
                resubmit(job, e, resources, retry.delay().toMillis() << Math.min(10, Math.max(0, e.failures - 1)));
                return;
            }
        }
        boolean onlyTheCulprit = (verdict.cause() == Verdict.Cause.EXITED || verdict.cause() == Verdict.Cause.CRASHED
                        || verdict.cause() == Verdict.Cause.KILLED)
                && job.record.onError() == ErrorPolicy.COLLECT
                && found.running() >= 0;
        if (onlyTheCulprit && part != null) {
            int culprit = found.running();
            note(job, culprit, culprit + 1, verdict);
            e.skip.set(culprit);
            if (!job.ledger.allDone(job.record.from(e.number), job.record.to(e.number))) {
                resubmit(job, e, part.resources, 0);
                return;
            }
            e.phase = Element.Phase.DONE;
            return;
        }
        fail(job, e, verdict);
    }

    private void resubmit(BatchJob job, Element e, Resources resources, long delayMillis) {
        e.phase = Element.Phase.OPEN;
        e.part = null;
        later(delayMillis, () -> {
            if (job.over || e.phase != Element.Phase.OPEN || e.part != null) {
                return;
            }
            String skip = e.skip.isEmpty()
                    ? "-"
                    : e.skip.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
            add(job, ElementSet.range(e.number, e.number + 1), e.attempt + 1, resources, skip);
            shipNext(job);
        });
    }

    private void note(BatchJob job, int from, int to, Verdict verdict) {
        job.book.note(new RunEntry.Failed(job.key(), from, to, verdict));
        job.ledger.failAll(from, to, verdict.toThrowable(), verdict.state());
    }

    private void fail(BatchJob job, Element e, Verdict verdict) {
        e.phase = Element.Phase.DONE;
        note(job, job.record.from(e.number), job.record.to(e.number), verdict);
    }

    /** After anything that may have ended the job or its will to go on. */
    private void afterDecision(BatchJob job) {
        if (job.over) {
            return;
        }
        if (job.record.onError() == ErrorPolicy.FAIL_FAST && failed(job) && !job.ledger.isOver()) {
            cancel(job, new CancellationException("not run to its end, because another task failed first"));
        } else if (job.allDone()) {
            over(job, failed(job) ? JobState.FAILED : JobState.SUCCEEDED);
        }
    }

    private void over(BatchJob job, JobState state) {
        job.over = true;
        jobs.remove(job.key());
        byDirectory.remove(job.directory);
        job.book.over(job.key(), state);
        boolean remove = settings.cleanUp() == BatchSettings.CleanUp.ALWAYS
                || (settings.cleanUp() == BatchSettings.CleanUp.ON_SUCCESS && state == JobState.SUCCEEDED);
        if (job.shipped) {
            cleaning.append(remove ? "remove " : "mark ").append(job.directory).append('\n');
            if (cleanTimer == null) {
                cleanTimer = later(CLEAN_MILLIS, this::clean);
            }
        }
    }

    private void clean() {
        cleanTimer = null;
        if (cleaning.length() == 0) {
            return;
        }
        String lines = cleaning.toString();
        cleaning.setLength(0);
        call(
                watching,
                () -> {
                    site.clean(lines, settings.patience().command());
                    return true;
                },
                done -> {},
                e -> LOG.debug("Jobs' directories can't be removed now; later jobs do it", e));
    }

    // ---------------------------------------------------------------- asking the scheduler

    private void statusSoon() {
        statusPace.event(System.nanoTime());
        if (statusTimer == null && !asking) {
            statusIn(statusPace.next(System.nanoTime(), 0));
        }
    }

    private void statusIn(long nanos) {
        Future<?> timer = statusTimer;
        if (timer != null) {
            timer.cancel(false);
        }
        statusTimer = later(TimeUnit.NANOSECONDS.toMillis(nanos), this::status);
    }

    private void status() {
        statusTimer = null;
        if (asking) {
            return;
        }
        List<NativeId> ids = new ArrayList<>();
        for (BatchJob job : jobs.values()) {
            for (Part part : job.parts) {
                NativeId id = part.id;
                if (part.phase == Part.Phase.ACCEPTED && id != null) {
                    if (isOpen(job, part)) {
                        ids.add(id);
                    } else {
                        part.phase = Part.Phase.OVER;
                    }
                }
            }
        }
        if (ids.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        long wait = withinBudget(now);
        if (wait > 0) {
            statusIn(wait);
            return;
        }
        asking = true;
        call(
                watching,
                () -> {
                    Map<NativeId, JobStatus> all = new HashMap<>();
                    for (int i = 0; i < ids.size(); i += MOST_ASKED) {
                        all.putAll(site.status(ids.subList(i, Math.min(ids.size(), i + MOST_ASKED))));
                    }
                    return all;
                },
                statuses -> {
                    asking = false;
                    statusFailures = 0;
                    apply(Set.copyOf(ids), statuses);
                    long after = System.nanoTime();
                    statusIn(statusPace.next(after, after - now));
                },
                e -> {
                    asking = false;
                    statusFailures++;
                    if (passes(e)) {
                        LOG.debug("The scheduler of cluster {} can't be asked now", context.cluster(), e);
                        statusIn(TimeUnit.MILLISECONDS.toNanos(Math.max(
                                settings.poll().statusMin().toMillis(), backoff(statusFailures + 1))));
                    } else {
                        lostTouch(e);
                    }
                });
    }

    private static boolean isOpen(BatchJob job, Part part) {
        for (int i = 0; i < part.elements.size(); i++) {
            Element e = job.elements[part.elements.at(i)];
            if (e.part == part && e.phase != Element.Phase.DONE) {
                return true;
            }
        }
        return false;
    }

    /** How long to wait for the next question so that there are not too many within a minute; 0: it may be asked now. */
    private long withinBudget(long now) {
        long minute = TimeUnit.MINUTES.toNanos(1);
        while (!questions.isEmpty() && now - questions.peekFirst() >= minute) {
            questions.removeFirst();
        }
        if (questions.size() >= settings.poll().statusPerMinute()) {
            return Math.max(1_000_000, minute - (now - questions.peekFirst()));
        }
        questions.addLast(now);
        return 0;
    }

    private void apply(Set<NativeId> asked, Map<NativeId, JobStatus> statuses) {
        long now = System.nanoTime();
        boolean ended = false;
        Set<NativeId> vanished = new LinkedHashSet<>();
        for (BatchJob job : List.copyOf(jobs.values())) {
            for (Part part : List.copyOf(job.parts)) {
                NativeId id = part.id;
                if (id == null || part.phase != Part.Phase.ACCEPTED || !asked.contains(id)) {
                    continue;
                }
                for (int i = 0; i < part.elements.size(); i++) {
                    Element e = job.elements[part.elements.at(i)];
                    if (e.part == part && e.phase == Element.Phase.OPEN) {
                        JobStatus status = statuses.get(elementId(part, i));
                        ended |= apply(job, part, e, status, now);
                        if (isLost(e)) {
                            vanished.add(id);
                        }
                    }
                }
            }
            if (!job.over) {
                job.tell();
                afterDecision(job);
            }
        }
        if (ended) {
            lookSoon();
        }
        if (!vanished.isEmpty()) {
            askHistory(vanished);
        }
    }

    private NativeId elementId(Part part, int position) {
        NativeId id = java.util.Objects.requireNonNull(part.id);
        return part.elements.size() == 1
                ? id
                : dialect.element(id, dialect.variables().firstIndex() + position);
    }

    /** Takes the scheduler's word on one element; true if that has ended by it. */
    private boolean apply(BatchJob job, Part part, Element e, @Nullable JobStatus status, long now) {
        if (status == null) {
            if (e.endedSince != 0) {
                return false; // it has aged out of the scheduler's memory, as ended jobs do
            }
            if (now - part.since > settings.patience().unknown().toNanos() || e.status != null) {
                e.missing++;
                e.missingSince = e.missingSince == 0 ? now : e.missingSince;
                statusPace.event(now);
                lookPace.event(now);
            }
            return false;
        }
        e.missing = 0;
        e.missingSince = 0;
        if (status.state() == JobState.UNKNOWN) {
            return false;
        }
        e.status = status;
        if (status.state().ended()) {
            boolean news = e.endedSince == 0;
            e.endedSince = news ? now : e.endedSince;
            return news;
        }
        e.endedSince = 0;
        if (e.exitSince != 0 && status.state() == JobState.PENDING) {
            e.exitSince = 0; // it was put back into the queue: that end was not the last
            e.exitCode = -1;
        }
        if (status.state() == JobState.PENDING) {
            dialect.hopeless(status).ifPresentOrElse(why -> hopeless(job, e, status, why, now), () -> e.hopelessSince = 0);
        }
        return false;
    }

    private void hopeless(BatchJob job, Element e, JobStatus status, String why, long now) {
        e.hopelessSince = e.hopelessSince == 0 ? now : e.hopelessSince;
        statusPace.event(now);
        Part part = e.part;
        if (part != null
                && now - e.hopelessSince >= settings.patience().hopeless().toNanos()) {
            fail(
                    job,
                    e,
                    Verdict.of(
                            Verdict.Cause.REFUSED,
                            describe(job, e) + " waits for what can't come; " + scheduler + " says " + status.detail(),
                            why));
            cancelNative(List.of(elementId(part, part.position(e.number))));
        }
    }

    /** Nobody in the queue knows them: perhaps the accounting does. */
    private void askHistory(Set<NativeId> ids) {
        call(
                watching,
                () -> site.history(ids),
                statuses -> sentence(ids, statuses),
                e -> {
                    if (passes(e)) {
                        sentence(ids, Map.of());
                    } else {
                        lostTouch(e);
                    }
                });
    }

    private void sentence(Set<NativeId> ids, Map<NativeId, JobStatus> statuses) {
        for (BatchJob job : List.copyOf(jobs.values())) {
            for (Part part : List.copyOf(job.parts)) {
                if (part.id == null || !ids.contains(part.id)) {
                    continue;
                }
                for (int i = 0; i < part.elements.size(); i++) {
                    Element e = job.elements[part.elements.at(i)];
                    if (e.part == part && e.phase == Element.Phase.OPEN && isLost(e)) {
                        JobStatus known = statuses.get(elementId(part, i));
                        if (known != null && !known.state().ended() && known.state() != JobState.UNKNOWN) {
                            e.missing = 0; // the accounting calls it alive
                        } else {
                            e.status = known == null ? e.status : known;
                            inquest(job, e);
                        }
                    }
                }
            }
        }
        fetch();
    }

    // ---------------------------------------------------------------- output

    private void followSoon() {
        if (!following && jobs.values().stream().anyMatch(j -> j.shipped && j.ledger.wantsOutput())) {
            following = true;
            later(FOLLOW_MILLIS, this::follow);
        }
    }

    private void follow() {
        List<Harvest.Log> logs = new ArrayList<>();
        for (BatchJob job : jobs.values()) {
            if (job.shipped && job.ledger.wantsOutput()) {
                for (Element e : job.elements) {
                    Part part = e.part;
                    JobStatus status = e.status;
                    boolean waits = status != null && status.state() == JobState.PENDING;
                    if (part != null && e.phase == Element.Phase.OPEN && !waits && logs.size() < MOST_FETCHED) {
                        logs.add(new Harvest.Log(
                                job,
                                part.log(part.position(e.number), dialect.variables().firstIndex())));
                    }
                }
            }
        }
        if (logs.isEmpty()) {
            following = false;
            if (!jobs.isEmpty()) {
                later(FOLLOW_MILLIS, this::followSoon);
            }
            return;
        }
        call(
                watching,
                () -> {
                    harvest.follow(logs);
                    return true;
                },
                done -> later(FOLLOW_MILLIS, this::follow),
                e -> later(backoff(4), this::follow));
    }

    // ---------------------------------------------------------------- cancelling

    private void cancel(BatchJob job, Throwable reason) {
        if (job.over) {
            return;
        }
        job.cancelled = reason;
        JobState state = reason instanceof TaskTimeoutException
                ? JobState.TIMED_OUT
                : failed(job) ? JobState.FAILED : JobState.CANCELLED;
        List<NativeId> ids = new ArrayList<>();
        for (Part part : job.parts) {
            NativeId id = part.id;
            if (part.phase == Part.Phase.ACCEPTED && id != null && isOpen(job, part)) {
                ids.add(id);
            } else if (part.phase == Part.Phase.SHIPPING || part.phase == Part.Phase.UNSURE) {
                part.cancelWanted = true;
            }
        }
        for (Part part : job.parts) {
            if (part.phase == Part.Phase.ACCEPTED || part.phase == Part.Phase.WAITING) {
                part.phase = Part.Phase.OVER;
            }
        }
        for (Element e : job.elements) {
            e.phase = Element.Phase.DONE;
        }
        over(job, state);
        cancelNative(ids);
        job.ledger.failAll(0, job.record.tasks(), reason, state);
    }

    private void cancelNative(List<NativeId> ids) {
        cancels.addAll(ids);
        sendCancels();
    }

    private void sendCancels() {
        if (cancelling || cancels.isEmpty()) {
            return;
        }
        List<NativeId> batch = cancels.stream().limit(MOST_ASKED).toList();
        cancelling = true;
        call(
                watching,
                () -> site.cancel(batch),
                taken -> {
                    cancelling = false;
                    if (taken) {
                        cancelFailures = 0;
                        batch.forEach(cancels::remove);
                        sendCancels();
                    } else {
                        cancelAgain(batch, "the scheduler did not take it");
                    }
                },
                e -> {
                    cancelling = false;
                    cancelAgain(batch, String.valueOf(e.getMessage()));
                });
    }

    private void cancelAgain(List<NativeId> batch, String why) {
        cancelFailures++;
        if (cancelFailures > MOST_REFUSALS) {
            LOG.warn("{} can't be cancelled on cluster {} and may still run: {}", batch, context.cluster(), why);
            batch.forEach(cancels::remove);
            cancelFailures = 0;
        } else {
            later(backoff(cancelFailures), this::sendCancels);
        }
    }

    // ---------------------------------------------------------------- taking up what an earlier driver has left

    private void resume(BatchJob job, List<RunEntry> entries) {
        keep(job);
        Map<Integer, Part> parts = new HashMap<>();
        BitSet fetched = new BitSet();
        boolean wasOver = false;
        for (RunEntry entry : entries) {
            if (entry instanceof RunEntry.Submitting s) {
                Part part = parts.get(s.part());
                if (part == null) {
                    while (job.parts.size() < s.part()) {
                        Part gap = new Part(job.parts.size(), 0, ElementSet.range(0, 1), s.resources(), "-");
                        gap.phase = Part.Phase.OVER;
                        job.parts.add(gap);
                    }
                    part = add(job, s.elements(), s.attempt(), s.resources(), s.skip());
                    parts.put(s.part(), part);
                }
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
            } else if (entry instanceof RunEntry.Over) {
                wasOver = true;
            }
        }
        boolean over = wasOver;
        call(
                watching,
                () -> {
                    BitSet good = new BitSet();
                    for (int e = fetched.nextSetBit(0); e >= 0; e = fetched.nextSetBit(e + 1)) {
                        if (harvest.deliver(job, e)) {
                            good.set(e);
                        }
                    }
                    return good;
                },
                good -> resumed(job, entries, good, over),
                e -> {
                    LOG.warn("Results of job {} that had been fetched can't be read", job.key(), e);
                    resumed(job, entries, new BitSet(), over);
                });
    }

    private void resumed(BatchJob job, List<RunEntry> entries, BitSet good, boolean wasOver) {
        for (RunEntry entry : entries) {
            if (entry instanceof RunEntry.Failed f) {
                job.ledger.failAll(f.from(), f.to(), f.verdict().toThrowable(), f.verdict().state());
            }
        }
        for (Element e : job.elements) {
            int from = job.record.from(e.number);
            int to = job.record.to(e.number);
            if (good.get(e.number) || job.ledger.allDone(from, to)) {
                e.phase = Element.Phase.DONE;
            }
            for (int task = from; task < to; task++) {
                if (job.ledger.isDone(task)) {
                    e.skip.set(task); // decided by the earlier driver, or about to be found in the files
                }
            }
        }
        if (wasOver) {
            job.over = true;
            jobs.remove(job.key());
            byDirectory.remove(job.directory);
            job.ledger.failAll(
                    0,
                    job.record.tasks(),
                    new CancellationException("the job was ended by an earlier driver"),
                    JobState.CANCELLED);
            return;
        }
        if (job.allDone()) {
            afterDecision(job);
            return;
        }
        for (Part part : job.parts) {
            if (part.phase == Part.Phase.UNSURE) {
                unsure(job, part, "the driver died while it was submitted");
            }
        }
        prepare(job, 0);
        lookSoon();
        statusSoon();
        followSoon();
    }

    // ---------------------------------------------------------------- the end

    private CancellationException closing() {
        return new CancellationException("the Clustrix was closed");
    }

    /**
     * Cancels what is unfinished, or lets it go on if the settings say so, and ends all threads. Takes some seconds at
     * most.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean detach = settings.onClose() == BatchSettings.OnClose.DETACH;
        CountDownLatch decided = new CountDownLatch(1);
        engine.execute(() -> {
            decide(() -> {
                for (BatchJob job : List.copyOf(jobs.values())) {
                    if (detach) {
                        job.over = true;
                        job.ledger.failAll(
                                0,
                                job.record.tasks(),
                                new CancellationException("the Clustrix was closed; the job goes on, and run "
                                        + job.book.id() + " can be attached to"),
                                JobState.CANCELLED);
                    } else {
                        cancel(job, closing());
                    }
                }
                clean();
            });
            decided.countDown();
        });
        boolean interrupted = false;
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
            if (!decided.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The engine of cluster {} does not answer", context.cluster());
            }
            shipping.shutdown();
            awaitQuiet(end);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            engine.shutdownNow();
            watching.shutdownNow();
            shipping.shutdownNow();
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
            engine.execute(() -> {
                quiet.set(cancels.isEmpty()
                        && !cancelling
                        && shipping.getActiveCount() == 0
                        && shipping.getQueue().isEmpty()
                        && watching.getActiveCount() == 0);
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
