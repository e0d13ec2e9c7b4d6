package io.clustrix;

import io.clustrix.internal.batch.BatchExecutor;
import io.clustrix.internal.batch.Draft;
import io.clustrix.internal.wiring.ClusterHandle;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Executor;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Traits;
import io.clustrix.spi.Work;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One cluster and one set of options. The options that executors see are one object for all jobs of a submitter. */
final class ClusterSubmitter implements Submitter {
    private final Engine engine;
    private final ClusterHandle cluster;
    private final CallOptions options;
    private final JobOptions jobOptions;
    private final @Nullable Duration timeout;

    ClusterSubmitter(Engine engine, ClusterHandle cluster, CallOptions options) {
        this.engine = engine;
        this.cluster = cluster;
        this.options = options;
        this.jobOptions = options.over(cluster.resources());
        this.timeout = options.timeout().or(cluster::timeout).orElse(null);
    }

    private Submitter with(CallOptions changed) {
        return new ClusterSubmitter(engine, cluster, changed);
    }

    @Override
    public String cluster() {
        return cluster.name();
    }

    ClusterHandle handle() {
        return cluster;
    }

    JobOptions jobOptions() {
        return jobOptions;
    }

    @Override
    public Submitter withResources(Resources resources) {
        return with(options.resources(resources));
    }

    @Override
    public Submitter withResources(UnaryOperator<Resources.Builder> change) {
        return with(
                options.resources(change.apply(options.resources().toBuilder()).build()));
    }

    @Override
    public Submitter withTimeout(Duration limit) {
        return with(options.timeout(limit));
    }

    @Override
    public Submitter withName(String name) {
        return with(options.name(name));
    }

    @Override
    public Submitter withChunkSize(int tasks) {
        return with(options.chunkSize(tasks));
    }

    @Override
    public Submitter onError(ErrorPolicy policy) {
        return with(options.onError(policy));
    }

    @Override
    public Submitter withVariable(String name, String value) {
        Map<String, String> all = new TreeMap<>(options.variables());
        all.put(name, value);
        return with(options.variables(all));
    }

    @Override
    public Submitter withDirectory(Path directory) {
        return with(options.directory(directory));
    }

    @Override
    public Submitter withListener(RunListener listener) {
        List<GuardedListener> all = new ArrayList<>(options.listeners());
        all.add(new GuardedListener(listener));
        return with(options.listeners(List.copyOf(all)));
    }

    @Override
    public <T extends @Nullable Object> JobFuture<T> submit(RemoteCallable<T> task) {
        Work work = new Work.Call(Objects.requireNonNull(task, "task"));
        CallFuture<T> future = new CallFuture<>(engine, job(work), options.listeners());
        start(future, future);
        return future;
    }

    @Override
    public JobFuture<@Nullable Void> submit(RemoteRunnable task) {
        return submit(new RunnableCall(Objects.requireNonNull(task, "task")));
    }

    @Override
    public <A extends @Nullable Object, B extends @Nullable Object> MapFuture<B> map(
            Iterable<? extends A> items, RemoteFunction<? super A, ? extends B> function) {
        return run(new Work.Each(Objects.requireNonNull(function, "function"), copied(items)));
    }

    @Override
    public <B extends @Nullable Object> MapFuture<B> map(int from, int to, RemoteIntFunction<? extends B> function) {
        return run(new Work.Range(Objects.requireNonNull(function, "function"), from, to));
    }

    @Override
    public <A extends @Nullable Object> MapFuture<@Nullable Void> forEach(
            Iterable<? extends A> items, RemoteConsumer<? super A> action) {
        return run(new Work.Each(new ConsumerFunction<>(Objects.requireNonNull(action, "action")), copied(items)));
    }

    @Override
    public Placement explain(RemoteCallable<?> task) {
        return cluster.executor().placement(job(new Work.Call(Objects.requireNonNull(task, "task"))));
    }

    @Override
    public Preview preview(RemoteCallable<?> task) throws InterruptedException {
        return preview(new Work.Call(Objects.requireNonNull(task, "task")));
    }

    @Override
    public <A extends @Nullable Object> Preview preview(
            Iterable<? extends A> items, RemoteFunction<? super A, ?> function) throws InterruptedException {
        return preview(new Work.Each(Objects.requireNonNull(function, "function"), copied(items)));
    }

    private Preview preview(Work work) throws InterruptedException {
        Job job = job(work);
        Executor executor = cluster.executor();
        Placement placement = executor.placement(job);
        if (!(executor instanceof BatchExecutor batch) || work.tasks() == 0) {
            return new Preview(placement, work.tasks(), 0, List.of(), List.of());
        }
        List<Preview.Submission> submissions = new ArrayList<>();
        int elements = 0;
        for (Draft d : batch.draft(job)) {
            submissions.add(
                    new Preview.Submission(d.directory(), d.scriptName(), d.script(), d.command(), d.elements()));
            elements += d.elements();
        }
        return new Preview(placement, work.tasks(), elements, submissions, batch.workersClassPath());
    }

    @Override
    public Traits traits() {
        return cluster.executor().traits();
    }

    private static List<@Nullable Object> copied(Iterable<?> items) {
        if (items instanceof Collection<?> c) {
            return Arrays.asList(c.toArray());
        }
        List<@Nullable Object> list = new ArrayList<>();
        items.forEach(list::add);
        return list;
    }

    private Job job(Work work) {
        return new Job(engine.nextKey(), work, jobOptions);
    }

    private <B extends @Nullable Object> MapFuture<B> run(Work work) {
        MapRun<B> future = new MapRun<>(engine, job(work), options.listeners());
        if (work.tasks() == 0) {
            future.nothingToDo(cluster.name());
        } else {
            start(future, future);
        }
        return future;
    }

    private void start(JobFuture<?> future, JobListener listener) {
        long began = timeout == null ? 0 : System.nanoTime();
        boolean taken = false;
        engine.began(future);
        try {
            future.submitted(cluster.name(), cluster.executor().submit(future.job, listener));
            taken = true;
        } finally {
            if (!taken) {
                engine.refused(future);
            }
        }
        if (timeout != null && !future.isDone()) {
            future.limit(timeout, System.nanoTime() - began);
        }
    }
}
