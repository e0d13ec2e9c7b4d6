package io.clustrix.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The task threw an exception that can't be rebuilt in this JVM, because its class is missing here or it can't be
 * serialized. It looks like the original as far as data can: class name and message in its message, stack trace, causes
 * and suppressed exceptions in their places (requirement R53).
 */
public final class RemoteTaskException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    private final ThrowableData data;

    /**
     * Rebuilds the look of the original.
     *
     * @param data what the worker took down
     * @param why why the object itself is not here; empty for causes
     */
    public RemoteTaskException(ThrowableData data, @Nullable String why) {
        super(
                Fault.USER,
                false,
                data.toString(),
                why == null ? List.of() : List.of("the original exception could not be rebuilt here: " + why),
                data.cause() == null ? null : new RemoteTaskException(data.cause(), null));
        this.data = data;
        setStackTrace(data.trace().toArray(StackTraceElement[]::new));
        for (ThrowableData s : data.suppressed()) {
            addSuppressed(new RemoteTaskException(s, null));
        }
    }

    /** Everything that is known of the original. */
    public ThrowableData data() {
        return data;
    }
}
