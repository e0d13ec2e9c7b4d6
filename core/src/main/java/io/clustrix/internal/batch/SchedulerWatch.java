package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the scheduler: one question for all jobs, as seldom as will do and never more often than the site allows. On the
 * engine's thread.
 */
final class SchedulerWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerWatch.class);

    /** The most ids of one question. */
    private static final int MOST_ASKED = 500;

    /** How often in a row an answer may be one that the dialect fails to read. */
    private static final int MOST_STUMBLES = 5;

    /** How often the accounting may call alive what the scheduler does not know. */
    private static final int MOST_HEARSAY = 5;

    /** How much news is gathered for one question. */
    private static final long NEWS_MILLIS = 50;

    private static final JobStatus ACCEPTED = JobStatus.of(JobState.PENDING, "");

    private final EngineCore core;
    private final BatchSettings settings;
    private final Scheduler kind;
    private final Site site;
    private final String scheduler;
    private final EngineThread thread;
    private final Map<JobKey, BatchJob> jobs;
    private final Pace statusPace;
    private final Alarm alarm;
    private boolean asking;

    /** There was news while the scheduler was being asked, which the answer may not have. */
    private boolean hasNews;

    private int statusFailures;
    private int stumbles;
    private long stumblingSince;

    SchedulerWatch(EngineCore core) {
        this.core = core;
        settings = core.settings;
        kind = core.calls.scheduler();
        site = core.site;
        scheduler = core.scheduler;
        thread = core.thread;
        jobs = core.jobs;
        Duration shortest = longer(settings.poll().statusMin(), kind.traits().minPollInterval());
        statusPace = new Pace(shortest, longer(settings.poll().statusMax(), shortest), 0.5);
        alarm = new Alarm(thread, this::status);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    void statusSoon() {
        statusPace.event(System.nanoTime());
        if (!alarm.isSet() && !asking) {
            statusIn(statusPace.next(System.nanoTime(), 0));
        }
    }

    /** Asks at once, of a scheduler that tells when there is news. */
    void changed() {
        if (asking) {
            hasNews = true;
        } else {
            alarm.setIn(NEWS_MILLIS);
        }
    }

    private void statusIn(long nanos) {
        alarm.setIn(TimeUnit.NANOSECONDS.toMillis(nanos));
    }

    private void status() {
        if (asking) {
            return;
        }
        List<NativeId> ids = new ArrayList<>();
        for (BatchJob job : jobs.values()) {
            for (Part part : job.parts) {
                NativeId id = part.id;
                if (part.phase == Part.Phase.ACCEPTED && id != null && !job.resuming) {
                    if (!job.unfinished(part).isEmpty()) {
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
        long wait = core.calls.tellsOfNews() ? 0 : core.questions.take(now, (ids.size() + MOST_ASKED - 1) / MOST_ASKED);
        if (wait > 0) {
            statusIn(wait);
            return;
        }
        asking = true;
        hasNews = false;
        thread.watch(
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
                    stumbles = 0;
                    try {
                        apply(Set.copyOf(ids), statuses);
                    } finally { // else nobody would ever ask again
                        long after = System.nanoTime();
                        statusIn(
                                hasNews
                                        ? TimeUnit.MILLISECONDS.toNanos(NEWS_MILLIS)
                                        : statusPace.next(after, after - now));
                    }
                },
                e -> {
                    asking = false;
                    statusFailures++;
                    if (EngineThread.passes(e)) {
                        LOG.debug("The scheduler of cluster {} can't be asked now", core.cluster, e);
                        statusIn(TimeUnit.MILLISECONDS.toNanos(Math.max(
                                settings.poll().statusMin().toMillis(), EngineThread.backoff(statusFailures + 1))));
                    } else if (stumbles(e)) {
                        LOG.warn(
                                "An answer of {} can't be read; cluster {} is asked again", scheduler, core.cluster, e);
                        statusIn(settings.poll().statusMin().toNanos() + TimeUnit.SECONDS.toNanos(1));
                    } else {
                        core.outcomes.lostTouch(e);
                    }
                });
    }

    /** Whether a dialect has failed over an answer, which says nothing about any job, unless it goes on and on. */
    private boolean stumbles(Exception e) {
        long now = System.nanoTime();
        if (stumbles == 0) {
            stumblingSince = now;
        }
        stumbles++;
        return !(e instanceof HostException)
                && (stumbles <= MOST_STUMBLES
                        || now - stumblingSince < settings.patience().unknown().toNanos());
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
                List<Element> unfinished = job.unfinished(part);
                part.wasQueued =
                        part.wasQueued || unfinished.stream().anyMatch(e -> statuses.containsKey(elementId(part, e)));
                for (Element e : unfinished) {
                    if (e.phase == Element.Phase.OPEN) {
                        JobStatus status = statuses.get(elementId(part, e));
                        if (part.wasQueued && e.status == null) {
                            e.status = ACCEPTED; // it came with the others, whether it is still there or not
                        }
                        ended |= apply(job, part, e, status, now);
                        if (core.results.isLost(e)) {
                            vanished.add(id);
                        }
                    }
                }
            }
            if (!job.over) {
                job.tell();
                core.outcomes.afterDecision(job);
            }
        }
        if (ended) {
            core.results.lookSoon();
        }
        if (!vanished.isEmpty()) {
            askHistory(vanished);
        }
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
                core.results.lookSoon();
            }
            return false;
        }
        e.missing = 0;
        e.missingSince = 0;
        e.hearsay = 0;
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
            kind.hopeless(status).ifPresentOrElse(why -> hopeless(job, e, status, why, now), () -> e.hopelessSince = 0);
        }
        return false;
    }

    private void hopeless(BatchJob job, Element e, JobStatus status, String why, long now) {
        e.hopelessSince = e.hopelessSince == 0 ? now : e.hopelessSince;
        statusPace.event(now);
        Part part = e.part;
        if (part != null
                && now - e.hopelessSince >= settings.patience().hopeless().toNanos()) {
            core.outcomes.fail(
                    job,
                    e,
                    Verdict.of(
                            Verdict.Cause.REFUSED,
                            Outcomes.describe(job, e) + " waits for what can't come; " + scheduler + " says "
                                    + status.detail(),
                            why));
            core.cancels.send(List.of(elementId(part, e)));
        }
    }

    /** Nobody in the queue knows them: perhaps the accounting does. */
    private void askHistory(Set<NativeId> ids) {
        core.questions.spend(System.nanoTime(), 1);
        thread.watch(() -> site.history(ids), statuses -> sentence(ids, statuses), e -> {
            if (EngineThread.passes(e)) {
                sentence(ids, Map.of());
            } else {
                core.outcomes.lostTouch(e);
            }
        });
    }

    private void sentence(Set<NativeId> ids, Map<NativeId, JobStatus> statuses) {
        for (BatchJob job : List.copyOf(jobs.values())) {
            for (Part part : List.copyOf(job.parts)) {
                if (part.id == null || !ids.contains(part.id)) {
                    continue;
                }
                for (Element e : job.unfinished(part)) {
                    if (e.phase == Element.Phase.OPEN && core.results.isLost(e)) {
                        JobStatus known = statuses.get(elementId(part, e));
                        boolean alive = known != null && !known.state().ended() && known.state() != JobState.UNKNOWN;
                        if (alive && e.hearsay < MOST_HEARSAY) {
                            e.hearsay++; // an accounting may call a job alive for ever that a crash has taken
                            e.missing = 0;
                            e.missingSince = 0;
                        } else {
                            e.status = known == null || alive ? e.status : known;
                            core.results.inquest(job, e);
                        }
                    }
                }
            }
        }
        core.results.fetch();
    }

    NativeId elementId(Part part, Element e) {
        NativeId id = Objects.requireNonNull(part.id);
        return part.elements.size() == 1
                ? id
                : kind.element(id, kind.variables().firstIndex() + part.position(e.number));
    }
}
