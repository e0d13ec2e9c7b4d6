package io.clustrix.host.ssh;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A point in time by the monotonic clock. */
record Deadline(long nanoTime) {
    static Deadline in(Duration time) {
        long nanos = time.compareTo(Duration.ofDays(10_000)) > 0 ? TimeUnit.DAYS.toNanos(10_000) : time.toNanos();
        return new Deadline(System.nanoTime() + nanos);
    }

    /** How long until then; zero or less if it is over. */
    long nanos() {
        return nanoTime - System.nanoTime();
    }

    boolean isOver() {
        return nanos() <= 0;
    }

    Deadline earlier(Deadline other) {
        return nanoTime - other.nanoTime <= 0 ? this : other;
    }

    /** Waits on a monitor that the caller holds, until notified or until then. */
    @SuppressWarnings("WaitNotInLoop") // the callers have the loop
    void await(Object monitor) throws InterruptedException {
        long nanos = nanos();
        if (nanos > 0) {
            monitor.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
        }
    }
}
