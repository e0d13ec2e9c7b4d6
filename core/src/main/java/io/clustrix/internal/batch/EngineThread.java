package io.clustrix.internal.batch;

import io.clustrix.internal.threads.DaemonThreads;
import io.clustrix.spi.HostException;
import io.clustrix.spi.SchedulerException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that decides, and those that make remote calls for it and post to it what came of them. All are
 * daemons. Thread-safe.
 */
final class EngineThread {
    private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);
    private static final int SHIPPERS = 4;
    private static final int WATCHERS = 3;
    private static final long LONGEST_BACKOFF_MILLIS = 60_000;

    private final String cluster;
    private final ScheduledThreadPoolExecutor engine;
    private final ThreadPoolExecutor shipping;
    private final ThreadPoolExecutor watching;

    /** Calls that were ordered and have not ended: a pool does not count one whose thread is just starting. */
    private final AtomicInteger underway = new AtomicInteger();

    EngineThread(String cluster) {
        this.cluster = cluster;
        String name = "clustrix-" + cluster;
        engine = new ScheduledThreadPoolExecutor(
                1, new DaemonThreads(name + "-engine"), new ThreadPoolExecutor.DiscardPolicy());
        engine.setRemoveOnCancelPolicy(true);
        shipping = pool(SHIPPERS, name + "-submit-");
        watching = pool(WATCHERS, name + "-watch-");
    }

    private static ThreadPoolExecutor pool(int size, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DaemonThreads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Has something decided soon. */
    void post(Runnable decision) {
        engine.execute(() -> decide(decision));
    }

    /** Has something decided later. */
    void later(long millis, Runnable decision) {
        var unused = timer(millis, decision);
    }

    /** Has something decided later, unless it is cancelled before. */
    Future<?> timer(long millis, Runnable decision) {
        return engine.schedule(() -> decide(decision), millis, TimeUnit.MILLISECONDS);
    }

    private void decide(Runnable decision) {
        try {
            decision.run();
        } catch (RuntimeException | Error e) { // one job's trouble is not to end the thread that serves all
            LOG.error("The engine of cluster {} failed; this is a bug", cluster, e);
        }
    }

    /** Makes a remote call of those that submit, and posts what came of it: a value, or what was thrown. */
    <T> void ship(Callable<T> remote, Consumer<T> then, Consumer<Exception> otherwise) {
        call(shipping, remote, then, otherwise);
    }

    /** Makes a remote call of those that watch, and posts what came of it: a value, or what was thrown. */
    <T> void watch(Callable<T> remote, Consumer<T> then, Consumer<Exception> otherwise) {
        call(watching, remote, then, e -> otherwise.accept(offline(e)));
    }

    // What is watched was submitted to this host, by this program or one before it: a name that nobody knows now is no
    // misspelt one, only out of reach (requirement R45).
    private static Exception offline(Exception e) {
        return e instanceof HostException h && !h.retryable() && h.getCause() instanceof UnknownHostException
                ? new HostException(String.valueOf(h.getMessage()), List.of(), h)
                : e;
    }

    private <T> void call(
            ThreadPoolExecutor pool, Callable<T> remote, Consumer<T> then, Consumer<Exception> otherwise) {
        underway.incrementAndGet();
        try {
            pool.execute(() -> {
                try {
                    T value = remote.call();
                    post(() -> then.accept(value));
                } catch (Exception e) { // whatever it is: no future may hang because of it
                    post(() -> otherwise.accept(e));
                } catch (Error e) {
                    post(() -> otherwise.accept(new IllegalStateException(e)));
                    throw e;
                } finally {
                    underway.decrementAndGet();
                }
            });
        } catch (RejectedExecutionException e) {
            underway.decrementAndGet();
            LOG.debug("Cluster {} is closed", cluster);
        }
    }

    /** How long to wait after so many failures, in ms: not the same for all who have failed at once. */
    static long backoff(int failures) {
        long millis = Math.min(LONGEST_BACKOFF_MILLIS, 500L << Math.min(10, failures));
        return millis * 3 / 4 + ThreadLocalRandom.current().nextLong(millis / 2);
    }

    /** Whether a failure of a remote call may be over soon. */
    static boolean passes(Exception e) {
        return e instanceof HostException h ? h.retryable() : e instanceof SchedulerException;
    }

    /** Whether nothing is underway on the host. */
    boolean isQuiet() {
        return underway.get() == 0;
    }

    /** Takes no more submissions; those that wait are made. */
    void shipNoMore() {
        shipping.shutdown();
    }

    /** Interrupts everything. */
    void end() {
        engine.shutdownNow();
        watching.shutdownNow();
        shipping.shutdownNow();
    }
}
