package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.ErrorPolicy;
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
import io.clustrix.spi.WorkerDiedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the executor promises to whoever listens: each task's end once, the job's end once and last. */
@Timeout(90)
class ListenerContractTest {

    @TempDir
    private Path directory;

    private final Queue<Watch> watches = new ConcurrentLinkedQueue<>();
    private final CountDownLatch told = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** The local executor with somebody between it and its listeners. */
    private final class Watched<S extends Record> implements ExecutorProvider<S> {
        private final ExecutorProvider<S> real;

        Watched(ExecutorProvider<S> real) {
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
            Executor executor = real.create(settings, context);
            return new Executor() {
                @Override
                public Traits traits() {
                    return executor.traits();
                }

                @Override
                public Placement placement(Job job) {
                    return executor.placement(job);
                }

                @Override
                public Submission submit(Job job, JobListener listener) {
                    Watch watch = new Watch(job, listener);
                    watches.add(watch);
                    return executor.submit(job, watch);
                }

                @Override
                public void close() {
                    executor.close();
                }
            };
        }
    }

    /** Hands on what it is told, and notes what must not be. */
    private final class Watch implements JobListener {
        private final Job job;
        private final JobListener listener;
        private final AtomicIntegerArray completed;
        private final AtomicInteger left;
        private final AtomicInteger ends = new AtomicInteger();
        private final Queue<String> problems = new ConcurrentLinkedQueue<>();

        Watch(Job job, JobListener listener) {
            this.job = job;
            this.listener = listener;
            this.completed = new AtomicIntegerArray(job.tasks());
            this.left = new AtomicInteger(job.tasks());
        }

        @Override
        public void changed(JobStatus status) {
            if (status.state().ended()) {
                ends.incrementAndGet();
                if (left.get() > 0) {
                    problems.add(status.state() + " while " + left + " tasks had no end");
                }
            } else if (ends.get() > 0) {
                problems.add(status.state() + " after the end");
            }
            listener.changed(status);
        }

        @Override
        public void workerStarted(RuntimeReport runtime) {
            listener.workerStarted(runtime);
        }

        @Override
        public void output(int task, OutputChannel channel, String text) {
            if (task < 0 || task >= job.tasks()) {
                problems.add("output of task " + task + " of " + job.tasks());
            }
            listener.output(task, channel, text);
        }

        @Override
        public void completed(int task, TaskResult result) {
            if (completed.incrementAndGet(task) > 1) {
                problems.add("task " + task + " ended twice");
            }
            if (ends.get() > 0) {
                problems.add("task " + task + " ended after the job");
            }
            if (job.options().name().equals("held")) {
                hold();
            }
            listener.completed(task, result);
            left.decrementAndGet();
        }
    }

    private static void burst(Clustrix clustrix) throws Exception {
        List<JobFuture<Integer>> jobs = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            int n = i;
            jobs.add(clustrix.submit(() -> n));
        }
        for (int i = 0; i < jobs.size(); i++) {
            assertThat(jobs.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(i);
        }
    }

    private void hold() {
        told.countDown();
        try {
            if (!goOn.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody lets it go on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Clustrix open(String mode) {
        ExecutorProvider<?> local = ServiceLoader.load(ExecutorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("local"))
                .findFirst()
                .orElseThrow();
        return SharedClusters.builder(directory, mode)
                .executorProvider(new Watched<>(local))
                .open();
    }

    @Test
    @DisplayName("while the end of a worker is still being told, nothing is given to that worker")
    void slowEnd() throws Exception {
        try (Clustrix clustrix = open("processes")) {
            burst(clustrix); // units are that quick that a worker gets several ahead
            JobFuture<Integer> held = clustrix.withName("held").submit(() -> {
                Runtime.getRuntime().halt(3);
                return 0;
            });
            try {
                assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
                burst(clustrix);
            } finally {
                goOn.countDown();
            }
            assertThat(held.handle((v, e) -> e).get(60, TimeUnit.SECONDS)).isInstanceOf(WorkerDiedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName(
            "through failures, deaths, cancels, timeouts and close each task ends once, and the job once, after all of them")
    void contract(String mode) throws Exception {
        boolean processes = mode.equals("processes");
        List<JobFuture<?>> futures = new ArrayList<>();
        Random random = new Random(7);
        try (Clustrix clustrix = open(mode)) {
            clustrix.map(0, 100, i -> i).join();
            for (int round = 0; round < 100; round++) {
                int n = round;
                int kind = random.nextInt(processes ? 7 : 6);
                Submitter collect =
                        clustrix.onError(random.nextBoolean() ? ErrorPolicy.COLLECT : ErrorPolicy.FAIL_FAST);
                JobFuture<?> future = switch (kind) {
                    case 0 -> clustrix.submit(() -> n);
                    case 1 -> collect.map(0, 200, i -> i);
                    case 2 ->
                        collect.map(0, 50, i -> {
                            if (i % 20 == 11) {
                                throw new IllegalStateException("task " + i);
                            }
                            if (processes) {
                                System.out.println(i);
                            }
                            return i;
                        });
                    case 3 ->
                        collect.withTimeout(Duration.ofMillis(1 + random.nextInt(20)))
                                .map(0, 500, i -> {
                                    Thread.sleep(i % 3);
                                    return i;
                                });
                    case 4, 5 ->
                        collect.map(0, 500, i -> {
                            Thread.sleep(i % 2);
                            return i;
                        });
                    default ->
                        collect.map(0, 20, i -> {
                            if (i == 7) {
                                Runtime.getRuntime().halt(1);
                            }
                            return i;
                        });
                };
                futures.add(future);
                if (kind == 4) {
                    Thread.sleep(random.nextInt(10));
                    future.cancel(true);
                } else if (kind == 5) {
                    future.cancel(true);
                }
                if (round == 80) {
                    for (JobFuture<?> f : futures) {
                        f.handle((v, e) -> 0).get(30, TimeUnit.SECONDS);
                    }
                }
            }
        }
        for (JobFuture<?> future : futures) {
            future.handle((v, e) -> 0).get(10, TimeUnit.SECONDS);
        }
        Await.until("every job has been told its end", () -> watches.stream().allMatch(w -> w.ends.get() > 0));
        for (Watch watch : watches) {
            assertThat(watch.problems).as("job " + watch.job.key()).isEmpty();
            assertThat(watch.ends).as("ends of job " + watch.job.key()).hasValue(1);
            assertThat(watch.left)
                    .as("tasks of job " + watch.job.key() + " without an end")
                    .hasValue(0);
        }
    }
}
