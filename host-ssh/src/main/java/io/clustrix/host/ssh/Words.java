package io.clustrix.host.ssh;

import java.time.Duration;
import java.util.Locale;

/** How messages write things. */
final class Words {
    private static final int LONGEST_COMMAND = 200;

    private Words() {}

    /** {@code 1h 5m}, {@code 15s}, {@code 250ms}. */
    static String of(Duration time) {
        if (time.toMillis() < 1000) {
            return time.toMillis() + "ms";
        }
        return time.truncatedTo(
                        time.toMinutes() > 0
                                ? java.time.temporal.ChronoUnit.SECONDS
                                : java.time.temporal.ChronoUnit.MILLIS)
                .toString()
                .substring(2)
                .replaceAll("(?<=[HM])(?=\\d)", " ")
                .toLowerCase(Locale.ROOT);
    }

    /** A command in quotes, on one line, its beginning. */
    static String of(io.clustrix.spi.Command command) {
        String text = command.toString();
        String line = text.lines().findFirst().orElse("");
        boolean whole = line.length() == text.length() && line.length() <= LONGEST_COMMAND;
        return "'" + (whole ? line : line.substring(0, Math.min(LONGEST_COMMAND, line.length())) + "...") + "'";
    }

    /** The last words of something that failed, without the chain of classes it came through. */
    static String of(Throwable problem) {
        Throwable last = problem;
        for (int i = 0; i < 20 && last.getCause() != null; i++) {
            last = last.getCause();
        }
        String message = last.getMessage();
        return message == null || message.isBlank() ? last.getClass().getSimpleName() : message;
    }
}
