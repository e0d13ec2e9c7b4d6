package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value can't be turned into bytes or back. The message names the path to the culprit and what to do. */
public final class SerializationException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public SerializationException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.USER, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public SerializationException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
