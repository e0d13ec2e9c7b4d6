package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command
final class StatusCommand extends Subcommand {
    private static final int MOST_SHOWN = 10;

    @Parameters(paramLabel = "ID", description = "A job's key or its beginning, the scheduler's id, or a run's id.")
    String id = "";

    @Option(names = "--offline", description = "Ask no scheduler: show what this machine knows.")
    boolean offline;

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws InterruptedException {
        RunHistory history = builder().history();
        List<JobInfo> jobs = new Lookup(history).jobs(id);
        Map<JobInfo, Map<NativeId, JobStatus>> live = new LinkedHashMap<>();
        String problem = "";
        if (!offline && jobs.stream().anyMatch(StatusCommand::isAskable)) {
            try (Clustrix clustrix = builder().open()) {
                for (JobInfo job : jobs) {
                    if (isAskable(job)) {
                        live.put(job, clustrix.ask(job));
                    }
                }
            } catch (ClustrixException e) {
                problem = Texts.oneLine(e);
            }
        }
        String driver = driver(history, jobs);
        if (json.wanted) {
            List<Object> all = new ArrayList<>();
            jobs.forEach(job -> all.add(json(driver, job, live.get(job))));
            console().line(Json.lines(all));
        } else {
            for (JobInfo job : jobs) {
                show(driver, job, live.get(job));
            }
        }
        if (!problem.isEmpty()) {
            throw new CommandException(ExitCode.CLUSTER, "the scheduler can't be asked: " + problem);
        }
        return ExitCode.DONE;
    }

    private static boolean isAskable(JobInfo job) {
        return job.state().isEmpty() && !job.nativeIds().isEmpty();
    }

    /** Of the program; the jobs are all of one run. */
    private static String driver(RunHistory history, List<JobInfo> jobs) {
        return jobs.stream()
                .findFirst()
                .flatMap(job -> history.run(job.run()))
                .map(RunInfo::driver)
                .map(Texts::word)
                .orElse("unknown");
    }

    private static Map<String, @Nullable Object> json(
            String driver, JobInfo job, @Nullable Map<NativeId, JobStatus> live) {
        Map<String, @Nullable Object> object = JobTexts.json(job);
        object.put("driver", driver);
        object.put("resources", JobTexts.json(job.resources()));
        object.put("failedTasks", job.failed());
        object.put("problems", job.problems());
        List<Object> elements = new ArrayList<>();
        if (live != null) {
            live.forEach((native_, s) -> elements.add(Json.object(
                    "id", native_.value(),
                    "state", Texts.word(s.state()),
                    "detail", s.detail(),
                    "host", s.host(),
                    "started", s.started(),
                    "ended", s.ended(),
                    "exit", s.exit())));
        }
        object.put("scheduler", live == null ? null : elements);
        return object;
    }

    private void show(String driver, JobInfo job, @Nullable Map<NativeId, JobStatus> live) {
        Console c = console();
        c.line(c.bold("job       ") + job.key() + "  " + job.name());
        c.line("state     " + c.state(Texts.state(job)));
        c.line("tasks     " + JobTexts.tasks(job));
        c.line("cluster   " + job.cluster() + (job.nativeIds().isEmpty() ? "" : ", id " + JobTexts.ids(job)));
        c.line("run       " + job.run() + ", whose program is " + driver);
        c.line("asks for  " + JobTexts.text(job.resources()));
        c.line("submitted " + Texts.time(job.submitted()));
        job.ended().ifPresent(e -> c.line("ended     " + Texts.time(e)));
        job.problems().stream().limit(MOST_SHOWN).forEach(p -> c.line("failure   " + p));
        if (live != null) {
            live.entrySet().stream()
                    .limit(MOST_SHOWN)
                    .forEach(e -> c.line("scheduler " + line(c, e.getKey(), e.getValue())));
            if (live.size() > MOST_SHOWN) {
                c.line("scheduler and " + (live.size() - MOST_SHOWN) + " more; --json shows all");
            }
            if (live.isEmpty()) {
                c.line("scheduler knows nothing of it (any more)");
            }
        }
    }

    static String line(Console c, NativeId id, JobStatus s) {
        return id.value() + " " + c.state(Texts.word(s.state()))
                + (s.detail().isEmpty() ? "" : ": " + s.detail())
                + s.host().map(h -> ", on " + h).orElse("")
                + s.started().map(t -> ", started " + Texts.time(t)).orElse("");
    }
}
