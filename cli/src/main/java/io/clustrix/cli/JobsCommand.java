package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        footer = {
            "",
            "The states are those that this machine knows: waiting (not submitted to the scheduler yet), submitted,",
            "running (a first result has come), or how the job ended. 'clustrix status ID' asks the scheduler."
        })
final class JobsCommand extends ListCommand {
    @Option(names = "--run", paramLabel = "RUN", description = "Only those of this run.")
    @Nullable
    String run;

    @Option(names = "--on", paramLabel = "CLUSTER", description = "Only those of this cluster.")
    @Nullable
    String cluster;

    @Option(names = "--open", description = "Only those that have not ended.")
    boolean open;

    @Override
    public Integer call() {
        RunHistory history = builder().history();
        List<JobInfo> jobs = new ArrayList<>(
                run == null ? history.jobs() : new Lookup(history).run(run).jobs());
        jobs.removeIf(j -> cluster != null && !j.cluster().equals(cluster));
        jobs.removeIf(j -> open && j.state().isPresent());
        if (json.wanted) {
            console().line(Json.lines(jobs.stream().map(JobTexts::json).toList()));
            return ExitCode.DONE;
        }
        if (jobs.isEmpty()) {
            console()
                    .note("There are no such jobs. Jobs of this machine, without a scheduler, end with their program.");
            return ExitCode.DONE;
        }
        Table table = new Table(3, "JOB", "NAME", "CLUSTER", "STATE", "TASKS", "SUBMITTED", "ENDED", "ID");
        for (JobInfo job : jobs) {
            table.row(
                    job.key().toString(),
                    job.name(),
                    job.cluster(),
                    Texts.state(job),
                    JobTexts.tasks(job),
                    Texts.time(job.submitted()),
                    job.ended().map(Texts::time).orElse(""),
                    JobTexts.ids(job));
        }
        table.print(console());
        return ExitCode.DONE;
    }
}
