package io.clustrix.internal.batch;

import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.worker.RecordFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a worker has used, from what it has written itself and from the record of its script. A worker that was killed
 * has no last word, but its script has.
 *
 * @param node where it ran; empty if that is not known
 * @param startedMillis when it began, by the clock of its node, since 1970; -1 if that is not known
 * @param endedMillis when it ended, likewise
 * @param cpuMillis CPU time, that of children included that have ended; -1 if that is not known
 * @param peakBytes the most memory that it has had at a time, without children; -1 if that is not known
 */
public record WorkerUse(String node, long startedMillis, long endedMillis, long cpuMillis, long peakBytes) {
    /** Of which nothing is known. */
    static final WorkerUse UNKNOWN = new WorkerUse("", -1, -1, -1, -1);

    /** What {@code times} of a POSIX shell says of a process and of those that it has waited for: user and system. */
    private static final Pattern TIMES = Pattern.compile(
            "^\\s*([0-9]{1,6})m\\s*([0-9]{1,2})(?:[.,]([0-9]{1,9}))?s\\s+([0-9]{1,6})m\\s*([0-9]{1,2})(?:[.,]([0-9]{1,9}))?s\\s*$",
            Pattern.MULTILINE);

    private static final int LONGEST_NODE = 255;

    /** As the worker has it. */
    static WorkerUse of(RecordFile.@Nullable Summary summary) {
        if (summary == null) {
            return UNKNOWN;
        }
        String node = summary.runtime().map(RuntimeReport::host).orElse("");
        Optional<RecordFile.Use> use = summary.use();
        return use.isEmpty()
                ? new WorkerUse(cut(node), -1, -1, -1, -1)
                : new WorkerUse(
                        cut(node),
                        use.get().startedMillis(),
                        use.get().endedMillis(),
                        use.get().cpuMillis(),
                        use.get().peakBytes());
    }

    /**
     * With what the script's record says: it has seen the worker's end.
     *
     * @param fields the record's lines {@code NAME=VALUE}
     * @param text the record
     */
    WorkerUse with(Map<String, String> fields, String text) {
        String there = fields.getOrDefault("node", "");
        long began = seconds(fields.get("started"));
        long end = seconds(fields.get("ended"));
        long cpu = cpu(text);
        return new WorkerUse(
                there.isEmpty() ? node : cut(there),
                startedMillis < 0 ? began : startedMillis,
                end < 0 ? endedMillis : Math.max(end, endedMillis),
                Math.max(cpu, cpuMillis),
                peakBytes);
    }

    private static String cut(String node) {
        return node.length() > LONGEST_NODE ? node.substring(0, LONGEST_NODE) : node;
    }

    private static long seconds(@Nullable String text) {
        return text != null && text.matches("[0-9]{1,12}") ? Long.parseLong(text) * 1000 : -1;
    }

    /** The second line is that of the children. */
    private static long cpu(String text) {
        Matcher m = TIMES.matcher(text);
        boolean own = m.find();
        if (!own || !m.find(m.end())) {
            return -1;
        }
        return millis(m, 1) + millis(m, 4);
    }

    private static long millis(Matcher m, int group) {
        String fraction = m.group(group + 2) == null ? "" : m.group(group + 2);
        return Long.parseLong(m.group(group)) * 60_000
                + Long.parseLong(m.group(group + 1)) * 1000
                + Long.parseLong((fraction + "000").substring(0, 3));
    }

    void write(DataOutputStream out) throws IOException {
        JobRecord.writeText(node, out);
        out.writeLong(startedMillis);
        out.writeLong(endedMillis);
        out.writeLong(cpuMillis);
        out.writeLong(peakBytes);
    }

    static WorkerUse read(DataInputStream in) throws IOException {
        return new WorkerUse(JobRecord.readText(in), in.readLong(), in.readLong(), in.readLong(), in.readLong());
    }

    /** What all workers in the same surroundings have in common; the class path stands with the job. */
    static RuntimeReport common(RuntimeReport r) {
        EnvironmentReport e = r.environment();
        EnvironmentReport environment =
                new EnvironmentReport(e.description(), e.supervisor(), List.of(), e.modules(), e.variables());
        return new RuntimeReport("", "", 0, r.javaVersion(), r.javaVendor(), r.os(), environment);
    }

    static void write(RuntimeReport r, DataOutputStream out) throws IOException {
        JobRecord.writeText(r.worker(), out);
        JobRecord.writeText(r.host(), out);
        out.writeLong(r.pid());
        JobRecord.writeText(r.javaVersion(), out);
        JobRecord.writeText(r.javaVendor(), out);
        JobRecord.writeText(r.os(), out);
        JobRecord.writeText(r.environment().description(), out);
        JobRecord.writeText(r.environment().supervisor(), out);
        write(r.environment().classPath(), out);
        write(r.environment().modules(), out);
        write(r.environment().variables(), out);
    }

    static RuntimeReport readRuntime(DataInputStream in) throws IOException {
        String worker = JobRecord.readText(in);
        String host = JobRecord.readText(in);
        long pid = in.readLong();
        String version = JobRecord.readText(in);
        String vendor = JobRecord.readText(in);
        String os = JobRecord.readText(in);
        EnvironmentReport environment =
                new EnvironmentReport(JobRecord.readText(in), JobRecord.readText(in), texts(in), texts(in), texts(in));
        return new RuntimeReport(worker, host, pid, version, vendor, os, environment);
    }

    private static void write(List<String> texts, DataOutputStream out) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            JobRecord.writeText(text, out);
        }
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int n = in.readInt(); n > 0; n--) {
            texts.add(JobRecord.readText(in));
        }
        return texts;
    }
}
