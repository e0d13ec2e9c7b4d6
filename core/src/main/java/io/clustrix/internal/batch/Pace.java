package io.clustrix.internal.batch;

import java.time.Duration;

/**
 * How long to wait before the next question: short after something has happened, then longer and longer. In
 * nanoseconds. Belongs to one thread.
 */
final class Pace {
    private final long shortest;
    private final long longest;
    private final double share;
    private long eventAt;

    /**
     * A pace.
     *
     * @param share what part of the time since the last event the wait is, for instance 0.1
     */
    Pace(Duration shortest, Duration longest, double share) {
        this.shortest = shortest.toNanos();
        this.longest = longest.toNanos();
        this.share = share;
    }

    /** Something has happened, so that more may happen soon. */
    void event(long now) {
        eventAt = now;
    }

    /**
     * The wait from now on, after a question that took so long: asking is to be a tenth of what the host does, or a
     * fifth where it answers quickly.
     */
    long next(long now, long took) {
        long wait = Math.max((long) ((now - eventAt) * share), took * (took < shortest ? 4 : 9));
        return Math.max(shortest, Math.min(longest, wait));
    }
}
