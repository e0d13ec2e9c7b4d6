package io.clustrix.internal.batch;

import io.clustrix.spi.JobStatus;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What the engine knows of one element of a job. Belongs to the engine's thread. */
final class Element {
    /** Where it stands. */
    enum Phase {
        /** Waits or runs, as far as is known. */
        OPEN,
        /** Its result is being fetched. */
        FETCHING,
        /** It ended without a result, and what is known of it is being fetched. */
        INQUEST,
        /** All its tasks have their results. */
        DONE
    }

    final int number;
    Phase phase = Phase.OPEN;

    /** The submission that it is part of now; null before the first and between two. */
    @Nullable
    Part part;

    /** The number of its last attempt. */
    int attempt = -1;

    /** How many of its attempts failed through no fault of its own. */
    int failures;

    /** How often it has ended itself because its lease was over. */
    int abandoned;

    /** Tasks that are not to be run in further attempts. */
    final BitSet skip = new BitSet();

    /** What the scheduler said last. */
    @Nullable
    JobStatus status;

    /** Since when the scheduler has not known it, in ns; 0: it knows it. */
    long missingSince;

    /** How many answers have lacked it since. */
    int missing;

    /** How often the accounting alone has called it alive since. */
    int hearsay;

    /** Since when the scheduler has called it ended, in ns; 0: it has not. */
    long endedSince;

    /** Since when it has waited in vain, in ns; 0: it has not. */
    long hopelessSince;

    /** The exit record that was seen, by its file name; what it says is in {@link #exitCode}. */
    @Nullable
    String exitRecord;

    /** What the exit record says; -1 before it has been read. */
    int exitCode = -1;

    /** Since when the scheduler's word is awaited on a worker that a signal has ended, in ns. */
    long exitSince;

    /** How often its result could not be read. */
    int damaged;

    /** Since when its result could not be read, in ns. */
    long damagedSince;

    Element(int number) {
        this.number = number;
    }

    /** Whether the scheduler calls it ended. */
    boolean hasEnded() {
        return status != null && status.state().ended();
    }

    /** A new attempt begins. */
    void begins(Part next) {
        part = next;
        attempt = next.attempt;
        phase = Phase.OPEN;
        status = null;
        missingSince = 0;
        missing = 0;
        hearsay = 0;
        endedSince = 0;
        hopelessSince = 0;
        exitRecord = null;
        exitCode = -1;
        exitSince = 0;
        damaged = 0;
        damagedSince = 0;
    }
}
