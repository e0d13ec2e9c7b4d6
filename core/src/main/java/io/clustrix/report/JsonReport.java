package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A report as JSON: all of it, with its keys in the order in which they stand here. What is not known is null. */
final class JsonReport {
    private static final int INDENTED = 3;

    private JsonReport() {}

    static String text(RunReport report) {
        Map<String, @Nullable Object> run = object(
                "run", report.run().id(),
                "state", report.state(),
                "started", report.run().started(),
                "ended", report.ended(),
                "driver", Words.of(report.run().driver()),
                "process", report.run().process(),
                "problem", report.run().problem(),
                "jobs", report.jobs().stream().map(JsonReport::job).toList());
        StringBuilder json = new StringBuilder();
        append(json, run, 0);
        return json.append('\n').toString();
    }

    private static Map<String, @Nullable Object> job(JobReport report) {
        JobInfo job = report.job();
        Map<String, @Nullable Object> times = new LinkedHashMap<>();
        for (Stage stage : Stage.values()) {
            times.put(stage.word() + "Millis", report.times(stage).map(JsonReport::spread));
        }
        return object(
                "key", job.key(),
                "name", job.name(),
                "cluster", job.cluster(),
                "state", report.state(),
                "tasks", job.tasks(),
                "chunks", job.elements(),
                "succeeded", job.succeeded(),
                "failed", job.failed().size(),
                "submitted", job.submitted(),
                "ended", job.ended(),
                "asked", resources(job.resources()),
                "cpuMillis", report.cpuMillis(),
                "cpuUseThousandths", report.cpuUse().map(JsonReport::spread),
                "peakBytes", report.memory().map(JsonReport::spread),
                "times", times,
                "failures", report.failures().stream().map(JsonReport::failure).toList(),
                "runtimes", report.runtimes().stream().map(JsonReport::runtime).toList(),
                "classPath", job.classPath().stream().map(Object::toString).toList(),
                "script", report.script(),
                "attempts", report.chunks().stream().map(JsonReport::chunk).toList());
    }

    private static Object spread(Spread s) {
        return object(
                "count", s.count(),
                "least", s.least(),
                "median", s.median(),
                "most95", s.most95(),
                "most", s.most(),
                "sum", s.sum());
    }

    private static Object failure(FailureReport f) {
        return object(
                "cause", f.cause(),
                "what", f.what(),
                "tasks", f.tasks(),
                "attempts", f.attempts(),
                "firstTask", f.firstTask());
    }

    private static Object runtime(RuntimeReport r) {
        return object(
                "java", r.javaVersion(),
                "vendor", r.javaVendor(),
                "os", r.os(),
                "environment", r.environment().description(),
                "supervisor", r.environment().supervisor(),
                "modules", r.environment().modules(),
                "variables", r.environment().variables());
    }

    private static Object resources(Resources r) {
        return object(
                "cores", r.cores(),
                "memoryBytes", r.memory().map(m -> m.bytes()),
                "seconds", r.walltime().map(Duration::toSeconds),
                "nodes", r.nodes(),
                "gpus", r.gpus(),
                "queue", r.queue(),
                "account", r.account(),
                "options", r.options());
    }

    private static Object chunk(ChunkReport c) {
        return object(
                "chunk", c.chunk(),
                "attempt", c.attempt(),
                "firstTask", c.firstTask(),
                "tasks", c.tasks(),
                "id", c.schedulerId(),
                "state", Words.of(c.state()),
                "node", c.node(),
                "submitted", c.submitted(),
                "accepted", c.accepted(),
                "started", c.started(),
                "ended", c.ended(),
                "returned", c.returned(),
                "cpuMillis", c.cpu().map(Duration::toMillis),
                "peakBytes", c.peak().map(m -> m.bytes()),
                "cores", c.asked().cores(),
                "memoryBytes", c.asked().memory().map(m -> m.bytes()),
                "exit", c.exit(),
                "cause", c.cause(),
                "message", c.message());
    }

    /** A map that keeps the order of its keys: name, value, name, value, ... */
    private static Map<String, @Nullable Object> object(@Nullable Object... pairs) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return map;
    }

    private static void append(StringBuilder json, @Nullable Object value, int depth) {
        if (value == null || value.equals(Optional.empty()) || value.equals(OptionalInt.empty())) {
            json.append("null");
        } else if (value instanceof Optional<?> o) {
            append(json, o.get(), depth);
        } else if (value instanceof OptionalInt n) {
            json.append(n.getAsInt());
        } else if (value instanceof Integer || value instanceof Long) {
            json.append(value);
        } else if (value instanceof Map<?, ?> map) {
            List<Runnable> entries = new ArrayList<>();
            map.forEach((k, v) -> entries.add(() -> {
                quote(json, String.valueOf(k));
                json.append(':').append(depth < INDENTED ? " " : "");
                append(json, v, depth + 1);
            }));
            list(json, '{', '}', entries, depth);
        } else if (value instanceof List<?> list) {
            List<Runnable> entries = new ArrayList<>();
            list.forEach(v -> entries.add(() -> append(json, v, depth + 1)));
            list(json, '[', ']', entries, depth);
        } else {
            quote(json, value instanceof Instant i ? i.toString() : String.valueOf(value));
        }
    }

    /** The outer ones have a line for each entry, so that versions of a report can be compared. */
    private static void list(StringBuilder json, char open, char close, List<Runnable> entries, int depth) {
        boolean lines = depth <= INDENTED && !entries.isEmpty();
        json.append(open);
        for (int i = 0; i < entries.size(); i++) {
            json.append(i == 0 ? "" : ",");
            if (lines) {
                json.append('\n').append("  ".repeat(depth + 1));
            }
            entries.get(i).run();
        }
        if (lines) {
            json.append('\n').append("  ".repeat(depth));
        }
        json.append(close);
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    // Halves of a character alone can't be written in UTF-8.
                    if (c < ' ' || c == 127 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                        String hex = Integer.toHexString(c);
                        json.append("\\u").append("0000", 0, 4 - hex.length()).append(hex);
                    } else {
                        json.appendCodePoint(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
