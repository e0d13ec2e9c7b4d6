package io.clustrix.examples.background;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The smallest scheduler there is: a shell that starts processes in the background, and ps. */
final class BackgroundDialect implements SchedulerDialect {
    private final String shell;

    BackgroundDialect(String shell) {
        this.shell = shell;
    }

    @Override
    public Traits traits() {
        return new Traits(Set.of(Feature.CANCEL_RUNNING), 1, Duration.ofSeconds(1));
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("BACKGROUND_JOB", "BACKGROUND_INDEX", 0, Optional.empty());
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return List.of(); // nobody would read them
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        String line = "setsid \"$1\" \"$2\" \"$3\" </dev/null >\"$4.out\" 2>\"$4.err\" & echo $!";
        return Command.of("sh", "-c", line, "submit", shell, script, plan.jobName(), plan.logs());
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        String id = result.out().strip();
        if (result.exit() != 0 || !id.matches("[0-9]+")) {
            throw new SchedulerException("the job could not be started: " + result.summary());
        }
        return NativeId.of(id);
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        List<String> words = new ArrayList<>(List.of("ps", "-o", "pid="));
        jobs.forEach(id -> words.addAll(List.of("-p", id.value())));
        return Command.of(words);
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        // 1 is an answer: it knows none of them. What the worker has left behind tells how they ended.
        if (result.exit() > 1 || !result.err().isBlank()) {
            throw new SchedulerException("ps can't be asked: " + result.summary());
        }
        Map<NativeId, JobStatus> found = new HashMap<>();
        result.out()
                .lines()
                .map(String::strip)
                .forEach(id -> found.put(NativeId.of(id), JobStatus.of(JobState.RUNNING, "")));
        return found;
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "kill -- \"$@\" 2>/dev/null; exit 0", "cancel"));
        ids.forEach(id -> words.add("-" + id.value())); // the group: the script and its worker
        return Command.of(words);
    }

    @Override
    public boolean cancelled(CommandResult result) {
        return result.exit() == 0;
    }

    @Override
    public Command find(String jobName) {
        // Brackets around a letter, so that it does not find the shell that runs this command.
        return Command.of("pgrep", "-o", "-f", "[" + jobName.charAt(0) + "]" + jobName.substring(1));
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        if (result.exit() > 1) {
            throw new SchedulerException("processes can't be looked up: " + result.summary());
        }
        return result.out().lines().map(NativeId::of).toList();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        return false;
    }
}
