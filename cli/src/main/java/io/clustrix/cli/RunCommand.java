package io.clustrix.cli;

import io.clustrix.report.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        footer = {
            "",
            "For instance: clustrix run app.jar com.acme.Sim::price --items 1..1000 --cores 4 --memory 8GB --on hpc",
            "Results go to the output, a line each with the item before it; all else goes to the error output.",
            "Ctrl-C cancels the job."
        })
final class RunCommand extends Subcommand {
    @Mixin
    RunOptions options = new RunOptions();

    @Option(names = "--detach", description = "End when the scheduler has the job; 'clustrix attach RUN' takes it up.")
    boolean detach;

    @Mixin
    JsonOption json = new JsonOption();

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write a report to this file at the end: .html, .json or .txt.")
    @Nullable
    Path report;

    @Override
    public Integer call() throws Exception {
        Path file = report;
        if (file != null && detach) {
            throw CommandException.badInput(
                    "--report: nothing has run yet when --detach ends; 'clustrix report RUN' writes one later");
        }
        try (JobClasses classes = options.classes()) {
            RunOptions.Call call = options.call(classes.loader());
            Launch launch = new Launch(this, options, json.wanted, detach);
            int exit = classes.call(() -> launch.run(call, List.of()));
            return file == null ? exit : reported(launch, file, exit);
        }
    }

    /** What the tasks have come to is said by the exit code, also if there is no report of it. */
    private int reported(Launch launch, Path file, int exit) {
        if (launch.runId().isEmpty()) {
            console().note("clustrix: --report: what runs on this machine without a scheduler has no run to report of");
            return exit;
        }
        try {
            RunReport.of(builder().history(), launch.runId().get()).write(file, ReportCommand.formatOf(file));
            console().note("report: " + file);
        } catch (IOException e) {
            console()
                    .note("clustrix: --report: " + file + " can't be written: " + e + "; 'clustrix report "
                            + launch.runId().get() + "' writes it elsewhere");
        }
        return exit;
    }
}
