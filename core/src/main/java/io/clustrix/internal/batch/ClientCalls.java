package io.clustrix.internal.batch;

import io.clustrix.internal.batch.Site.Answer;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Scheduler;
import io.clustrix.spi.SchedulerClient;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A scheduler that a plugin's client calls, which has its own host. */
final class ClientCalls implements SchedulerCalls {
    private final SchedulerClient client;

    ClientCalls(SchedulerClient client) {
        this.client = client;
    }

    @Override
    public Scheduler scheduler() {
        return client;
    }

    @Override
    public Host host() {
        return client.host();
    }

    @Override
    public Host nodes() {
        return client.nodes();
    }

    @Override
    public String workDirectory(String configured) {
        return client.workDirectory(configured);
    }

    @Override
    public RemotePath nodesWorkDirectory(RemotePath onHost) {
        return client.nodesWorkDirectory(onHost);
    }

    @Override
    public boolean sharesFiles() {
        return client.sharesFiles();
    }

    @Override
    public boolean tellsOfNews() {
        return true;
    }

    @Override
    public Optional<List<String>> classPath() {
        return client.classPath();
    }

    @Override
    public List<String> leftOut() {
        return client.leftOut();
    }

    @Override
    public SchedulerInfo info() throws InterruptedException {
        return client.info();
    }

    @Override
    public List<String> directives(JobPlan plan) {
        client.check(plan);
        return List.of();
    }

    @Override
    public Command handOver(String script, JobPlan plan) {
        return Command.of("true");
    }

    @Override
    public Answer answer(CommandResult handedOver, JobFiles files, JobPlan plan) throws InterruptedException {
        if (handedOver.exit() != 0) {
            return new Answer.Unknown(handedOver.summary());
        }
        try {
            return new Answer.Taken(client.submit(files, plan));
        } catch (SchedulerException e) {
            return new Answer.Refused(Verdict.of(Verdict.Cause.REFUSED, e));
        } catch (HostException e) {
            return e.retryable()
                    ? new Answer.Unknown(String.valueOf(e.getMessage()))
                    : new Answer.Refused(Verdict.of(e));
        }
    }

    @Override
    public Map<NativeId, JobStatus> status(Collection<NativeId> ids) throws InterruptedException {
        return client.status(ids);
    }

    /** What the client says of states is all that there is. */
    @Override
    public Map<NativeId, JobStatus> history(Collection<NativeId> ids) {
        return Map.of();
    }

    /** No client tells. */
    @Override
    public Map<NativeId, Instant> starts(Collection<NativeId> ids) {
        return Map.of();
    }

    @Override
    public boolean cancel(Collection<NativeId> ids) throws InterruptedException {
        client.cancel(ids);
        return true;
    }

    @Override
    public List<NativeId> find(String jobName) throws InterruptedException {
        return client.find(jobName);
    }

    @Override
    public void forget(Collection<NativeId> ids) {
        client.forget(ids);
    }

    @Override
    public void close() {
        client.close();
    }
}
