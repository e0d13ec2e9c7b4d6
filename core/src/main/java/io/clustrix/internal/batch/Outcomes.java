package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.TaskTimeoutException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of jobs: gives tasks the failures that are not their own, has work run again, ends jobs and has their
 * files removed. On the engine's thread.
 */
final class Outcomes {
    private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

    private static final int MOST_ABANDONED = 10;

    /** How much of a verdict's message is noted with each attempt, in characters. */
    private static final int MOST_NOTED = 500;

    private static final long CLEAN_MILLIS = 1500;
    private static final long CLEAN_AGAIN_MILLIS = 60_000;

    /** How much is remembered of what could not be removed, in characters. */
    private static final int MOST_CLEANING = 1 << 20;

    private final EngineCore core;
    private final BatchSettings settings;
    private final Site site;
    private final EngineThread thread;
    private final Map<JobKey, BatchJob> jobs;
    private final StringBuilder cleaning = new StringBuilder();
    private final Alarm cleanAlarm;
    private boolean swept;

    Outcomes(EngineCore core) {
        this.core = core;
        settings = core.settings;
        site = core.site;
        thread = core.thread;
        jobs = core.jobs;
        cleanAlarm = new Alarm(thread, this::clean);
    }

    void failPart(BatchJob job, Part part, Verdict verdict) {
        job.unfinished(part).forEach(e -> fail(job, e, verdict));
        core.shipping.shipNext(job);
        afterDecision(job);
    }

    void failJob(BatchJob job, Verdict verdict) {
        for (Element e : job.elements) {
            if (e.phase != Element.Phase.DONE) {
                fail(job, e, verdict);
            }
        }
        afterDecision(job);
    }

    void done(BatchJob job, Element e) {
        noteFetched(job, e);
        e.phase = Element.Phase.DONE;
        if (!job.isDecided(e) && !(job.record.onError() == ErrorPolicy.FAIL_FAST && failed(job))) {
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

    private static void noteFetched(BatchJob job, Element e) {
        String failures = job.ledger.failuresOf(job.record.from(e.number), job.record.to(e.number));
        job.book.note(new RunEntry.Fetched(job.key(), e.number, failures));
    }

    /** Notes of elements whose results have been delivered, and of which this thread has not been told yet. */
    private static void noteDelivered(BatchJob job) {
        for (Element e : job.elements) {
            if (e.phase != Element.Phase.DONE
                    && job.isDecided(e)
                    && Files.exists(job.book.result(job.key(), e.number))) {
                noteFetched(job, e);
            }
        }
    }

    static boolean failed(BatchJob job) {
        return job.ledger.firstFailure() != null;
    }

    static String describe(BatchJob job, Element e) {
        int from = job.record.from(e.number);
        int to = job.record.to(e.number) - 1;
        return "job " + job.record.name() + " (" + job.key() + ")"
                + (job.record.single() ? "" : from == to ? ", task " + from : ", tasks " + from + " to " + to);
    }

    /** Gives an element's unfinished tasks their failure, or has them run again. */
    void settle(BatchJob job, Element e, Verdict verdict, Harvest.Found found) {
        noteEnd(job, e, verdict, found);
        if (job.isDecided(e)) {
            e.phase = Element.Phase.DONE; // its worker died after the last task
            return;
        }
        BatchSettings.Retry retry = settings.retry();
        boolean memory = verdict.cause() == Verdict.Cause.OUT_OF_MEMORY;
        boolean again = switch (verdict.cause()) {
            case NODE_LOST, LOST, KILLED -> retry.nodeFailure();
            case PREEMPTED -> retry.preemption();
            // Whoever has it again wants it again; a lease that is not seen on the nodes must not go on for ever.
            case ABANDONED -> e.abandoned++ < MOST_ABANDONED;
            case OUT_OF_MEMORY ->
                retry.outOfMemory() && job.record.resources().memory().isPresent();
            case WALLTIME ->
                retry.walltime() && job.record.resources().walltime().isPresent();
            default -> false;
        };
        Part part = e.part;
        if (again && part != null) {
            if (verdict.cause() != Verdict.Cause.PREEMPTED && verdict.cause() != Verdict.Cause.ABANDONED) {
                e.failures++;
            }
            if (e.failures < retry.attempts()) {
                Resources resources = memory || verdict.cause() == Verdict.Cause.WALLTIME
                        ? escalated(part.resources, retry, memory)
                        : part.resources;
                LOG.warn("It is tried again: {}", verdict.message());
                job.ledger.retried(
                        job.record.from(e.number),
                        job.record.to(e.number),
                        JobStatus.of(verdict.state(), verdict.message()));
                if (part.id != null && !e.hasEnded() && (verdict.exit() < 0 || verdict.exit() > 128)) {
                    // Should it live in spite of all: two of the same do no good.
                    core.cancels.send(List.of(core.queue.elementId(part, e)));
                }
                core.shipping.resubmit(
                        job, e, resources, retry.delay().toMillis() << Math.min(10, Math.max(0, e.failures - 1)));
                return;
            }
        }
        boolean onlyTheCulprit = (verdict.cause() == Verdict.Cause.EXITED
                        || verdict.cause() == Verdict.Cause.CRASHED
                        || verdict.cause() == Verdict.Cause.KILLED)
                && job.record.onError() == ErrorPolicy.COLLECT;
        if (onlyTheCulprit && part != null && found.running() < 0 && found.summary() != null && e.attempt == 0) {
            // It died before it had written which task it was at, as it does before each task of a later attempt.
            core.shipping.resubmit(job, e, part.resources, 0);
            return;
        }
        if (onlyTheCulprit && part != null && found.running() >= 0) {
            int culprit = found.running();
            note(job, culprit, culprit + 1, verdict);
            e.skip.set(culprit);
            if (!job.isDecided(e)) {
                core.shipping.resubmit(job, e, part.resources, 0);
                return;
            }
            e.phase = Element.Phase.DONE;
            return;
        }
        fail(job, e, verdict);
    }

    private static void noteEnd(BatchJob job, Element e, Verdict verdict, Harvest.Found found) {
        String message = verdict.message();
        job.book.note(new RunEntry.Worked(
                job.key(),
                e.number,
                e.attempt,
                found.restart(),
                found.use(),
                verdict.cause().name(),
                message.length() > MOST_NOTED ? message.substring(0, MOST_NOTED) + "..." : message,
                verdict.exit(),
                System.currentTimeMillis()));
    }

    /** What a job asks for when it has been escalated. */
    private static Resources escalated(Resources r, BatchSettings.Retry retry, boolean memory) {
        Resources.Builder b = r.toBuilder();
        if (memory) {
            r.memory().ifPresent(m -> b.memory(new Memory((long) (m.bytes() * retry.memoryFactor()))));
        } else {
            r.walltime().ifPresent(t -> b.time(Duration.ofSeconds((long) (t.toSeconds() * retry.walltimeFactor()))));
        }
        return b.build();
    }

    private void note(BatchJob job, int from, int to, Verdict verdict) {
        job.book.note(new RunEntry.Failed(job.key(), from, to, verdict));
        job.ledger.failAll(from, to, verdict.toThrowable(), verdict.state());
    }

    void fail(BatchJob job, Element e, Verdict verdict) {
        e.phase = Element.Phase.DONE;
        note(job, job.record.from(e.number), job.record.to(e.number), verdict);
    }

    /** After anything that may have ended the job or its will to go on. */
    void afterDecision(BatchJob job) {
        if (job.over) {
            return;
        }
        if (job.record.onError() == ErrorPolicy.FAIL_FAST && failed(job) && !job.ledger.isOver()) {
            cancel(job, new CancellationException("not run to its end, because another task failed first"));
        } else if (job.allDone()) {
            over(job, failed(job) ? JobState.FAILED : JobState.SUCCEEDED);
        } else {
            core.shipping.shipNext(job); // there may be room for its next part now
        }
    }

    private void over(BatchJob job, JobState state) {
        job.over = true;
        core.drop(job);
        job.ledger.thrown().forEach(t -> job.book.note(new RunEntry.Threw(job.key(), t.what(), t.tasks(), t.first())));
        job.book.over(job.key(), state);
        boolean remove = settings.cleanUp() == BatchSettings.CleanUp.ALWAYS
                || (settings.cleanUp() == BatchSettings.CleanUp.ON_SUCCESS && state == JobState.SUCCEEDED);
        if (job.attempted) {
            leave(job, remove);
            if (remove) {
                site.forget(job.parts.stream()
                        .map(part -> part.id)
                        .filter(Objects::nonNull)
                        .toList());
            }
        }
    }

    /** Has a job's directory removed, or marked as one that may be removed by age. */
    void leave(BatchJob job, boolean remove) {
        cleaning.append(remove ? "remove " : "mark ").append(job.directory).append('\n');
        if (!cleanAlarm.isSet()) {
            cleanAlarm.setIn(CLEAN_MILLIS);
        }
    }

    void clean() {
        if (cleaning.length() == 0) {
            return;
        }
        String lines = cleaning.toString();
        cleaning.setLength(0);
        thread.watch(
                () -> {
                    site.clean(lines, settings.patience().command());
                    return true;
                },
                done -> {},
                e -> {
                    LOG.debug("Jobs' directories can't be removed now", e);
                    if (EngineThread.passes(e) && cleaning.length() < MOST_CLEANING) {
                        cleaning.insert(0, lines);
                        if (!cleanAlarm.isSet()) {
                            cleanAlarm.setIn(CLEAN_AGAIN_MILLIS);
                        }
                    }
                });
    }

    /** Has old jars removed, if that is due; once in this driver's life, when it has something running already. */
    void sweep() {
        if (swept || !site.isStoreOld()) {
            return;
        }
        swept = true;
        thread.watch(
                site::cleanStore,
                removed -> LOG.debug("{} old jars were removed from cluster {}", removed, core.cluster),
                e -> LOG.debug("Old jars can't be removed from cluster {}", core.cluster, e));
    }

    void cancel(BatchJob job, Throwable reason) {
        if (job.over) {
            return;
        }
        noteDelivered(job);
        if (job.ledger.isOver() && !job.givenUp) { // its last result has come, and this thread has not been told yet
            job.parts.forEach(p -> p.phase = Part.Phase.OVER);
            over(job, failed(job) ? JobState.FAILED : JobState.SUCCEEDED);
            return;
        }
        JobState state = reason instanceof TaskTimeoutException
                ? JobState.TIMED_OUT
                : failed(job) && !job.givenUp ? JobState.FAILED : JobState.CANCELLED;
        List<NativeId> ids = new ArrayList<>();
        for (Part part : job.parts) {
            NativeId id = part.id;
            if (part.phase == Part.Phase.ACCEPTED
                    && id != null
                    && !job.unfinished(part).isEmpty()) {
                ids.add(id);
                core.shipping.cancelTwins(job, part);
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
        order(job, ids);
        job.ledger.failAll(0, job.record.tasks(), reason, state);
    }

    /** Has submissions of a job that is over cancelled, and that noted. */
    void order(BatchJob job, List<NativeId> ids) {
        core.cancels.send(ids, () -> {
            if (job.parts.stream().noneMatch(p -> p.cancelWanted && p.phase != Part.Phase.OVER)) {
                job.book.note(new RunEntry.Cancelled(job.key()));
            }
        });
    }

    /** Has cancelled what an earlier driver wanted to, and perhaps had no time for. */
    void cancelLeft(BatchJob job) {
        List<Part> left =
                job.parts.stream().filter(p -> !job.unfinished(p).isEmpty()).toList();
        cancelLeft(job, left, new ArrayList<>(), 0);
    }

    private void cancelLeft(BatchJob job, List<Part> left, List<NativeId> found, int failures) {
        if (left.isEmpty()) {
            order(job, found);
            return;
        }
        thread.watch(
                () -> site.find(job.nameOf(left.get(0))),
                ids -> {
                    found.addAll(ids);
                    cancelLeft(job, left.subList(1, left.size()), found, 0);
                },
                e -> {
                    if (EngineThread.passes(e)) {
                        thread.later(EngineThread.backoff(failures), () -> cancelLeft(job, left, found, failures + 1));
                    } else {
                        LOG.warn("Job {} was cancelled, and may still run: {}", job.key(), e.getMessage());
                    }
                });
    }

    /** The host will not let us in any more: nobody can tell what becomes of the jobs. */
    void lostTouch(Exception e) {
        Verdict verdict = Verdict.of(e);
        for (BatchJob job : List.copyOf(jobs.values())) {
            if (!job.over) {
                LOG.warn("Job {} may go on, but its cluster can't be asked any more", job.key());
                letGo(job, verdict);
            }
        }
    }

    /** Ends a job for this driver alone: the journal has it as it was, for one that finds the host in order again. */
    void letGo(BatchJob job, Verdict verdict) {
        job.over = true;
        job.detached = true;
        core.drop(job);
        List<String> hints = new ArrayList<>(verdict.hints());
        hints.add("when that is mended, attach to run " + job.book.id() + ": what was submitted is not lost");
        Verdict why = new Verdict(verdict.cause(), verdict.exit(), verdict.message(), hints);
        job.ledger.failAll(0, job.record.tasks(), why.toThrowable(), why.state());
    }
}
