package io.clustrix;

import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The result of a job that is still to come, and a hold on the job.
 *
 * <p><b>Failures:</b> what the task threw is the future's exception as it is: {@link #join} throws a
 * {@link java.util.concurrent.CompletionException} and {@link #get} an {@link ExecutionException} with it as the cause.
 * An exception that can't be rebuilt in this JVM comes as a {@link io.clustrix.spi.RemoteTaskException}. Everything
 * that is not the task's own doing is another {@link io.clustrix.spi.ClustrixException}.
 *
 * <p><b>Cancelling:</b> {@link #cancel} ends the job too: what has not started never starts, what runs is ended by
 * force where the cluster can. The same happens when the future is completed in any other way before its job, by
 * {@link #complete}, {@link #completeExceptionally} or {@link #orTimeout}. It does not happen to a job whose dependent
 * stages are cancelled, as with any {@link CompletableFuture}.
 *
 * <p><b>Threads:</b> thread-safe. Continuations without a thread of their own ({@code thenApply}) run on a daemon
 * thread named {@code clustrix-callback-N}, or on the thread that adds or completes them, and never on a thread that a
 * cluster's work depends on; they may block.
 *
 * @param <T> the type of the result
 */
public abstract class JobFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    private static final Set<String> OF_JDK = Set.of("join", "get", "getNow");

    /** Nobody has added a dependent through a method of this object, and it is not being completed. */
    private static final int UNTOUCHED = 0;

    /** Somebody adds or has added a dependent. */
    private static final int TOUCHED = 1;

    /**
     * An executor's thread is completing it on the spot: this bit and some of the thread's id. Who wants to add a
     * dependent waits for that, some nanoseconds; but not if it is this very thread.
     */
    private static final int COMPLETING = 1 << 31;

    private static final JobStatus PENDING = JobStatus.of(JobState.PENDING, "");
    private static final JobStatus SUCCEEDED = JobStatus.of(JobState.SUCCEEDED, "");

    /** How long a plugin may take to end a job before its future fails regardless. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final VarHandle PHASE;
    private static final VarHandle WAITERS;
    private static final VarHandle OBSERVERS;
    private static final VarHandle RUNTIMES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PHASE = lookup.findVarHandle(JobFuture.class, "phase", int.class);
            WAITERS = lookup.findVarHandle(JobFuture.class, "waiters", Waiters.class);
            OBSERVERS = lookup.findVarHandle(JobFuture.class, "observers", Observers.class);
            RUNTIMES = lookup.findVarHandle(JobFuture.class, "runtimes", List.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Engine engine;
    final Job job;

    private volatile int phase;
    private volatile @Nullable Waiters waiters;
    private volatile @Nullable Submission submission;
    private volatile @Nullable Throwable abandoned;
    private volatile @Nullable Future<?> deadline;
    private volatile @Nullable Observers observers;
    private volatile JobStatus told = PENDING;
    private volatile List<RuntimeReport> runtimes = List.of();

    /** For the two kinds of this package. */
    JobFuture(Engine engine, Job job, List<GuardedListener> listeners) {
        this.engine = engine;
        this.job = job;
        this.observers = listeners.isEmpty() ? null : new Observers(engine.callbacks(), this, listeners, true);
    }

    /** How many tasks have ended, and how. */
    abstract Progress tasksNow();

    /** Gives all tasks that have no result this failure. */
    abstract void failTasks(Throwable reason);

    // ---------------------------------------------------------------- what users ask

    /** The job's identity. */
    public final JobKey key() {
        return job.key();
    }

    /** What people call the job. */
    public final String name() {
        return job.options().name();
    }

    /** Where the job stands, as far as it is known. Asks nobody, so it is cheap and never fails. */
    public final JobStatus status() {
        JobStatus status = told;
        return status.state().ended() || !isDone()
                ? status
                : isCompletedExceptionally() ? ending(failure()) : SUCCEEDED;
    }

    private static JobStatus ending(Throwable why) {
        JobState state = why instanceof CancellationException
                ? JobState.CANCELLED
                : why instanceof TaskTimeoutException || why instanceof TimeoutException
                        ? JobState.TIMED_OUT
                        : why instanceof WorkerDiedException died ? ending(died.death()) : JobState.FAILED;
        return JobStatus.of(state, Observers.described(why));
    }

    private static JobState ending(WorkerDiedException.Death death) {
        return switch (death) {
            case OUT_OF_MEMORY -> JobState.OUT_OF_MEMORY;
            case NODE_LOST -> JobState.NODE_FAILED;
            case EXIT, SIGNAL, CRASH, OVER_LIMIT, NOT_STARTED -> JobState.FAILED;
        };
    }

    /** With what the future has failed; only for one that has. */
    private Throwable failure() {
        try {
            super.join();
            return new IllegalStateException("the future was given a value meanwhile");
        } catch (CancellationException e) {
            return original(e);
        } catch (RuntimeException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (Error e) {
            return e; // what the exception's own methods threw, which are called when it is wrapped
        }
    }

    /** Where the job runs, and why there. */
    public final Placement placement() {
        Submission s = submission;
        return s == null ? new Placement("nowhere", "it has no tasks, or is just being submitted") : s.placement();
    }

    /**
     * What the workers run in that have begun to work on the job so far: Java, machine, process; on a cluster also what
     * was provisioned, the class path's sums, modules, and the names of variables. It is stored with the results.
     */
    public final List<RuntimeReport> runtimes() {
        return runtimes;
    }

    /**
     * What happens to the job from now on. Each subscriber sees the events in order, on a daemon thread, and has a
     * buffer of 256 events; what comes while that is full is dropped for this subscriber alone. A slow subscriber thus
     * holds up nobody and costs a bounded amount of memory. The stream ends when the job does; it never fails. For a
     * job that has ended it ends at once.
     */
    public final Flow.Publisher<RunEvent> events() {
        Observers o = observers;
        if (o == null) {
            o = new Observers(engine.callbacks(), this, List.of(), false);
            Observers other = (Observers) OBSERVERS.compareAndExchange(this, null, o);
            if (other != null) {
                o = other;
            }
            if (told.state().ended()) {
                o.end(told);
            }
        }
        return o.events();
    }

    // ---------------------------------------------------------------- waiting

    /** {@inheritDoc} */
    @Override
    public final T join() {
        if (!isDone() && waitsHere()) {
            waiters().awaitUninterruptibly(this::isDone);
        }
        try {
            return super.join();
        } catch (CancellationException e) {
            throw original(e);
        }
    }

    /** {@inheritDoc} */
    @Override
    public final T getNow(T valueIfAbsent) {
        try {
            return super.getNow(valueIfAbsent);
        } catch (CancellationException e) {
            throw original(e);
        }
    }

    /** {@inheritDoc} */
    @Override
    public final T get() throws InterruptedException, ExecutionException {
        if (!isDone() && waitsHere()) {
            waiters().await(this::isDone, Long.MAX_VALUE);
        }
        try {
            return super.get();
        } catch (CancellationException e) {
            throw original(e);
        }
    }

    /** {@inheritDoc} */
    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone() && waitsHere() && !waiters().await(this::isDone, unit.toNanos(timeout))) {
            throw new TimeoutException("the job did not end within " + timeout + " "
                    + unit.name().toLowerCase(Locale.ROOT) + "; it goes on");
        }
        try {
            return super.get(timeout, unit);
        } catch (CancellationException e) {
            throw original(e);
        }
    }

    // From Java 23 on, it comes in another one whose message is the name of the method that was called.
    private static CancellationException original(CancellationException e) {
        return e.getCause() instanceof CancellationException cause && OF_JDK.contains(String.valueOf(e.getMessage()))
                ? cause
                : e;
    }

    /** A pool that steals work wants to know of a blocked thread; the JDK's own way of waiting tells it. */
    private static boolean waitsHere() {
        return !(Thread.currentThread() instanceof ForkJoinWorkerThread);
    }

    private Waiters waiters() {
        Waiters w = waiters;
        if (w == null) {
            w = new Waiters();
            Waiters other = (Waiters) WAITERS.compareAndExchange(this, null, w);
            return other == null ? w : other;
        }
        return w;
    }

    // ---------------------------------------------------------------- ended by somebody else than its job

    /** Cancels the job, and completes this future with a {@link CancellationException}; the argument has no effect. */
    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        wakeFirst();
        boolean first = super.cancel(mayInterruptIfRunning);
        if (first) {
            abandon(new CancellationException("the job was cancelled through its future"));
        }
        return first || isCancelled();
    }

    /** Completes this future and cancels its job; see the class's comment. */
    @Override
    public final boolean complete(T value) {
        wakeFirst();
        boolean first = super.complete(value);
        if (first) {
            abandon(new CancellationException("the job's future was completed by somebody else"));
        }
        return first;
    }

    /** Completes this future and cancels its job; see the class's comment. */
    @Override
    public final boolean completeExceptionally(Throwable error) {
        wakeFirst();
        boolean first = super.completeExceptionally(error);
        if (first) {
            abandon(
                    error instanceof CancellationException || error instanceof TimeoutException
                            ? error
                            : new CancellationException(
                                    "the job's future was completed by somebody else with " + error));
        }
        return first;
    }

    /** Completes this future and cancels its job; see the class's comment. */
    @Override
    public final CompletableFuture<T> completeAsync(
            Supplier<? extends T> supplier, java.util.concurrent.Executor executor) {
        executor.execute(() -> {
            if (!isDone()) {
                try {
                    complete(supplier.get());
                } catch (Throwable e) { // as the JDK does: whatever it is, it completes the future
                    completeExceptionally(e);
                }
            }
        });
        return this;
    }

    /** Ends the job, whose result is not wanted any more. */
    private void abandon(Throwable reason) {
        abandoned = reason;
        if (!told.state().ended()) {
            told = ending(reason);
        }
        ended();
        cancelSubmission(reason);
        failTasks(reason);
        Observers o = observers;
        if (o != null) {
            o.end(told);
        }
    }

    private void cancelSubmission(Throwable reason) {
        Submission s = submission;
        if (s != null) {
            try {
                s.cancel(reason);
            } catch (RuntimeException e) {
                engine.pluginThrew("cancelling job " + key(), e);
            }
        }
    }

    /**
     * Fails this future, at its deadline or when everything is closed. The job is ended first, so that nothing of it
     * starts when its caller already knows; but a plugin that takes its time over it holds up neither this future nor
     * the timer.
     */
    final void fail(Throwable reason) {
        if (!isDone()) {
            AtomicBoolean overdue = new AtomicBoolean();
            engine.callbacks().execute(() -> {
                if (overdue.get() || !isDone()) { // the job is still to be ended if the timer was quicker
                    abandon(reason);
                    settle(null, reason);
                }
            });
            var unused = engine.after(PATIENCE_NANOS, () -> {
                overdue.set(!isDone());
                settle(null, reason);
            });
        }
    }

    /** Arms the deadline. */
    final void limit(Duration limit, long elapsedNanos) {
        Future<?> timer = engine.after(
                TimeUnit.NANOSECONDS.convert(limit) - elapsedNanos,
                () -> fail(new TaskTimeoutException(
                        "job " + name() + " (" + key() + ") did not end within its timeout of "
                                + limit.toString().substring(2).toLowerCase(Locale.ROOT) + whyWaiting(),
                        "raise the limit (withTimeout, or 'timeout' in the cluster's block of the configuration)")));
        deadline = timer;
        if (isDone()) {
            timer.cancel(false);
        }
    }

    /** What a job that never ran was waiting for: a longer timeout would not help against a host that is down. */
    private String whyWaiting() {
        JobStatus status = told;
        return status.state() == JobState.PENDING && !status.detail().isEmpty()
                ? "; it was waiting, " + status.detail()
                : "";
    }

    // ---------------------------------------------------------------- told by the executor

    /** A cluster has taken the job. */
    final void submitted(String cluster, Submission s) {
        submission = s;
        began(cluster);
        Throwable reason = abandoned;
        if (reason != null) {
            cancelSubmission(reason);
        }
    }

    /** What is told from now on, and was told meanwhile, is told to listeners. */
    final void began(String cluster) {
        Observers o = observers;
        if (o != null) {
            o.begin(new RunEvent.Submitted(key(), cluster, name(), job.tasks()));
        }
    }

    final void onStaged(long bytes) {
        Observers o = observers;
        if (o != null) {
            o.post(new RunEvent.Staged(key(), bytes));
        }
    }

    final void onRetried(int tasks, JobStatus why) {
        Observers o = observers;
        if (o != null) {
            o.post(new RunEvent.Retried(key(), tasks, why));
        }
    }

    final void onChanged(JobStatus status) {
        if (!told.state().ended()) {
            told = status;
        }
        Observers o = observers;
        if (o != null) {
            if (status.state().ended()) {
                o.end(status);
            } else {
                o.post(new RunEvent.StateChanged(key(), status));
            }
        }
    }

    final void onWorker(RuntimeReport report) {
        List<RuntimeReport> before;
        List<RuntimeReport> after;
        do {
            before = runtimes;
            List<RuntimeReport> more = new ArrayList<>(before);
            more.add(report);
            after = List.copyOf(more);
        } while (!RUNTIMES.compareAndSet(this, before, after));
        Observers o = observers;
        if (o != null) {
            o.post(new RunEvent.WorkerStarted(key(), report));
        }
    }

    final void onOutput(int task, OutputChannel channel, String text) {
        Observers o = observers;
        if (o != null) {
            o.post(new RunEvent.Output(key(), task, channel, text));
        }
    }

    /** Whether its result is not wanted any more; then it has failed or is just about to. */
    final boolean isGivenUp() {
        return abandoned != null;
    }

    final @Nullable Observers observers() {
        return observers;
    }

    /**
     * Completes this future on behalf of its job, from any thread, without running a user's code on it.
     *
     * <p>Without dependents it is completed on the spot, else by a callback thread. A dependent that is added at this
     * very moment is made to wait by {@link #newIncompleteFuture}. What is left is a future that is handed within the
     * same nanoseconds to the static {@link #allOf} or {@link #anyOf}, or to another one's {@code thenCombine} and its
     * like: these reach into it past every method.
     */
    final void settle(@Nullable Object value, @Nullable Throwable error) {
        if (PHASE.compareAndSet(this, UNTOUCHED, completingHere())) {
            if (getNumberOfDependents() == 0) {
                finish(value, error);
                return;
            }
            phase = TOUCHED;
        }
        engine.callbacks().execute(() -> {
            wakeFirst(); // not on the spot: it adds a dependent, and that waits for who completes this on the spot
            finish(value, error);
        });
    }

    @SuppressWarnings("unchecked")
    private void finish(@Nullable Object value, @Nullable Throwable error) {
        try {
            if (error == null) {
                super.complete((T) value);
            } else {
                super.completeExceptionally(error);
            }
        } finally {
            // Also if the exception's own toString() has thrown, which dependents call when they wrap it. Being done is
            // not enough for those who wait: what they add would still be found and run by the call above.
            phase = TOUCHED;
            ended();
        }
    }

    /**
     * Dependents run in the reverse order of their coming: one that comes now lets waiting threads go before a slow one
     * runs.
     */
    private void wakeFirst() {
        Waiters w = waiters;
        if (w != null && getNumberOfDependents() > 0) {
            var unused = handle((v, e) -> {
                w.wake();
                return null;
            });
        }
    }

    /** The future is complete, whoever has done it. */
    private void ended() {
        Waiters w = waiters;
        if (w != null) {
            w.wake();
        }
        engine.ended(this);
        Future<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** Called by every method of {@link CompletableFuture} that adds a dependent, before it adds it. */
    private void touch() {
        if (phase != TOUCHED && !PHASE.compareAndSet(this, UNTOUCHED, TOUCHED)) {
            int here = completingHere();
            for (int i = 0, now = phase; now != TOUCHED && now != here; i++, now = phase) {
                if (i < 1000) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(10_000); // the thread that completes it has lost its processor
                }
            }
        }
    }

    private static int completingHere() {
        return COMPLETING | (int) Thread.currentThread().getId();
    }

    /** A plain future: a continuation is no job. */
    @Override
    public final <U> CompletableFuture<U> newIncompleteFuture() {
        touch();
        return new CompletableFuture<>();
    }

    /** This future. */
    @Override
    public final CompletableFuture<T> toCompletableFuture() {
        touch();
        return this;
    }

    /** {@inheritDoc} */
    @Override
    public final CompletionStage<T> minimalCompletionStage() {
        touch();
        return super.minimalCompletionStage();
    }
}
