package io.clustrix;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Executor;
import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.ExecutorProvider;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Submission;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * An executor plugin for tests: runs tasks on a few threads of its own, named executor-N, and remembers what it was
 * asked.
 */
final class ThreadCluster implements ExecutorProvider<ThreadCluster.Settings> {

    /** No settings. */
    record Settings() {}

    private final String name;
    private final int threads;
    private final AtomicInteger numbers = new AtomicInteger();

    /** Whether tasks and results go through the codec, as if to another JVM. */
    volatile boolean ships;

    /** Whether cancelling is ignored, also by what has not started. */
    volatile boolean stubborn;

    final List<Job> jobs = new CopyOnWriteArrayList<>();
    final List<Throwable> cancelled = new CopyOnWriteArrayList<>();
    final List<Runner> made = new CopyOnWriteArrayList<>();
    final AtomicInteger tasksStarted = new AtomicInteger();

    ThreadCluster(String name, int threads) {
        this.name = name;
        this.threads = threads;
    }

    /** A Clustrix with one cluster named "test" and this plugin. */
    Clustrix.Builder clustrix() {
        return Clustrix.builder()
                .executorProvider(this)
                .set("clusters.test.executor", name)
                .defaultCluster("test");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Class<Settings> settings() {
        return Settings.class;
    }

    @Override
    public List<String> check(Settings settings, JobOptions options) {
        return options.resources().gpus().isPresent() ? List.of("there are no gpus here") : List.of();
    }

    @Override
    public Executor create(Settings settings, ExecutorContext context) {
        Runner runner = new Runner(context);
        made.add(runner);
        return runner;
    }

    final class Runner implements Executor {
        private final ExecutorContext context;
        private final ExecutorService pool = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "executor-" + numbers.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        private final List<Running> running = new CopyOnWriteArrayList<>();
        volatile boolean closed;

        Runner(ExecutorContext context) {
            this.context = context;
        }

        @Override
        public Traits traits() {
            return new Traits(Set.of(), Integer.MAX_VALUE, Duration.ZERO);
        }

        @Override
        public Placement placement(Job job) {
            return new Placement("threads", "it is a test of " + job.options().name());
        }

        @Override
        public Submission submit(Job job, JobListener listener) {
            if (closed) {
                throw new IllegalStateException("the executor is closed");
            }
            jobs.add(job);
            Running r = new Running(job, listener, ships ? shipped(job.work()) : job.work());
            running.add(r);
            listener.changed(JobStatus.of(JobState.PENDING, "queued"));
            for (int i = 0; i < job.tasks(); i++) {
                int task = i;
                pool.execute(() -> r.run(task));
            }
            return r;
        }

        private Work shipped(Work work) {
            Object function = through(work.function());
            if (work instanceof Work.Each each) {
                return new Work.Each(
                        (RemoteFunction<?, ?>) function,
                        each.items().stream().map(this::through).toList());
            }
            return work instanceof Work.Range range
                    ? new Work.Range((RemoteIntFunction<?>) function, range.from(), range.to())
                    : new Work.Call((RemoteCallable<?>) function);
        }

        Object through(Object value) {
            byte[] bytes = context.codec().encode(value);
            return context.codec().decode(bytes, 0, bytes.length);
        }

        @Override
        public void close() {
            closed = true;
            running.forEach(r -> r.cancelNow(new CancellationException("the executor was closed")));
            pool.shutdownNow();
        }

        private final class Running implements Submission {
            private final Job job;
            private final JobListener listener;
            private final Work work;
            private final AtomicIntegerArray claimed;
            private final AtomicInteger left;
            private final AtomicInteger started = new AtomicInteger();
            private volatile Throwable reason;

            Running(Job job, JobListener listener, Work work) {
                this.job = job;
                this.listener = listener;
                this.work = work;
                claimed = new AtomicIntegerArray(job.tasks());
                left = new AtomicInteger(job.tasks());
            }

            @Override
            public Placement placement() {
                return Runner.this.placement(job);
            }

            @Override
            public void cancel(Throwable why) {
                cancelled.add(why);
                if (!stubborn) {
                    cancelNow(why);
                }
            }

            private void cancelNow(Throwable why) {
                reason = why;
                for (int i = 0; i < claimed.length(); i++) {
                    complete(i, new TaskResult.Failure(why));
                }
            }

            void run(int task) {
                if (reason != null) {
                    return;
                }
                tasksStarted.incrementAndGet();
                if (started.getAndIncrement() == 0) {
                    listener.changed(JobStatus.of(JobState.RUNNING, ""));
                    listener.workerStarted(new RuntimeReport("w1", "here", 1, "17", "test", "linux"));
                }
                TaskResult result;
                try {
                    Object value = call(task).call();
                    listener.output(task, OutputChannel.STDOUT, "task " + task + "\n");
                    result = new TaskResult.Success(ships ? through(value) : value);
                } catch (Throwable t) {
                    result = new TaskResult.Failure(t);
                }
                complete(task, result);
                if (result instanceof TaskResult.Failure && job.options().onError() == ErrorPolicy.FAIL_FAST) {
                    cancelNow(new CancellationException("another task failed"));
                }
            }

            @SuppressWarnings("unchecked")
            private Callable<?> call(int task) {
                if (work instanceof Work.Each each) {
                    return () -> ((RemoteFunction<Object, Object>) each.function())
                            .apply(each.items().get(task));
                }
                return work instanceof Work.Range range
                        ? () -> range.function().apply(range.from() + task)
                        : ((Work.Call) work).function();
            }

            private void complete(int task, TaskResult result) {
                if (claimed.compareAndSet(task, 0, 1)) {
                    listener.completed(task, result);
                    if (left.decrementAndGet() == 0) {
                        running.remove(this);
                        listener.changed(JobStatus.of(
                                reason != null
                                        ? JobState.CANCELLED
                                        : result instanceof TaskResult.Failure ? JobState.FAILED : JobState.SUCCEEDED,
                                "said by the executor"));
                    }
                }
            }
        }
    }
}
