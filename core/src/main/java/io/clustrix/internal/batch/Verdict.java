package io.clustrix.internal.batch;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Why tasks have no result of their own.
 *
 * @param cause the kind of reason
 * @param exit the worker's exit code, -1 if it is not known
 * @param message what happened, who says so, and the last lines of output, as a person would tell it
 * @param hints what to do about it, each a sentence
 */
record Verdict(Cause cause, int exit, String message, List<String> hints) {

    /** The kinds of reasons. */
    enum Cause {
        /** The worker ended by itself: {@code System.exit}. */
        EXITED,
        /** A signal ended the worker. */
        KILLED,
        /** The JVM crashed. */
        CRASHED,
        /** The worker never began: no Java, a wrong option, a class path that differs. */
        NOT_STARTED,
        /** More memory was used than asked for. */
        OUT_OF_MEMORY,
        /** More of something else was used than it may use. */
        OVER_LIMIT,
        /** The walltime was over. */
        WALLTIME,
        /** Somebody cancelled it. */
        CANCELLED,
        /** The node was lost. */
        NODE_LOST,
        /** The scheduler took the node away. */
        PREEMPTED,
        /** Nobody knows it any more. */
        LOST,
        /** It ended itself because no driver had shown itself for too long. */
        ABANDONED,
        /** The scheduler did not take it, or will never start it. */
        REFUSED,
        /** The host can't be used. */
        HOST,
        /** The host can't be used as it is configured. */
        CONFIGURATION,
        /** The host does not let this user in. */
        LOG_IN,
        /** There is no Java to run it. */
        ENVIRONMENT,
        /** The result was there and can't be read. */
        DAMAGED
    }

    Verdict {
        hints = List.copyOf(hints);
    }

    static Verdict of(Cause cause, String message, String... hints) {
        return new Verdict(cause, -1, message, List.of(hints));
    }

    /** That the host can't be used. */
    static Verdict of(Exception e) {
        if (e instanceof ProvisioningException) {
            return of(Cause.ENVIRONMENT, e);
        }
        Fault fault = e instanceof HostException h ? h.fault() : Fault.SITE;
        return of(
                switch (fault) {
                    case CONFIGURATION -> Cause.CONFIGURATION;
                    case USER -> Cause.LOG_IN;
                    default -> Cause.HOST;
                },
                e);
    }

    /** With the message and the hints of an exception. */
    static Verdict of(Cause cause, Exception e) {
        String text = e instanceof ClustrixException ? String.valueOf(e.getMessage()) : e.toString();
        int hints = text.indexOf("\n  -> ");
        return new Verdict(
                cause,
                -1,
                hints < 0 ? text : text.substring(0, hints),
                e instanceof ClustrixException c ? c.hints() : List.of());
    }

    /** What the tasks fail with. */
    Throwable toThrowable() {
        return switch (cause) {
            case EXITED -> died(Death.EXIT);
            case KILLED -> died(Death.SIGNAL);
            case CRASHED -> died(Death.CRASH);
            case NOT_STARTED -> died(Death.NOT_STARTED);
            case OUT_OF_MEMORY -> died(Death.OUT_OF_MEMORY);
            case OVER_LIMIT -> died(Death.OVER_LIMIT);
            case NODE_LOST, PREEMPTED, LOST, ABANDONED -> died(Death.NODE_LOST);
            case WALLTIME -> new TaskTimeoutException(message, hints.toArray(new String[0]));
            case CANCELLED -> new CancellationException(message);
            case REFUSED, DAMAGED -> new SchedulerException(message, hints, null);
            case ENVIRONMENT -> new ProvisioningException(message, hints, null);
            // What may pass has been tried again until now.
            case HOST -> new HostException(Fault.SITE, false, message, hints, null);
            case CONFIGURATION -> new HostException(Fault.CONFIGURATION, false, message, hints, null);
            case LOG_IN -> new HostException(Fault.USER, false, message, hints, null);
        };
    }

    private WorkerDiedException died(Death death) {
        return new WorkerDiedException(death, exit, message, hints, null);
    }

    /** The state of a job that ended by this. */
    JobState state() {
        return switch (cause) {
            case OUT_OF_MEMORY -> JobState.OUT_OF_MEMORY;
            case WALLTIME -> JobState.TIMED_OUT;
            case CANCELLED -> JobState.CANCELLED;
            case NODE_LOST -> JobState.NODE_FAILED;
            case PREEMPTED -> JobState.PREEMPTED;
            case LOST -> JobState.LOST;
            default -> JobState.FAILED;
        };
    }
}
