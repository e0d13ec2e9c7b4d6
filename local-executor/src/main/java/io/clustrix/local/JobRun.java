package io.clustrix.local;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.ThrowableData;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One job's book: which tasks have their result, and the one way by which the listener is told, exactly once for each
 * task, whoever comes first: a worker with a result, a dead worker, a cancel.
 *
 * <p><b>Threads:</b> any.
 */
final class JobRun implements Submission {

    /** Who must be told when a job is cancelled. */
    @FunctionalInterface
    interface Runner {
        /** Ends what runs of the job. Its tasks have been completed already. Returns at once. */
        void cancelled(JobRun run);
    }

    private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);
    private static final JobStatus PENDING = JobStatus.of(JobState.PENDING, "");
    private static final JobStatus RUNNING = JobStatus.of(JobState.RUNNING, "");
    private static final JobStatus SUCCEEDED = JobStatus.of(JobState.SUCCEEDED, "");

    private static final VarHandle CLAIMED = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final VarHandle LEFT;
    private static final VarHandle STARTED;
    private static final VarHandle CANCELLED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LEFT = lookup.findVarHandle(JobRun.class, "left", int.class);
            STARTED = lookup.findVarHandle(JobRun.class, "started", boolean.class);
            CANCELLED = lookup.findVarHandle(JobRun.class, "cancelled", Throwable.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Job job;
    private final JobListener listener;
    private final Placement placement;
    private final Runner runner;
    private final byte[] claimed;
    private volatile boolean started;
    private volatile int left;
    private volatile @Nullable Throwable cancelled;
    private volatile @Nullable Throwable firstFailure;
    private @Nullable String firstWorker;
    private @Nullable Set<String> otherWorkers;

    JobRun(Job job, JobListener listener, Placement placement, Runner runner) {
        this.job = job;
        this.listener = listener;
        this.placement = placement;
        this.runner = runner;
        int tasks = job.tasks();
        claimed = new byte[tasks];
        left = tasks;
    }

    Job job() {
        return job;
    }

    @Override
    public Placement placement() {
        return placement;
    }

    /** Tells the listener that the job waits; a job without tasks has ended by that. */
    void accepted() {
        tell(PENDING);
        if (claimed.length == 0) {
            tell(SUCCEEDED);
        }
    }

    /** The first task starts now. */
    void starting() {
        if (!started && STARTED.compareAndSet(this, false, true)) {
            tell(RUNNING);
        }
    }

    /** A worker starts to work on the job; said once for each. */
    void workerStarting(RuntimeReport runtime) {
        starting();
        String worker = runtime.worker();
        synchronized (claimed) {
            if (worker.equals(firstWorker)) {
                return;
            }
            if (firstWorker == null) {
                firstWorker = worker;
            } else {
                if (otherWorkers == null) {
                    otherWorkers = new HashSet<>(4);
                }
                if (!otherWorkers.add(worker)) {
                    return;
                }
            }
        }
        try {
            listener.workerStarted(runtime);
        } catch (RuntimeException | Error e) { // whatever it is, the other tasks go on
            complain(e);
        }
    }

    /** Whether nothing of the job needs to be run any more. */
    boolean over() {
        return left == 0 || cancelled != null;
    }

    /** Whether a task has its result. */
    boolean has(int task) {
        return (byte) CLAIMED.getVolatile(claimed, task) != 0;
    }

    void output(int task, OutputChannel channel, String text) {
        try {
            listener.output(task, channel, text);
        } catch (RuntimeException | Error e) { // whatever it is, the other tasks go on
            complain(e);
        }
    }

    /** Gives a task its result, unless it has one. */
    void complete(int task, TaskResult result) {
        if (!CLAIMED.compareAndSet(claimed, task, (byte) 0, (byte) 1)) {
            return;
        }
        boolean failed = result instanceof TaskResult.Failure;
        if (failed && firstFailure == null) {
            firstFailure = ((TaskResult.Failure) result).error();
        }
        try {
            listener.completed(task, result);
        } catch (RuntimeException | Error e) { // whatever it is, the other tasks go on
            complain(e);
        }
        if ((int) LEFT.getAndAdd(this, -1) == 1) {
            ended();
        } else if (failed && job.options().onError() == ErrorPolicy.FAIL_FAST && cancelled == null) {
            cancel(new CancellationException("not run to its end, because task " + task + " failed first"));
        }
    }

    private void ended() {
        Throwable reason = cancelled;
        Throwable failure = firstFailure;
        if (reason instanceof TaskTimeoutException) {
            tell(JobStatus.of(JobState.TIMED_OUT, String.valueOf(reason.getMessage())));
        } else if (failure == null) {
            tell(SUCCEEDED);
        } else if (failure instanceof CancellationException) {
            tell(JobStatus.of(JobState.CANCELLED, String.valueOf(failure.getMessage())));
        } else if (failure instanceof TaskTimeoutException) { // a walltime was over
            tell(JobStatus.of(JobState.TIMED_OUT, String.valueOf(failure.getMessage())));
        } else if (failure instanceof WorkerDiedException died && died.death() == Death.OUT_OF_MEMORY) {
            tell(JobStatus.of(JobState.OUT_OF_MEMORY, String.valueOf(died.getMessage())));
        } else {
            tell(JobStatus.of(JobState.FAILED, ThrowableData.of(failure).toString())); // its own toString may throw
        }
    }

    @Override
    public void cancel(Throwable reason) {
        if (left == 0 || !CANCELLED.compareAndSet(this, null, reason)) {
            return;
        }
        TaskResult result = new TaskResult.Failure(reason);
        for (int i = 0; i < claimed.length && left > 0; i++) {
            complete(i, result);
        }
        runner.cancelled(this);
    }

    private void tell(JobStatus status) {
        try {
            listener.changed(status);
        } catch (RuntimeException | Error e) { // whatever it is, the other tasks go on
            complain(e);
        }
    }

    private void complain(Throwable e) {
        LOG.warn("A listener of job {} threw; its call is ignored", job.key(), e);
    }

    @Override
    public String toString() {
        return "job " + job.key() + " (" + job.options().name() + ")";
    }
}
