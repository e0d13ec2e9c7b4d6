package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something in the configuration, an annotation or a call's options is wrong. The message names every problem with file
 * and line, option or method.
 */
public final class ConfigurationException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public ConfigurationException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.CONFIGURATION, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public ConfigurationException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
