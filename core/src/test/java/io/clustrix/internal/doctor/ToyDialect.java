package io.clustrix.internal.doctor;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A scheduler whose one program is {@code sh}, or one that is not there; it answers {@code VERSION ARRAY HISTORY}. */
record ToyDialect(String program, boolean lists) implements SchedulerDialect {
    @Override
    public Traits traits() {
        return new Traits(Set.of(Feature.ARRAYS), 5000, Duration.ofSeconds(1));
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("TOY", "INDEX", 0, Optional.empty());
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return List.of();
    }

    private Command command(String verb) {
        return Command.of("env", "-u", "TOY_FORMAT", "TOY_TIME=1", program, verb);
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        return command("submit");
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        throw new SchedulerException("no");
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return command("status");
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        return Map.of();
    }

    @Override
    public Optional<Command> history(Collection<NativeId> jobs) {
        return Optional.of(command("history"));
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return command("cancel");
    }

    @Override
    public boolean cancelled(CommandResult result) {
        return true;
    }

    @Override
    public Command find(String jobName) {
        return command("find");
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        return List.of();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        return result.err().contains("later");
    }

    @Override
    public Optional<Command> info() {
        return Optional.of(command("info"));
    }

    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        String[] words = result.out().strip().split(" ", -1);
        if (result.exit() != 0 || words.length != 3) {
            throw new SchedulerException("it does not tell: " + result.summary());
        }
        return new SchedulerInfo(
                "Toy " + words[0], OptionalInt.of(Integer.parseInt(words[1])), Boolean.parseBoolean(words[2]));
    }

    @Override
    public Optional<Command> queues() {
        return lists ? Optional.of(command("queues")) : Optional.empty();
    }

    @Override
    public List<String> parseQueues(CommandResult result) {
        if (result.exit() != 0) {
            throw new SchedulerException("no queues: " + result.summary());
        }
        return result.out().lines().toList();
    }
}
