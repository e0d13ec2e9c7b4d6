package io.clustrix.local;

import java.util.OptionalInt;

/**
 * How many tasks of a map are taken at once. A chunk that was asked for is kept to; else it grows from a single task to
 * as many as fill {@value #TARGET_NANOS} ns, so that long tasks are spread evenly and short ones don't pay for a
 * message each, and near the end it shrinks so that all workers finish together.
 */
final class Chunking {
    private static final long TARGET_NANOS = 5_000_000;
    private static final int LARGEST = 16_384;

    private final OptionalInt asked;
    private final int workers;

    /** A running average; written by several threads without harm, because any of their values will do. */
    private volatile double nanosPerTask;

    Chunking(OptionalInt asked, int workers) {
        this.asked = asked;
        this.workers = workers;
    }

    /** The size of the next chunk, 1 to {@code left}. */
    int next(int left) {
        if (asked.isPresent()) {
            return Math.min(asked.getAsInt(), left);
        }
        double nanos = nanosPerTask;
        int byTime = nanos == 0 ? 1 : (int) Math.max(1, Math.min(LARGEST, TARGET_NANOS / nanos));
        int byShare = Math.max(1, left / (2 * workers));
        return Math.min(Math.min(byTime, byShare), left);
    }

    /** So many tasks took so long. */
    void took(int tasks, long nanos) {
        if (tasks > 0) {
            double each = Math.max(1, (double) nanos / tasks);
            double before = nanosPerTask;
            nanosPerTask = before == 0 ? each : before * 0.5 + each * 0.5;
        }
    }
}
