package io.clustrix.testkit;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One answer of a scheduler, as it was recorded, and the verdict that it must get. {@link DialectContract} tries a
 * dialect on them, whole and damaged.
 *
 * <p>An id of a job on a named cluster is written {@code ID@CLUSTER}.
 *
 * @param name what it is called in messages
 * @param kind what had been asked
 * @param result the answer
 * @param verdict what the dialect must make of it, in the words of {@link #read}
 */
public record Recorded(String name, Kind kind, CommandResult result, String verdict) {

    /** What had been asked. */
    public enum Kind {
        /** {@code submit}. */
        SUBMIT,
        /** {@code status}. */
        STATUS,
        /** {@code history}. */
        HISTORY,
        /** {@code cancel}. */
        CANCEL,
        /** {@code find}. */
        FIND,
        /** {@code info}. */
        INFO,
        /** {@code starts}. */
        STARTS
    }

    /** The beginning of a verdict with states. */
    static final String STATES = "states ";

    /** The beginning of a verdict with expected starts. */
    static final String STARTS = "starts ";

    private static final Pattern BLOCK = Pattern.compile(
            "=== (\\w+)(?: ([^\\n]*))?\\n\\$ (.*?)\\nexpect ([^\\n]*)\\nexit ([0-9]+)\\n--- out\\n(.*?)--- err\\n(.*)",
            Pattern.DOTALL);

    /** Puts the states of a verdict into the order that they are compared in. */
    public Recorded {
        verdict = verdict.strip();
        for (String sorted : List.of(STATES, STARTS)) {
            if (verdict.startsWith(sorted)) {
                verdict = sorted
                        + Arrays.stream(verdict.substring(sorted.length()).split("\\s+"))
                                .sorted()
                                .collect(Collectors.joining(" "));
            }
        }
    }

    private Recorded(Kind kind, CommandResult result, String verdict) {
        this(result.summary().lines().findFirst().orElse(""), kind, result, verdict);
    }

    /** A job was accepted and has this id. */
    public static Recorded accepted(CommandResult result, String id) {
        return new Recorded(Kind.SUBMIT, result, "id " + id);
    }

    /** A job was refused, and would be again. */
    public static Recorded refused(CommandResult result) {
        return new Recorded(Kind.SUBMIT, result, "refused lasting");
    }

    /** A submission failed for a reason that goes away by itself, such as a controller that is down. */
    public static Recorded notNow(CommandResult result) {
        return new Recorded(Kind.SUBMIT, result, "refused transient");
    }

    /** What a question about states was answered, by ids; without any: none of the jobs is known any more. */
    public static Recorded status(CommandResult result, Map<String, JobState> states) {
        return new Recorded(Kind.STATUS, result, verdict(states));
    }

    /** The same of the accounting. */
    public static Recorded history(CommandResult result, Map<String, JobState> states) {
        return new Recorded(Kind.HISTORY, result, verdict(states));
    }

    /** An answer to {@code cancel}: was the order taken, or had it nothing to do? */
    public static Recorded cancel(CommandResult result, boolean taken) {
        return new Recorded(Kind.CANCEL, result, taken ? "taken" : "not taken");
    }

    /** An answer to {@code find} with these ids; without any: there is no such job. */
    public static Recorded found(CommandResult result, String... ids) {
        return new Recorded(Kind.FIND, result, ids(List.of(ids)));
    }

    /** An answer to {@code starts} with these estimates, by ids; without any: there are none. */
    public static Recorded starts(CommandResult result, Map<String, Instant> starts) {
        return new Recorded(Kind.STARTS, result, starts(starts));
    }

    /** An answer to {@code info} with this version, as {@code parseInfo} tells it. */
    public static Recorded info(CommandResult result, String version) {
        return new Recorded(Kind.INFO, result, "version " + version);
    }

    /**
     * A question of this kind failed: what came says nothing about any job.
     *
     * @param passing whether asking again may help, so that {@code isTransient} must say so
     */
    public static Recorded failed(Kind kind, CommandResult result, boolean passing) {
        return new Recorded(kind, result, passing ? "fails transient" : "fails lasting");
    }

    /** The same under another name. */
    public Recorded named(String other) {
        return new Recorded(other, kind, result, verdict);
    }

    /**
     * Reads recorded answers from a text of blocks:
     *
     * <pre>{@code
     * # a comment, before the first block
     * === submit with a wrong partition
     * $ sbatch --parsable job.sh
     * expect refused lasting
     * exit 1
     * --- out
     * --- err
     * sbatch: error: invalid partition specified: nosuch
     * }</pre>
     *
     * <p>After {@code ===} stands the kind (submit, status, history, cancel, find, info or starts) and, if you like, a
     * name. What is expected is one of these:
     *
     * <ul>
     *   <li>for a submit {@code id 42}, {@code refused lasting} or {@code refused transient};
     *   <li>for status and history {@code states 42=RUNNING 43=FAILED} with all that the answer has, or {@code none};
     *   <li>for a cancel {@code taken} or {@code not taken};
     *   <li>for a find {@code ids 42 43}, or {@code none};
     *   <li>for an info {@code version Slurm 24.05.1};
     *   <li>for starts {@code starts 42=2026-11-23T12:00:00Z} with all that the answer has, or {@code none};
     *   <li>for any question {@code fails}, or {@code fails lasting} and {@code fails transient} if {@code isTransient}
     *       is to be held against it too.
     * </ul>
     *
     * @throws IllegalArgumentException if a block is not of this form
     */
    public static List<Recorded> read(String text) {
        List<Recorded> all = new ArrayList<>();
        for (String part : text.split("(?m)^(?==== )", -1)) {
            Matcher m = BLOCK.matcher(part);
            if (m.matches()) {
                Kind kind = Kind.valueOf(m.group(1).toUpperCase(Locale.ROOT));
                String name =
                        m.group(2) == null ? m.group(3).lines().findFirst().orElse("") : m.group(2);
                Command command = Command.of(Arrays.asList(m.group(3).strip().split("\\s+")));
                CommandResult result = CommandResult.of(command, Integer.parseInt(m.group(5)), m.group(6), m.group(7));
                all.add(new Recorded(name, kind, result, m.group(4)));
            } else if (!part.lines().allMatch(l -> l.isBlank() || l.startsWith("#"))) {
                throw new IllegalArgumentException("this is no block of a recording: " + part);
            }
        }
        return all;
    }

    /**
     * Reads recorded answers, in the form of {@link #read}, from a resource.
     *
     * @param beside a class of the same jar or directory
     * @param resource its name, as {@link Class#getResourceAsStream} takes it
     * @throws IllegalArgumentException if there is none, or a block is not of the form
     */
    public static List<Recorded> load(Class<?> beside, String resource) {
        try (InputStream in = beside.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no resource " + resource + " beside " + beside);
            }
            return read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String verdict(Map<String, JobState> states) {
        return states.isEmpty()
                ? "none"
                : STATES
                        + new TreeMap<>(states)
                                .entrySet().stream()
                                        .map(e -> e.getKey() + "=" + e.getValue())
                                        .collect(Collectors.joining(" "));
    }

    static String starts(Map<String, Instant> starts) {
        return starts.isEmpty()
                ? "none"
                : STARTS
                        + starts.entrySet().stream()
                                .map(e -> e.getKey() + "=" + e.getValue())
                                .sorted()
                                .collect(Collectors.joining(" "));
    }

    static String ids(List<String> ids) {
        return ids.isEmpty() ? "none" : "ids " + String.join(" ", ids);
    }

    static String written(NativeId id) {
        return id.value() + id.cluster().map(c -> "@" + c).orElse("");
    }

    /** Whether it is one of those that say something, so that it is no failed question. */
    boolean answers() {
        return !verdict.startsWith("fails") && !verdict.startsWith("refused");
    }

    /** Whether a job has succeeded by the verdict. */
    boolean hasSuccess() {
        return verdict.contains("=" + JobState.SUCCEEDED);
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + ": " + name;
    }
}
