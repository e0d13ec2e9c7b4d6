package io.clustrix.testkit;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Many short steps on a thread of their own, each of which must be over in time. */
final class Watched {
    private static final long LOOK_MILLIS = 50;

    private final Duration each;
    private volatile long begun = System.nanoTime();
    private volatile Supplier<String> step = () -> "the beginning";

    Watched(Duration each) {
        this.each = each;
    }

    /** Begins a step; the one before is over. */
    void step(Supplier<String> description) {
        step = description;
        begun = System.nanoTime();
    }

    /**
     * Runs it all.
     *
     * @throws AssertionError if a step takes too long; its thread is a daemon and is left alone then
     */
    void run(String rule, Runnable steps) throws InterruptedException {
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        steps.run();
                    } catch (Throwable t) {
                        thrown.set(t);
                    }
                },
                "clustrix-contract");
        thread.setDaemon(true);
        step(step);
        thread.start();
        while (thread.isAlive()) {
            thread.join(LOOK_MILLIS);
            if (thread.isAlive() && System.nanoTime() - begun > each.toNanos()) {
                String where = Arrays.stream(thread.getStackTrace())
                        .limit(12)
                        .map(e -> "\n    at " + e)
                        .collect(Collectors.joining());
                throw Broken.rule(rule, "after " + each.toMillis() + " ms not done with " + step.get() + where);
            }
        }
        Throwable t = thrown.get();
        if (t instanceof Error e) {
            throw e;
        } else if (t instanceof RuntimeException e) {
            throw e;
        } else if (t != null) {
            throw new AssertionError(t);
        }
    }
}
