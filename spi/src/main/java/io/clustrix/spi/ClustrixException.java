package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The root of everything that Clustrix and its plugins throw. What the user's own function throws is not wrapped in it.
 *
 * <p>A message has one problem and, on lines of their own, what to do about it.
 */
public abstract class ClustrixException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Fault fault;
    private final boolean retryable;

    @SuppressWarnings("serial") // List.copyOf is serializable
    private final List<String> hints;

    /**
     * For sub-types.
     *
     * @param fault who can mend it
     * @param retryable whether the same call may succeed later without a change
     * @param problem what was wrong and where, without a final line break
     * @param hints what to do, each one sentence; may be empty
     * @param cause what led to it, if anything
     */
    protected ClustrixException(
            Fault fault, boolean retryable, String problem, List<String> hints, @Nullable Throwable cause) {
        super(hints.isEmpty() ? problem : problem + "\n  -> " + String.join("\n  -> ", hints), cause);
        this.fault = fault;
        this.retryable = retryable;
        this.hints = List.copyOf(hints);
    }

    /** Who can mend it. */
    public final Fault fault() {
        return fault;
    }

    /** Whether the same call may succeed later without a change. */
    public final boolean retryable() {
        return retryable;
    }

    /** What to do about it, each a sentence; they are part of the message too. */
    public final List<String> hints() {
        return hints;
    }
}
