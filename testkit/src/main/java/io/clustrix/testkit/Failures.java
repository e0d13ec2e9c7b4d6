package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.TaskNote;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import io.clustrix.spi.RemoteTaskException;
import io.clustrix.testkit.Tasks.Mishap;
import io.clustrix.testkit.Tasks.OutOfInkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Scenarios in which tasks throw something. */
final class Failures {
    private Failures() {}

    static void exceptions(Bench bench) throws Exception {
        List<Mishap> mishaps = List.of(Mishap.values());
        MapFuture<Object> map = bench.named("exceptions")
                .withChunkSize(mishaps.size())
                .onError(ErrorPolicy.COLLECT)
                .map(mishaps, Tasks::throwing);
        JobFuture<Object> single = bench.named("exception").submit(() -> Tasks.throwing(Mishap.PLAIN));

        plain(bench.failure(single));
        assertEquals(JobState.FAILED, single.status().state(), "the state of a job that threw");
        List<Throwable> thrown = failures(bench, map);
        for (int i = 0; i < mishaps.size(); i++) {
            Throwable e = thrown.get(i);
            switch (mishaps.get(i)) {
                case PLAIN -> plain(e);
                case OWN ->
                    assertEquals(7, same(OutOfInkException.class, "after 7 pages", e).pages, "a field of an exception");
                case ERROR -> same(AssertionError.class, "no way", e);
                case NO_MESSAGE -> same(UnsupportedOperationException.class, null, e);
                case LONG_STORY -> same(IllegalArgumentException.class, Tasks.HOSTILE + "\nsecond line\n", e);
            }
        }
    }

    private static void plain(Throwable e) {
        same(IllegalStateException.class, "the printer", e);
        OutOfInkException cause = Bench.expect(OutOfInkException.class, e.getCause());
        assertEquals(12, cause.pages, "a field of a cause");
        assertTrue(
                Arrays.stream(e.getSuppressed()).anyMatch(s -> "the cable".equals(s.getMessage())),
                "the suppressed exception is lost");
    }

    private static <T extends Throwable> T same(Class<T> type, @Nullable String message, Throwable e) {
        T thrown = Bench.expect(type, e);
        assertSame(type, e.getClass(), "the type of an exception");
        assertEquals(message, e.getMessage(), "the message of an exception");
        hasTrace(e, "throwing");
        return thrown;
    }

    private static void hasTrace(Throwable e, String method) {
        assertTrue(
                Arrays.stream(e.getStackTrace())
                        .anyMatch(f -> f.getClassName().equals(Tasks.class.getName())
                                && f.getMethodName().equals(method)),
                () -> "the stack trace is not that of the task: " + Arrays.toString(e.getStackTrace()));
    }

    private static List<Throwable> failures(Bench bench, MapFuture<Object> map) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        for (TaskOutcome<Object> outcome : map.outcomes().get(bench.patience.toMillis(), TimeUnit.MILLISECONDS)) {
            failures.add(outcome.failure()
                    .orElseThrow(() -> new AssertionError("task " + outcome.task() + " should have failed")));
        }
        return failures;
    }

    static void foreign(Bench bench) throws Exception {
        MapFuture<Object> map = bench.named("foreign")
                .withChunkSize(2)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 2, i -> {
                    throw i == 0 ? Tasks.unsendable() : Tasks.onlyThere();
                });
        List<Throwable> thrown = failures(bench, map);

        Throwable unsendable = thrown.get(0);
        looksLike(Tasks.UnsendableException.class.getName(), "keep me", unsendable);
        hasTrace(unsendable, "unsendable");
        Throwable cause = unsendable.getCause();
        assertTrue(
                cause != null && String.valueOf(cause.getMessage()).contains("after 3 pages"),
                () -> "the cause of an exception that can't be sent: " + cause);
        looksLike(Tasks.ONLY_THERE, "from afar", thrown.get(1));
        hasTrace(thrown.get(1), "onlyThere");
    }

    /** The object itself, if the task ran in this JVM, or the next best. */
    private static void looksLike(String className, String message, Throwable e) {
        if (e.getClass().getName().equals(className)) {
            assertEquals(message, e.getMessage());
            return;
        }
        RemoteTaskException remote = Bench.expect(RemoteTaskException.class, e);
        assertEquals(className, remote.data().className());
        assertEquals(message, remote.data().message());
    }

    static void first(Bench bench) throws Exception {
        Marks marks = bench.marks("fail-fast");
        String file = marks.file().toString();
        int tasks = 40;
        // One worker has all of them before it, and would run for eight seconds if nobody told it to stop.
        MapFuture<Integer> map = bench.named("fail-fast").withChunkSize(tasks).map(0, tasks, i -> {
            new Marks(Path.of(file)).add(i);
            if (i == 0) {
                throw new OutOfInkException(i);
            }
            Thread.sleep(200);
            return i;
        });
        Throwable failure = Bench.expect(OutOfInkException.class, bench.failure(map));
        assertTrue(
                Arrays.stream(failure.getSuppressed()).anyMatch(s -> s instanceof TaskNote n && n.task() == 0),
                "which task it was");
        TaskOutcome<Integer> last = map.outcomes()
                .get(bench.patience.toMillis(), TimeUnit.MILLISECONDS)
                .get(tasks - 1);
        Bench.expect(CancellationException.class, last.failure().orElse(null));
        assertFalse(marks.lines().contains(Integer.toString(tasks - 1)), "the last task has run");
    }
}
