package io.clustrix.micrometer;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.RemoteTaskException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Why a task failed, in one of some twenty words. */
final class Causes {
    static final String SUCCEEDED = "succeeded";
    static final String FAILED = "failed";
    static final String CANCELLED = "cancelled";
    static final String NONE = "none";

    /** The user's own exception, of any class. */
    private static final String TASK = "task";

    private static final String TIMEOUT = "timeout";

    private Causes() {}

    static String outcome(@Nullable Throwable error) {
        return error == null ? SUCCEEDED : error instanceof CancellationException ? CANCELLED : FAILED;
    }

    static String of(@Nullable Throwable error) {
        if (error == null) {
            return NONE;
        }
        if (error instanceof CancellationException) {
            return CANCELLED;
        }
        if (error instanceof TaskTimeoutException || error instanceof TimeoutException) {
            return TIMEOUT;
        }
        if (error instanceof WorkerDiedException died) {
            return ClustrixMetrics.lower(died.death());
        }
        return error instanceof ClustrixException c && !(error instanceof RemoteTaskException)
                ? ClustrixMetrics.lower(c.fault())
                : TASK;
    }

    static String of(JobState state) {
        return switch (state) {
            case TIMED_OUT -> TIMEOUT;
            case NODE_FAILED, LOST, PREEMPTED -> "node_lost";
            case FAILED -> TASK;
            default -> ClustrixMetrics.lower(state);
        };
    }
}
