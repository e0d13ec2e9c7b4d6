package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.spi.RuntimeReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The most important of a report, as a few lines for each job. */
final class TextReport {
    private static final int MOST_JOBS = 50;
    private static final int MOST_FAILURES = 10;
    private static final int LONGEST = 160;

    private TextReport() {}

    static String text(RunReport report) {
        StringBuilder text = new StringBuilder();
        text.append("run ").append(report.run().id()).append(": ").append(report.state());
        text.append(", ").append(Words.count(report.jobs().size(), "job"));
        text.append(", began ").append(Words.time(report.run().started()));
        report.ended()
                .ifPresent(e -> text.append(", took ")
                        .append(Words.duration(Math.max(
                                0, Duration.between(report.run().started(), e).toMillis()))));
        text.append('\n');
        if (!report.run().problem().isEmpty()) {
            line(text, "problem", report.run().problem());
        }
        report.jobs().stream().limit(MOST_JOBS).forEach(job -> job(text, job));
        if (report.jobs().size() > MOST_JOBS) {
            text.append("and ").append(report.jobs().size() - MOST_JOBS).append(" more jobs\n");
        }
        return text.toString();
    }

    private static void job(StringBuilder text, JobReport report) {
        JobInfo job = report.job();
        text.append("\njob ").append(job.key()).append(' ').append(Words.line(job.name(), 80));
        text.append(" on ").append(Words.line(job.cluster(), 80)).append(": ").append(report.state());
        text.append("; ").append(Words.count(job.tasks(), "task")).append(" in ");
        text.append(Words.count(job.elements(), "chunk")).append(", ").append(job.succeeded());
        text.append(" returned, ").append(job.failed().size()).append(" failed\n");
        line(text, "asked", Words.resources(job.resources()) + " for each worker");
        used(text, report);
        List<String> times = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            report.times(stage)
                    .ifPresent(s -> times.add(stage.word() + " " + Words.duration(s.median())
                            + (s.count() > 1 ? " (at most " + Words.duration(s.most()) + ")" : "")));
        }
        if (!times.isEmpty()) {
            line(text, "times", String.join(", ", times) + (report.chunks().size() > 1 ? "; medians" : ""));
        }
        report.failures().stream()
                .limit(MOST_FAILURES)
                .forEach(f -> line(
                        text,
                        "failure",
                        f.cause() + ", "
                                + (f.tasks() > 0 ? Words.count(f.tasks(), "task") : "none in the end")
                                + (f.attempts() > 0 ? ", " + Words.count(f.attempts(), "attempt") : "") + ": "
                                + f.what()));
        for (RuntimeReport r : report.runtimes()) {
            line(
                    text,
                    "ran in",
                    "Java " + r.javaVersion() + " (" + r.javaVendor() + ") on " + r.os()
                            + (r.environment().description().isEmpty()
                                    ? ""
                                    : "; " + r.environment().description()));
        }
    }

    private static void used(StringBuilder text, JobReport report) {
        List<String> used = new ArrayList<>();
        if (report.cpuMillis() > 0) {
            used.add("CPU " + Words.duration(report.cpuMillis()));
        }
        report.cpuUse().ifPresent(u -> used.add(Words.percent(u.median()) + " of the cores asked for"));
        report.memory()
                .ifPresent(m -> used.add("at most " + Words.bytes(m.most()) + " memory"
                        + report.job()
                                .resources()
                                .memory()
                                .map(asked -> " (" + Words.percent(Math.round(1000.0 * m.most() / asked.bytes())) + ")")
                                .orElse("")));
        line(text, "used", used.isEmpty() ? "not known" : String.join(", ", used));
    }

    private static void line(StringBuilder text, String what, String value) {
        text.append("  ").append(what).append(" ".repeat(Math.max(1, 9 - what.length())));
        text.append(Words.line(value, LONGEST)).append('\n');
    }
}
