package io.clustrix;

import io.clustrix.internal.threads.DaemonThreads;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run users' continuations and listeners, so that an executor's threads never do.
 *
 * <p>One thread does for callbacks that are quick. When callbacks wait and none has ended for a few milliseconds, those
 * that run may be blocked, perhaps on the very ones that wait; then one more thread is started, and again, until the
 * queue moves.
 */
final class Callbacks {
    private static final long TICK_MILLIS = 5;
    private static final long IDLE_TICK_MILLIS = 20;
    private static final long KEEP_ALIVE_SECONDS = 10;
    private static final long GRACE_MILLIS = 1000;

    private final ThreadPoolExecutor pool;
    private final DaemonThreads threads = new DaemonThreads("clustrix-callback-");
    private final ScheduledExecutorService timer;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final AtomicLong unfinished = new AtomicLong();
    private volatile long endedAtLastTick;

    @SuppressWarnings("ErroneousThreadPoolConstructorChecker") // the core size is what grows here, in tick()
    Callbacks(ScheduledExecutorService timer) {
        this.timer = timer;
        // What comes after the end comes from an executor that told of a result too late; somebody may wait for it.
        pool =
                new ThreadPoolExecutor(
                        1,
                        Integer.MAX_VALUE,
                        KEEP_ALIVE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        threads,
                        (task, p) -> threads.newThread(task).start()) {
                    @Override
                    protected void afterExecute(Runnable callback, @Nullable Throwable thrown) {
                        unfinished.decrementAndGet();
                    }
                };
        pool.allowCoreThreadTimeOut(true);
    }

    /** Runs something soon; what was handed over first starts first. */
    void execute(Runnable callback) {
        unfinished.incrementAndGet();
        pool.execute(callback);
        watch();
    }

    private void watch() {
        if (!watching.get() && watching.compareAndSet(false, true)) {
            endedAtLastTick = -1;
            tickLater(TICK_MILLIS);
        }
    }

    private void tickLater(long millis) {
        if (!timer.isShutdown()) {
            var unused = timer.schedule(this::tick, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void tick() {
        if (pool.getQueue().isEmpty()) {
            int active = pool.getActiveCount();
            // One to spare, should those that run be blocked. Not more: execute() starts a thread for each callback up
            // to here.
            pool.setCorePoolSize(active + 1);
            if (active > 0) {
                endedAtLastTick = pool.getCompletedTaskCount();
                tickLater(IDLE_TICK_MILLIS);
                return;
            }
            watching.set(false);
            if (!pool.getQueue().isEmpty()) {
                watch();
            }
            return;
        }
        long ended = pool.getCompletedTaskCount();
        if (ended == endedAtLastTick) {
            pool.setCorePoolSize(pool.getCorePoolSize() + 1);
        }
        endedAtLastTick = ended;
        tickLater(TICK_MILLIS);
    }

    /** Whether the current thread is one of these. */
    boolean isCallbackThread() {
        return threads.made(Thread.currentThread());
    }

    /**
     * Lets what waits run for a second, and what that hands over in turn, as listeners do that are told the rest of
     * what happened. Then takes nothing more, interrupts what runs, and runs what is left on the calling thread:
     * futures must complete.
     */
    void close() {
        if (isCallbackThread()) {
            pool.shutdown();
            return; // it can't wait for itself; the threads end with the queue
        }
        boolean interrupted = false;
        try {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
            while (unfinished.get() > 0 && System.nanoTime() - end < 0) {
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        pool.shutdownNow().forEach(Runnable::run);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
