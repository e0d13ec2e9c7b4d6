package io.clustrix.cli;

import io.clustrix.AttachedRun;
import io.clustrix.JobFuture;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "If the run's program lives, its journal is followed until all jobs have ended. If it is dead, this command",
            "takes the run up: it submits what was not submitted, fetches results, and shows them. Ctrl-C leaves the jobs",
            "as they are."
        })
final class AttachCommand extends Subcommand {
    private static final long LOOK_MILLIS = 1000;

    @Parameters(paramLabel = "RUN", description = "The run.")
    String run = "";

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws Exception {
        RunHistory history = builder().history();
        RunInfo info = new Lookup(history).run(run);
        while (info.driver() == RunInfo.Driver.ALIVE && !info.isOver()) {
            follow(info);
            Thread.sleep(LOOK_MILLIS);
            info = new Lookup(history).run(run);
        }
        if (info.isOver()) {
            follow(info);
            if (json.wanted) {
                console().line(Json.lines(List.of())); // its program has had the results
            }
            console().note("all jobs of run " + run + " have ended");
            boolean good = info.jobs().stream().allMatch(j -> j.succeeded() == j.tasks());
            return good ? ExitCode.DONE : ExitCode.TASK_FAILED;
        }
        RunInfo left = info;
        try (JobClasses classes = JobClasses.of(left.jobs())) {
            return classes.call(() -> takeUp(left));
        }
    }

    private String shown = "";

    private void follow(RunInfo info) {
        StringBuilder text = new StringBuilder();
        for (JobInfo job : info.jobs()) {
            text.append(text.length() == 0 ? "" : "\n");
            text.append(job.key())
                    .append(' ')
                    .append(Texts.state(job))
                    .append(' ')
                    .append(JobTexts.tasks(job));
        }
        if (!text.toString().equals(shown)) {
            shown = text.toString();
            console().note(shown);
        }
    }

    private int takeUp(RunInfo info) throws InterruptedException {
        Progress progress = new Progress(console(), false, false);
        Outcome outcome = Outcome.ofSeveral(console(), json.wanted);
        try (Session session = Session.open(builderFor(info).listener(progress))) {
            AttachedRun attached = session.clustrix().attach(run);
            int exit = ExitCode.DONE;
            for (JobFuture<?> future : attached.jobs()) {
                console().note("job " + future.key() + " " + future.name());
                int one = outcome.await(future, Optional.empty(), progress);
                exit = exit == ExitCode.DONE ? one : exit;
            }
            return exit;
        } finally {
            outcome.end();
        }
    }
}
