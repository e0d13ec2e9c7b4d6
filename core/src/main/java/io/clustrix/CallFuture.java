package io.clustrix;

import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The future of one call; the executor talks to it directly. */
final class CallFuture<T extends @Nullable Object> extends JobFuture<T> implements JobListener {

    CallFuture(Engine engine, Job job, List<GuardedListener> listeners) {
        super(engine, job, listeners);
    }

    @Override
    public void completed(int task, TaskResult result) {
        Observers o = observers();
        if (o != null) {
            o.post(new RunEvent.TaskCompleted(key(), TaskOutcome.of(task, result)));
        }
        if (result instanceof TaskResult.Success s) {
            settle(s.value(), null);
        } else {
            settle(null, ((TaskResult.Failure) result).error());
        }
        if (o != null) {
            o.progressed();
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

    @Override
    Progress tasksNow() {
        boolean failed = isCompletedExceptionally();
        return new Progress(1, isDone() && !failed ? 1 : 0, failed && !isCancelled() ? 1 : 0, isCancelled() ? 1 : 0);
    }

    @Override
    void failTasks(Throwable reason) {
        // the one task is this future, and that is complete
    }
}
