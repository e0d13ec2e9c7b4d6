package io.clustrix.internal.batch;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.worker.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** A job as the journal of its run has it. Made without the run's lock; nothing here asks the cluster. */
public final class JobView {
    private final Path home;
    private final JobRecord record;
    private final Map<Integer, Submission> submissions = new LinkedHashMap<>();
    private final List<Failure> failures = new ArrayList<>();
    private final BitSet ended = new BitSet();
    private final BitSet failed = new BitSet();
    private final Map<Integer, ElementSet> parts = new LinkedHashMap<>();
    private final Map<WorkerId, RunEntry.Worked> worked = new LinkedHashMap<>();
    private final Map<String, Thrown> thrown = new LinkedHashMap<>();
    private final Set<RuntimeReport> surroundings = new LinkedHashSet<>();
    private String script = "";
    private boolean cancelled;
    private RunEntry.@Nullable Over over;

    /**
     * One submission to the scheduler.
     *
     * @param number its number within the job
     * @param attempt the number of the attempt
     * @param elements how many elements of the job it has
     * @param id the scheduler's id; absent if it has not answered yet
     * @param resources what it asks for
     * @param submittedMillis when it was sent, since 1970; 0 if that was not noted
     * @param acceptedMillis when the scheduler had taken it, since 1970; 0 if it has not, or that was not noted
     */
    public record Submission(
            int number,
            int attempt,
            int elements,
            Optional<NativeId> id,
            Resources resources,
            long submittedMillis,
            long acceptedMillis) {}

    /**
     * One worker's work on an element, or what waits for one.
     *
     * @param element the element
     * @param from its first task
     * @param to the one after its last
     * @param submission what it was submitted with
     * @param end what is known of the worker's end; absent if it has not ended, or nobody has seen that
     */
    public record Attempt(int element, int from, int to, Submission submission, Optional<End> end) {}

    /**
     * The end of a worker.
     *
     * @param use what it has used
     * @param cause why it has left tasks without result, in capitals; empty if it has not
     * @param message what the verdict said
     * @param exit its exit code; -1 if it is not known
     * @param seenMillis when that was known here, since 1970
     */
    public record End(WorkerUse use, String cause, String message, int exit, long seenMillis) {}

    /**
     * Tasks that have thrown alike.
     *
     * @param what the exception's class and the beginning of its message; empty for those that are too many to list
     * @param first the number of one of them
     */
    public record Thrown(String what, int tasks, int first) {}

    /**
     * Why tasks failed that have no result of their own.
     *
     * @param from the first of them
     * @param to the one after the last
     * @param tasks how many of those had no result
     * @param cause the kind of reason, in capitals
     */
    public record Failure(int from, int to, int tasks, String cause, String message) {}

    /** Takes what a task returned or threw, in the form in which workers write it. */
    public interface Outcomes {
        /** A task has returned; the part of the array is the serialized value. */
        void value(int task, byte[] bytes, int offset, int length);

        /** A task has thrown; the part of the array is what was thrown. */
        void error(int task, byte[] bytes, int offset, int length);
    }

    private record WorkerId(int element, int attempt, int restart) {}

    private JobView(Path home, AttachedJob job) {
        this.home = home;
        record = job.record();
        job.entries().forEach(this::take);
    }

    /**
     * All jobs of a run, in the order in which they were submitted.
     *
     * @param home the run's directory
     * @throws IOException if its journal has an entry that can't be read
     * @throws io.clustrix.internal.journal.JournalException if it can't be read or is damaged
     */
    public static List<JobView> of(Path home) throws IOException {
        List<JobView> views = new ArrayList<>();
        if (Files.exists(RunJournal.of(home))) {
            RunJournal.jobs(RunJournal.read(home)).forEach(job -> views.add(new JobView(home, job)));
        }
        return views;
    }

    /** When the journal was written last, in milliseconds since 1970. */
    public static long changed(Path home) throws IOException {
        return Files.getLastModifiedTime(RunJournal.of(home)).toMillis();
    }

    private void take(RunEntry entry) {
        if (entry instanceof RunEntry.Submitting s) {
            parts.put(s.part(), s.elements());
            submissions.put(
                    s.part(),
                    new Submission(
                            s.part(),
                            s.attempt(),
                            s.elements().size(),
                            Optional.empty(),
                            s.resources(),
                            s.millis(),
                            0));
        } else if (entry instanceof RunEntry.Accepted a) {
            submissions.computeIfPresent(
                    a.part(),
                    (n, s) -> new Submission(
                            s.number,
                            s.attempt,
                            s.elements,
                            Optional.of(a.id()),
                            s.resources,
                            s.submittedMillis,
                            a.millis()));
        } else if (entry instanceof RunEntry.Fetched f && f.element() >= 0 && f.element() < record.elements()) {
            TaskNumbers.addTo(failed, f.failed());
            ended.set(record.from(f.element()), record.to(f.element()));
        } else if (entry instanceof RunEntry.Failed f) {
            int tasks = 0;
            for (int task = ended.nextClearBit(f.from()); task < f.to(); task = ended.nextClearBit(task + 1)) {
                failed.set(task);
                tasks++;
            }
            ended.set(f.from(), Math.max(f.from(), f.to()));
            if (tasks > 0) {
                failures.add(new Failure(
                        f.from(),
                        f.to(),
                        tasks,
                        f.verdict().cause().name(),
                        f.verdict().message()));
            }
        } else if (entry instanceof RunEntry.Worked w && w.element() >= 0 && w.element() < record.elements()) {
            worked.put(new WorkerId(w.element(), w.attempt(), w.restart()), w);
        } else if (entry instanceof RunEntry.RanIn r) {
            surroundings.add(r.runtime());
        } else if (entry instanceof RunEntry.Program p) {
            script = p.script();
        } else if (entry instanceof RunEntry.Threw t) {
            thrown.put(t.what(), new Thrown(t.what(), t.tasks(), t.first()));
        } else if (entry instanceof RunEntry.Cancelled) {
            cancelled = true;
        } else if (entry instanceof RunEntry.Over o) {
            over = o;
        }
    }

    /** Its identity. */
    public JobKey key() {
        return record.key();
    }

    /** The cluster that it was submitted to. */
    public String cluster() {
        return record.cluster();
    }

    /** What people call it. */
    public String name() {
        return record.name();
    }

    /** Whether it is one call and no map. */
    public boolean isSingle() {
        return record.single();
    }

    /** How many tasks it has. */
    public int tasks() {
        return record.tasks();
    }

    /** How many elements it has, each of one or more tasks. */
    public int elements() {
        return record.elements();
    }

    /** What each worker asks for. */
    public Resources resources() {
        return record.resources();
    }

    /** The jars and directories that it runs with, where they were when it was submitted. */
    public List<Path> classPath() {
        return record.classPath().stream().map(ClassPathEntry::path).toList();
    }

    /** What was submitted, in order. */
    public List<Submission> submissions() {
        return List.copyOf(submissions.values());
    }

    /** Why tasks failed that have no result of their own, in order. */
    public List<Failure> failures() {
        return List.copyOf(failures);
    }

    /**
     * The attempts of all elements, by the order of their submission. An attempt that the scheduler has started more
     * than once is there once for each worker whose end was seen.
     */
    public List<Attempt> attempts() {
        Map<Long, List<RunEntry.Worked>> ends = new HashMap<>();
        worked.values()
                .forEach(w -> ends.computeIfAbsent(id(w.element(), w.attempt()), k -> new ArrayList<>())
                        .add(w));
        List<Attempt> attempts = new ArrayList<>();
        for (Submission s : submissions.values()) {
            ElementSet elements = parts.get(s.number);
            for (int i = 0; elements != null && i < elements.size(); i++) {
                int e = elements.at(i);
                if (e < 0 || e >= record.elements()) {
                    continue;
                }
                List<RunEntry.Worked> of = ends.remove(id(e, s.attempt));
                if (of == null) {
                    attempts.add(new Attempt(e, record.from(e), record.to(e), s, Optional.empty()));
                } else {
                    of.forEach(w -> attempts.add(new Attempt(e, record.from(e), record.to(e), s, Optional.of(end(w)))));
                }
            }
        }
        return attempts;
    }

    private static long id(int element, int attempt) {
        return (long) element << 32 | attempt;
    }

    private static End end(RunEntry.Worked w) {
        return new End(w.use(), w.cause(), w.message(), w.exit(), w.millis());
    }

    /** What tasks have thrown, once the job is over. */
    public List<Thrown> thrown() {
        return List.copyOf(thrown.values());
    }

    /** What its workers have run in: without what differs from worker to worker. */
    public List<RuntimeReport> surroundings() {
        return List.copyOf(surroundings);
    }

    /** The script of its first submission, without the values of variables; empty if it was not noted. */
    public String script() {
        return script;
    }

    /** How many tasks have an outcome, as far as it was brought here. */
    public int ended() {
        return ended.cardinality();
    }

    /** The numbers of those that failed. */
    public int[] failed() {
        return failed.stream().toArray();
    }

    /** The tasks that have returned, as far as their results were brought here. */
    public BitSet succeeded() {
        BitSet succeeded = (BitSet) ended.clone();
        succeeded.andNot(failed);
        return succeeded;
    }

    /** How it ended; absent if it has not. */
    public Optional<JobState> state() {
        return Optional.ofNullable(over).map(RunEntry.Over::state);
    }

    /** When it ended, in milliseconds since 1970; 0 if it has not, or that is not known. */
    public long endedMillis() {
        RunEntry.Over o = over;
        return o == null ? 0 : o.millis();
    }

    /** Whether the scheduler has taken the order to cancel what was left. */
    public boolean wasCancelled() {
        return cancelled;
    }

    /** Where its logs and files lie, below the directory of jobs in the cluster's work directory. */
    String directory() {
        return BatchJob.directory(record.key());
    }

    /** What the scheduler calls one of its submissions. */
    String nameOf(Submission submission) {
        return BatchJob.nameOf(record, submission.number);
    }

    /** The logs of each of its elements, by the scheduler's index of the first one of an array. */
    List<String> logs(int firstIndex) {
        List<String> logs = new ArrayList<>();
        for (Submission s : submissions.values()) {
            for (int i = 0; i < s.elements; i++) {
                String log = Part.log(s.number, s.elements, i, firstIndex);
                logs.addAll(List.of(log + ".out", log + ".err"));
            }
        }
        return logs;
    }

    /**
     * Reads the outcomes that lie in the run's directory: those that were brought here and not removed since.
     *
     * @param unreadable is told of each element whose file is there and can't be read to its end
     * @return how many tasks had an outcome
     */
    public int outcomes(Outcomes sink, IntConsumer unreadable) throws IOException {
        BitSet told = new BitSet();
        for (int e = 0; e < record.elements(); e++) {
            Path file = home.resolve("results").resolve(key() + "." + e);
            if (Files.exists(file) && !read(file, told, sink)) {
                unreadable.accept(e);
            }
        }
        return told.cardinality();
    }

    private static boolean read(Path file, BitSet told, Outcomes sink) throws IOException {
        RecordFile.Summary summary = RecordFile.read(file, new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] bytes, int offset, int length) {
                told.set(task);
                sink.value(task, bytes, offset, length);
            }

            @Override
            public void error(int task, byte[] bytes, int offset, int length) {
                told.set(task);
                sink.error(task, bytes, offset, length);
            }

            @Override
            public boolean wants(int task, int length) {
                return !told.get(task);
            }
        });
        return summary.isSealed();
    }

    /** For messages. */
    @Override
    public String toString() {
        return "job " + name() + " (" + key() + "), " + Arrays.toString(failed()) + " failed of " + tasks();
    }
}
