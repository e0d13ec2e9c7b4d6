package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.Walltime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        footer = {
            "",
            "Only runs whose jobs have all ended, and whose program has, are removed: their journals and results on this",
            "machine, and with --cluster the directories of their jobs too. Otherwise those are removed by age, by the",
            "next program that uses the cluster (keep-for)."
        })
final class CleanCommand extends Subcommand {
    @Option(
            names = "--older-than",
            paramLabel = "TIME",
            defaultValue = "7d",
            description = "Since when nothing has been written: 7d, 12h, 0s (default: ${DEFAULT-VALUE}).")
    String age = "7d";

    @Option(names = "--cluster", description = "Look on the clusters too, for what lies there of these runs' jobs.")
    boolean onClusters;

    @Option(
            names = {"-y", "--yes"},
            description = "Remove them. Without it they are only shown.")
    boolean yes;

    @Mixin
    JsonOption json = new JsonOption();

    /**
     * What was found on the clusters.
     *
     * @param kept the jobs that had a directory
     * @param left those of them that have it still
     * @param problems why clusters could not be asked or cleaned, by their names
     */
    private record Found(Set<JobKey> kept, Set<JobKey> left, Map<String, String> problems) {
        boolean allows(RunInfo run) {
            return run.jobs().stream().noneMatch(j -> left.contains(j.key()) || problems.containsKey(j.cluster()));
        }

        List<String> of(Set<JobKey> some, RunInfo run) {
            return run.jobs().stream()
                    .map(JobInfo::key)
                    .filter(some::contains)
                    .map(JobKey::toString)
                    .toList();
        }

        /** For a person: how many directories there were. */
        String text(RunInfo run) {
            return run.jobs().stream().anyMatch(j -> problems.containsKey(j.cluster()))
                    ? "unknown"
                    : Integer.toString(of(kept, run).size());
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        Instant limit = Instant.now().minus(age());
        RunHistory history = builder().history();
        List<RunInfo> old = new ArrayList<>(history.runs());
        old.removeIf(run -> !run.isOver()
                || run.driver() == RunInfo.Driver.ALIVE
                || run.changed().isAfter(limit));
        Found found = onClusters ? look(old) : null;
        Map<RunInfo, Boolean> removed = new LinkedHashMap<>();
        for (RunInfo run : old) {
            // A run with something on its cluster stays, or nobody would know any more what that is.
            removed.put(run, yes && (found == null || found.allows(run)) && history.remove(run.id()));
        }
        if (json.wanted) {
            List<Object> objects = new ArrayList<>();
            removed.forEach((run, gone) -> objects.add(object(run, gone, found)));
            console().line(Json.lines(objects));
        } else if (old.isEmpty()) {
            console().note("There are no runs that have ended and are older than " + age + ".");
        } else {
            table(removed, found);
        }
        if (found == null) {
            return ExitCode.DONE;
        }
        found.problems()
                .forEach((name, what) -> console()
                        .note("clustrix: cluster " + name + " can't be looked after, so its runs stay: " + what));
        if (yes) {
            found.left()
                    .forEach(key -> console()
                            .note("clustrix: job " + key
                                    + " has a directory still, and its run stays: the scheduler has not"
                                    + " ended all of it, or the directory can't be removed"));
        }
        return found.problems().isEmpty() && (!yes || found.left().isEmpty()) ? ExitCode.DONE : ExitCode.CLUSTER;
    }

    /** Looks on each cluster, and removes what is there if that is wanted. */
    private Found look(List<RunInfo> runs) throws InterruptedException {
        Map<String, List<JobInfo>> jobs = runs.stream()
                .flatMap(run -> run.jobs().stream())
                .filter(job -> !job.submissions().isEmpty())
                .collect(Collectors.groupingBy(JobInfo::cluster, TreeMap::new, Collectors.toList()));
        Found found = new Found(new HashSet<>(), new HashSet<>(), new TreeMap<>());
        if (jobs.isEmpty()) {
            return found;
        }
        try (Clustrix clustrix = builder().open()) {
            for (Map.Entry<String, List<JobInfo>> cluster : jobs.entrySet()) {
                try {
                    clustrix.kept(cluster.getValue())
                            .forEach(job -> found.kept().add(job.key()));
                    if (yes) {
                        clustrix.clean(cluster.getValue())
                                .forEach(job -> found.left().add(job.key()));
                    }
                } catch (ClustrixException e) {
                    found.problems().put(cluster.getKey(), Texts.oneLine(e));
                }
            }
        }
        return found;
    }

    private void table(Map<RunInfo, Boolean> runs, @Nullable Found found) {
        Table table = found == null
                ? new Table(-1, "RUN", "JOBS", "WRITTEN", "REMOVED")
                : new Table(-1, "RUN", "JOBS", "ON CLUSTERS", "WRITTEN", "REMOVED");
        runs.forEach((run, gone) -> {
            List<String> cells = new ArrayList<>(
                    List.of(run.id(), Integer.toString(run.jobs().size())));
            if (found != null) {
                cells.add(found.text(run));
            }
            cells.addAll(List.of(Texts.time(run.changed()), gone ? "yes" : "no"));
            table.row(cells.toArray(new String[0]));
        });
        table.print(console());
        if (!yes) {
            console()
                    .note("Nothing was removed; 'clustrix clean " + (found == null ? "" : "--cluster ")
                            + "--yes' removes these.");
        }
    }

    private static Object object(RunInfo run, boolean removed, @Nullable Found found) {
        Map<String, @Nullable Object> object =
                Json.object("id", run.id(), "changed", run.changed(), "removed", removed);
        if (found != null) {
            object.put("jobsOnClusters", found.of(found.kept(), run));
            object.put("jobsLeft", found.of(found.left(), run));
        }
        return object;
    }

    private Duration age() {
        if (age.matches("0+[a-z]*")) {
            return Duration.ZERO;
        }
        try {
            return Walltime.parse(age);
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput("--older-than: " + e.getMessage());
        }
    }
}
