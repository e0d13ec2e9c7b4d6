package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A host could not be reached, or the connection broke: nothing is known about the command's effect (requirement R15).
 */
public final class HostException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /**
     * With who can mend it and whether trying again may help.
     *
     * @param fault {@link Fault#NETWORK}, or {@link Fault#CONFIGURATION} and {@link Fault#USER} for a log-in or a host
     *     key that is refused
     * @param retryable false if trying again does harm, as with a refused log-in
     */
    public HostException(
            Fault fault, boolean retryable, String problem, List<String> hints, @Nullable Throwable cause) {
        super(fault, retryable, problem, hints, cause);
    }

    /** A matter of the network, which may be better soon. */
    public HostException(String problem, List<String> hints, @Nullable Throwable cause) {
        this(Fault.NETWORK, true, problem, hints, cause);
    }

    /** A matter of the network, which may be better soon. */
    public HostException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
