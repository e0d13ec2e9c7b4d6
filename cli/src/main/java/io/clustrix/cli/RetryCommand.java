package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Only what 'clustrix run' has made can be run again: a program of your own knows what it has to submit.",
            "The items are those of the run, so a file of items must be as it was."
        })
final class RetryCommand extends Subcommand {
    @Parameters(paramLabel = "RUN", description = "The run, all of whose jobs have ended.")
    String run = "";

    @Option(names = "--detach", description = "End when the scheduler has the job.")
    boolean detach;

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws Exception {
        RunHistory history = builder().history();
        RunInfo info = new Lookup(history).run(run);
        List<String> words = CommandFile.read(history.directory(run))
                .orElseThrow(() -> CommandException.badInput("run " + run
                        + " was not made by 'clustrix run', so nothing is known of its items; run its program again"));
        if (info.jobs().size() != 1) {
            throw CommandException.notFound("run " + run + " has no job");
        }
        JobInfo job = info.jobs().get(0);
        if (job.state().isEmpty()) {
            throw new CommandException(
                    ExitCode.NOT_OVER,
                    "job " + job.key() + " has not ended; 'clustrix attach " + run + "' goes on with it");
        }
        BitSet succeeded = history.succeeded(job);
        List<Integer> missing = new ArrayList<>();
        for (int task = succeeded.nextClearBit(0); task < job.tasks(); task = succeeded.nextClearBit(task + 1)) {
            missing.add(task);
        }
        if (missing.isEmpty()) {
            if (json.wanted) {
                console().line(Json.lines(List.of()));
            }
            console().note("All tasks of run " + run + " have succeeded; there is nothing to run again.");
            return ExitCode.DONE;
        }
        RunOptions options = new RunOptions();
        new CommandLine(CommandSpec.forAnnotatedObject(options))
                .setExpandAtFiles(false)
                .parseArgs(words.toArray(new String[0]));
        console().note(missing.size() + " of " + job.tasks() + " tasks are run again");
        try (JobClasses classes = options.classes()) {
            RunOptions.Call call = options.call(classes.loader());
            if (call.items().map(List::size).orElse(1) != job.tasks()) {
                throw CommandException.badInput("--items of run " + run + " were " + job.tasks() + ", and now "
                        + call.items().map(List::size).orElse(1) + " are found; put the file back as it was");
            }
            List<Integer> only = call.items().isPresent() ? missing : List.of();
            Launch launch = new Launch(this, options, json.wanted, detach);
            return classes.call(() -> launch.run(call, only));
        }
    }
}
