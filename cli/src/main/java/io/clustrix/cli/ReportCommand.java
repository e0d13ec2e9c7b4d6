package io.clustrix.cli;

import io.clustrix.history.RunHistory;
import io.clustrix.report.ReportFormat;
import io.clustrix.report.RunReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "The page is one file that needs no network: when chunks waited and ran, what they asked for and used, why",
            "some failed, and what they ran in. Values of environment variables are not in it; names, paths, messages of",
            "exceptions and the job's script are."
        })
final class ReportCommand extends Subcommand {
    @Parameters(paramLabel = "RUN", description = "The run; it may still go on.")
    String run = "";

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "html, json or text; by the ending of --output, or else text on a terminal and html elsewhere.")
    @Nullable
    ReportFormat format;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write it to this file and not to the output.")
    @Nullable
    Path output;

    @Override
    public Integer call() {
        RunHistory history = builder().history();
        RunReport report = RunReport.of(history, new Lookup(history).run(run));
        ReportFormat wanted = format();
        Path file = output;
        if (file == null) {
            // As it is, whatever the terminal's own character set: a page says itself that it is UTF-8.
            byte[] text = report.as(wanted).getBytes(StandardCharsets.UTF_8);
            console().out().write(text, 0, text.length);
            console().out().flush();
            return ExitCode.DONE;
        }
        if (Files.isDirectory(file)) {
            throw CommandException.badInput("--output: " + file + " is a directory; name a file in it");
        }
        try {
            report.write(file, wanted);
        } catch (IOException e) {
            throw CommandException.badInput(
                    "--output: " + file + " can't be written: " + e + "; name a file that you may write");
        }
        console().note("report of run " + run + ": " + file);
        return ExitCode.DONE;
    }

    private ReportFormat format() {
        if (format != null) {
            return format;
        }
        Path file = output;
        if (file == null) {
            return console().isTerminal() ? ReportFormat.TEXT : ReportFormat.HTML;
        }
        return formatOf(file);
    }

    /** By the ending of a file's name. */
    static ReportFormat formatOf(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(".json")
                ? ReportFormat.JSON
                : name.endsWith(".txt") ? ReportFormat.TEXT : ReportFormat.HTML;
    }
}
