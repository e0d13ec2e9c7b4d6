package io.clustrix.scheduler.pbs;

import io.clustrix.spi.CommandResult;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a command of PBS printed, whole: our commands let a last line say the exit code, so that a cut answer is told
 * from a short one.
 *
 * @param exit the exit code of the command of PBS
 * @param out what it printed
 */
record Answer(int exit, String out) {
    /** Begins the last line of an answer. */
    static final String MARK = "clustrix exit";

    /** The attributes that are read. The lists of variables and the like would be most of the answer. */
    static final List<String> ATTRIBUTES = List.of(
            "job_state",
            "substate",
            "Exit_status",
            "exit_status",
            "Stageout_status",
            "comment",
            "exec_host",
            "stime",
            "start_time",
            "history_timestamp",
            "run_count",
            "resources_used.walltime",
            "Resource_List.walltime");

    /** When the server expects a job to start, which it says of jobs that wait. */
    static final String EXPECTED_START = "estimated.start_time";

    /** The attributes that are read to tell that. */
    static final List<String> START_ATTRIBUTES = List.of("job_state", EXPECTED_START);

    private static final Set<String> READ =
            Stream.concat(ATTRIBUTES.stream(), START_ATTRIBUTES.stream()).collect(Collectors.toUnmodifiableSet());
    private static final Pattern END = Pattern.compile("(?:^|.*\\n)" + MARK + " ([0-9]{1,3})\\s*", Pattern.DOTALL);
    private static final Pattern HEAD = Pattern.compile("Job Id:([ \\t])(\\S+)\\s*");
    private static final Pattern ATTRIBUTE = Pattern.compile("( {4}|\\t)([A-Za-z_][A-Za-z0-9_.]*) = (.*)");

    /**
     * One job as qstat shows it.
     *
     * @param attributes those that are read, unfolded
     * @param clear whether each of them stands there once; if not, nothing follows from them
     */
    record Block(NativeId id, Map<String, String> attributes, boolean clear) {
        Optional<String> text(String name) {
            return Optional.ofNullable(attributes.get(name)).filter(v -> !v.isBlank());
        }
    }

    static Answer of(CommandResult result) {
        if (result.truncated()) {
            throw new SchedulerException("the answer of PBS is too long to be kept whole: " + summary(result));
        }
        Matcher m = END.matcher(result.out());
        if (m.matches()) {
            return new Answer(
                    Integer.parseInt(m.group(1)),
                    result.out().substring(0, result.out().lastIndexOf(MARK)));
        }
        if (result.command().words().stream().anyMatch(w -> w.contains(MARK))) {
            throw new SchedulerException("the answer of PBS has no end: " + summary(result));
        }
        return new Answer(result.exit(), result.out());
    }

    /** Without the shell around the command. */
    static String summary(CommandResult result) {
        return result.summary().replaceFirst("(?s)'[^']*sh -c .*? sh ([^']*)' ended", "'$1' ended");
    }

    /**
     * The jobs, by their ids. There are two layouts: attributes behind four blanks, with long ones folded so that the
     * rest stands behind a tab, and attributes behind a tab, never folded.
     */
    Map<NativeId, Block> blocks() {
        Map<NativeId, Block> found = new LinkedHashMap<>();
        Reader reader = null;
        for (String line : out.split("\\r?\\n", -1)) {
            Matcher head = HEAD.matcher(line);
            if (head.matches()) {
                finish(reader, found);
                boolean tabs = head.group(1).equals("\t");
                reader = JobIds.read(head.group(2))
                        .map(id -> new Reader(id, tabs))
                        .orElse(null);
            } else if (reader != null) {
                reader.line(line);
            }
        }
        finish(reader, found);
        return found;
    }

    private static void finish(@Nullable Reader reader, Map<NativeId, Block> found) {
        if (reader != null) {
            // Twice the same job with two stories: neither is believed.
            found.merge(reader.id, reader.block(), (a, b) -> a.equals(b) ? a : new Block(a.id(), Map.of(), false));
        }
    }

    /** Collects the lines of one job. */
    private static final class Reader {
        private final NativeId id;
        private final boolean tabs;
        private final Map<String, String> attributes = new LinkedHashMap<>();
        private boolean clear = true;
        private boolean over;
        private String current = "";

        Reader(NativeId id, boolean tabs) {
            this.id = id;
            this.tabs = tabs;
        }

        void line(String line) {
            if (!tabs && line.startsWith("\t")) {
                if (!current.isEmpty()) {
                    attributes.merge(current, line.substring(1), String::concat);
                }
                return;
            }
            Matcher m = ATTRIBUTE.matcher(line);
            current = "";
            if (!m.matches()) {
                // Perhaps the damaged head of another job, whose attributes then follow.
                over = true;
            } else if (READ.contains(m.group(2))) {
                current = m.group(2);
                clear &= attributes.put(current, m.group(3)) == null && !over;
            }
        }

        Block block() {
            return new Block(id, Map.copyOf(attributes), clear);
        }
    }
}
