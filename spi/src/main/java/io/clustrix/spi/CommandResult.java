package io.clustrix.spi;

import java.time.Duration;

/**
 * What a command answered. An empty output is not a success and an output on stderr is not a failure (requirement B16).
 *
 * @param command what was run
 * @param exit its exit code; 128 + n if signal n ended it
 * @param out its standard output, at most as much as the host keeps: its beginning
 * @param err its standard error, at most as much as the host keeps: its end
 * @param truncated whether {@code out} is not the whole output, so that nothing may be read from its being short
 * @param took how long it ran
 */
public record CommandResult(Command command, int exit, String out, String err, boolean truncated, Duration took) {

    /** A result as recorded: the whole output, and no time. For tests of dialects. */
    public static CommandResult of(Command command, int exit, String out, String err) {
        return new CommandResult(command, exit, out, err, false, Duration.ZERO);
    }

    /** Command, exit code and the last lines of stderr (or else of stdout) in one sentence, for messages. */
    public String summary() {
        String text = err.isBlank() ? out : err;
        String tail = text.strip();
        if (tail.length() > MAX_QUOTED) {
            tail = "..." + tail.substring(tail.length() - MAX_QUOTED);
        }
        return "'" + command + "' ended with exit code " + exit
                + (tail.isEmpty() ? " and printed nothing" : ": " + tail);
    }

    private static final int MAX_QUOTED = 2000;
}
