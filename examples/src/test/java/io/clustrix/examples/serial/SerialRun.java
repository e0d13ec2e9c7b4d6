package io.clustrix.examples.serial;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Work;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/** One job. The listener hears of each task exactly once, whether it ran or was cancelled, whoever comes first. */
final class SerialRun implements Submission {
    private final Job job;
    private final JobListener listener;
    private final Duration pause;
    private final AtomicIntegerArray told;
    private final AtomicInteger left;
    private volatile @Nullable Throwable cancelled;
    private volatile @Nullable Throwable failure;

    SerialRun(Job job, JobListener listener, Duration pause) {
        this.job = job;
        this.listener = listener;
        this.pause = pause;
        told = new AtomicIntegerArray(job.tasks());
        left = new AtomicInteger(job.tasks());
    }

    @Override
    public Placement placement() {
        return SerialExecutor.PLACEMENT;
    }

    void run() {
        if (cancelled == null) {
            listener.changed(JobStatus.of(JobState.RUNNING, ""));
        }
        for (int task = 0; task < job.tasks() && cancelled == null; task++) {
            complete(task, result(task));
        }
    }

    private TaskResult result(int task) {
        try {
            Thread.sleep(pause.toMillis());
            return new TaskResult.Success(value(task));
        } catch (Throwable t) { // whatever the user's code throws is its result
            return new TaskResult.Failure(t);
        }
    }

    @SuppressWarnings("unchecked")
    private @Nullable Object value(int task) throws Exception {
        Work work = job.work();
        if (work instanceof Work.Call call) {
            return call.function().call();
        }
        if (work instanceof Work.Each each) {
            return ((RemoteFunction<@Nullable Object, @Nullable Object>) each.function())
                    .apply(each.items().get(task));
        }
        Work.Range range = (Work.Range) work;
        return ((RemoteIntFunction<?>) range.function()).apply(range.from() + task);
    }

    private void complete(int task, TaskResult result) {
        if (!told.compareAndSet(task, 0, 1)) {
            return;
        }
        if (result instanceof TaskResult.Failure f && failure == null) {
            failure = f.error();
        }
        listener.completed(task, result);
        if (left.decrementAndGet() == 0) {
            end();
        } else if (result instanceof TaskResult.Failure && job.options().onError() == ErrorPolicy.FAIL_FAST) {
            cancel(new CancellationException("task " + task + " failed"));
        }
    }

    private void end() {
        Throwable why = failure;
        if (why == null) {
            listener.changed(JobStatus.of(JobState.SUCCEEDED, ""));
        } else if (why instanceof CancellationException) {
            listener.changed(JobStatus.of(JobState.CANCELLED, why.toString()));
        } else {
            listener.changed(JobStatus.of(JobState.FAILED, why.toString()));
        }
    }

    @Override
    public void cancel(Throwable reason) {
        if (cancelled == null) {
            cancelled = reason;
            for (int task = 0; task < job.tasks(); task++) {
                complete(task, new TaskResult.Failure(reason));
            }
        }
    }
}
