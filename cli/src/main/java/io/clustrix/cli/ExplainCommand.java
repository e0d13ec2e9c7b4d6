package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command
final class ExplainCommand extends Subcommand {
    @Parameters(paramLabel = "ID", description = "A job's key or its beginning, or the scheduler's id.")
    String id = "";

    @Mixin
    JsonOption json = new JsonOption();

    /** What the scheduler was asked for; null if it was not, as nothing waits. */
    private @Nullable StartEstimate estimate;

    @Override
    public Integer call() throws InterruptedException {
        RunHistory history = builder().history();
        JobInfo job = new Lookup(history).job(id);
        List<String> reasons = new ArrayList<>();
        if (job.state().isPresent()) {
            ended(job, reasons);
        } else {
            driver(history, job, reasons);
            if (job.submissions().isEmpty()) {
                reasons.add("nothing of it has been submitted to the scheduler yet");
            } else if (job.nativeIds().size() < job.submissions().size()) {
                reasons.add("of a submission it is not known yet whether the scheduler has taken it");
            }
            if (!job.nativeIds().isEmpty()) {
                scheduler(job, reasons);
            }
            reasons.add(JobTexts.tasks(job) + " tasks have ended");
        }
        reasons.add("it asks for " + JobTexts.text(job.resources()));
        if (json.wanted) {
            console()
                    .line(Json.text(Json.object(
                            "key",
                            job.key(),
                            "state",
                            Texts.state(job),
                            "reasons",
                            reasons,
                            "startEstimates",
                            estimate == null ? null : estimate.objects())));
        } else {
            console().line(job.key() + " " + job.name() + ": " + console().state(Texts.state(job)));
            reasons.forEach(r -> console().line("- " + r));
        }
        return ExitCode.DONE;
    }

    private static void ended(JobInfo job, List<String> reasons) {
        boolean good = job.state().filter(s -> s == JobState.SUCCEEDED).isPresent();
        reasons.add((good ? "it is done" : "it has ended")
                + job.ended().map(t -> ", at " + Texts.time(t)).orElse(""));
        if (!good) {
            reasons.add(job.succeeded() + " of " + job.tasks() + " tasks have succeeded, "
                    + job.failed().size() + " have failed, the others were cancelled or never started");
            job.problems().stream().limit(5).forEach(reasons::add);
            if (job.problems().isEmpty()) {
                reasons.add("what tasks have thrown is with their results: clustrix result " + job.key());
            }
        }
    }

    private static void driver(RunHistory history, JobInfo job, List<String> reasons) {
        RunInfo run = history.run(job.run()).orElseThrow();
        switch (run.driver()) {
            case ALIVE -> reasons.add("its program lives (" + run.process() + ")");
            case DEAD ->
                reasons.add("its program is dead (" + run.process()
                        + "): nothing is submitted, fetched or tried again until"
                        + " somebody takes it up; clustrix attach " + job.run());
            case ENDED ->
                reasons.add("its program has ended and left it; clustrix attach " + job.run() + " takes it up");
            case UNKNOWN -> reasons.add("of its program nothing is known");
        }
    }

    private void scheduler(JobInfo job, List<String> reasons) {
        Map<NativeId, JobStatus> live;
        try (Clustrix clustrix = builder().open()) {
            live = clustrix.ask(job);
            if (live.values().stream().anyMatch(s -> s.state() == JobState.PENDING)) {
                estimate = new StartEstimate(starts(clustrix, job));
            }
        } catch (ClustrixException e) {
            reasons.add("the scheduler can't be asked: " + Texts.oneLine(e));
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reasons.add("interrupted");
            return;
        }
        if (live.isEmpty()) {
            reasons.add("the scheduler does not know it (any more)");
        }
        Map<String, List<String>> byWords = new LinkedHashMap<>();
        live.forEach((native_, s) ->
                byWords.computeIfAbsent(words(s), k -> new ArrayList<>()).add(native_.value()));
        byWords.forEach((words, ids) -> reasons.add("the scheduler says of " + ids.get(0)
                + (ids.size() > 1 ? " and " + (ids.size() - 1) + " more" : "") + ": " + words));
        if (estimate != null) {
            reasons.add(estimate.text(Instant.now(), ZoneId.systemDefault()));
        }
    }

    /** Nobody's job hangs on it, so that all that can go wrong with it is no more than no answer. */
    private static Map<NativeId, Instant> starts(Clustrix clustrix, JobInfo job) throws InterruptedException {
        try {
            return clustrix.expectedStarts(job);
        } catch (RuntimeException e) {
            return Map.of();
        }
    }

    private static String words(JobStatus s) {
        return Texts.word(s.state())
                + (s.detail().isEmpty() ? "" : ", in its own words " + s.detail())
                + s.host().map(h -> ", on " + h).orElse("")
                + s.started().map(t -> ", since " + Texts.time(t)).orElse("");
    }
}
