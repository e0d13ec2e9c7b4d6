package io.clustrix.internal.batch;

import io.clustrix.internal.batch.Site.Answer;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Scheduler;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A scheduler whose commands run on the host that has the work directory, in a dialect's words. */
final class CommandCalls implements SchedulerCalls {
    private final Host host;
    private final Duration timeout;

    /** For a scheduler that has said something of itself, once it has. */
    private volatile SchedulerDialect dialect;

    /**
     * Calls.
     *
     * @param timeout how long each command may take
     */
    CommandCalls(SchedulerDialect dialect, Host host, Duration timeout) {
        this.dialect = dialect;
        this.host = host;
        this.timeout = timeout;
    }

    @Override
    public Scheduler scheduler() {
        return dialect;
    }

    @Override
    public Host host() {
        return host;
    }

    @Override
    public Host nodes() {
        return host;
    }

    @Override
    public String workDirectory(String configured) {
        return configured;
    }

    @Override
    public RemotePath nodesWorkDirectory(RemotePath onHost) {
        return onHost;
    }

    @Override
    public boolean sharesFiles() {
        return true;
    }

    @Override
    public boolean tellsOfNews() {
        return false;
    }

    @Override
    public Optional<List<String>> classPath() {
        return Optional.empty();
    }

    @Override
    public List<String> leftOut() {
        return List.of();
    }

    @Override
    public SchedulerInfo info() throws InterruptedException {
        SchedulerInfo info = asked();
        dialect = dialect.informed(info);
        return info;
    }

    private SchedulerInfo asked() throws InterruptedException {
        Optional<Command> command = dialect.info();
        if (command.isEmpty()) {
            return new SchedulerInfo("", OptionalInt.empty(), false);
        }
        CommandResult result = host.run(dressed(command.get()));
        if (dialect.isTransient(result)) {
            throw new SchedulerException("the scheduler does not answer yet: " + result.summary());
        }
        try {
            return dialect.parseInfo(result);
        } catch (SchedulerException e) {
            // Some sites don't let users ask; then the dialect's own bounds hold and there is no history.
            return new SchedulerInfo("", OptionalInt.empty(), false);
        }
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return dialect.directives(plan);
    }

    @Override
    public Command handOver(String script, JobPlan plan) {
        return dressed(dialect.submit(script, plan));
    }

    @Override
    public Answer answer(CommandResult handedOver, JobFiles files, JobPlan plan) {
        // In the dialect's own words, without what all of its commands get.
        CommandResult own = new CommandResult(
                dialect.submit(files.script(), plan),
                handedOver.exit(),
                handedOver.out(),
                handedOver.err(),
                handedOver.truncated(),
                handedOver.took());
        if (own.exit() != 0 && dialect.isTransient(own)) {
            return new Answer.Unknown(own.summary());
        }
        try {
            return new Answer.Taken(dialect.parseSubmit(own));
        } catch (SchedulerException e) {
            // Success without an id: it may have been taken, and then must not be left alone.
            return own.exit() == 0
                    ? new Answer.Unknown(String.valueOf(e.getMessage()))
                    : new Answer.Refused(Verdict.of(Verdict.Cause.REFUSED, e));
        }
    }

    @Override
    public Map<NativeId, JobStatus> status(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect;
        return d.parseStatus(ask(d.status(ids)));
    }

    @Override
    public Map<NativeId, JobStatus> history(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect;
        Optional<Command> command = d.history(ids);
        return command.isEmpty() ? Map.of() : d.parseHistory(ask(command.get()));
    }

    @Override
    public Map<NativeId, Instant> starts(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect;
        Optional<Command> command = d.starts(ids);
        return command.isEmpty() ? Map.of() : d.parseStarts(ask(command.get()));
    }

    @Override
    public boolean cancel(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect;
        return d.cancelled(host.run(dressed(d.cancel(ids))));
    }

    @Override
    public List<NativeId> find(String jobName) throws InterruptedException {
        SchedulerDialect d = dialect;
        return d.parseFind(ask(d.find(jobName)));
    }

    /** Asks about jobs; of an answer that is not whole nothing may be read. */
    private CommandResult ask(Command question) throws InterruptedException {
        CommandResult r = host.run(dressed(question));
        if (r.truncated()) {
            throw new SchedulerException("the answer to '" + r.command() + "' is too long to be kept whole");
        }
        return r;
    }

    /** Schedulers forget by themselves. */
    @Override
    public void forget(Collection<NativeId> ids) {}

    /** A dialect's command with what all of them get. */
    private Command dressed(Command command) {
        return command.after("env", "LC_ALL=C", "TZ=UTC").withTimeout(timeout);
    }

    @Override
    public void close() {
        host.close();
    }
}
