package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.history.RunHistory;
import io.clustrix.history.RunInfo;
import io.clustrix.internal.batch.JobView;
import io.clustrix.internal.batch.WorkerUse;
import io.clustrix.internal.journal.JournalException;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is known of a run: when its chunks waited and ran, what they asked for and used, and why some failed. Made of
 * the run's journal when it is asked for; no cluster is asked. The journal has a job's end a moment after its last
 * result was handed out.
 *
 * @param run what the history says of it
 * @param jobs its jobs, in the order in which they were submitted
 */
public record RunReport(RunInfo run, List<JobReport> jobs) {

    /** Copies the list. */
    public RunReport {
        jobs = List.copyOf(jobs);
    }

    /**
     * The report of a run, which may still go on.
     *
     * @throws ConfigurationException if there is no such run, or it can't be read
     */
    public static RunReport of(RunHistory history, String id) {
        RunInfo run = history.run(id)
                .orElseThrow(() -> new ConfigurationException(
                        "there is no run '" + id + "'", "Clustrix.history() and 'clustrix runs' list them"));
        return of(history, run);
    }

    /**
     * The report of a run, which may still go on.
     *
     * @throws ConfigurationException if it can't be read
     */
    public static RunReport of(RunHistory history, RunInfo run) {
        List<JobReport> jobs = new ArrayList<>();
        Map<String, JobInfo> infos = new HashMap<>();
        run.jobs().forEach(job -> infos.put(job.key().toString(), job));
        try {
            for (JobView view : JobView.of(history.directory(run.id()))) {
                JobInfo info = infos.get(view.key().toString()); // absent if it has come since
                if (info != null) {
                    jobs.add(job(info, view));
                }
            }
        } catch (IOException | JournalException e) {
            throw new ConfigurationException("run " + run.id() + " can't be read: " + e.getMessage(), List.of(), e);
        }
        return new RunReport(run, jobs);
    }

    private static JobReport job(JobInfo info, JobView view) {
        List<ChunkReport> chunks = new ArrayList<>();
        List<JobView.Attempt> attempts = view.attempts();
        attempts.forEach(a -> chunks.add(chunk(info, a)));
        return new JobReport(info, chunks, failures(view, attempts), view.surroundings(), view.script());
    }

    private static ChunkReport chunk(JobInfo info, JobView.Attempt a) {
        JobView.Submission s = a.submission();
        Optional<JobView.End> end = a.end();
        Optional<WorkerUse> use = end.map(JobView.End::use);
        String cause = end.map(JobView.End::cause).orElse("");
        ChunkReport.State state;
        if (end.isPresent()) {
            state = cause.isEmpty() ? ChunkReport.State.ENDED : ChunkReport.State.FAILED;
        } else if (info.state().isPresent()) {
            state = ChunkReport.State.UNSEEN;
        } else {
            state = s.id().isPresent() ? ChunkReport.State.SUBMITTED : ChunkReport.State.WAITING;
        }
        Optional<Instant> sent = time(s.submittedMillis());
        return new ChunkReport(
                a.element(),
                a.from(),
                a.to() - a.from(),
                s.attempt(),
                s.id().map(NativeId::value),
                state,
                use.map(WorkerUse::node).orElse(""),
                s.attempt() == 0 ? Optional.of(info.submitted()) : sent,
                time(s.acceptedMillis()),
                use.flatMap(u -> time(u.startedMillis())),
                use.flatMap(u -> time(u.endedMillis())),
                end.flatMap(e -> time(e.seenMillis())),
                use.filter(u -> u.cpuMillis() >= 0).map(u -> Duration.ofMillis(u.cpuMillis())),
                use.filter(u -> u.peakBytes() > 0).map(u -> new Memory(u.peakBytes())),
                s.resources(),
                end.filter(e -> e.exit() >= 0)
                        .map(e -> OptionalInt.of(e.exit()))
                        .orElse(OptionalInt.empty()),
                Words.of(cause),
                end.map(JobView.End::message).orElse(""));
    }

    private static Optional<Instant> time(long millis) {
        return millis <= 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static List<FailureReport> failures(JobView view, List<JobView.Attempt> attempts) {
        Map<String, FailureReport> byCause = new LinkedHashMap<>();
        int told = 0;
        for (JobView.Thrown t : view.thrown()) {
            String what = t.what().isEmpty() ? "other exceptions" : t.what();
            byCause.put(
                    FailureReport.THREW + what, new FailureReport(FailureReport.THREW, what, t.tasks(), 0, t.first()));
            told += t.tasks();
        }
        for (JobView.Failure f : view.failures()) {
            add(byCause, new FailureReport(Words.of(f.cause()), f.message(), f.tasks(), 0, f.from()));
            told += f.tasks();
        }
        for (JobView.Attempt a : attempts) {
            a.end()
                    .filter(e -> !e.cause().isEmpty())
                    .ifPresent(e -> add(byCause, new FailureReport(Words.of(e.cause()), e.message(), 0, 1, a.from())));
        }
        int left = view.failed().length - told;
        if (left > 0) {
            String what = view.state().isPresent() ? "what they threw was not kept" : "what they threw is known later";
            add(byCause, new FailureReport(FailureReport.THREW, what, left, 0, view.failed()[0]));
        }
        return byCause.values().stream()
                .sorted(Comparator.comparingInt(FailureReport::tasks)
                        .thenComparingInt(FailureReport::attempts)
                        .reversed())
                .toList();
    }

    private static void add(Map<String, FailureReport> byCause, FailureReport f) {
        byCause.merge(
                f.cause(),
                f,
                (a, b) -> new FailureReport(
                        a.cause(), a.what(), a.tasks() + b.tasks(), a.attempts() + b.attempts(), a.firstTask()));
    }

    /** When its last job ended; absent if one has not, or there is none. */
    public Optional<Instant> ended() {
        if (!run.isOver() || jobs.isEmpty()) {
            return Optional.empty();
        }
        return jobs.stream().flatMap(j -> j.job().ended().stream()).max(Comparator.naturalOrder());
    }

    /** Where it stands, in a word: {@code open}, {@code succeeded}, {@code failed} or {@code cancelled}. */
    public String state() {
        if (!run.isOver()) {
            return "open";
        }
        if (jobs.stream().allMatch(j -> j.state().equals("succeeded"))) {
            return "succeeded";
        }
        return jobs.stream()
                        .allMatch(
                                j -> j.state().equals("succeeded") || j.state().equals("cancelled"))
                ? "cancelled"
                : "failed";
    }

    /** The report as a text of this form, which ends in a line break. */
    public String as(ReportFormat format) {
        return switch (format) {
            case HTML -> new HtmlReport(this).text();
            case JSON -> JsonReport.text(this);
            case TEXT -> TextReport.text(this);
        };
    }

    /**
     * Writes the report to a file, which is there whole or as it was before. Directories above it are made.
     *
     * @throws IOException if that can't be done
     */
    public void write(Path file, ReportFormat format) throws IOException {
        // A link stays one: /dev/stdout may lead to a file.
        Path target = Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is no file that could be written");
        }
        Files.createDirectories(directory);
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IOException(file + " is no regular file"); // a device or an empty directory would be replaced
        }
        Path unfinished = Files.createTempFile(directory, ".clustrix-report", ".tmp"); // for this user alone
        try {
            Files.write(unfinished, as(format).getBytes(StandardCharsets.UTF_8));
            Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
