package io.clustrix.spi;

import java.time.Duration;
import java.util.List;

/**
 * A command for a host: words, never a shell line. The host quotes them.
 *
 * @param words the program and its arguments; at least one
 * @param input what the command reads from its standard input; may be empty
 * @param timeout when it is killed; positive
 */
@SuppressWarnings("ArrayRecordComponent") // commands are handed over once, not compared
public record Command(List<String> words, byte[] input, Duration timeout) {
    /**
     * Checks the words.
     *
     * @throws IllegalArgumentException if there is none, one has a NUL, or the timeout is not positive
     */
    public Command {
        words = List.copyOf(words);
        if (words.isEmpty() || words.stream().anyMatch(w -> w.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("a command has at least one word and no NUL: " + words);
        }
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("a command's timeout must be positive, not " + timeout);
        }
    }

    /** Without input, with a timeout of one minute. */
    public static Command of(String... words) {
        return new Command(List.of(words), new byte[0], Duration.ofMinutes(1));
    }
}
