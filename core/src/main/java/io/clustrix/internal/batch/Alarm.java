package io.clustrix.internal.batch;

import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Has something decided at a time that may be changed until it has come. On the engine's thread. */
final class Alarm {
    private final EngineThread thread;
    private final Runnable decision;
    private @Nullable Future<?> timer;
    private long due;

    Alarm(EngineThread thread, Runnable decision) {
        this.thread = thread;
        this.decision = decision;
    }

    /** Sets it, in place of the time that it was set to. */
    void setIn(long millis) {
        if (timer != null) {
            timer.cancel(false);
        }
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        timer = thread.timer(millis, this::ring);
    }

    /** Sets it, unless it will ring before that anyway. */
    void setWithin(long millis) {
        if (timer == null || due - System.nanoTime() > TimeUnit.MILLISECONDS.toNanos(millis)) {
            setIn(millis);
        }
    }

    /** Whether its time is still to come. */
    boolean isSet() {
        return timer != null;
    }

    private void ring() {
        timer = null;
        decision.run();
    }
}
