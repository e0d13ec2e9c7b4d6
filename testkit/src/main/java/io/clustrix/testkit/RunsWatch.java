package io.clustrix.testkit;

import io.clustrix.RunListener;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks at what is told to a listener of all jobs. */
final class RunsWatch implements RunListener {
    private final Map<JobKey, Seen> jobs = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    private static final class Seen {
        final Set<Integer> tasks = new HashSet<>();
        int ends;
    }

    private Seen seen(JobKey key) {
        return jobs.computeIfAbsent(key, k -> new Seen());
    }

    @Override
    public synchronized void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
        Seen seen = seen(key);
        if (!seen.tasks.add(outcome.task())) {
            problems.add("the end of task " + outcome.task() + " of job " + key + " was told twice");
        }
        if (seen.ends > 0) {
            problems.add("the end of task " + outcome.task() + " of job " + key + " was told after that of the job");
        }
    }

    @Override
    public synchronized void stateChanged(JobKey key, JobStatus status) {
        Seen seen = seen(key);
        if (seen.ends > 0) {
            problems.add("job " + key + " is told to be " + status.state() + " after its end");
        }
        if (status.state().ended()) {
            seen.ends++;
        }
    }

    synchronized boolean ended() {
        return jobs.values().stream().allMatch(seen -> seen.ends > 0);
    }

    synchronized List<String> problems() {
        return List.copyOf(problems);
    }
}
