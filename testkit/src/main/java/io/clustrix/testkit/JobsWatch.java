package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Traits;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * Stands between core and an executor, and looks at what the executor tells of its jobs. A dialect has no executor of
 * its own: nobody can stand there.
 */
final class JobsWatch {
    private final Queue<Watched> executors = new ConcurrentLinkedQueue<>();
    private final Queue<Watch> watches = new ConcurrentLinkedQueue<>();

    /** The executor plugin of this name with this watch around it; empty if there is none. */
    Optional<ExecutorProvider<?>> between(String name) {
        for (ExecutorProvider<?> provider : ServiceLoader.load(ExecutorProvider.class)) {
            if (provider.name().equals(name)) {
                return Optional.of(new Provider<>(provider));
            }
        }
        return Optional.empty();
    }

    boolean ended() {
        return watches.stream().allMatch(w -> w.ends.get() > 0);
    }

    List<String> problems() {
        return watches.stream().flatMap(w -> w.problems.stream()).toList();
    }

    /** After it was closed, an executor takes nothing, and may be closed again. */
    void assertClosed() {
        for (Watched executor : executors) {
            Watch last = executor.last;
            if (last != null) {
                assertThrows(
                        IllegalStateException.class,
                        () -> executor.real.submit(last.job, last),
                        "submit() of an executor that is closed");
            }
            executor.real.close();
        }
    }

    private final class Provider<S extends Record> implements ExecutorProvider<S> {
        private final ExecutorProvider<S> real;

        Provider(ExecutorProvider<S> real) {
            this.real = real;
        }

        @Override
        public String name() {
            return real.name();
        }

        @Override
        public Class<S> settings() {
            return real.settings();
        }

        @Override
        public List<String> check(S settings, JobOptions options) {
            return real.check(settings, options);
        }

        @Override
        public Executor create(S settings, ExecutorContext context) {
            Watched watched = new Watched(real.create(settings, context));
            executors.add(watched);
            return watched;
        }
    }

    private final class Watched implements Executor {
        private final Executor real;
        private volatile @Nullable Watch last;

        Watched(Executor real) {
            this.real = real;
        }

        @Override
        public Traits traits() {
            return real.traits();
        }

        @Override
        public Placement placement(Job job) {
            return real.placement(job);
        }

        @Override
        public Submission submit(Job job, JobListener listener) {
            Watch watch = new Watch(job, listener);
            Submission submission = real.submit(job, watch);
            watches.add(watch);
            last = watch;
            return submission;
        }

        @Override
        public void close() {
            real.close();
        }
    }

    /** Hands on what it is told, and notes what must not be. */
    private static final class Watch implements JobListener {
        private final Job job;
        private final JobListener listener;
        private final AtomicIntegerArray completed;
        private final AtomicInteger left;
        private final AtomicInteger ends = new AtomicInteger();
        private final Queue<String> problems = new ConcurrentLinkedQueue<>();

        Watch(Job job, JobListener listener) {
            this.job = job;
            this.listener = listener;
            completed = new AtomicIntegerArray(job.tasks());
            left = new AtomicInteger(job.tasks());
        }

        private void problem(String text) {
            problems.add("job " + job.options().name() + ": " + text);
        }

        @Override
        public void changed(JobStatus status) {
            if (status.state().ended()) {
                if (ends.incrementAndGet() > 1) {
                    problem("its end was told twice");
                }
                if (left.get() > 0) {
                    problem(status.state() + " while " + left + " tasks had no end");
                }
            } else if (ends.get() > 0) {
                problem(status.state() + " after its end");
            }
            listener.changed(status);
        }

        @Override
        public void workerStarted(RuntimeReport runtime) {
            listener.workerStarted(runtime);
        }

        @Override
        public void staged(long bytes) {
            listener.staged(bytes);
        }

        @Override
        public void retried(int tasks, JobStatus why) {
            listener.retried(tasks, why);
        }

        @Override
        public boolean wantsOutput() {
            return listener.wantsOutput();
        }

        @Override
        public void output(int task, OutputChannel channel, String text) {
            if (task < -1 || task >= job.tasks()) {
                problem("output of task " + task + " of " + job.tasks());
            }
            listener.output(task, channel, text);
        }

        @Override
        public void completed(int task, TaskResult result) {
            if (completed.incrementAndGet(task) > 1) {
                problem("task " + task + " was told twice");
            } else {
                left.decrementAndGet();
            }
            if (ends.get() > 0) {
                problem("task " + task + " was told after the job's end");
            }
            listener.completed(task, result);
        }
    }
}
