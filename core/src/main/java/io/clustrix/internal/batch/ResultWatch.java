package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Scheduler;
import io.clustrix.worker.RecordFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks into the jobs' directories for what has ended, has it fetched, and finds out why what ended badly did. On the
 * engine's thread.
 */
final class ResultWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ResultWatch.class);

    /** The most files of one fetch. */
    private static final int MOST_FETCHED = 500;

    /** How often a lease is renewed, at least, before it would end. */
    private static final int RENEWALS = 4;

    private static final long EXIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EngineCore core;
    private final BatchSettings settings;
    private final Scheduler kind;
    private final Site site;
    private final String scheduler;
    private final Harvest harvest;
    private final EngineThread thread;
    private final Map<JobKey, BatchJob> jobs;
    private final Pace lookPace;
    private final Set<Harvest.Want> wanted = new LinkedHashSet<>();
    private final Alarm alarm;
    private boolean looking;
    private boolean fetching;
    private int lookFailures;
    private int fetchFailures;

    ResultWatch(EngineCore core) {
        this.core = core;
        settings = core.settings;
        kind = core.calls.scheduler();
        site = core.site;
        scheduler = core.scheduler;
        harvest = core.harvest;
        thread = core.thread;
        jobs = core.jobs;
        lookPace = new Pace(settings.poll().resultsMin(), settings.poll().resultsMax(), 0.1);
        alarm = new Alarm(thread, this::look);
    }

    void lookSoon() {
        lookPace.event(System.nanoTime());
        alarm.setWithin(settings.poll().resultsMin().toMillis());
    }

    private void look() {
        if (looking) {
            return; // the one that is underway will plan the next
        }
        List<String> directories = jobs.values().stream()
                .filter(j -> j.shipped && !j.over && !j.resuming)
                .map(j -> j.directory)
                .toList();
        if (directories.isEmpty()) {
            return;
        }
        Set<String> leases = new HashSet<>();
        long renewal = Long.MAX_VALUE;
        for (BatchJob job : jobs.values()) {
            Optional<JobRecord.Lease> lease = job.record.lease();
            if (lease.isPresent() && !job.over) {
                leases.add(lease.get().run());
                renewal = Math.min(renewal, lease.get().length().toMillis() / RENEWALS);
            }
        }
        long longest = renewal;
        looking = true;
        long began = System.nanoTime();
        thread.watch(
                () -> site.look(directories, leases),
                listings -> {
                    looking = false;
                    lookFailures = 0;
                    try {
                        listings.forEach((d, listing) -> {
                            BatchJob job = core.byDirectory.get(d);
                            if (job != null && !job.over) {
                                seen(job, listing, began);
                            }
                        });
                        fetch();
                    } finally { // else nobody would ever look again
                        long now = System.nanoTime();
                        long wait = Math.min(longest, TimeUnit.NANOSECONDS.toMillis(lookPace.next(now, now - began)));
                        alarm.setIn(
                                fetchFailures == 0 ? wait : Math.max(wait, EngineThread.backoff(fetchFailures - 1)));
                    }
                },
                e -> {
                    looking = false;
                    lookFailures++;
                    if (EngineThread.passes(e)) {
                        LOG.debug("Cluster {} can't be looked at now", core.cluster, e);
                        alarm.setIn(EngineThread.backoff(lookFailures));
                    } else {
                        core.outcomes.lostTouch(e);
                    }
                });
    }

    private void seen(BatchJob job, Site.Listing listing, long began) {
        long now = System.nanoTime();
        Map<Integer, List<String>> exits = new HashMap<>();
        for (String name : listing.exits()) {
            int dot = name.indexOf('.');
            if (dot > 0 && dot < 10) {
                exits.computeIfAbsent(number(name.substring(0, dot)), k -> new ArrayList<>())
                        .add(name);
            }
        }
        for (Element e : job.elements) {
            if (e.phase != Element.Phase.OPEN || e.part == null) {
                continue;
            }
            String exitRecord = exitRecord(exits.getOrDefault(e.number, List.of()), e);
            boolean hasResult = listing.results().contains(e.number);
            e.part.wasQueued |= hasResult || exitRecord != null;
            if (hasResult) {
                if (e.damagedSince == 0 || now - e.damagedSince > TimeUnit.MILLISECONDS.toNanos(500L * e.damaged)) {
                    e.phase = Element.Phase.FETCHING;
                    wanted.add(Harvest.Want.result(job, e.number));
                    lookPace.event(now);
                }
            } else if (e.exitRecord == null && exitRecord != null) {
                e.exitRecord = exitRecord;
                inquest(job, e);
            } else if (e.endedSince != 0 && began > e.endedSince && now - e.endedSince > settleNanos(e)) {
                inquest(job, e);
            } else if (e.exitSince != 0 && now - e.exitSince > exitPatience(e)) {
                inquest(job, e);
            }
        }
    }

    private static int number(String digits) {
        return digits.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(digits) : -1;
    }

    private static @Nullable String exitRecord(List<String> exits, Element e) {
        String prefix = e.number + "." + e.attempt + ".";
        return exits.stream()
                .filter(n -> n.startsWith(prefix))
                .max(Harvest.OLDEST_FIRST)
                .orElse(null);
    }

    /** How long a result may take to be seen after the scheduler has called its job ended. */
    private long settleNanos(Element e) {
        JobStatus status = e.status;
        return status != null && status.state() == JobState.SUCCEEDED && e.exitRecord == null
                ? settings.patience().result().toNanos()
                : SETTLE_NANOS;
    }

    /** How long the scheduler's word on a worker that a signal has ended is awaited, in ns. */
    private long exitPatience(Element e) {
        if (core.calls.tellsOfNews()) {
            return settings.patience().unknown().toNanos(); // it will tell, as soon as it knows
        }
        // What the queue has forgotten the accounting is asked for when it is lost, and not before.
        return e.missing == 0 || !site.hasHistory()
                ? EXIT_NANOS
                : EXIT_NANOS + settings.patience().unknown().toNanos();
    }

    void inquest(BatchJob job, Element e) {
        Part part = e.part;
        if (part != null) {
            e.phase = Element.Phase.INQUEST;
            wanted.add(Harvest.Want.inquest(
                    job,
                    e.number,
                    e.attempt,
                    part.logOf(e.number, kind.variables().firstIndex())));
        }
    }

    void fetch() {
        if (fetching || wanted.isEmpty()) {
            return;
        }
        List<Harvest.Want> batch = wanted.stream().limit(MOST_FETCHED).toList();
        batch.forEach(wanted::remove);
        fetching = true;
        thread.watch(
                () -> harvest.fetch(batch),
                found -> {
                    fetching = false;
                    fetchFailures = 0;
                    found.forEach(this::foundOrFailed);
                    fetch();
                },
                e -> {
                    fetching = false;
                    fetchFailures++;
                    LOG.debug("Results of cluster {} can't be fetched now", core.cluster, e);
                    for (Harvest.Want want : batch) {
                        Element element = want.state();
                        if (element.phase == Element.Phase.FETCHING || element.phase == Element.Phase.INQUEST) {
                            element.phase = Element.Phase.OPEN; // the next look finds it again
                            element.exitRecord = null;
                            if (!(e instanceof HostException)) {
                                damaged(want.job(), element, String.valueOf(e.getMessage()));
                                core.outcomes.afterDecision(want.job());
                            }
                        }
                    }
                    if (e instanceof HostException && !EngineThread.passes(e)) {
                        core.outcomes.lostTouch(e);
                    }
                });
    }

    /** What goes wrong with one element is no reason for the others to wait for ever. */
    private void foundOrFailed(Harvest.Found found) {
        try {
            found(found);
        } catch (RuntimeException e) {
            Harvest.Want want = found.want();
            LOG.error(
                    "Element {} of job {} can't be judged; this is a bug",
                    want.element(),
                    want.job().key(),
                    e);
            core.outcomes.fail(want.job(), want.state(), Verdict.of(e));
            core.outcomes.afterDecision(want.job());
        }
    }

    private void found(Harvest.Found found) {
        BatchJob job = found.want().job();
        Element e = found.want().state();
        if (job.over || e.phase == Element.Phase.DONE) {
            return;
        }
        RecordFile.Summary summary = found.summary();
        if (!found.want().isInquest()) {
            if (summary != null && summary.isSealed()) {
                core.outcomes.done(job, e);
            } else {
                damaged(job, e, summary == null ? "it can't be fetched" : summary.problem());
            }
        } else if (e.phase == Element.Phase.INQUEST) { // else its part has turned to a twin
            judge(job, e, found);
        }
        core.outcomes.afterDecision(job);
    }

    private void damaged(BatchJob job, Element e, String problem) {
        long now = System.nanoTime();
        e.damaged++;
        e.damagedSince = e.damagedSince == 0 ? now : e.damagedSince;
        e.phase = Element.Phase.OPEN;
        if (now - e.damagedSince > settings.patience().result().toNanos()) {
            core.outcomes.fail(
                    job,
                    e,
                    Verdict.of(
                            Verdict.Cause.DAMAGED,
                            Outcomes.describe(job, e) + ": what it has left on " + site.name() + " can't be read: "
                                    + problem,
                            "look at jobs/" + job.directory + " in the work directory"));
        }
    }

    private void judge(BatchJob job, Element e, Harvest.Found found) {
        if (found.attempt() != e.attempt) {
            e.phase = Element.Phase.OPEN;
            return;
        }
        JobStatus status = e.status;
        if (found.exitCode() >= 0) {
            e.exitCode = found.exitCode();
        }
        if (e.exitCode > 128 && !e.hasEnded() && !isLost(e)) {
            // A signal: the scheduler knows why (memory, time, another hand), or its accounting.
            long now = System.nanoTime();
            e.exitSince = e.exitSince == 0 ? now : e.exitSince;
            if (now - e.exitSince < exitPatience(e)) {
                e.phase = Element.Phase.OPEN;
                core.queue.statusSoon();
                return;
            }
        }
        Part part = e.part;
        if (part != null
                && part.mayHaveTwins
                && (!part.idle.contains(part.id) || !part.turning.isEmpty())
                && e.exitCode < 0
                && (isLost(e) || (status != null && status.state() == JobState.SUCCEEDED))) {
            core.shipping.turnToTwin(job, part, () -> {
                if (!job.over && e.phase == Element.Phase.INQUEST) {
                    judge(job, e, found); // with what it is now
                    core.outcomes.afterDecision(job);
                }
            });
            return;
        }
        Verdict verdict = Autopsy.of(Outcomes.describe(job, e), scheduler, kind, status, e.exitCode, found, isLost(e));
        core.outcomes.settle(job, e, verdict, found);
    }

    boolean isLost(Element e) {
        return e.missing >= EngineCore.MISSING_ANSWERS
                && System.nanoTime() - e.missingSince
                        > settings.patience().unknown().toNanos();
    }
}
