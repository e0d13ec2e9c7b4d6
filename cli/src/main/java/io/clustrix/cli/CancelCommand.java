package io.clustrix.cli;

import io.clustrix.AttachedRun;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "If the job's program lives, the scheduler is told to cancel what it has; what the program has not submitted",
            "yet it may submit still. If it is dead, the run is taken up, the job cancelled, and the rest left as it is."
        })
final class CancelCommand extends Subcommand {
    private static final long CANCEL_SECONDS = 60;

    @Parameters(paramLabel = "ID", description = "A job's key or its beginning, the scheduler's id, or a run's id.")
    String id = "";

    @Override
    public Integer call() throws Exception {
        RunHistory history = builder().history();
        List<JobInfo> open = new ArrayList<>(new Lookup(history).jobs(id));
        open.removeIf(job -> job.state().isPresent());
        if (open.isEmpty()) {
            console().note("There is nothing to cancel: it has ended.");
            return ExitCode.DONE;
        }
        String run = open.get(0).run();
        boolean lives =
                history.run(run).filter(r -> r.driver() == RunInfo.Driver.ALIVE).isPresent();
        if (lives) {
            throughScheduler(open);
        } else {
            try (JobClasses classes =
                    JobClasses.of(history.run(run).map(RunInfo::jobs).orElse(open))) {
                classes.call(() -> {
                    takenUp(run, open);
                    return run;
                });
            }
        }
        return ExitCode.DONE;
    }

    private void throughScheduler(List<JobInfo> jobs) throws InterruptedException {
        try (Clustrix clustrix = builder().open()) {
            List<String> left = new ArrayList<>();
            for (JobInfo job : jobs) {
                if (job.nativeIds().isEmpty()) {
                    left.add("job " + job.key() + " is not submitted yet, and its program lives; end that, or wait");
                } else if (clustrix.cancel(job)) {
                    console().line("cancelled " + job.key());
                } else {
                    left.add("the scheduler has not taken the order to cancel job " + job.key());
                }
            }
            if (!left.isEmpty()) {
                throw new CommandException(ExitCode.CLUSTER, String.join("; ", left));
            }
        }
    }

    private void takenUp(String run, List<JobInfo> jobs) throws InterruptedException {
        RunInfo info = new Lookup(builder().history()).run(run);
        // What is not to be cancelled goes on as it was.
        try (Clustrix clustrix = builderFor(info).open()) {
            AttachedRun attached = clustrix.attach(run);
            for (JobInfo job : jobs) {
                JobFuture<?> future = attached.job(job.key()).orElseThrow();
                future.cancel(true);
                ended(future);
                console().line("cancelled " + job.key());
            }
        }
    }

    private static void ended(JobFuture<?> future) throws InterruptedException {
        try {
            var unused = future.get(CANCEL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | CancellationException e) {
            // That is how it is to end.
        } catch (TimeoutException e) {
            throw new CommandException(
                    ExitCode.CLUSTER, "job " + future.key() + " is not cancelled after a minute; try again");
        }
    }
}
