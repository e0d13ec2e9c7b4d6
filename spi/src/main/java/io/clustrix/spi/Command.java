package io.clustrix.spi;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A command for a host: words, never a shell line. The host quotes them.
 *
 * @param words the program and its arguments; at least one
 * @param input what the command reads from its standard input, which ends after it
 * @param timeout when it is killed; positive
 */
public record Command(List<String> words, Input input, Duration timeout) {

    /**
     * What a command reads. It may be asked for more than once, when a command is repeated, and then writes the same.
     */
    @FunctionalInterface
    public interface Input {
        /** Writes all of it; neither flushes nor closes the stream. */
        void writeTo(OutputStream out) throws IOException;
    }

    private static final Input NOTHING = out -> {};
    private static final Duration STANDARD_TIMEOUT = Duration.ofMinutes(1);

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
        return of(List.of(words));
    }

    /** Without input, with a timeout of one minute. */
    public static Command of(List<String> words) {
        return new Command(words, NOTHING, STANDARD_TIMEOUT);
    }

    /** The same with another input. */
    public Command withInput(Input other) {
        return new Command(words, other, timeout);
    }

    /** The same with another timeout. */
    public Command withTimeout(Duration other) {
        return new Command(words, input, other);
    }

    /** The same command, called by another one: its words after these, for instance {@code env LC_ALL=C}. */
    public Command after(String... prefix) {
        List<String> all = new ArrayList<>(List.of(prefix));
        all.addAll(words);
        return new Command(all, input, timeout);
    }

    /** The words as a person would type them; for messages only. */
    @Override
    public String toString() {
        return String.join(" ", words);
    }
}
