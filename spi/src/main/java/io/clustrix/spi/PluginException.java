package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A plugin is missing, is there twice, or failed when it was made. The message lists what was found and which artifact
 * to add.
 */
public final class PluginException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public PluginException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.CONFIGURATION, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public PluginException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
