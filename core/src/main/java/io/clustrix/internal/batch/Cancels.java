package io.clustrix.internal.batch;

import io.clustrix.spi.NativeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the scheduler cancel jobs, again and again until it has taken the order. On the engine's thread. */
final class Cancels {
    private static final Logger LOG = LoggerFactory.getLogger(Cancels.class);

    /** The most ids of one order. */
    private static final int MOST_CANCELLED = 500;

    /** Orders that come so soon after one another are one command. */
    private static final long GATHER_MILLIS = 2000;

    /** How often the scheduler may fail to take an order. */
    private static final int MOST_FAILURES = 10;

    private final EngineCore core;
    private final Site site;
    private final EngineThread thread;
    private final Set<NativeId> ids = new LinkedHashSet<>();
    private final List<Order> orders = new ArrayList<>();
    private boolean sending;
    private boolean gathering;
    private long sentAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(GATHER_MILLIS);
    private int failures;

    Cancels(EngineCore core) {
        this.core = core;
        site = core.site;
        thread = core.thread;
    }

    /** Ids that somebody wants to know of when the scheduler has taken the order for all of them. */
    private record Order(Set<NativeId> left, Runnable taken) {}

    void send(List<NativeId> more) {
        ids.addAll(more);
        long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentAt);
        if (since >= GATHER_MILLIS || core.isClosed()) {
            sendNext();
        } else if (!gathering) {
            gathering = true;
            thread.later(GATHER_MILLIS - since, () -> {
                gathering = false;
                sendNext();
            });
        }
    }

    void send(List<NativeId> more, Runnable taken) {
        if (more.isEmpty()) {
            taken.run();
        } else {
            orders.add(new Order(new HashSet<>(more), taken));
            send(more);
        }
    }

    private void taken(List<NativeId> batch) {
        batch.forEach(ids::remove);
        for (Order order : List.copyOf(orders)) {
            batch.forEach(order.left::remove);
            if (order.left.isEmpty()) {
                orders.remove(order);
                order.taken.run();
            }
        }
    }

    private void sendNext() {
        if (sending || ids.isEmpty()) {
            return;
        }
        List<NativeId> batch = ids.stream().limit(MOST_CANCELLED).toList();
        sending = true;
        sentAt = System.nanoTime();
        thread.watch(
                () -> site.cancel(batch),
                taken -> {
                    sending = false;
                    if (taken) {
                        failures = 0;
                        taken(batch);
                        sendNext();
                    } else {
                        cancelAgain(batch, "the scheduler did not take it");
                    }
                },
                e -> {
                    sending = false;
                    cancelAgain(batch, String.valueOf(e.getMessage()));
                });
    }

    private void cancelAgain(List<NativeId> batch, String why) {
        failures++;
        if (failures > MOST_FAILURES) {
            LOG.warn("{} can't be cancelled on cluster {} and may still run: {}", batch, core.cluster, why);
            batch.forEach(ids::remove);
            orders.removeIf(order -> batch.stream().anyMatch(order.left::contains));
            failures = 0;
        } else {
            thread.later(EngineThread.backoff(failures), this::sendNext);
        }
    }

    /** Whether nothing is left to be sent or answered. */
    boolean isQuiet() {
        return ids.isEmpty() && !sending;
    }
}
