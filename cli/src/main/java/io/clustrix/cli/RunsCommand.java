package io.clustrix.cli;

import io.clustrix.history.RunInfo;
import java.util.List;
import picocli.CommandLine.Command;

@Command
final class RunsCommand extends ListCommand {
    @Override
    public Integer call() {
        List<RunInfo> runs = builder().history().runs();
        if (json.wanted) {
            console().line(Json.lines(runs.stream().map(JobTexts::json).toList()));
            return ExitCode.DONE;
        }
        if (runs.isEmpty()) {
            console().note("There are no runs. What runs on this machine only, without a scheduler, has none.");
            return ExitCode.DONE;
        }
        Table table = new Table(2, "RUN", "STARTED", "DRIVER", "JOBS", "OVER", "PROCESS");
        for (RunInfo run : runs) {
            table.row(
                    run.id(),
                    Texts.time(run.started()),
                    Texts.word(run.driver()),
                    run.problem().isEmpty() ? Integer.toString(run.jobs().size()) : "unreadable",
                    run.isOver() ? "yes" : "no",
                    run.process());
        }
        table.print(console());
        for (RunInfo run : runs) {
            if (!run.problem().isEmpty()) {
                console().note("clustrix: run " + run.id() + ": " + run.problem());
            }
        }
        return ExitCode.DONE;
    }
}
