package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of our Jobs and their pods, by one watch of each. Both belong to a submission, which is the label
 * {@link JobManifest#NAME_LABEL}, or else the Job's name. Nothing is asked for while nothing happens, but for a new
 * watch every few minutes and a list now and then. Thread-safe.
 */
final class ClusterWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);

    /** So many Jobs that are gone are remembered. */
    private static final int REMEMBERED = 5000;

    private final Reflection<Job> jobReflection;
    private final Reflection<Pod> podReflection;
    private final Consumer<String> listener;
    private final Kind<Job> jobs = new Kind<>();
    private final Kind<Pod> pods = new Kind<>();
    private final Map<String, Map<String, Job>> jobsOf = new HashMap<>();
    private final Map<String, Map<String, Pod>> podsOf = new HashMap<>();

    /** The pods of a Job that were deleted while the Job is there, as they were last seen. */
    private final Map<String, Map<String, Pod>> departed = new HashMap<>();

    private final Map<String, Gone> gone = bounded();
    private final Map<String, Boolean> expected = bounded();
    private final Set<String> changed = new LinkedHashSet<>();
    private final List<Thread> threads = new ArrayList<>();
    private boolean started;
    private boolean closed;

    /**
     * A Job that was there and is not any more.
     *
     * @param job as it was last seen
     * @param pods its pods as they were last seen
     * @param expected whether we deleted it
     */
    record Gone(Job job, List<Pod> pods, boolean expected) {
        /** Whether it had succeeded before; then it does not matter that it is gone. */
        boolean succeeded() {
            return isTrue(job, "Complete");
        }

        /** Whether it had failed before. */
        boolean failed() {
            return isTrue(job, "Failed");
        }
    }

    /** What is known of one kind of objects. */
    private static final class Kind<T> {
        private final Map<String, T> known = new LinkedHashMap<>();
        private boolean synced;
        private @Nullable ClustrixException failure;
    }

    /**
     * Asks for nothing yet.
     *
     * @param labels of our Jobs and pods
     * @param listener is told the name of each submission of which a Job or a pod has changed, on a thread for that;
     *     many changes at once may be told as one
     */
    ClusterWatch(Api api, Map<String, String> labels, Consumer<String> listener) {
        this(api, labels, listener, Reflection.Limits.STANDARD);
    }

    ClusterWatch(Api api, Map<String, String> labels, Consumer<String> listener, Reflection.Limits limits) {
        this.listener = listener;
        this.jobReflection =
                new Reflection<>(api, "Jobs", api::jobs, labels, Job.class, JobList.class, new JobSink(), limits);
        this.podReflection =
                new Reflection<>(api, "pods", api::pods, labels, Pod.class, PodList.class, new PodSink(), limits);
    }

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    /** Whether a Job has a condition that is final. */
    static boolean isTrue(Job job, String condition) {
        List<JobCondition> all =
                job.getStatus() == null ? null : job.getStatus().getConditions();
        return all != null && all.stream().anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
    }

    /** Begins to watch. Calling it again does nothing. */
    synchronized void start() {
        if (started || closed) {
            return;
        }
        started = true;
        thread("jobs", jobReflection);
        thread("pods", podReflection);
        thread("news", this::tell);
    }

    private void thread(String what, Runnable task) {
        Thread thread = Daemons.thread("clustrix-k8s-watch-" + what, task);
        threads.add(thread);
        thread.start();
    }

    /** Whether all that is there has been seen once. */
    synchronized boolean isSynced() {
        return jobs.synced && pods.synced;
    }

    /**
     * Waits until all that is there has been seen once.
     *
     * @throws ClustrixException what keeps it from that: at once if waiting doesn't mend it, else at the end
     */
    synchronized void awaitSynced(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!isSynced()) {
            ClustrixException why = failure().orElse(null);
            long left = deadline - System.nanoTime();
            if (why != null && (left <= 0 || !why.retryable())) {
                throw why;
            }
            if (closed || left <= 0) {
                throw new HostException(
                        closed
                                ? "the watch of Jobs was closed"
                                : "Kubernetes did not list Jobs and pods within " + limit.toSeconds() + " s",
                        "its API server may be overloaded");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** What keeps it from knowing the present state, if anything does now. */
    synchronized Optional<ClustrixException> failure() {
        return Optional.ofNullable(jobs.failure != null ? jobs.failure : pods.failure);
    }

    /** A Job by its name. */
    synchronized Optional<Job> job(String name) {
        return Optional.ofNullable(jobs.known.get(name));
    }

    /** The Jobs of a submission that are there: one, or one for each element. */
    synchronized List<Job> jobs(String submission) {
        return List.copyOf(jobsOf.getOrDefault(submission, Map.of()).values());
    }

    /** A pod by its name. */
    synchronized Optional<Pod> pod(String name) {
        return Optional.ofNullable(pods.known.get(name));
    }

    /** The pods of a submission that are there. */
    synchronized List<Pod> pods(String submission) {
        return List.copyOf(podsOf.getOrDefault(submission, Map.of()).values());
    }

    /** A Job that was seen and is gone; the oldest of many are forgotten. */
    synchronized Optional<Gone> gone(String job) {
        return Optional.ofNullable(gone.get(job));
    }

    /** We are about to delete a Job, so that nobody wonders who did. */
    synchronized void expectDeletion(String job) {
        expected.put(job, true);
    }

    /** A Job as the server answered when it was made: the watch tells of it a moment later. */
    void made(Job job) {
        new JobSink().put(job);
    }

    /** Looks at everything anew, where the watch may have missed something. */
    void refresh() {
        jobReflection.refresh();
        podReflection.refresh();
    }

    // ---------------------------------------------------------------- changes

    private void change(@Nullable String job) {
        if (job != null) {
            changed.add(job);
        }
        notifyAll();
    }

    private void tell() {
        try {
            while (true) {
                List<String> names;
                synchronized (this) {
                    while (changed.isEmpty() && !closed) {
                        TimeUnit.MINUTES.timedWait(this, 1);
                    }
                    if (closed) {
                        return;
                    }
                    names = List.copyOf(changed);
                    changed.clear();
                }
                for (String name : names) {
                    try {
                        listener.accept(name);
                    } catch (RuntimeException e) {
                        LOG.warn("a change of the Job {} could not be told", name, e);
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more changes are told");
        }
    }

    private static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }

    private static @Nullable String jobOf(Pod pod) {
        Map<String, String> labels = pod.getMetadata().getLabels();
        if (labels != null && labels.get("job-name") != null) {
            return labels.get("job-name");
        }
        if (labels != null && labels.get("batch.kubernetes.io/job-name") != null) {
            return labels.get("batch.kubernetes.io/job-name");
        }
        List<OwnerReference> owners = pod.getMetadata().getOwnerReferences();
        for (OwnerReference owner : owners == null ? List.<OwnerReference>of() : owners) {
            if ("Job".equals(owner.getKind())) {
                return owner.getName();
            }
        }
        return null;
    }

    private static String submission(HasMetadata object, String otherwise) {
        Map<String, String> labels = object.getMetadata().getLabels();
        String name = labels == null ? null : labels.get(JobManifest.NAME_LABEL);
        return name == null ? otherwise : name;
    }

    private static <T extends HasMetadata> void add(Map<String, Map<String, T>> to, String submission, T object) {
        to.computeIfAbsent(submission, k -> new LinkedHashMap<>()).put(name(object), object);
    }

    private static <T extends HasMetadata> void remove(Map<String, Map<String, T>> from, String submission, T object) {
        Map<String, T> of = from.get(submission);
        if (of != null) {
            of.remove(name(object));
            if (of.isEmpty()) {
                from.remove(submission);
            }
        }
    }

    private static boolean isOlder(HasMetadata object, @Nullable String version) {
        try {
            return version == null
                    || Long.parseLong(object.getMetadata().getResourceVersion()) <= Long.parseLong(version);
        } catch (NumberFormatException e) {
            return true;
        }
    }

    private static boolean isSame(HasMetadata a, HasMetadata b) {
        return a.getMetadata().getUid() == null
                || a.getMetadata().getUid().equals(b.getMetadata().getUid());
    }

    /** Takes all of one kind. */
    private abstract class ObjectSink<T extends HasMetadata> implements Reflection.Sink<T> {
        private final Kind<T> kind;

        ObjectSink(Kind<T> kind) {
            this.kind = kind;
        }

        abstract void enter(T object);

        abstract void leave(T object);

        @Override
        public void all(List<T> objects, String version) {
            synchronized (ClusterWatch.this) {
                Set<String> there = new HashSet<>();
                for (T object : objects) {
                    there.add(name(object));
                    put(object);
                }
                for (T old : List.copyOf(kind.known.values())) {
                    // What was made since is not in the list, and not gone.
                    if (!there.contains(name(old)) && isOlder(old, version)) {
                        removed(old);
                    }
                }
                kind.synced = true;
                kind.failure = null;
                change(null);
            }
        }

        @Override
        public void put(T object) {
            synchronized (ClusterWatch.this) {
                // Nobody needs them, and they are half of its size.
                object.getMetadata().setManagedFields(null);
                T old = kind.known.get(name(object));
                if (old != null && !isSame(old, object)) {
                    if (isOlder(object, old.getMetadata().getResourceVersion())) {
                        return;
                    }
                    removed(old);
                } else if (old != null && isOlder(object, old.getMetadata().getResourceVersion())) {
                    return;
                }
                kind.known.put(name(object), object);
                enter(object);
            }
        }

        @Override
        public void removed(T object) {
            synchronized (ClusterWatch.this) {
                T old = kind.known.get(name(object));
                if (old == null || !isSame(old, object)) {
                    return;
                }
                kind.known.remove(name(object));
                leave(object);
            }
        }

        @Override
        public void failed(ClustrixException why) {
            synchronized (ClusterWatch.this) {
                if (kind.failure == null) {
                    LOG.debug("the state of the cluster is not known at present", why);
                }
                kind.failure = why;
                change(null);
            }
        }

        @Override
        public void works() {
            synchronized (ClusterWatch.this) {
                kind.failure = null;
            }
        }
    }

    private final class JobSink extends ObjectSink<Job> {
        JobSink() {
            super(jobs);
        }

        @Override
        void enter(Job job) {
            String submission = submission(job, name(job));
            gone.remove(name(job));
            add(jobsOf, submission, job);
            change(submission);
        }

        @Override
        void leave(Job job) {
            String name = name(job);
            String submission = submission(job, name);
            remove(jobsOf, submission, job);
            List<Pod> last = new ArrayList<>();
            for (Pod pod : podsOf.getOrDefault(submission, Map.of()).values()) {
                if (name.equals(jobOf(pod))) {
                    last.add(pod);
                }
            }
            Map<String, Pod> before = departed.remove(name);
            if (before != null) {
                last.addAll(before.values());
            }
            boolean ours = expected.remove(name) != null;
            gone.put(name, new Gone(job, List.copyOf(last), ours));
            change(submission);
        }
    }

    private final class PodSink extends ObjectSink<Pod> {
        PodSink() {
            super(pods);
        }

        @Override
        void enter(Pod pod) {
            String job = jobOf(pod);
            if (job != null) {
                add(podsOf, submission(pod, job), pod);
                change(submission(pod, job));
            }
        }

        @Override
        void leave(Pod pod) {
            String job = jobOf(pod);
            if (job == null) {
                return;
            }
            remove(podsOf, submission(pod, job), pod);
            if (jobs.known.containsKey(job)) {
                departed.computeIfAbsent(job, k -> bounded()).put(name(pod), pod);
            }
            change(submission(pod, job));
        }
    }

    /** Ends the watches. Calling it again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            notifyAll();
        }
        jobReflection.close();
        podReflection.close();
        boolean interrupted = false;
        Collection<Thread> all;
        synchronized (this) {
            all = List.copyOf(threads);
        }
        for (Thread thread : all) {
            try {
                if (!Thread.currentThread().equals(thread)) {
                    thread.join(TimeUnit.SECONDS.toMillis(2));
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
