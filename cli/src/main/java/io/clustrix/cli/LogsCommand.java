package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.LogText;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Logs lie in the job's directory on the cluster. With clean-up = on-success, which is the default, those of a",
            "job that has succeeded are removed with it."
        })
final class LogsCommand extends Subcommand {
    private static final long LOOK_MILLIS = 2000;
    private static final Set<RunInfo.Driver> LEFT = Set.of(RunInfo.Driver.ENDED, RunInfo.Driver.DEAD);

    @Parameters(paramLabel = "ID", description = "A job's key or its beginning, or the scheduler's id.")
    String id = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the job has ended.")
    boolean follow;

    @Override
    public Integer call() throws InterruptedException {
        RunHistory history = builder().history();
        JobInfo job = new Lookup(history).job(id);
        if (job.submissions().isEmpty() && !follow) {
            throw CommandException.notFound("job " + job.key() + " has no logs: it was not submitted yet");
        }
        Map<String, Long> from = new HashMap<>();
        Printer printer = new Printer(console(), job.tasks() > 1);
        try (Clustrix clustrix = builder().open()) {
            boolean told = false;
            while (true) {
                boolean over = job.state().isPresent(); // looked at before the logs, so that their end is not missed
                while (read(clustrix, job, from, printer)) {
                    // There is more than one piece of a log.
                }
                if (over || !follow) {
                    break;
                }
                String run = job.run();
                if (!told
                        && history.run(run)
                                .filter(r -> LEFT.contains(r.driver()))
                                .isPresent()) {
                    told = true;
                    console()
                            .note("clustrix: the program that submitted the job has ended, so the job's end is not seen"
                                    + " here until 'clustrix attach " + run + "' takes it up; Ctrl-C ends this");
                }
                Thread.sleep(LOOK_MILLIS);
                job = new Lookup(history).job(job.key().toString());
            }
        }
        printer.end();
        if (from.isEmpty() && job.state().isPresent()) {
            throw CommandException.notFound(
                    "job " + job.key()
                            + " has printed nothing, or its directory is removed; clean-up = never in its cluster's block keeps logs");
        }
        return ExitCode.DONE;
    }

    private static boolean read(Clustrix clustrix, JobInfo job, Map<String, Long> from, Printer printer)
            throws InterruptedException {
        List<LogText> pieces = clustrix.logs(job, from);
        for (LogText piece : pieces) {
            from.put(piece.file(), piece.next());
            printer.print(piece);
        }
        return !pieces.isEmpty();
    }

    /** Says which log a piece is from, where there are several. */
    private static final class Printer {
        private final Console console;
        private final boolean several;
        private String last = "";
        private boolean midLine;

        Printer(Console console, boolean several) {
            this.console = console;
            this.several = several;
        }

        void print(LogText piece) {
            if (several && !piece.file().equals(last)) {
                end();
                console.line(console.bold("==> " + piece.file() + " <=="));
                last = piece.file();
            }
            console.out().print(piece.text());
            console.out().flush();
            midLine = !piece.text().endsWith("\n");
        }

        void end() {
            if (midLine) {
                console.line("");
                midLine = false;
            }
        }
    }
}
