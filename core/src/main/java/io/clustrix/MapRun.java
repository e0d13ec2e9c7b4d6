package io.clustrix;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskResult;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;
import java.util.Spliterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The future of a map; the executor talks to it directly.
 *
 * <p>Made for millions of tasks: two arrays and two counters, no lock, and no object for each task beyond its result. A
 * slot is claimed by one compare-and-set, so each task counts once whatever an executor tells.
 */
final class MapRun<R extends @Nullable Object> extends MapFuture<R> implements JobListener {
    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle ORDER = MethodHandles.arrayElementVarHandle(int[].class);

    /** In the slot of a task that has not ended. */
    private static final Object OPEN = new Object();

    /** In the slot of a task that failed. */
    private record Failed(Throwable error) {}

    /** A slot's task is its index; its content is OPEN, a Failed, or the result itself. */
    private final @Nullable Object[] slots;

    /** The numbers of the tasks in the order of their completion, each plus one; zero where there is none yet. */
    private final int[] order;

    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicBoolean strange = new AtomicBoolean();
    private final Waiters following = new Waiters();

    /**
     * Made when somebody asks for it: who has asked may have added callbacks, which must not run on an executor's
     * thread.
     */
    private final AtomicReference<@Nullable CompletableFuture<List<TaskOutcome<R>>>> outcomes = new AtomicReference<>();

    MapRun(Engine engine, Job job, List<GuardedListener> listeners) {
        super(engine, job, listeners);
        slots = new Object[job.tasks()];
        Arrays.fill(slots, OPEN);
        order = new int[slots.length];
    }

    /** Completes a job that has no tasks. */
    void nothingToDo(String cluster) {
        began(cluster);
        onChanged(JobStatus.of(JobState.SUCCEEDED, "there were no items"));
        allEnded();
    }

    // ---------------------------------------------------------------- told by the executor

    @Override
    public void completed(int task, TaskResult result) {
        if (task < 0 || task >= slots.length) {
            if (strange.compareAndSet(false, true)) {
                engine.pluginThrew(
                        "job " + key(), new IndexOutOfBoundsException("task " + task + " of " + slots.length));
            }
            return;
        }
        Throwable error = result instanceof TaskResult.Failure f ? f.error() : null;
        Object slot =
                result instanceof TaskResult.Success s ? s.value() : new Failed(((TaskResult.Failure) result).error());
        if (!SLOTS.compareAndSet(slots, task, OPEN, slot)) {
            return;
        }
        if (error != null) {
            (error instanceof CancellationException ? cancelled : failed).incrementAndGet();
        }
        int place = ended.getAndIncrement();
        ORDER.setRelease(order, place, task + 1);
        following.wake();
        Observers o = observers();
        if (o != null) {
            o.post(new RunEvent.TaskCompleted(key(), outcome(task)));
            o.progressed();
        }
        if (error != null
                && job.options().onError() == ErrorPolicy.FAIL_FAST
                && !isGivenUp()
                && failing.compareAndSet(false, true)) {
            settle(null, noted(error, task));
        }
        if (place + 1 == slots.length) {
            allEnded();
        }
    }

    /** The task's own exception, with a note of which task it was if it takes one. */
    private Throwable noted(Throwable error, int task) {
        if (!(error instanceof CancellationException)) {
            try {
                error.addSuppressed(new TaskNote(task, slots.length, name()));
            } catch (RuntimeException e) {
                return error; // it is the user's class, and the note is not worth losing the exception
            }
        }
        return error;
    }

    private void allEnded() {
        if (isGivenUp()) {
            // its end is decided
        } else if (failed.get() + cancelled.get() == 0) {
            settle(results(), null);
        } else if (job.options().onError() == ErrorPolicy.COLLECT) {
            settle(null, MapException.of(name(), tasksNow(), new Outcomes()));
        }
        CompletableFuture<List<TaskOutcome<R>>> asked = outcomes.get();
        if (asked != null) {
            engine.callbacks().execute(() -> asked.complete(new Outcomes()));
        }
    }

    @SuppressWarnings("unchecked")
    private List<R> results() {
        return (List<R>) Collections.unmodifiableList(Arrays.asList(slots));
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // OPEN is this one object
    void failTasks(Throwable reason) {
        TaskResult.Failure failure = new TaskResult.Failure(reason);
        for (int i = 0; i < slots.length; i++) {
            if (SLOTS.getVolatile(slots, i) == OPEN) {
                completed(i, failure);
            }
        }
    }

    @Override
    public void changed(JobStatus status) {
        onChanged(status);
    }

    @Override
    public void workerStarted(RuntimeReport runtime) {
        onWorker(runtime);
    }

    @Override
    public void staged(long bytes) {
        onStaged(bytes);
    }

    @Override
    public void retried(int tasks, JobStatus why) {
        onRetried(tasks, why);
    }

    @Override
    public boolean wantsOutput() {
        return observers() != null;
    }

    @Override
    public void output(int task, OutputChannel channel, String text) {
        onOutput(task, channel, text);
    }

    // ---------------------------------------------------------------- asked by the user

    @Override
    Progress tasksNow() {
        // What failed is counted before it ends, so this order of reading never makes the number of successes negative
        // by more
        // than what is just ending.
        int all = ended.get();
        int c = Math.min(cancelled.get(), all);
        int f = Math.min(failed.get(), all - c);
        return new Progress(slots.length, all - c - f, f, c);
    }

    @Override
    public CompletableFuture<List<TaskOutcome<R>>> outcomes() {
        CompletableFuture<List<TaskOutcome<R>>> future = outcomes.get();
        if (future == null) {
            future = new CompletableFuture<>();
            CompletableFuture<List<TaskOutcome<R>>> other = outcomes.compareAndExchange(null, future);
            future = other == null ? future : other;
        }
        if (ended.get() == slots.length) {
            future.complete(new Outcomes());
        }
        return future.copy();
    }

    @Override
    public Stream<TaskOutcome<R>> asCompleted() {
        return StreamSupport.stream(new Completions(), false);
    }

    @SuppressWarnings("unchecked")
    private TaskOutcome<R> outcome(int task) {
        Object slot = SLOTS.getVolatile(slots, task);
        return slot instanceof Failed f
                ? new TaskOutcome.Failure<>(task, f.error)
                : new TaskOutcome.Success<>(task, (R) slot);
    }

    /** All outcomes; only for a job whose tasks have all ended. */
    private final class Outcomes extends AbstractList<TaskOutcome<R>> implements RandomAccess {
        @Override
        public TaskOutcome<R> get(int index) {
            return outcome(java.util.Objects.checkIndex(index, slots.length));
        }

        @Override
        public int size() {
            return slots.length;
        }
    }

    /** The outcomes as they come. */
    private final class Completions implements Spliterator<TaskOutcome<R>> {
        private int next;

        @Override
        public boolean tryAdvance(Consumer<? super TaskOutcome<R>> action) {
            if (next == slots.length) {
                return false;
            }
            try {
                following.await(() -> (int) ORDER.getAcquire(order, next) != 0, Long.MAX_VALUE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                CancellationException stopped =
                        new CancellationException("interrupted while waiting for a task of job " + name() + " to end");
                stopped.initCause(e);
                throw stopped;
            }
            int task = (int) ORDER.getAcquire(order, next) - 1;
            next++;
            action.accept(outcome(task));
            return true;
        }

        @Override
        public @Nullable Spliterator<TaskOutcome<R>> trySplit() {
            return null;
        }

        @Override
        public long estimateSize() {
            return (long) slots.length - next;
        }

        @Override
        public int characteristics() {
            return ORDERED | NONNULL; // not SIZED: counting would not wait
        }
    }
}
