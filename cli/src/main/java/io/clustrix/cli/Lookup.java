package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import java.util.List;

/** Finds what a person means by an id. */
final class Lookup {
    private final RunHistory history;

    Lookup(RunHistory history) {
        this.history = history;
    }

    /** The job of a key, of the beginning of one, or of the scheduler's id. */
    JobInfo job(String id) {
        List<JobInfo> found = history.find(id);
        if (found.size() == 1) {
            return found.get(0);
        }
        if (found.isEmpty()) {
            throw CommandException.notFound("there is no job '" + id + "'; 'clustrix jobs' lists them");
        }
        throw CommandException.badInput(found.size() + " jobs may be meant by '" + id + "': "
                + String.join(
                        ", ",
                        found.stream().limit(5).map(j -> j.key().toString()).toList())
                + "; write more of the key");
    }

    RunInfo run(String id) {
        return history.run(id)
                .map(Lookup::readable)
                .orElseThrow(
                        () -> CommandException.notFound("there is no run '" + id + "'; 'clustrix runs' lists them"));
    }

    /** Of a run whose files can't be read nothing is known: not even whether it has ended. */
    private static RunInfo readable(RunInfo run) {
        if (run.jobs().isEmpty() && !run.problem().isEmpty()) {
            throw CommandException.badInput("run " + run.id() + " can't be read: " + run.problem());
        }
        return run;
    }

    /** The jobs of a run's id, or the one of a job's. */
    List<JobInfo> jobs(String id) {
        return history.run(id).map(Lookup::readable).map(RunInfo::jobs).orElseGet(() -> List.of(job(id)));
    }
}
