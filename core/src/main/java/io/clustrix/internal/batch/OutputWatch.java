package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Has the output of running jobs told to those who listen. On the engine's thread. */
final class OutputWatch {
    private static final int MOST_LOGS = 500;
    private static final long FOLLOW_MILLIS = 1000;

    private final Scheduler kind;
    private final Harvest harvest;
    private final EngineThread thread;
    private final Map<JobKey, BatchJob> jobs;
    private boolean following;

    OutputWatch(EngineCore core) {
        kind = core.calls.scheduler();
        harvest = core.harvest;
        thread = core.thread;
        jobs = core.jobs;
    }

    void followSoon() {
        if (!following && jobs.values().stream().anyMatch(j -> j.shipped && j.ledger.wantsOutput())) {
            following = true;
            thread.later(FOLLOW_MILLIS, this::follow);
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
                    if (part != null && e.phase == Element.Phase.OPEN && !waits && logs.size() < MOST_LOGS) {
                        logs.add(new Harvest.Log(
                                job, part.logOf(e.number, kind.variables().firstIndex())));
                    }
                }
            }
        }
        if (logs.isEmpty()) {
            following = false;
            if (!jobs.isEmpty()) {
                thread.later(FOLLOW_MILLIS, this::followSoon);
            }
            return;
        }
        thread.watch(
                () -> {
                    harvest.follow(logs);
                    return true;
                },
                done -> thread.later(FOLLOW_MILLIS, this::follow),
                e -> thread.later(EngineThread.backoff(4), this::follow));
    }
}
