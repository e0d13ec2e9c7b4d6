package io.clustrix.internal.batch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** How many commands a scheduler may be sent within any minute (requirements R18, R21). Belongs to one thread. */
final class Budget {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final long SHORTEST_WAIT = TimeUnit.MILLISECONDS.toNanos(1);

    private final int perMinute;
    private final Deque<Long> spent = new ArrayDeque<>();

    Budget(int perMinute) {
        this.perMinute = perMinute;
    }

    /**
     * Takes so many commands out of the budget, if they are in it.
     *
     * @param commands more than a minute may have are given all the same, once nothing has been spent for a minute
     * @return 0 if they may be sent now, else how long to wait before it is tried again, in ns
     */
    long take(long now, int commands) {
        while (!spent.isEmpty() && now - spent.peekFirst() >= MINUTE) {
            spent.removeFirst();
        }
        if (!spent.isEmpty() && spent.size() + commands > perMinute) {
            return Math.max(SHORTEST_WAIT, MINUTE - (now - spent.peekFirst()));
        }
        spend(now, commands);
        return 0;
    }

    /** Counts commands that could not wait. */
    void spend(long now, int commands) {
        for (int i = 0; i < commands; i++) {
            spent.addLast(now);
        }
    }
}
