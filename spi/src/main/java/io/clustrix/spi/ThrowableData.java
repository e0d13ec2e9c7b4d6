package io.clustrix.spi;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An exception as data: what can always be told of it, also where its class is missing or can't be rebuilt
 * (requirements W-C2, R53).
 *
 * @param className the binary name of its class
 * @param message its message, if it had one
 * @param trace its stack trace, innermost first
 * @param cause its cause, if it had one
 * @param suppressed its suppressed exceptions
 */
@SuppressWarnings("serial") // List.copyOf is serializable
public record ThrowableData(
        String className,
        @Nullable String message,
        List<StackTraceElement> trace,
        @Nullable ThrowableData cause,
        List<ThrowableData> suppressed)
        implements Serializable {

    /** Bounds of what is kept: a runaway recursion has thousands of frames and a message can be a whole file. */
    private static final int MAX_FRAMES = 1024;

    private static final int MAX_MESSAGE = 64 * 1024;
    private static final int MAX_DEPTH = 64;

    /** Copies the lists. */
    public ThrowableData {
        trace = List.copyOf(trace);
        suppressed = List.copyOf(suppressed);
    }

    /**
     * Takes down an exception with its causes and suppressed exceptions. Never throws for what the exception's own
     * methods do: a {@code getMessage()} that throws is quoted as such. Cycles and depths above 64 are cut; at most
     * 1,024 frames and 65,536 characters of a message are kept.
     */
    public static ThrowableData of(Throwable t) {
        return of(t, Collections.newSetFromMap(new IdentityHashMap<>()), 0);
    }

    private static ThrowableData of(Throwable t, Set<Throwable> seen, int depth) {
        seen.add(t);
        @Nullable String message;
        @Nullable ThrowableData cause = null;
        List<ThrowableData> suppressed = new ArrayList<>();
        List<StackTraceElement> trace = List.of();
        try {
            message = t.getMessage();
            if (message != null && message.length() > MAX_MESSAGE) {
                message = message.substring(0, MAX_MESSAGE) + "... (" + message.length() + " characters)";
            }
        } catch (RuntimeException | Error e) {
            message = "(getMessage() threw " + e.getClass().getName() + ")";
        }
        try {
            StackTraceElement[] frames = t.getStackTrace();
            trace = List.of(frames.length > MAX_FRAMES ? java.util.Arrays.copyOf(frames, MAX_FRAMES) : frames);
            Throwable c = t.getCause();
            if (c != null && depth < MAX_DEPTH && !seen.contains(c)) {
                cause = of(c, seen, depth + 1);
            }
            for (Throwable s : t.getSuppressed()) {
                if (depth < MAX_DEPTH && !seen.contains(s)) {
                    suppressed.add(of(s, seen, depth + 1));
                }
            }
        } catch (RuntimeException | Error e) {
            message = message + " (and its getCause() or getStackTrace() threw "
                    + e.getClass().getName() + ")";
        }
        return new ThrowableData(t.getClass().getName(), message, trace, cause, suppressed);
    }

    /** Its message, if it had one. */
    public Optional<String> text() {
        return Optional.ofNullable(message);
    }

    /** As {@link Throwable#toString()} usually gives it: class name and message. */
    @Override
    public String toString() {
        return message == null ? className : className + ": " + message;
    }
}
