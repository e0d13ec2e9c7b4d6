package io.clustrix;

import io.clustrix.internal.threads.DaemonThreads;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all jobs of one {@link Clustrix} share: keys, deadlines, callbacks, and the list of those that live. */
final class Engine {
    private static final Logger log = LoggerFactory.getLogger(Clustrix.class);

    /** How many ended jobs are still known by their key; a power of two. */
    private static final int REMEMBERED = 4096;

    private record Ended(JobKey key, JobStatus status) {}

    private final JobKeys keys = new JobKeys();
    private final ScheduledThreadPoolExecutor timer;
    private final Callbacks callbacks;
    private final List<GuardedListener> listeners;
    private final ConcurrentHashMap<JobKey, JobFuture<?>> live = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<Ended> ended = new AtomicReferenceArray<>(REMEMBERED);
    private final AtomicInteger endedCount = new AtomicInteger();
    private volatile boolean closed;

    Engine(List<RunListener> listeners) {
        this.listeners = listeners.stream().map(GuardedListener::new).toList();
        DaemonThreads threads = new DaemonThreads("clustrix-timer");
        // A deadline that is armed while all is being closed is not needed any more.
        timer = new ScheduledThreadPoolExecutor(1, threads, new ThreadPoolExecutor.DiscardPolicy());
        timer.setRemoveOnCancelPolicy(true);
        callbacks = new Callbacks(timer);
    }

    List<GuardedListener> listeners() {
        return listeners;
    }

    Callbacks callbacks() {
        return callbacks;
    }

    JobKey nextKey() {
        if (closed) {
            throw new IllegalStateException("this Clustrix is closed; open another one to submit");
        }
        return keys.next();
    }

    void began(JobFuture<?> future) {
        live.put(future.key(), future);
    }

    /** The job was refused. */
    void refused(JobFuture<?> future) {
        live.remove(future.key());
    }

    /** The future is complete; may be told more than once. */
    void ended(JobFuture<?> future) {
        if (live.remove(future.key()) != null) {
            ended.set(endedCount.getAndIncrement() & (REMEMBERED - 1), new Ended(future.key(), future.status()));
        }
    }

    JobStatus status(JobKey key) {
        JobFuture<?> future = live.get(key);
        if (future != null) {
            return future.status();
        }
        for (int i = 0; i < REMEMBERED; i++) {
            Ended e = ended.get(i);
            if (e != null && e.key.equals(key)) {
                return e.status;
            }
        }
        return JobStatus.of(
                JobState.UNKNOWN,
                "this Clustrix has not started job " + key + ", or it ended before the last " + REMEMBERED
                        + " jobs that ended; its JobFuture still knows");
    }

    /** Runs something short on the timer's thread, once. */
    Future<?> after(long nanos, Runnable action) {
        return timer.schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    void pluginThrew(String when, Throwable e) {
        log.warn("{}: the executor threw {}, which it must not", when, Observers.described(e), e);
    }

    /** Takes no more jobs. */
    boolean close() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    /** Fails what the executors have left unfinished although they are closed, and ends the threads. */
    void end() {
        CancellationException reason = new CancellationException("the Clustrix was closed");
        live.values().forEach(future -> future.fail(reason));
        callbacks.close();
        timer.shutdownNow();
    }
}
