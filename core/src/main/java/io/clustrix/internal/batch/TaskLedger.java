package io.clustrix.internal.batch;

import io.clustrix.spi.Job;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.ThrowableData;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which tasks of a job have their result, and the one way by which its listener is told: exactly once for each task,
 * whoever comes first. What a listener throws is logged and ignored.
 *
 * <p><b>Threads:</b> any. The listener is never called under the lock.
 */
final class TaskLedger {
    private static final Logger LOG = LoggerFactory.getLogger(TaskLedger.class);

    /** How many kinds of exceptions are told apart. */
    private static final int MOST_THROWN = 20;

    private static final int MOST_OF_THROWN = 300;

    private final JobKey key;
    private final JobListener listener;
    private final BitSet done = new BitSet();
    private final BitSet failed = new BitSet();
    private final Set<String> workers = new HashSet<>();
    private int left;
    private int underway;
    private @Nullable Throwable firstFailure;
    private @Nullable JobStatus last;
    private @Nullable JobState verdict;
    private boolean over;

    /** What tasks have thrown, by what it says. */
    private final Map<String, Thrown> thrown = new LinkedHashMap<>();

    /**
     * Tasks that have thrown alike.
     *
     * @param what the exception's class and the beginning of its message; empty for those that are too many to list
     * @param first the number of one of them
     */
    record Thrown(String what, int tasks, int first) {}

    TaskLedger(JobKey key, int tasks, JobListener listener) {
        this.key = key;
        this.listener = listener;
        this.left = tasks;
    }

    static TaskLedger of(Job job, JobListener listener) {
        return new TaskLedger(job.key(), job.tasks(), listener);
    }

    /** Gives a task its result, unless it has one; true if it was the first. */
    boolean complete(int task, TaskResult result) {
        synchronized (done) {
            if (done.get(task)) {
                return false;
            }
            done.set(task);
            left--;
            underway++;
            if (result instanceof TaskResult.Failure f) {
                failed.set(task);
                firstFailure = firstFailure == null ? f.error() : firstFailure;
            }
        }
        try {
            listener.completed(task, result);
        } catch (RuntimeException | Error e) { // whatever it is, the other tasks go on
            complain(e);
        }
        JobStatus ending;
        synchronized (done) {
            underway--;
            ending = left == 0 && underway == 0 && !over ? ending() : null;
            over |= ending != null;
        }
        if (ending != null) {
            tell(ending);
        }
        return true;
    }

    /** Gives a task what it has itself returned or thrown, unless it has a result; true if it was the first. */
    boolean completeByItself(int task, TaskResult result) {
        if (!(result instanceof TaskResult.Failure failure)) {
            return complete(task, result);
        }
        // Before the listener is told: whoever hears of the end may read the journal.
        String text = ThrowableData.of(failure.error()).toString(); // its own toString may throw
        String line = text.lines().findFirst().orElse("");
        String what = line.length() > MOST_OF_THROWN ? line.substring(0, MOST_OF_THROWN) + "..." : line;
        synchronized (done) {
            if (!done.get(task)) {
                String kind = thrown.size() < MOST_THROWN || thrown.containsKey(what) ? what : "";
                thrown.merge(kind, new Thrown(kind, 1, task), (a, b) -> new Thrown(kind, a.tasks + 1, a.first));
            }
        }
        return complete(task, result);
    }

    /** What tasks have thrown: of the first kinds each, and then the others together. */
    List<Thrown> thrown() {
        synchronized (done) {
            return List.copyOf(thrown.values());
        }
    }

    /** Gives a task that has no result one for a reason that is not its own. */
    void fail(int task, Throwable reason, JobState state) {
        synchronized (done) {
            if (!done.get(task) && verdict == null) {
                verdict = state;
            }
        }
        complete(task, new TaskResult.Failure(reason));
    }

    /** Gives all tasks from one number on up to another that have no result this failure. */
    void failAll(int from, int to, Throwable reason, JobState state) {
        for (int task = nextOpen(from); task < to; task = nextOpen(task + 1)) {
            fail(task, reason, state);
        }
    }

    private int nextOpen(int from) {
        synchronized (done) {
            return done.nextClearBit(from);
        }
    }

    boolean isDone(int task) {
        synchronized (done) {
            return done.get(task);
        }
    }

    /** Whether all tasks of a range have their results. */
    boolean allDone(int from, int to) {
        return nextOpen(from) >= to;
    }

    /** The tasks of a range that have failed, as {@link TaskNumbers} writes them. */
    String failuresOf(int from, int to) {
        synchronized (done) {
            return TaskNumbers.text(failed, from, to);
        }
    }

    /** Whether every task has its result. */
    boolean isOver() {
        synchronized (done) {
            return left == 0;
        }
    }

    /** The failure that came first, if any. */
    @Nullable
    Throwable firstFailure() {
        synchronized (done) {
            return firstFailure;
        }
    }

    /** Says where the job stands, if that is news. */
    void changed(JobStatus status) {
        synchronized (done) {
            if (over
                    || (last != null
                            && last.state() == status.state()
                            && last.detail().equals(status.detail()))) {
                return;
            }
            last = status;
        }
        tell(status);
    }

    void workerStarted(RuntimeReport report) {
        synchronized (done) {
            if (over || !workers.add(report.worker())) {
                return;
            }
        }
        try {
            listener.workerStarted(report);
        } catch (RuntimeException | Error e) { // whatever it is, the tasks go on
            complain(e);
        }
    }

    void staged(long bytes) {
        try {
            listener.staged(bytes);
        } catch (RuntimeException | Error e) { // whatever it is, the tasks go on
            complain(e);
        }
    }

    /** Says that those tasks of a range that have no result are tried again. */
    void retried(int from, int to, JobStatus why) {
        int tasks = 0;
        for (int task = nextOpen(from); task < to; task = nextOpen(task + 1)) {
            tasks++;
        }
        try {
            listener.retried(tasks, why);
        } catch (RuntimeException | Error e) { // as above
            complain(e);
        }
    }

    boolean wantsOutput() {
        try {
            return listener.wantsOutput();
        } catch (RuntimeException | Error e) { // whatever it is, the tasks go on
            complain(e);
            return false;
        }
    }

    void output(OutputChannel channel, String text) {
        try {
            listener.output(-1, channel, text);
        } catch (RuntimeException | Error e) { // whatever it is, the tasks go on
            complain(e);
        }
    }

    private JobStatus ending() {
        Throwable failure = firstFailure;
        if (failure == null) {
            return JobStatus.of(JobState.SUCCEEDED, "");
        }
        JobState state = verdict != null
                ? verdict
                : failure instanceof CancellationException
                        ? JobState.CANCELLED
                        : failure instanceof TaskTimeoutException ? JobState.TIMED_OUT : JobState.FAILED;
        return JobStatus.of(state, ThrowableData.of(failure).toString()); // its own toString may throw
    }

    private void tell(JobStatus status) {
        try {
            listener.changed(status);
        } catch (RuntimeException | Error e) { // whatever it is, the tasks go on
            complain(e);
        }
    }

    private void complain(Throwable e) {
        LOG.warn("A listener of job {} threw; its call is ignored", key, e);
    }
}
