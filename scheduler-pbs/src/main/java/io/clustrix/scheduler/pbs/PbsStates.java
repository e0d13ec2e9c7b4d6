package io.clustrix.scheduler.pbs;

import io.clustrix.scheduler.pbs.Answer.Block;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the attributes of a job mean (requirement R4). The letters of states are those of qstat's manual pages, the
 * numbers of OpenPBS's {@code job.h}, and what is recorded is in the tests.
 */
final class PbsStates {
    private static final int FIRST_SIGNAL = 256;
    private static final int SHELL_SIGNAL = 128;
    private static final int SIGTERM = 15;
    private static final int WALLTIME = -29;
    private static final int CPU_TIME = -28;
    private static final int MEMORY = -27;
    private static final int VIRTUAL_MEMORY = -26;

    private static final Map<String, JobState> ALIVE = Map.ofEntries(
            Map.entry("Q", JobState.PENDING),
            Map.entry("H", JobState.PENDING),
            Map.entry("W", JobState.PENDING),
            Map.entry("T", JobState.PENDING), // on its way from a routing queue
            Map.entry("R", JobState.RUNNING),
            Map.entry("S", JobState.RUNNING), // suspended
            Map.entry("U", JobState.RUNNING), // suspended because the workstation's owner is there
            Map.entry("B", JobState.RUNNING), // an array that has begun
            Map.entry("E", JobState.RUNNING), // exiting: its output is being copied
            // Another server has it: it is alive, elsewhere.
            Map.entry("M", JobState.UNKNOWN));

    /** Exit codes below zero: what OpenPBS's execution daemon says itself. */
    private static final Map<Integer, String> DAEMON = Map.ofEntries(
            Map.entry(-1, "it could not be started"),
            Map.entry(-2, "it could not be started"),
            Map.entry(-3, "it could not be started"),
            Map.entry(-4, "the node's PBS was restarted"),
            Map.entry(-5, "the node's PBS was restarted"),
            Map.entry(-6, "the node's PBS was restarted"),
            Map.entry(-10, "the user or group is not valid on the node"),
            Map.entry(-20, "the first node lost touch with another one"),
            Map.entry(-24, "it used more cores than it had asked for"),
            Map.entry(-25, "it used more cores than it had asked for"),
            Map.entry(VIRTUAL_MEMORY, "it used more virtual memory than it had asked for"),
            Map.entry(MEMORY, "it used more memory than it had asked for"),
            Map.entry(CPU_TIME, "it used more processor time than it had asked for"),
            Map.entry(WALLTIME, "it ran longer than its walltime"),
            Map.entry(-30, "its nodes could not be joined"));

    private static final Pattern CLOCK = Pattern.compile("([0-9]{1,9}):([0-9]{2}):([0-9]{2})");

    /** As qstat writes times, in the zone of its own TZ: {@code Tue Feb 14 02:10:01 2023}. */
    private static final DateTimeFormatter CLOCK_AND_DAY =
            DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss uuuu", Locale.US).withZone(ZoneOffset.UTC);

    private PbsStates() {}

    static JobStatus of(Block block) {
        Optional<String> letter = block.text("job_state");
        if (!block.clear() || letter.isEmpty()) {
            return JobStatus.of(JobState.UNKNOWN, "PBS shows the job, but not in a form that Clustrix can read");
        }
        String comment = block.text("comment").map(String::strip).orElse("");
        String words = letter.get()
                + block.text("substate").map(s -> "/" + s.strip()).orElse("")
                + (comment.isEmpty() ? "" : " (" + comment + ")");
        return switch (letter.get()) {
            case "F", "X" -> finished(block, words, comment);
            case "C" -> completed(block, words);
            default -> {
                JobState state = ALIVE.get(letter.get());
                yield status(
                        block,
                        state == null ? JobState.UNKNOWN : state,
                        OptionalInt.empty(),
                        state == null ? words + ", a state that Clustrix does not know" : words);
            }
        };
    }

    /** OpenPBS. "F" alone says nothing: the substate does, with the exit code and the fate of the output. */
    private static JobStatus finished(Block block, String words, String comment) {
        OptionalInt exit = number(block.text("Exit_status"));
        String substate = block.text("substate").orElse("");
        boolean ran = block.text("stime").isPresent() || comment.startsWith("Job run at");
        if (substate.equals("91")) {
            return status(block, JobState.CANCELLED, ran ? exit : OptionalInt.empty(), words);
        }
        if (comment.equals("Subjob finished")) {
            return status(block, JobState.CANCELLED, OptionalInt.empty(), words + ": deleted before it had begun");
        }
        if (substate.equals("92")) {
            if (block.text("Exit_status").isEmpty()) {
                return status(
                        block,
                        JobState.CANCELLED,
                        OptionalInt.empty(),
                        words + ": deleted unrun, as is a job whose dependency can't be met");
            }
            if (exit.isPresent() && exit.getAsInt() == 0) {
                return delivered(block, words, exit);
            }
        }
        return failed(block, words, exit, exit.isPresent() && exit.getAsInt() < 0);
    }

    private static JobStatus delivered(Block block, String words, OptionalInt exit) {
        Optional<String> copied = block.text("Stageout_status");
        return copied.isEmpty() || copied.get().equals("1")
                ? status(block, JobState.SUCCEEDED, exit, words)
                : status(block, JobState.FAILED, exit, words + ": its output could not be copied to where it belongs");
    }

    private static JobStatus failed(Block block, String words, OptionalInt exit, boolean byDaemon) {
        int code = exit.orElse(0);
        String told = words + (exit.isPresent() ? ", Exit_status " + code : ", no Exit_status");
        if (!byDaemon) {
            return status(block, JobState.FAILED, code == 0 ? OptionalInt.empty() : exit, told);
        }
        JobState state = switch (code) {
            case WALLTIME, CPU_TIME -> JobState.TIMED_OUT;
            case MEMORY, VIRTUAL_MEMORY -> JobState.OUT_OF_MEMORY;
            case -4, -5, -6, -20 -> JobState.NODE_FAILED;
            default -> JobState.FAILED;
        };
        return status(
                block,
                state,
                OptionalInt.empty(),
                told + ": " + DAEMON.getOrDefault(code, "PBS ended it before its script did"));
    }

    /** Torque, whose exit code is all that it says; some servers leave it out. */
    private static JobStatus completed(Block block, String words) {
        OptionalInt exit = number(block.text("exit_status").or(() -> block.text("Exit_status")));
        if (exit.isEmpty()) {
            return status(block, JobState.FAILED, exit, words + ": ended; the server does not say how");
        }
        int code = exit.getAsInt();
        if (code == 0) {
            return status(block, JobState.SUCCEEDED, exit, words);
        }
        String told = words + ", exit_status " + code;
        boolean signalled = code == FIRST_SIGNAL + SIGTERM;
        if ((code < 0 || signalled) && overTime(block)) {
            return status(block, JobState.TIMED_OUT, OptionalInt.empty(), told + ": it ran longer than its walltime");
        }
        if (signalled) {
            return status(block, JobState.CANCELLED, exit, told);
        }
        if (code == -4) {
            return status(block, JobState.NODE_FAILED, OptionalInt.empty(), told + ": the node's PBS was restarted");
        }
        return status(block, JobState.FAILED, code < 0 ? OptionalInt.empty() : exit, told);
    }

    private static boolean overTime(Block block) {
        long used = seconds(block.text("resources_used.walltime"));
        long limit = seconds(block.text("Resource_List.walltime"));
        return limit > 0 && used >= limit;
    }

    private static long seconds(Optional<String> clock) {
        Matcher m = CLOCK.matcher(clock.orElse("").strip());
        return m.matches()
                ? Long.parseLong(m.group(1)) * 3600 + Long.parseLong(m.group(2)) * 60 + Long.parseLong(m.group(3))
                : 0;
    }

    private static OptionalInt number(Optional<String> text) {
        String t = text.orElse("");
        return t.matches("0|-?[1-9][0-9]{0,5}") ? OptionalInt.of(Integer.parseInt(t)) : OptionalInt.empty();
    }

    private static JobStatus status(Block block, JobState state, OptionalInt exit, String detail) {
        String again = number(block.text("run_count")).orElse(1) > 1
                ? ", started " + block.text("run_count").orElse("").strip() + " times"
                : "";
        return new JobStatus(
                state,
                exit.isPresent() && exit.getAsInt() >= FIRST_SIGNAL
                        ? OptionalInt.of(exit.getAsInt() - FIRST_SIGNAL + SHELL_SIGNAL)
                        : exit,
                detail + again,
                block.text("exec_host").map(PbsStates::firstNode).filter(h -> !h.isBlank()),
                Optional.empty(),
                state.ended() ? block.text("history_timestamp").flatMap(PbsStates::time) : Optional.empty());
    }

    /** {@code n1/0*2+n2/0*2}. */
    private static String firstNode(String text) {
        return text.replaceFirst("[/+].*", "").strip();
    }

    /** When a job that waits is expected to start, if the server says so. */
    static Optional<Instant> expectedStart(Block block) {
        if (of(block).state() != JobState.PENDING) {
            return Optional.empty();
        }
        String text = block.text(Answer.EXPECTED_START).orElse("").strip().replaceAll("\\s+", " ");
        try {
            return Optional.of(CLOCK_AND_DAY.parse(text, Instant::from));
        } catch (DateTimeException e) {
            return time(text);
        }
    }

    private static Optional<Instant> time(String text) {
        String t = text.strip();
        return t.matches("[1-9][0-9]{0,11}") ? Optional.of(Instant.ofEpochSecond(Long.parseLong(t))) : Optional.empty();
    }
}
