package io.clustrix.guice;

import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Traits;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Runs single calls on a thread each, after they went through the codec as if to another JVM. */
final class ShippingCluster implements ExecutorProvider<ShippingCluster.Settings> {

    /** No settings. */
    record Settings() {}

    final List<Job> jobs = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
        return "shipping";
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public Executor create(Settings settings, ExecutorContext context) {
        return new Executor() {
            @Override
            public Traits traits() {
                return new Traits(Set.of(), 1, Duration.ZERO);
            }

            @Override
            public Placement placement(Job job) {
                return new Placement("threads", "a test");
            }

            @Override
            public Submission submit(Job job, JobListener listener) {
                jobs.add(job);
                byte[] bytes = context.codec().encode(job.work().function());
                Thread thread = new Thread(() -> run(bytes, listener), "shipping-" + jobs.size());
                thread.setDaemon(true);
                thread.start();
                return new Submission() {
                    @Override
                    public Placement placement() {
                        return new Placement("threads", "a test");
                    }

                    @Override
                    public void cancel(Throwable reason) {
                        thread.interrupt();
                    }
                };
            }

            private void run(byte[] bytes, JobListener listener) {
                TaskResult result;
                try {
                    RemoteCallable<?> task = (RemoteCallable<?>)
                            Objects.requireNonNull(context.codec().decode(bytes, 0, bytes.length));
                    byte[] value = context.codec().encode(task.call());
                    result = new TaskResult.Success(context.codec().decode(value, 0, value.length));
                } catch (Throwable t) {
                    result = new TaskResult.Failure(t);
                }
                listener.completed(0, result);
                listener.changed(
                        JobStatus.of(result instanceof TaskResult.Success ? JobState.SUCCEEDED : JobState.FAILED, ""));
            }

            @Override
            public void close() {
                // threads are daemons of tests
            }
        };
    }
}
