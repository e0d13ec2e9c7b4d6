package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.spi.Feature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Submits a call and sees it through. */
final class Launch {
    private static final long SUBMIT_SECONDS = 300;

    private final Subcommand command;
    private final RunOptions options;
    private final boolean json;
    private final boolean detach;
    private Optional<String> run = Optional.empty();

    Launch(Subcommand command, RunOptions options, boolean json, boolean detach) {
        this.command = command;
        this.options = options;
        this.json = json;
        this.detach = detach;
    }

    /**
     * Runs a call.
     *
     * @param only the numbers of the items to run, if not all of them are
     */
    int run(RunOptions.Call call, List<Integer> only) throws InterruptedException, IOException {
        Clustrix.Builder builder =
                command.builder().classPath(options.classPath()).set("keep-results", true);
        Optional<List<String>> items = call.items().map(all -> chosen(all, only));
        if (detach) {
            builder.set("clusters." + detachable(builder) + ".on-close", "detach");
        }
        Progress progress = new Progress(command.console(), call.isMain() && !json, detach);
        try (Session session = Session.open(builder.listener(progress))) {
            Clustrix clustrix = session.clustrix();
            Submitter submitter = options.submitter(clustrix, call);
            JobFuture<?> future = items.isPresent()
                    ? submitter.map(items.get(), call.function())
                    : submitter.submit((io.clustrix.spi.RemoteCallable<?>) call.function());
            announce(clustrix, future, items.map(List::size).orElse(1));
            if (detach) {
                return detached(clustrix, future);
            }
            return new Outcome(command.console(), json).await(future, items, progress);
        }
    }

    /** The id of the run that was made; empty if none was. */
    Optional<String> runId() {
        return run;
    }

    /** The cluster, if jobs there outlive this program. */
    private String detachable(Clustrix.Builder builder) {
        try (Clustrix clustrix = builder.open()) {
            String cluster = options.cluster == null ? clustrix.cluster() : options.cluster;
            if (!clustrix.on(cluster).traits().has(Feature.REATTACH)) {
                throw CommandException.badInput("--detach: jobs of cluster " + cluster
                        + " end with the program that has submitted them; leave it out, or name another one with --on");
            }
            return cluster;
        }
    }

    private static List<String> chosen(List<String> all, List<Integer> only) {
        if (only.isEmpty()) {
            return all;
        }
        List<String> items = new ArrayList<>();
        only.forEach(n -> items.add(all.get(n)));
        return items;
    }

    private void announce(Clustrix clustrix, JobFuture<?> future, int tasks) throws IOException {
        run = clustrix.runId();
        command.console()
                .note("job " + future.key() + " (" + tasks + (tasks == 1 ? " task" : " tasks") + ")"
                        + run.map(r -> ", run " + r).orElse(""));
        if (run.isPresent()) {
            CommandFile.write(clustrix.history().directory(run.get()), options);
        }
    }

    /** Waits until the scheduler has all of it: what has not been submitted would wait for somebody who attaches. */
    private int detached(Clustrix clustrix, JobFuture<?> future) throws InterruptedException {
        RunHistory history = clustrix.history();
        long end = System.nanoTime() + SUBMIT_SECONDS * 1_000_000_000L;
        while (System.nanoTime() - end < 0) {
            List<JobInfo> jobs = history.find(future.key().toString());
            if (future.isDone() || (!jobs.isEmpty() && isSubmitted(jobs.get(0)))) {
                break;
            }
            Thread.sleep(200);
        }
        if (future.isCompletedExceptionally() && !future.isCancelled()) {
            return new Outcome(command.console(), json).failure(future);
        }
        List<JobInfo> jobs = history.find(future.key().toString());
        if (jobs.isEmpty() || !isSubmitted(jobs.get(0))) {
            command.console()
                    .note("clustrix: not all of it was submitted; 'clustrix attach "
                            + clustrix.runId().orElse("RUN") + "' goes on");
        }
        String run = clustrix.runId().orElse("");
        command.console().line(json ? Json.text(Json.object("run", run, "job", future.key())) : run);
        return ExitCode.DONE;
    }

    private boolean isSubmitted(JobInfo job) {
        int elements = 0;
        for (JobInfo.Submission s : job.submissions()) {
            if (s.id().isEmpty()) {
                return false;
            }
            elements += s.attempt() == 0 ? s.elements() : 0;
        }
        return elements > 0 && elements >= job.elements();
    }
}
