package io.clustrix.cli;

import io.clustrix.history.JobInfo;
import io.clustrix.spi.ClustrixException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** How values look in the output. */
final class Texts {
    private Texts() {}

    /** An enum's constant as in {@code out-of-memory}. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** To the second, in UTC: the same everywhere, and in order when it is sorted. */
    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /**
     * Where a job stands as far as this machine knows: how it ended, or {@code waiting} before it was submitted to the
     * scheduler, {@code submitted}, or {@code running} once a first result has come.
     */
    static String state(JobInfo job) {
        if (job.state().isPresent()) {
            return word(job.state().get());
        }
        if (job.succeeded() + job.failed().size() > 0) {
            return "running";
        }
        return job.nativeIds().isEmpty() ? "waiting" : "submitted";
    }

    /** For instance {@code 90 s}, {@code 5 min}, {@code 3 h}, {@code 12 d}. */
    static String rough(Duration time) {
        if (time.toDays() >= 3) {
            return time.toDays() + " d";
        }
        if (time.toHours() >= 3) {
            return time.toHours() + " h";
        }
        return time.toMinutes() >= 3 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }

    /** A message of one line: the problem, and what to do about it. */
    static String oneLine(Throwable e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof ClustrixException c && !c.hints().isEmpty()) {
            int hints = message.indexOf("\n  -> ");
            String problem = hints < 0 ? message : message.substring(0, hints);
            return problem + "; " + String.join("; ", c.hints());
        }
        return message;
    }

    /** Words as a shell takes them. */
    static String quoted(List<String> words) {
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            line.append(line.length() == 0 ? "" : " ");
            line.append(word.matches("[A-Za-z0-9_./:=@%+,-]+") ? word : "'" + word.replace("'", "'\\''") + "'");
        }
        return line.toString();
    }
}
