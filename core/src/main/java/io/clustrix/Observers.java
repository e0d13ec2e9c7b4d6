package io.clustrix;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands the events of one job to its listeners and subscribers, one after another, on callback threads. Whoever posts
 * an event is never held up by a listener, and what a slow one costs in memory is bounded.
 */
final class Observers implements Runnable {
    private static final int MAX_KEPT = 16_384;
    private static final int MAX_BUFFERED_BY_SUBSCRIBER = 256;
    private static final int BATCH = 256;

    /** Of outputs: as many events as may be kept can be half a gigabyte of text. */
    private static final long MAX_KEPT_CHARACTERS = 4 << 20;

    private static final long CHARACTERS_OF_BATCH = 1 << 18;
    private static final long PATIENCE_MILLIS = 2000;

    private final Callbacks callbacks;
    private final JobFuture<?> future;
    private final List<GuardedListener> listeners;

    /** Guards everything below. */
    private final Object lock = new Object();

    private final ArrayDeque<RunEvent> events = new ArrayDeque<>();
    private @Nullable SubmissionPublisher<RunEvent> publisher;
    private @Nullable RunEvent last;
    private long characters;
    private long dropped;
    private boolean progressed;
    private boolean ended;
    private boolean running;

    /** Nothing is told before it is known which cluster has taken the job, and whether one has. */
    private boolean held;

    /** @param held whether to tell nothing before {@link #begin} */
    Observers(Callbacks callbacks, JobFuture<?> future, List<GuardedListener> listeners, boolean held) {
        this.held = held;
        this.callbacks = callbacks;
        this.future = future;
        this.listeners = listeners;
    }

    private JobKey key() {
        return future.key();
    }

    /** Hands on the first event, and then what has come meanwhile. */
    void begin(RunEvent.Submitted first) {
        synchronized (lock) {
            if (!held) {
                return;
            }
            held = false;
            events.addFirst(first);
        }
        run(false);
    }

    /** Hands on an event, unless the job has ended. */
    void post(RunEvent event) {
        synchronized (lock) {
            if (ended) {
                return;
            }
            if (events.size() >= MAX_KEPT) {
                dropOldest(false);
            }
            events.add(event);
            characters += characters(event);
            while (characters > MAX_KEPT_CHARACTERS && events.size() > 1) {
                dropOldest(true);
            }
        }
        run(false);
    }

    private static long characters(RunEvent event) {
        return event instanceof RunEvent.Output output ? output.text().length() : 0;
    }

    private void dropOldest(boolean output) {
        for (Iterator<RunEvent> i = events.iterator(); i.hasNext(); ) {
            RunEvent e = i.next();
            if (e instanceof RunEvent.Output || (!output && e instanceof RunEvent.TaskCompleted)) {
                i.remove();
                characters -= characters(e);
                dropped++;
                return;
            }
        }
    }

    /** Tasks have ended; how many is looked up when there is time to tell. */
    void progressed() {
        synchronized (lock) {
            if (ended) {
                return;
            }
            progressed = true;
        }
        run(false);
    }

    /** The job has ended; only the first call counts. */
    void end(JobStatus status) {
        synchronized (lock) {
            if (ended) {
                return;
            }
            ended = true;
            last = new RunEvent.StateChanged(key(), status);
        }
        run(false);
    }

    Flow.Publisher<RunEvent> events() {
        synchronized (lock) {
            if (publisher == null) {
                publisher = new SubmissionPublisher<>(callbacks::execute, MAX_BUFFERED_BY_SUBSCRIBER);
                if (ended && last == null) {
                    publisher.close();
                }
            }
            return publisher;
        }
    }

    private void run(boolean already) {
        synchronized (lock) {
            if (held || running != already) {
                return;
            }
            running = true;
        }
        callbacks.execute(this);
    }

    /** Tells what there is to tell. */
    @Override
    public void run() {
        List<RunEvent> batch = new ArrayList<>();
        SubmissionPublisher<RunEvent> p;
        boolean over;
        synchronized (lock) {
            if (dropped > 0) {
                batch.add(new RunEvent.Dropped(key(), dropped));
                dropped = 0;
            }
            long text = 0;
            while (!events.isEmpty() && batch.size() < BATCH && text < CHARACTERS_OF_BATCH) {
                RunEvent event = events.remove();
                text += characters(event);
                batch.add(event);
            }
            characters -= text;
            if (progressed && events.isEmpty()) {
                progressed = false;
                batch.add(new RunEvent.ProgressMade(key(), future.tasksNow()));
            }
            over = last != null && events.isEmpty();
            if (last != null && over) {
                batch.add(last);
                last = null;
            }
            p = publisher;
            if (batch.isEmpty()) {
                running = false;
                return;
            }
        }
        for (RunEvent event : batch) {
            for (GuardedListener listener : listeners) {
                listener.tell(event);
            }
            if (p != null) {
                // The end is worth a wait: a subscriber that is merely behind must not miss it.
                long patience = over && event.equals(batch.get(batch.size() - 1)) ? PATIENCE_MILLIS : 0;
                p.offer(event, patience, TimeUnit.MILLISECONDS, null);
            }
        }
        if (p != null && over) {
            p.close();
        }
        run(true); // behind the callbacks of others, which wait as well
    }

    /** An exception as one line, whatever its own methods do. */
    static String described(Throwable t) {
        try {
            return t.toString();
        } catch (RuntimeException | Error e) {
            return t.getClass().getName();
        }
    }
}
