package io.clustrix.local;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * The workers of one kind and what waits for them: calls first come first served, maps a chunk each in turn. Guarded by
 * the {@link ProcessRunner}'s lock, but that anybody may add to the end.
 */
final class Lane {
    private final WorkerSpec spec;
    private final ConcurrentLinkedDeque<Object> waiting = new ConcurrentLinkedDeque<>();
    private final List<PoolWorker> workers = new ArrayList<>();
    private int failedStarts;
    private int demand;
    private boolean saturated;
    private long waitsForWorkerSince;
    private volatile boolean retired;

    Lane(WorkerSpec spec) {
        this.spec = spec;
    }

    WorkerSpec spec() {
        return spec;
    }

    /** Any thread. */
    void add(Unit unit) {
        waiting.addLast(unit);
    }

    /** Any thread. */
    void add(Feed feed) {
        waiting.addLast(feed);
    }

    /** Any thread. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Whether it is no longer looked after. Any thread. */
    boolean isRetired() {
        return retired;
    }

    void retire(boolean now) {
        retired = now;
    }

    /** Gives everything that waits to another lane. */
    void moveTo(Lane other) {
        for (Object o = waiting.pollFirst(); o != null; o = waiting.pollFirst()) {
            other.waiting.addLast(o);
        }
    }

    void addFirst(List<Unit> units) {
        for (int i = units.size() - 1; i >= 0; i--) {
            waiting.addFirst(units.get(i));
        }
    }

    /** The next unit; null if there is none. */
    @Nullable
    Unit take() {
        for (Object head = waiting.peekFirst(); head != null; head = waiting.peekFirst()) {
            if (head instanceof Unit unit) {
                waiting.removeFirst();
                if (!unit.run().over()) {
                    return unit;
                }
            } else {
                Feed feed = (Feed) head;
                if (feed.run().over() || feed.exhausted()) {
                    waiting.removeFirst();
                } else {
                    Unit next = feed.next();
                    waiting.removeFirst();
                    if (!feed.exhausted()) {
                        waiting.addLast(feed); // a chunk each in turn, so that a long map holds up nobody
                    }
                    return next;
                }
            }
        }
        return null;
    }

    /** Empties the queue. */
    List<JobRun> drop() {
        List<JobRun> runs = new ArrayList<>();
        for (Object o = waiting.pollFirst(); o != null; o = waiting.pollFirst()) {
            runs.add(o instanceof Unit unit ? unit.run() : ((Feed) o).run());
        }
        return runs;
    }

    List<PoolWorker> workers() {
        return workers;
    }

    /** The worker that would be done soonest; null if all have enough. */
    @Nullable
    PoolWorker withRoom() {
        PoolWorker best = null;
        for (PoolWorker w : workers) {
            if (w.hasRoom() && (best == null || w.inFlight() < best.inFlight())) {
                best = w;
            }
        }
        return best;
    }

    /** How many workers are on their way up. */
    int starting() {
        int n = 0;
        for (PoolWorker w : workers) {
            if (!w.ready()) {
                n++;
            }
        }
        return n;
    }

    /** How many units wait, counted up to a bound; a map counts as many. */
    int demand(int bound) {
        int n = 0;
        for (Object o : waiting) {
            n += o instanceof Feed ? bound : 1;
            if (n >= bound) {
                return bound;
            }
        }
        return n;
    }

    /** As much waits that is not handed out, counted up to a bound. */
    void sawDemand(int n, int bound) {
        demand = n;
        saturated = n >= bound;
    }

    /** Whether more waits than {@link #sawDemand} was told of. */
    boolean hasNew() {
        return !saturated && demand(demand + 1) > demand;
    }

    /** Since when it has waited for its first worker, as {@link System#nanoTime} has it; 0 if it doesn't. */
    long waitsForWorkerSince() {
        return waitsForWorkerSince;
    }

    void waitsForWorkerSince(long nanos) {
        waitsForWorkerSince = nanos;
    }

    int failedStart() {
        return ++failedStarts;
    }

    void startedWell() {
        failedStarts = 0;
    }
}
