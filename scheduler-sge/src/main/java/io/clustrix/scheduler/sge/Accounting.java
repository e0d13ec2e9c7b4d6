package io.clustrix.scheduler.sge;

import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answer of {@code qacct -j}: a block for each run of a job or element, the last one counts. What {@code failed}
 * says goes before the exit code, which is 0 beside many a failure.
 */
final class Accounting {
    private static final Pattern BLOCK = Pattern.compile("={10,}");
    private static final Pattern LINE = Pattern.compile("([a-z_]{1,40})\\s+(\\S.*)");
    private static final Pattern FAILED = Pattern.compile("(0|[1-9][0-9]{0,3})(?:\\s*:\\s*(.*))?");
    private static final Pattern EXIT = Pattern.compile("(0|[1-9][0-9]{0,3})(?:\\s+\\((.*)\\))?");
    private static final Pattern SECONDS = Pattern.compile("([0-9]{1,9})(?:\\.[0-9]*)?s?");
    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,6})?)([KMGTkmgt]?)B?");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ROOT);

    private static final int MIGRATING = 24;
    private static final int RESCHEDULING = 25;
    private static final int LIMIT = 37;

    /** A limit of memory ends a job shortly before it is reached. */
    private static final double NEARLY = 0.9;

    private Accounting() {}

    /** The states of all jobs and elements in it. Blocks that are not whole say nothing. */
    static Map<NativeId, JobStatus> states(String text) {
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        Map<String, String> block = new HashMap<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (BLOCK.matcher(line).matches()) {
                add(block, found);
                block.clear();
                block.put("", "begun");
                continue;
            }
            Matcher m = LINE.matcher(line);
            if (m.matches() && block.putIfAbsent(m.group(1), m.group(2).strip()) != null) {
                block.clear(); // two in one: its beginning was lost
            }
        }
        add(block, found);
        return found;
    }

    private static void add(Map<String, String> block, Map<NativeId, JobStatus> found) {
        String job = block.getOrDefault("jobnumber", "");
        String task = block.getOrDefault("taskid", "");
        Matcher failed = FAILED.matcher(block.getOrDefault("failed", ""));
        Matcher exit = EXIT.matcher(block.getOrDefault("exit_status", ""));
        if (!block.containsKey("")
                || !job.matches("[0-9]{1,18}")
                || !task.matches("undefined|[0-9]{1,9}")
                || !failed.matches()
                || !exit.matches()) {
            return;
        }
        NativeId id = NativeId.of(task.equals("undefined") ? job : job + "." + task);
        found.put(id, status(block, failed, exit));
    }

    private static JobStatus status(Map<String, String> block, Matcher failed, Matcher exit) {
        int failure = Integer.parseInt(failed.group(1));
        int code = Integer.parseInt(exit.group(1));
        Optional<Instant> started = time(block.getOrDefault("start_time", ""));
        Optional<Instant> ended = time(block.getOrDefault("end_time", ""));
        boolean clean = failure == 0 && code == 0 && failed.group(2) == null && exit.group(2) == null;
        JobState state = clean ? JobState.SUCCEEDED : JobState.FAILED;
        if (clean && (started.isEmpty() || ended.isEmpty())) {
            state = JobState.UNKNOWN; // it has not run
        } else if (failure == RESCHEDULING || failure == MIGRATING) {
            state = JobState.UNKNOWN; // it was put back into the queue, so this is not the end
        } else if (failure == LIMIT) {
            state = limit(block);
        }
        String detail = "failed " + block.getOrDefault("failed", "") + ", exit_status "
                + block.getOrDefault("exit_status", "").replaceAll("\\s+", " ");
        return new JobStatus(
                state,
                state.ended() && (failure == 0 || code > 0) ? OptionalInt.of(code) : OptionalInt.empty(),
                detail,
                Optional.ofNullable(block.get("hostname")),
                started,
                ended);
    }

    /** Grid Engine does not say which limit it was, but what was asked for and what was used. */
    private static JobState limit(Map<String, String> block) {
        String category = block.getOrDefault("category", "");
        Optional<Double> time = requested(category, "h_rt").flatMap(Accounting::seconds);
        Optional<Double> ran = seconds(block.getOrDefault("ru_wallclock", ""));
        if (time.isPresent() && ran.isPresent() && ran.get() >= time.get()) {
            return JobState.TIMED_OUT;
        }
        Optional<Double> memory = requested(category, "h_vmem").flatMap(Accounting::bytes);
        Optional<Double> used = bytes(block.getOrDefault("maxvmem", ""));
        if (memory.isPresent() && used.isPresent() && used.get() >= NEARLY * memory.get()) {
            return JobState.OUT_OF_MEMORY;
        }
        return JobState.FAILED;
    }

    private static Optional<String> requested(String category, String resource) {
        Matcher m = Pattern.compile("[ ,]" + resource + "=([^ ,]+)").matcher(category);
        return m.find() ? Optional.of(m.group(1)) : Optional.empty();
    }

    private static Optional<Double> seconds(String text) {
        Matcher m = SECONDS.matcher(text);
        return m.matches() ? Optional.of(Double.valueOf(m.group(1))) : Optional.empty();
    }

    private static Optional<Double> bytes(String text) {
        Matcher m = AMOUNT.matcher(text);
        if (!m.matches()) {
            return Optional.empty();
        }
        double unit = Character.isLowerCase((m.group(2) + "K").charAt(0)) ? 1000 : 1024;
        int power = m.group(2).isEmpty() ? 0 : "KMGT".indexOf(m.group(2).toUpperCase(Locale.ROOT)) + 1;
        return Optional.of(Double.parseDouble(m.group(1)) * Math.pow(unit, power));
    }

    /** Commands are called with {@code TZ=UTC} and {@code LC_ALL=C}. */
    private static Optional<Instant> time(String text) {
        try {
            String one = List.of(text.split("\\s+")).stream()
                    .reduce((a, b) -> a + " " + b)
                    .orElse("");
            return Optional.of(LocalDateTime.parse(one, TIME).toInstant(ZoneOffset.UTC));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
