package io.clustrix.local;

import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Work;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on threads of this JVM, as they are, without serialization.
 *
 * <p>Tasks that compute share a pool of as many threads as there are workers. Tasks that wait get a thread of their
 * own: virtual where this JDK has them, else from a pool of {@code io-threads}. A cancelled task is interrupted; one
 * that ignores that runs on, but nobody waits for it (requirement B12).
 */
final class ThreadRunner implements AutoCloseable, JobRun.Runner {
    private static final int MAX_VIRTUAL_OF_A_MAP = 1024;

    private final int workers;
    private final int ioThreads;
    private final RuntimeReport runtime;
    private final ThreadPoolExecutor computing;
    private final ExecutorService waiting;
    private final boolean virtual;
    private final ConcurrentHashMap<JobRun, Lane> live = new ConcurrentHashMap<>();

    ThreadRunner(String cluster, int workers, int ioThreads, RuntimeReport runtime) {
        this.workers = workers;
        this.ioThreads = ioThreads;
        this.runtime = runtime;
        computing = pool("clustrix-" + cluster + "-compute-", workers);
        @Nullable ExecutorService perTask = VirtualThreads.perTask("clustrix-" + cluster + "-io-");
        virtual = perTask != null;
        waiting = perTask != null ? perTask : pool("clustrix-" + cluster + "-io-", ioThreads);
    }

    private static ThreadPoolExecutor pool(String prefix, int size) {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = r -> {
            Thread t = new Thread(r, prefix + number.incrementAndGet());
            t.setDaemon(true);
            return t;
        };
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(size, size, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Starts a job; {@code io}: it waits more than it computes. */
    void submit(JobRun run, boolean io) {
        run.accepted();
        Work work = run.job().work();
        Executor executor = io ? waiting : computing;
        if (work instanceof Work.Call call) {
            start(executor, run, new Lane(run, call));
            return;
        }
        int tasks = work.tasks();
        int lanes = Math.min(tasks, !io ? workers : virtual ? MAX_VIRTUAL_OF_A_MAP : ioThreads);
        Cursor cursor = new Cursor(tasks, new Chunking(run.job().options().chunkSize(), lanes));
        for (int i = 0; i < lanes; i++) {
            start(executor, run, new Lane(run, work, cursor));
        }
    }

    private void start(Executor executor, JobRun run, Lane lane) {
        // Lanes of one job are chained, so that a cancel finds them all with one entry in the map.
        live.compute(run, (r, first) -> lane.before(first));
        try {
            executor.execute(lane);
        } catch (RejectedExecutionException e) {
            run.cancel(new CancellationException("the executor was closed"));
        }
    }

    @Override
    public void cancelled(JobRun run) {
        for (Lane lane = live.remove(run); lane != null; lane = lane.next) {
            lane.interrupt();
            computing.remove(lane);
        }
    }

    @Override
    public void close() {
        computing.shutdown();
        waiting.shutdown();
        for (JobRun run : live.keySet()) {
            run.cancel(new CancellationException("the executor was closed"));
        }
        computing.shutdownNow();
        waiting.shutdownNow();
    }

    /** Which tasks of a map are still to be taken. */
    private static final class Cursor {
        private final int tasks;
        private final Chunking chunking;
        private int taken;

        Cursor(int tasks, Chunking chunking) {
            this.tasks = tasks;
            this.chunking = chunking;
        }

        /** The next chunk: first task in the upper half, how many in the lower; 0 if there is none. */
        synchronized long take() {
            int left = tasks - taken;
            if (left == 0) {
                return 0;
            }
            int count = chunking.next(left);
            long chunk = (long) taken << 32 | count;
            taken += count;
            return chunk;
        }
    }

    /** One thread's part of a job. */
    private final class Lane implements Runnable {
        private final JobRun run;
        private final Work work;
        private final @Nullable Cursor cursor;
        private @Nullable Lane next;
        private @Nullable Thread thread;
        private boolean stopped;

        Lane(JobRun run, Work.Call call) {
            this.run = run;
            this.work = call;
            this.cursor = null;
        }

        Lane(JobRun run, Work work, Cursor cursor) {
            this.run = run;
            this.work = work;
            this.cursor = cursor;
        }

        Lane before(@Nullable Lane other) {
            next = other;
            return this;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (stopped || run.over()) {
                    live.remove(run);
                    return;
                }
                thread = Thread.currentThread();
            }
            run.workerStarting(runtime);
            try {
                if (cursor == null) {
                    task(0);
                } else {
                    chunks(cursor);
                }
            } finally {
                synchronized (this) {
                    thread = null;
                    Thread.interrupted(); // meant for this job, not for what the thread does next
                }
                if (run.over()) {
                    live.remove(run);
                }
            }
        }

        private void chunks(Cursor cursor) {
            for (long chunk = cursor.take(); chunk != 0 && !run.over(); chunk = cursor.take()) {
                int first = (int) (chunk >>> 32);
                int count = (int) chunk;
                long start = System.nanoTime();
                for (int i = 0; i < count && !run.over(); i++) {
                    task(first + i);
                    Thread.interrupted(); // left by this task; the next has nothing to do with it
                }
                cursor.chunking.took(count, System.nanoTime() - start);
            }
        }

        private void task(int index) {
            TaskResult result;
            try {
                result = new TaskResult.Success(value(index));
            } catch (Throwable t) { // whatever the user's code throws is its result
                result = new TaskResult.Failure(t);
            }
            run.complete(index, result);
        }

        @SuppressWarnings("unchecked")
        private @Nullable Object value(int index) throws Exception {
            if (work instanceof Work.Call call) {
                return call.function().call();
            }
            if (work instanceof Work.Each each) {
                return ((RemoteFunction<@Nullable Object, @Nullable Object>) each.function())
                        .apply(each.items().get(index));
            }
            Work.Range range = (Work.Range) work;
            return ((RemoteIntFunction<?>) range.function()).apply(range.from() + index);
        }

        synchronized void interrupt() {
            stopped = true;
            if (thread != null && !thread.equals(Thread.currentThread())) {
                thread.interrupt();
            }
        }
    }
}
