package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host could not be reached, or the connection broke: nothing is known about the command's effect (requirement R15).
 */
public final class HostException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public HostException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.NETWORK, true, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public HostException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
