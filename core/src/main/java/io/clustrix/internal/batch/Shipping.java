package io.clustrix.internal.batch;

import io.clustrix.spi.Feature;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a job to its submissions: makes the host ready, cuts the job into parts, submits them, and looks up those whose
 * answer was lost. On the engine's thread.
 */
final class Shipping {
    private static final Logger LOG = LoggerFactory.getLogger(Shipping.class);

    /** How often and how long an unanswered submit is looked up before it is repeated (requirement R20). */
    private static final int FIND_ANSWERS = 2;

    private static final long FIND_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How often the scheduler may put a submission off. */
    private static final int MOST_REFUSALS = 10;

    private final EngineCore core;
    private final SchedulerDialect dialect;
    private final Site site;
    private final String scheduler;
    private final EngineThread thread;

    /** How many submissions are being looked up. */
    private int unsure;

    Shipping(EngineCore core) {
        this.core = core;
        dialect = core.dialect;
        site = core.site;
        scheduler = core.scheduler;
        thread = core.thread;
    }

    void begin(BatchJob job) {
        if (core.isClosed()) {
            job.ledger.failAll(0, job.record.tasks(), core.closing(), JobState.CANCELLED);
            job.book.over(job.key(), JobState.CANCELLED);
            return;
        }
        core.keep(job);
        job.ledger.changed(JobStatus.of(JobState.PENDING, ""));
        prepare(job, 0);
    }

    /** Makes the host ready for the job, then cuts the job into submissions. */
    void prepare(BatchJob job, int failures) {
        thread.ship(
                () -> {
                    Site.Ready ready = site.ready();
                    var unused = site.environment(job); // refused before anything is sent
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
                    if (EngineThread.passes(e)) {
                        job.ledger.changed(JobStatus.of(JobState.PENDING, "not submitted yet: " + e.getMessage()));
                        LOG.warn("Job {} can't be submitted yet: {}", job.key(), e.getMessage());
                        thread.later(EngineThread.backoff(failures), () -> prepare(job, failures + 1));
                    } else {
                        core.outcomes.failJob(job, Verdict.of(e));
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

    Part add(BatchJob job, ElementSet elements, int attempt, Resources resources, String skip) {
        Part part = new Part(job.parts.size(), attempt, elements, resources, skip);
        job.parts.add(part);
        for (int i = 0; i < elements.size(); i++) {
            job.elements[elements.at(i)].begins(part);
        }
        return part;
    }

    /** One at a time for each job: the first makes the directory. */
    void shipNext(BatchJob job) {
        if (job.over
                || job.parts.stream()
                        .anyMatch(p ->
                                p.phase == Part.Phase.SHIPPING || (p.phase == Part.Phase.UNSURE && !job.shipped))) {
            return;
        }
        job.parts.stream()
                .filter(p -> p.phase == Part.Phase.WAITING)
                .findFirst()
                .ifPresent(p -> ship(job, p));
    }

    private void ship(BatchJob job, Part part) {
        part.phase = Part.Phase.SHIPPING;
        job.attempted = true;
        boolean first = !job.shipped;
        boolean again = job.shipped || part.number > 0 || part.refusals > 0; // an earlier part has made the directory
        thread.ship(
                () -> {
                    List<RemotePath> classPath = site.ready().store().stage(job.record.classPath());
                    job.book.note(new RunEntry.Submitting(
                            job.key(), part.number, part.attempt, part.elements, part.resources, part.skip));
                    job.book.sync();
                    return site.submit(job, part, classPath, first ? job.book.pack(job.key()) : null, again);
                },
                answer -> answered(job, part, answer),
                e -> {
                    if (!EngineThread.passes(e)) {
                        answered(job, part, new Site.Answer.Refused(Verdict.of(e)));
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
            thread.ship(
                    () -> {
                        site.ready().store().forget(job.record.classPath());
                        return true;
                    },
                    done -> thread.later(EngineThread.backoff(part.refusals), () -> shipNext(job)),
                    e -> thread.later(EngineThread.backoff(part.refusals), () -> shipNext(job)));
        } else if (answer instanceof Site.Answer.Refused refused) {
            part.phase = Part.Phase.OVER;
            core.outcomes.failPart(job, part, refused.verdict());
        }
    }

    private void accepted(BatchJob job, Part part, NativeId id) {
        part.id = id;
        part.phase = Part.Phase.ACCEPTED;
        part.since = System.nanoTime();
        job.shipped = true;
        job.book.note(new RunEntry.Accepted(job.key(), part.number, id));
        LOG.debug("Job {} part {} is {} {}", job.key(), part.number, scheduler, id.value());
        if (part.cancelWanted || (job.over && !job.detached)) {
            part.phase = Part.Phase.OVER;
            core.cancels.send(List.of(id));
            cancelTwins(job, part);
            core.outcomes.leave(job, false); // its directory has come since the job was ended
        }
        core.results.lookSoon();
        core.queue.statusSoon();
        core.output.followSoon();
        shipNext(job);
    }

    void unsure(BatchJob job, Part part, String why) {
        part.phase = Part.Phase.UNSURE;
        part.notFoundSince = 0;
        part.notFound = 0;
        unsure++;
        thread.later(1000, () -> lookUp(job, part, why, 0));
    }

    /** Whether it is known of all submissions what has become of them, so that they can be cancelled. */
    boolean isQuiet() {
        return unsure == 0;
    }

    private void lookUp(BatchJob job, Part part, String why, int failures) {
        thread.watch(
                () -> site.find(job.nameOf(part)),
                ids -> {
                    if (!ids.isEmpty()) {
                        part.mayHaveTwins |= ids.size() > 1;
                        unsure--;
                        accepted(job, part, ids.get(0));
                        return;
                    }
                    long now = System.nanoTime();
                    part.notFoundSince = part.notFoundSince == 0 ? now : part.notFoundSince;
                    part.notFound++;
                    if (part.notFound < FIND_ANSWERS || now - part.notFoundSince < FIND_NANOS) {
                        thread.later(2000, () -> lookUp(job, part, why, 0));
                    } else if (job.over) {
                        unsure--;
                        part.phase = Part.Phase.OVER;
                    } else {
                        part.mayHaveTwins = true;
                        unsure--;
                        putOff(job, part, why);
                        thread.later(EngineThread.backoff(part.refusals), () -> shipNext(job));
                    }
                },
                e -> {
                    if (EngineThread.passes(e)) {
                        thread.later(
                                Math.min(30_000, EngineThread.backoff(failures + 1)),
                                () -> lookUp(job, part, why, failures + 1));
                    } else {
                        unsure--;
                        part.phase = Part.Phase.OVER;
                        core.outcomes.failPart(job, part, Verdict.of(e));
                    }
                });
    }

    /** Has all submissions of a part cancelled, should there be more than one. */
    void cancelTwins(BatchJob job, Part part) {
        if (part.mayHaveTwins) {
            thread.watch(
                    () -> site.find(job.nameOf(part)),
                    core.cancels::send,
                    e -> LOG.debug("Job {} can't be looked up to be cancelled", job.key(), e));
        }
    }

    /**
     * An element has ended well and done nothing, as a twin does: goes over to another submission of the part, if there
     * is one.
     */
    void turnToTwin(BatchJob job, Part part, Runnable otherwise) {
        NativeId present = part.id;
        if (present != null) {
            part.idle.add(present);
        }
        thread.watch(
                () -> site.find(job.nameOf(part)),
                ids -> ids.stream()
                        .filter(id -> !part.idle.contains(id))
                        .findFirst()
                        .ifPresentOrElse(id -> turnTo(job, part, id), otherwise),
                e -> thread.later(2000, () -> turnToTwin(job, part, otherwise)));
    }

    private void turnTo(BatchJob job, Part part, NativeId id) {
        LOG.warn("Job {} was submitted twice; {} {} is the one that works", job.key(), scheduler, id.value());
        part.id = id;
        part.since = System.nanoTime();
        job.book.note(new RunEntry.Accepted(job.key(), part.number, id));
        job.unfinished(part).forEach(e -> e.begins(part));
        core.queue.statusSoon();
        core.results.lookSoon();
    }

    /** It was not accepted, and is to be submitted again. */
    private void putOff(BatchJob job, Part part, String why) {
        part.refusals++;
        part.phase = Part.Phase.WAITING;
        if (part.refusals > MOST_REFUSALS) {
            part.phase = Part.Phase.OVER;
            core.outcomes.failPart(
                    job,
                    part,
                    Verdict.of(
                            Verdict.Cause.REFUSED,
                            "the job could not be submitted in " + part.refusals + " attempts: " + why,
                            "ask the site whether its scheduler is in trouble, and submit again"));
        }
    }

    void resubmit(BatchJob job, Element e, Resources resources, long delayMillis) {
        e.phase = Element.Phase.OPEN;
        e.part = null;
        thread.later(delayMillis, () -> {
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
}
