package io.clustrix.cli;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.TerminalProgress;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.TaskResult;
import io.clustrix.spi.ThrowableData;
import io.clustrix.spi.WorkerDiedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Shows what has come of tasks. */
final class Outcome {
    private static final int MOST_FAILURES = 10;

    private final Console console;
    private final boolean json;

    private final boolean several;
    private final List<Object> objects = new ArrayList<>();

    /** Of one job, shown as soon as it has ended. */
    Outcome(Console console, boolean json) {
        this(console, json, false);
    }

    private Outcome(Console console, boolean json, boolean several) {
        this.console = console;
        this.json = json;
        this.several = several;
    }

    /** Of several jobs one after the other: JSON has all of them in one list, which {@link #end()} writes. */
    static Outcome ofSeveral(Console console, boolean json) {
        return new Outcome(console, json, true);
    }

    /** Writes what was kept back. */
    void end() {
        if (json) {
            console.line(Json.lines(objects));
            objects.clear();
        }
    }

    private void add(
            Optional<JobFuture<?>> job,
            int task,
            Optional<String> item,
            @Nullable Object value,
            @Nullable Throwable error) {
        Map<String, @Nullable Object> object = Json.object();
        job.filter(j -> several).ifPresent(j -> object.put("job", j.key()));
        object.put("task", task);
        item.ifPresent(i -> object.put("item", i));
        if (error == null) {
            object.put("value", isWritable(value) ? value : text(value));
        } else {
            object.put("error", describe(error));
        }
        objects.add(object);
    }

    private void endOfJob() {
        if (!several) {
            end();
        }
    }

    /** Waits for a job and shows it; the result is the exit code. */
    int await(JobFuture<?> future, Optional<List<String>> items, Progress progress) throws InterruptedException {
        if (future instanceof MapFuture<?> map) {
            return map(map, items, progress);
        }
        Object value = null;
        Throwable error = null;
        try {
            value = future.get();
        } catch (ExecutionException | CancellationException e) {
            error = cause(e);
        }
        TerminalProgress.Hidden hidden = progress.ended(future);
        try {
            if (json) {
                add(Optional.of(future), 0, Optional.empty(), value, error);
                endOfJob();
            } else if (value != null) {
                console.line(text(value));
            }
            return error == null ? ExitCode.DONE : failed(error);
        } finally {
            hidden.close();
        }
    }

    /** Shows why a job has failed. */
    int failure(JobFuture<?> future) throws InterruptedException {
        try {
            var unused = future.get();
            return ExitCode.DONE;
        } catch (ExecutionException | CancellationException e) {
            return failed(cause(e));
        }
    }

    private static Throwable cause(Exception e) {
        return e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    }

    private int failed(Throwable error) {
        console.note(console.red("clustrix: ") + "the task failed: " + describe(error));
        return code(error);
    }

    /** What is no task's fault has its own code. */
    private static int code(Throwable error) {
        if (error instanceof ClustrixException c && !(c instanceof WorkerDiedException)) {
            return switch (c.fault()) {
                case CONFIGURATION -> ExitCode.BAD_INPUT;
                case SITE, NETWORK -> ExitCode.CLUSTER;
                default -> ExitCode.TASK_FAILED;
            };
        }
        return ExitCode.TASK_FAILED;
    }

    private <R extends @Nullable Object> int map(MapFuture<R> map, Optional<List<String>> items, Progress progress)
            throws InterruptedException {
        List<TaskOutcome<R>> outcomes;
        try {
            outcomes = map.outcomes().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it never fails
        }
        TerminalProgress.Hidden hidden = progress.ended(map);
        try {
            Lines lines = new Lines(Optional.of(map), items);
            for (TaskOutcome<R> outcome : outcomes) {
                if (outcome instanceof TaskOutcome.Success<R> s) {
                    lines.value(s.task(), s.value());
                } else if (outcome instanceof TaskOutcome.Failure<R> f) {
                    lines.error(f.task(), f.error());
                }
            }
            return lines.end();
        } finally {
            hidden.close();
        }
    }

    /** Shows results that are kept. */
    int kept(Map<Integer, TaskResult> results) {
        Lines lines = new Lines(Optional.empty(), Optional.empty());
        results.forEach((task, result) -> {
            if (result instanceof TaskResult.Success s) {
                lines.value(task, s.value());
            } else if (result instanceof TaskResult.Failure f) {
                lines.error(task, f.error());
            }
        });
        return lines.end();
    }

    /** The lines of a map, a line for each task that has a value; failures are told after them. */
    private final class Lines {
        private final Optional<JobFuture<?>> job;
        private final Optional<List<String>> items;
        private final List<String> failures = new ArrayList<>();
        private final Set<Integer> codes = new HashSet<>();
        private boolean succeeded;
        private int failed;

        Lines(Optional<JobFuture<?>> job, Optional<List<String>> items) {
            this.job = job;
            this.items = items;
        }

        private String item(int task) {
            return items.map(list -> list.get(task)).orElse(Integer.toString(task));
        }

        void value(int task, @Nullable Object value) {
            succeeded = true;
            if (json) {
                add(job, task, items.map(list -> list.get(task)), value, null);
            } else {
                console.line(item(task) + "\t" + text(value));
            }
        }

        void error(int task, Throwable error) {
            failed++;
            if (json) {
                add(job, task, items.map(list -> list.get(task)), null, error);
            }
            if (error instanceof CancellationException) {
                return;
            }
            codes.add(code(error));
            if (failures.size() < MOST_FAILURES) {
                failures.add("task " + item(task) + " failed: " + describe(error));
            }
        }

        int end() {
            endOfJob();
            failures.forEach(f -> console.note(console.red("clustrix: ") + f));
            if (failed > 0) {
                console.note(console.red("clustrix: ") + failed + " of the tasks failed or were cancelled");
            }
            if (failed == 0) {
                return ExitCode.DONE;
            }
            // Where nothing has run, and for one reason, that is no fault of the tasks' own.
            return succeeded || codes.size() != 1
                    ? ExitCode.TASK_FAILED
                    : codes.iterator().next();
        }
    }

    private static boolean isWritable(@Nullable Object value) {
        try {
            var unused = Json.text(value);
            return true;
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return false;
        }
    }

    /** A value as a person reads it; its own method may throw anything. */
    private static String text(@Nullable Object value) {
        try {
            return value != null && value.getClass().isArray() ? Json.text(value) : String.valueOf(value);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return "(" + (value == null ? "null" : value.getClass().getName()) + ", which can't be shown: " + e + ")";
        }
    }

    private static String describe(Throwable error) {
        return error instanceof ClustrixException
                ? Texts.oneLine(error)
                : ThrowableData.of(error).toString();
    }
}
