package io.clustrix.internal.batch;

import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
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

    /** How many look-ups there may be for each question to the scheduler. */
    private static final int LOOK_UPS = 3;

    private static final long MOST_FIND_WAIT_MILLIS = 2000;

    /** How often the scheduler may put a submission off. */
    private static final int MOST_REFUSALS = 10;

    private final EngineCore core;
    private final Site site;
    private final String scheduler;
    private final EngineThread thread;

    private final Budget submissions;
    private final Duration findPatience;
    private final long findWait;

    /** Look-ups are asked apart from what else is asked, so that neither keeps the other waiting. */
    private final Budget lookUps;

    /** The submissions that are being looked up, and how that is done at once. */
    private final Map<Part, Runnable> unsure = new LinkedHashMap<>();

    Shipping(EngineCore core) {
        this.core = core;
        site = core.site;
        scheduler = core.scheduler;
        thread = core.thread;
        submissions = new Budget(core.settings.submitsPerMinute());
        lookUps = new Budget(LOOK_UPS * core.settings.poll().statusPerMinute());
        findPatience = core.settings.patience().find();
        findWait = Math.min(MOST_FIND_WAIT_MILLIS, findPatience.toMillis() / 2 + 1);
    }

    void begin(BatchJob job) {
        if (core.isClosed()) {
            job.over = true;
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
                    if (!site.isReady()) {
                        preparing(job, "finding out what workers can run in");
                    }
                    var unused = site.environment(job.record); // refused before anything is sent
                    preparing(job, "sending what is not there");
                    return site.stage(job.record.classPath(), job.ledger::staged);
                },
                staged -> {
                    if (!job.over) {
                        preparing(job, "");
                        split(job, unsubmitted(job), 0, job.record.resources());
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
                    } else if (job.attempted || job.takenUp) {
                        core.outcomes.letGo(job, Verdict.of(e));
                    } else {
                        core.outcomes.failJob(job, Verdict.of(e));
                    }
                });
    }

    /** Of a job that was taken up a part may run already. */
    private static void preparing(BatchJob job, String step) {
        if (!job.takenUp) {
            job.ledger.changed(JobStatus.of(JobState.PENDING, step));
        }
    }

    private static BitSet unsubmitted(BatchJob job) {
        BitSet open = new BitSet();
        for (Element e : job.elements) {
            if (e.attempt < 0 && e.phase == Element.Phase.OPEN) {
                open.set(e.number);
            }
        }
        return open;
    }

    /** Makes submissions of elements, no larger than the scheduler's arrays may be. */
    private void split(BatchJob job, BitSet open, int attempt, Resources resources) {
        int largest = site.largestArray();
        for (int from = open.nextSetBit(0); from >= 0; ) {
            BitSet part = new BitSet();
            int to = from;
            for (int n = 0; to >= 0 && n < largest; n++) {
                part.set(to);
                to = open.nextSetBit(to + 1);
            }
            job.waiting.add(add(job, job.parts.size(), ElementSet.of(part), attempt, resources, skip(job, part)));
            from = to;
        }
        shipNext(job);
    }

    /** The tasks of these elements that are not to be run (any more), as the worker takes them. */
    private static String skip(BatchJob job, BitSet elements) {
        BitSet skip = new BitSet();
        elements.stream().forEach(e -> skip.or(job.elements[e].skip));
        return skip.isEmpty() ? "-" : ranges(skip);
    }

    /** Numbers as in {@code 1,4-7}. */
    static String ranges(BitSet numbers) {
        StringBuilder s = new StringBuilder();
        for (int from = numbers.nextSetBit(0); from >= 0; ) {
            int to = numbers.nextClearBit(from);
            s.append(s.isEmpty() ? "" : ",").append(from);
            if (to > from + 1) {
                s.append('-').append(to - 1);
            }
            from = numbers.nextSetBit(to);
        }
        return s.toString();
    }

    /** Makes a submission, which is not to be submitted yet, in place of what has its number, if anything. */
    Part add(BatchJob job, int number, ElementSet elements, int attempt, Resources resources, String skip) {
        Part part = new Part(number, attempt, elements, resources, skip);
        if (number < job.parts.size()) {
            job.parts.set(number, part);
        } else {
            job.parts.add(part);
        }
        for (int i = 0; i < elements.size(); i++) {
            job.elements[elements.at(i)].begins(part);
        }
        return part;
    }

    /** One at a time for each job: the first makes the directory. */
    void shipNext(BatchJob job) {
        if (job.over || job.waiting.isEmpty()) {
            return;
        }
        for (Part p : job.parts) {
            if (p.phase == Part.Phase.SHIPPING || (p.phase == Part.Phase.UNSURE && !job.shipped)) {
                return;
            }
        }
        Part next = job.waiting.getFirst();
        if (job.unfinished(next).isEmpty()) {
            job.waiting.removeFirst(); // its elements have ended in another way
            next.phase = Part.Phase.OVER;
            shipNext(job);
        } else if (mayRun(job, next)) {
            shipWithinBudget(job, next);
        }
    }

    /**
     * Whether there is room for a part beside those of its job that run, where the settings limit that (requirement
     * R22). It gets what is free, if that is half of what it could use: an array's limit stays as it was submitted.
     */
    private boolean mayRun(BatchJob job, Part part) {
        OptionalInt most = core.settings.concurrentElements();
        if (most.isEmpty()) {
            return true;
        }
        int free = most.getAsInt();
        for (Part other : job.parts) {
            if (other.phase == Part.Phase.ACCEPTED || other.phase == Part.Phase.UNSURE) {
                free -= Math.min(other.limit, job.unfinished(other).size());
            }
        }
        int useful = Math.min(most.getAsInt(), part.elements.size());
        part.limit = Math.min(useful, Math.max(1, free));
        return free >= (useful + 1) / 2;
    }

    private void shipWithinBudget(BatchJob job, Part part) {
        long wait = submissions.take(System.nanoTime(), 1);
        if (wait == 0) {
            job.waiting.removeFirst();
            ship(job, part);
        } else {
            job.ledger.changed(JobStatus.of(
                    JobState.PENDING, "not submitted yet: submits-per-minute = " + core.settings.submitsPerMinute()));
            thread.later(TimeUnit.NANOSECONDS.toMillis(wait) + 1, () -> shipNext(job));
        }
    }

    private void ship(BatchJob job, Part part) {
        part.phase = Part.Phase.SHIPPING;
        job.attempted = true;
        boolean first = !job.shipped;
        boolean again = job.shipped || part.number > 0 || part.refusals > 0; // an earlier part has made the directory
        thread.ship(
                () -> {
                    List<RemotePath> classPath = site.stage(job.record.classPath(), job.ledger::staged);
                    job.book.note(new RunEntry.Submitting(
                            job.key(), part.number, part.attempt, part.elements, part.resources, part.skip));
                    job.book.sync();
                    Path pack = first ? job.book.pack(job.key()) : null;
                    Site.Answer answer = site.submit(job, part, classPath, pack, again);
                    if (pack != null && answer instanceof Site.Answer.Taken) {
                        job.ledger.staged(Site.size(pack));
                    }
                    return answer;
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
            core.outcomes.order(job, List.of(id));
            cancelTwins(job, part);
            core.outcomes.leave(job, false); // its directory has come since the job was ended
        }
        core.results.lookSoon();
        core.queue.statusSoon();
        core.output.followSoon();
        core.outcomes.sweep();
        shipNext(job);
    }

    void unsure(BatchJob job, Part part, String why) {
        part.phase = Part.Phase.UNSURE;
        part.notFoundSince = 0;
        part.notFound = 0;
        unsure.put(part, () -> lookUp(job, part, why, 0));
        thread.later(findWait / 2, () -> lookUp(job, part, why, 0));
    }

    /** Looks everything up now whose look-up waits: there is no later. */
    void hurry() {
        List.copyOf(unsure.values()).forEach(Runnable::run);
    }

    /** Whether it is known of all submissions what has become of them, so that they can be cancelled. */
    boolean isQuiet() {
        return unsure.isEmpty();
    }

    private void lookUp(BatchJob job, Part part, String why, int failures) {
        if (!unsure.containsKey(part)) {
            return; // another look-up has found it
        }
        long wait = core.isClosed() ? 0 : lookUps.take(System.nanoTime(), 1);
        if (wait > 0) {
            thread.later(TimeUnit.NANOSECONDS.toMillis(wait) + 1, () -> lookUp(job, part, why, failures));
            return;
        }
        thread.watch(
                () -> site.find(job.nameOf(part)),
                ids -> {
                    if (!unsure.containsKey(part)) {
                        return;
                    }
                    if (!ids.isEmpty()) {
                        part.mayHaveTwins |= ids.size() > 1;
                        unsure.remove(part);
                        accepted(job, part, ids.get(0));
                        return;
                    }
                    long now = System.nanoTime();
                    part.notFoundSince = part.notFoundSince == 0 ? now : part.notFoundSince;
                    part.notFound++;
                    if (part.notFound < FIND_ANSWERS || now - part.notFoundSince < findPatience.toNanos()) {
                        thread.later(findWait, () -> lookUp(job, part, why, 0));
                    } else if (job.over) {
                        unsure.remove(part);
                        part.phase = Part.Phase.OVER;
                    } else {
                        part.mayHaveTwins = true;
                        unsure.remove(part);
                        putOff(job, part, why);
                        thread.later(EngineThread.backoff(part.refusals), () -> shipNext(job));
                    }
                },
                e -> {
                    if (!unsure.containsKey(part)) {
                        return;
                    }
                    if (EngineThread.passes(e)) {
                        thread.later(
                                Math.min(30_000, EngineThread.backoff(failures + 1)),
                                () -> lookUp(job, part, why, failures + 1));
                    } else {
                        unsure.remove(part);
                        part.phase = Part.Phase.OVER;
                        if (!job.over) {
                            core.outcomes.letGo(job, Verdict.of(e));
                        }
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
     * An element has ended well and done nothing, as a twin does: the part goes over to another submission of it, if
     * there is one.
     *
     * @param otherwise for this element, if there is none
     */
    void turnToTwin(BatchJob job, Part part, Runnable otherwise) {
        part.turning.add(otherwise);
        if (part.turning.size() > 1) {
            return; // it is being looked for already
        }
        NativeId present = part.id;
        if (present != null) {
            part.idle.add(present);
        }
        lookForTwin(job, part);
    }

    private void lookForTwin(BatchJob job, Part part) {
        thread.watch(
                () -> site.find(job.nameOf(part)),
                ids -> {
                    List<Runnable> otherwise = List.copyOf(part.turning);
                    part.turning.clear();
                    ids.stream()
                            .filter(id -> !part.idle.contains(id))
                            .findFirst()
                            .ifPresentOrElse(id -> turnTo(job, part, id), () -> otherwise.forEach(Runnable::run));
                },
                e -> thread.later(findWait, () -> lookForTwin(job, part)));
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
        if (part.refusals <= MOST_REFUSALS) {
            part.phase = Part.Phase.WAITING;
            job.waiting.addFirst(part);
        } else {
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

    /**
     * Has an element tried again after a while, together with others that come meanwhile: what a lost node has taken is
     * submitted as one array again.
     */
    void resubmit(BatchJob job, Element e, Resources resources, long delayMillis) {
        e.phase = Element.Phase.OPEN;
        e.part = null;
        BatchJob.Again again = new BatchJob.Again(e.attempt + 1, resources);
        BitSet waiting = job.again.get(again);
        if (waiting == null) {
            waiting = new BitSet();
            job.again.put(again, waiting);
            thread.later(delayMillis, () -> submitAgain(job, again));
        }
        waiting.set(e.number);
    }

    private void submitAgain(BatchJob job, BatchJob.Again again) {
        BitSet waiting = job.again.remove(again);
        if (waiting != null && !job.over) {
            for (Element e : job.elements) {
                if (e.phase != Element.Phase.OPEN || e.part != null) {
                    waiting.clear(e.number); // it has ended meanwhile
                }
            }
            split(job, waiting, again.attempt(), again.resources());
        }
    }
}
