package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call did not end within its timeout or walltime. The message names the limit; what had not started never starts
 * (requirement B10).
 */
public final class TaskTimeoutException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public TaskTimeoutException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.USER, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public TaskTimeoutException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
