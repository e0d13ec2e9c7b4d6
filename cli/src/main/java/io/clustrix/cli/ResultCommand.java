package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.TaskResult;
import java.util.List;
import java.util.SortedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Results lie on this machine once the job's program has fetched them, until it ends: it has had them. Those of",
            "'clustrix run', and of programs with keep-results = true, stay until keep-runs is over. The classes of values",
            "come from the job's own class path."
        })
final class ResultCommand extends Subcommand {
    @Parameters(paramLabel = "ID", description = "A job's key or its beginning, or the scheduler's id.")
    String id = "";

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws Exception {
        RunHistory history = builder().history();
        JobInfo job = new Lookup(history).job(id);
        try (JobClasses classes = JobClasses.of(List.of(job))) {
            return classes.call(() -> shown(history, job));
        }
    }

    private int shown(RunHistory history, JobInfo job) throws InterruptedException {
        SortedMap<Integer, TaskResult> results;
        try (Clustrix clustrix = builder().open()) {
            results = clustrix.results(job);
        }
        if (results.isEmpty()) {
            throw nothing(history, job);
        }
        int exit = new Outcome(console(), json.wanted).kept(results);
        if (results.size() < job.tasks()) {
            console()
                    .note("clustrix: " + (job.tasks() - results.size()) + " of " + job.tasks()
                            + " tasks have no result here");
            return job.state().isEmpty() ? ExitCode.NOT_OVER : ExitCode.TASK_FAILED;
        }
        return exit;
    }

    private static CommandException nothing(RunHistory history, JobInfo job) {
        RunInfo.Driver driver = history.run(job.run()).map(RunInfo::driver).orElse(RunInfo.Driver.UNKNOWN);
        if (job.state().isEmpty()) {
            return new CommandException(
                    ExitCode.NOT_OVER,
                    "job " + job.key() + " has no result yet; "
                            + (driver == RunInfo.Driver.ALIVE
                                    ? "its program lives and will fetch it"
                                    : "'clustrix attach " + job.run() + "' fetches it"));
        }
        if (!job.problems().isEmpty()) {
            return new CommandException(
                    ExitCode.TASK_FAILED,
                    "the job has no result: " + job.problems().get(0));
        }
        return CommandException.notFound(
                "the results of job " + job.key()
                        + " are not here any more: its program has had them, and they were not kept; set keep-results = true for that");
    }
}
