package org.example.spool;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the command {@code spool} is told, and what its answers mean. */
record SpoolDialect(SpoolDialectProvider.Settings settings) implements SchedulerDialect {
    private static final Map<String, JobState> STATES = Map.of(
            "QUEUED", JobState.PENDING,
            "RUNNING", JobState.RUNNING,
            "DONE", JobState.SUCCEEDED,
            "FAILED", JobState.FAILED,
            "CANCELLED", JobState.CANCELLED,
            "TIMED_OUT", JobState.TIMED_OUT);

    @Override
    public Traits traits() {
        return new Traits(
                Set.of(Feature.CANCEL_RUNNING, Feature.ISOLATION, Feature.WALLTIME_LIMIT, Feature.OUTPUT, Feature.REATTACH),
                1, Duration.ofMillis(500));
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("SPOOL_JOB", "SPOOL_INDEX", 0, Optional.empty());
    }

    @Override
    public List<String> directives(JobPlan plan) {
        Resources r = plan.resources();
        if (r.cores().orElse(1) > 1 || r.nodes().orElse(1) > 1 || r.gpus().isPresent()
                || r.queue().isPresent() || r.account().isPresent() || !r.options().isEmpty()) {
            throw new ConfigurationException("spool knows nothing but one core, memory and a walltime", "Leave out more.");
        }
        // Memory needs no line: the worker's heap is made to fit it.
        return r.walltime().map(w -> "#SPOOL seconds=" + w.toSeconds()).stream().toList();
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        return spool("submit", Stream.of(plan.jobName(), script, plan.logs()));
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        if (result.exit() != 0 || !result.out().matches("job [0-9]+\n")) {
            throw new SchedulerException("spool has not taken the job: " + result.summary(), "See program and directory.");
        }
        return NativeId.of(result.out().substring(4).strip());
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return spool("list", jobs.stream().map(NativeId::value));
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        return lines(result).stream()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 3 && words[0].matches("[0-9]+"))
                .collect(Collectors.toMap(words -> NativeId.of(words[0]),
                        words -> JobStatus.of(STATES.getOrDefault(words[1], JobState.UNKNOWN), words[1]),
                        (first, second) -> second));
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return spool("cancel", ids.stream().map(NativeId::value));
    }

    @Override
    public boolean cancelled(CommandResult result) {
        return result.exit() == 0;
    }

    @Override
    public Command find(String jobName) {
        return spool("find", Stream.of(jobName));
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        return lines(result).stream().filter(line -> line.matches("[0-9]+")).map(NativeId::of).toList();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        return result.exit() == 75; // as sysexits.h has it: a temporary failure
    }

    private Command spool(String verb, Stream<String> arguments) {
        Stream<String> words = Stream.of(settings.program().toString(), verb, settings.directory().toString());
        return Command.of(Stream.concat(words, arguments).toList());
    }

    /** The lines of an answer that is whole. That one failed says nothing about any job. */
    private static List<String> lines(CommandResult result) {
        if (result.exit() != 0 || !("\n" + result.out()).endsWith("\nend\n")) {
            throw new SchedulerException("spool has not answered: " + result.summary());
        }
        return result.out().lines().toList();
    }
}
