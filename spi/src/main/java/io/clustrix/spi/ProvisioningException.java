package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An environment could not be made on a host. The message lists what was looked at. */
public final class ProvisioningException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public ProvisioningException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.SITE, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public ProvisioningException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
