package io.clustrix.scheduler.k8s;

import io.clustrix.spi.JobStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A submission that this driver sees to: what it is, and what is known of its elements beside what the cluster says.
 * Thread-safe.
 */
final class Served {
    /** How it stands in the cluster. */
    enum Form {
        /** One Job with one pod. */
        SINGLE,
        /** One Job with a pod for each element. */
        INDEXED,
        /** A Job for each element. */
        ELEMENTS
    }

    /**
     * What is fed to its pods.
     *
     * @param directory the job's directory here
     * @param place where pods have it
     * @param environments what its environment has in the work directory, for instance {@code env/NAME}
     * @param lease the name of its lease; empty if it has none
     */
    record Feed(Path directory, PodScripts.Place place, List<String> environments, String lease) {
        Feed {
            environments = List.copyOf(environments);
        }
    }

    final String name;
    final Form form;
    final int elements;

    /** Empty if its pods have all that they need by themselves. */
    final Optional<Feed> feed;

    private final Deque<Integer> waiting = new ArrayDeque<>();
    private final int most;
    private final BitSet made = new BitSet();
    private final BitSet ended = new BitSet();
    private final Map<Integer, JobStatus> decided = new HashMap<>();
    private final Map<Integer, String> pods = new HashMap<>();
    private final Set<String> begun = new HashSet<>();
    private final Set<Integer> cancelled = new HashSet<>();
    private boolean cancelledWhole;
    private Instant pendingSince = Instant.MAX;

    /**
     * A submission.
     *
     * @param most how many Jobs there may be at once, if each element is one
     * @param made whether all Jobs have been made
     */
    Served(String name, Form form, int elements, int most, boolean made, Optional<Feed> feed) {
        this.name = name;
        this.form = form;
        this.elements = elements;
        this.most = most;
        this.feed = feed;
        if (made || form != Form.ELEMENTS) {
            this.made.set(0, elements);
        } else {
            for (int i = 0; i < elements; i++) {
                waiting.add(i);
            }
        }
    }

    /** The name of the Job that an element belongs to. */
    String job(int index) {
        return form == Form.ELEMENTS ? name + "-" + index : name;
    }

    /** The names of all its Jobs. */
    List<String> jobs() {
        if (form != Form.ELEMENTS) {
            return List.of(name);
        }
        List<String> all = new ArrayList<>();
        for (int i = 0; i < elements; i++) {
            all.add(job(i));
        }
        return all;
    }

    /** The elements whose Jobs may be made now, and count as made from now on. */
    synchronized List<Integer> next() {
        List<Integer> next = new ArrayList<>();
        int running = made.cardinality() - ended.cardinality();
        while (!waiting.isEmpty() && running < most && !cancelledWhole) {
            int index = waiting.remove();
            made.set(index);
            if (cancelled.contains(index)) {
                ended.set(index);
            } else {
                next.add(index);
                running++;
            }
        }
        return next;
    }

    /** Whether an element's Job has not been made yet, because so many others are there. */
    synchronized boolean isWaiting(int index) {
        return !made.get(index);
    }

    /** What has become of an element is known from now on, whatever the cluster says. False if it was before. */
    synchronized boolean decide(int index, JobStatus status) {
        ended.set(index);
        return decided.putIfAbsent(index, status) == null;
    }

    /** The cluster says that an element has ended, so that it makes room for another. */
    synchronized void ended(int index) {
        ended.set(index);
    }

    /** What has become of an element, if that is known. */
    synchronized Optional<JobStatus> decided(int index) {
        return Optional.ofNullable(decided.get(index));
    }

    /** Whether a pod is the one that an element's work is given to: the first that is asked for. */
    synchronized boolean isFor(int index, String pod) {
        return pods.computeIfAbsent(index, i -> pod).equals(pod);
    }

    /** Whether a pod has no stream yet; it has one from now on. */
    synchronized boolean begin(String pod) {
        return begun.add(pod);
    }

    synchronized void cancelWhole() {
        cancelledWhole = true;
        waiting.forEach(made::set);
        waiting.clear();
    }

    synchronized void cancel(int index) {
        cancelled.add(index);
    }

    synchronized boolean isCancelled(int index) {
        return cancelledWhole || cancelled.contains(index);
    }

    /** Whether each element has ended or is cancelled. */
    synchronized boolean nothingLeft() {
        return cancelledWhole || IntStream.range(0, elements).allMatch(i -> ended.get(i) || cancelled.contains(i));
    }

    /** Since when something of it has been waiting; told anew each time somebody looks. */
    synchronized Instant pendingSince(boolean pending, Instant now) {
        if (!pending) {
            pendingSince = Instant.MAX;
        } else if (pendingSince.equals(Instant.MAX)) {
            pendingSince = now;
        }
        return pendingSince;
    }
}
