package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The scheduler refused a request. The message quotes the command, its exit code and its stderr. */
public final class SchedulerException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** With what to do about it, each hint a sentence, and what led to it, if anything. */
    public SchedulerException(String problem, List<String> hints, @Nullable Throwable cause) {
        super(Fault.SITE, false, problem, hints, cause);
    }

    /** With what to do about it, each hint a sentence. */
    public SchedulerException(String problem, String... hints) {
        this(problem, List.of(hints), null);
    }
}
