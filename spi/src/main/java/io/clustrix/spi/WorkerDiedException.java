package io.clustrix.spi;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The worker that ran a task ended before the task did. The message says how it died and quotes its last lines of
 * output.
 */
public final class WorkerDiedException extends ClustrixException {
    private static final long serialVersionUID = 1L;

    /** How a worker died. */
    public enum Death {
        /** It ended by itself: {@code System.exit}, {@code Runtime.halt}. */
        EXIT,
        /** A signal from outside ended it (SIGKILL, SIGTERM), the kernel's out-of-memory killer perhaps. */
        SIGNAL,
        /** The JVM itself crashed (SIGSEGV, SIGBUS, an internal error). */
        CRASH,
        /** The heap was full; the cause is the {@link OutOfMemoryError} if it could be told. */
        OUT_OF_MEMORY,
        /** The site ended it because it used more of something than it may, of its disk for instance. */
        OVER_LIMIT,
        /** It never came up. */
        NOT_STARTED,
        /** Its node was lost or taken away, or nobody knows any more what has become of it. */
        NODE_LOST
    }

    private final Death death;
    private final int exitCode;

    /**
     * Made by executors.
     *
     * @param death how it died
     * @param exitCode the exit code as the parent process saw it (128 + signal number for a signal), -1 if unknown
     */
    public WorkerDiedException(
            Death death, int exitCode, String problem, List<String> hints, @Nullable Throwable cause) {
        super(ofSite(death) ? Fault.SITE : Fault.USER, ofSite(death), problem, hints, cause);
        this.death = death;
        this.exitCode = exitCode;
    }

    private static boolean ofSite(Death death) {
        return death == Death.SIGNAL || death == Death.NODE_LOST;
    }

    /** How it died. */
    public Death death() {
        return death;
    }

    /** The exit code as the parent process saw it: 128 + signal number for a signal; empty if unknown. */
    public OptionalInt exitCode() {
        return exitCode < 0 ? OptionalInt.empty() : OptionalInt.of(exitCode);
    }
}
