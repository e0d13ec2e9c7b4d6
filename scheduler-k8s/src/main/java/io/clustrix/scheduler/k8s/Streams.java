package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.PodStream.End;
import io.clustrix.scheduler.k8s.PodStream.Outcome;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams to all pods of one cluster: begins one for each pod of ours that runs, and keeps what came of it. Owns a
 * thread for each stream, which waits nearly always, and one that watches for silence.
 */
final class Streams implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);

    /** A pod whose node does not answer is not given up before the cluster has. */
    private static final PodStream.Times TIMES =
            new PodStream.Times(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofMinutes(10));

    /** With each beat a lease is renewed, and how long it holds is not known here. */
    private static final PodStream.Times LEASED =
            new PodStream.Times(Duration.ofSeconds(2), TIMES.silence(), TIMES.patience());

    /** So many streams may look often; more of them look every two seconds, as a node can be busy with looking. */
    private static final int QUICK = 16;

    private static final long CLOSE_SECONDS = 5;

    private final Exec exec;
    private final PodScripts scripts = new PodScripts();
    private final Archives archives;
    private final Predicate<String> isAlive;
    private final BooleanSupplier answers;
    private final Unwanted unwanted;
    private final Runnable changed;
    private final ThreadPoolExecutor threads;
    private final ScheduledExecutorService alarm;
    private final Map<String, PodStream> open = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Makes what a pod gets. */
    interface Archives {
        List<Path> of(Served.Feed feed) throws IOException, InterruptedException;
    }

    /** Has a pod ended whose element is decided. Does not wait. */
    interface Unwanted {
        void end(Served served, int index, String pod);
    }

    /**
     * None yet.
     *
     * @param isAlive whether a pod may still be there, by its name
     * @param answers whether the cluster's API answers now, as far as is known
     * @param changed called when something has come
     */
    Streams(
            String cluster,
            Exec exec,
            Archives archives,
            Predicate<String> isAlive,
            BooleanSupplier answers,
            Unwanted unwanted,
            Runnable changed) {
        this.unwanted = unwanted;
        this.exec = exec;
        this.archives = archives;
        this.isAlive = isAlive;
        this.answers = answers;
        this.changed = changed;
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                10,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> Daemons.thread("clustrix-" + cluster + "-pod-" + number.incrementAndGet(), task));
        alarm = Executors.newSingleThreadScheduledExecutor(
                task -> Daemons.thread("clustrix-" + cluster + "-pod-alarm", task));
    }

    /** Begins the stream to a pod if it is time, and it has none. */
    void look(Served served, Pod pod) {
        Optional<Served.Feed> feed = served.feed;
        String name = pod.getMetadata().getName();
        if (feed.isEmpty() || closed.get() || !ExecOverApi.runs(pod, JobManifest.CONTAINER)) {
            return;
        }
        OptionalInt of = JobStates.index(pod);
        if (of.isEmpty() && served.form != Served.Form.SINGLE) {
            return; // of the Job by which the server was asked whether it knows arrays; it is being deleted
        }
        int index = of.orElse(0);
        if (!served.begin(name)) {
            return;
        }
        boolean wanted = served.isFor(index, name)
                && !served.isCancelled(index)
                && served.decided(index).isEmpty();
        PodStream.Times times = feed.get().lease().isEmpty() ? TIMES : LEASED;
        PodStream stream = new PodStream(
                exec,
                scripts,
                new PodStream.Target(name, JobManifest.CONTAINER, feed.get().place()),
                feed.get().directory(),
                open.size() < QUICK ? times : times.calm(),
                () -> feed.get().lease().isEmpty()
                        ? List.of()
                        : List.of(feed.get().lease()),
                () -> isAlive.test(name),
                answers,
                changed,
                alarm);
        open.put(name, stream);
        threads.execute(() -> converse(served, index, name, stream, wanted));
    }

    private void converse(Served served, int index, String pod, PodStream stream, boolean wanted) {
        try {
            End end = wanted ? stream.run(() -> archives.of(served.feed.orElseThrow())) : stream.dismiss();
            LOG.debug("The stream of pod {} has ended: {}", pod, end);
            // What is cut off by the end of this driver says nothing about the pod.
            if (!wanted || (closed.get() && end.outcome() != Outcome.DONE)) {
                return;
            }
            if (end.outcome() == Outcome.DONE && end.exitCode() == 0) {
                served.decide(index, status(JobState.SUCCEEDED, OptionalInt.of(0), "Completed"));
            } else if (end.outcome() == Outcome.DONE && end.reason().equals(PodScripts.WALLTIME)) {
                // The pod says the same, but the cluster may tell of that seconds later.
                served.decide(
                        index,
                        status(JobState.TIMED_OUT, OptionalInt.of(end.exitCode()), "Walltime: the walltime was over"));
            } else if (end.outcome() == Outcome.FAILED) {
                served.decide(index, status(JobState.FAILED, OptionalInt.empty(), "StreamFailed: " + end.reason()));
                unwanted.end(served, index, pod);
            }
            // Of all else the cluster knows more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            if (closed.get()) {
                LOG.debug("The stream of pod {} ended with this driver", pod, e);
                return;
            }
            LOG.error("The stream of pod {} failed; this is a bug", pod, e);
            served.decide(index, status(JobState.FAILED, OptionalInt.empty(), "StreamFailed: " + e));
            unwanted.end(served, index, pod);
        } finally {
            open.remove(pod);
            if (!closed.get()) {
                changed.run();
            }
        }
    }

    private static JobStatus status(JobState state, OptionalInt exit, String detail) {
        return new JobStatus(state, exit, detail, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Lets all pods go on without this driver. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        open.values().forEach(PodStream::stop);
        threads.shutdownNow();
        alarm.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Streams to pods do not end: {}", open.keySet());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
