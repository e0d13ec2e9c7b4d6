package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.clustrix.JobFuture;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Scenarios in which tasks return something. */
final class Values {
    private Values() {}

    static void results(Bench bench) throws Exception {
        Marks marks = bench.marks("results");
        String file = marks.file().toString();
        List<@Nullable Object> values = Tasks.values();

        JobFuture<Integer> number = bench.named("results").submit(() -> 6 * 7);
        JobFuture<@Nullable Void> nothing =
                bench.named("results-void").submit(() -> new Marks(java.nio.file.Path.of(file)).add("ran"));
        MapFuture<@Nullable Object> all = bench.named("results-all")
                .withChunkSize(values.size())
                .<@Nullable Object, @Nullable Object>map(values, value -> value);

        assertEquals(42, bench.value(number));
        assertEquals(JobState.SUCCEEDED, number.status().state(), "the state of a job that has returned");
        assertFalse(number.placement().where().isBlank(), "placement().where() is blank");
        assertNull(bench.value(nothing));
        assertEquals(List.of("ran"), marks.lines());
        List<@Nullable Object> back = bench.value(all);
        for (int i = 0; i < values.size(); i++) {
            assertTrue(Objects.deepEquals(values.get(i), back.get(i)), "value " + i + " has changed on its way");
        }
        assertEquals(values.size(), back.size());
    }

    static void maps(Bench bench) throws Exception {
        Marks marks = bench.marks("maps");
        String file = marks.file().toString();
        int tasks = 23;
        MapFuture<Integer> holes = bench.named("maps")
                .withChunkSize(6)
                .onError(ErrorPolicy.COLLECT)
                .map(100, 100 + tasks, i -> {
                    new Marks(java.nio.file.Path.of(file)).add(i);
                    if (i % 5 == 3) {
                        throw new Tasks.OutOfInkException(i);
                    }
                    return i * 2;
                });
        MapFuture<String> items =
                bench.named("maps-items").withChunkSize(2).map(Arrays.asList("a", null, "c"), item -> "<" + item + ">");
        MapFuture<Integer> empty = bench.named("maps-empty").map(List.<Integer>of(), i -> i);

        assertEquals(List.of(), bench.value(empty));
        assertEquals(List.of("<a>", "<null>", "<c>"), bench.value(items));
        MapException failure = Bench.expect(MapException.class, bench.failure(holes));
        List<TaskOutcome<Integer>> outcomes = holes.outcomes().get(bench.patience.toMillis(), TimeUnit.MILLISECONDS);
        int failed = 0;
        for (int task = 0; task < tasks; task++) {
            TaskOutcome<Integer> outcome = outcomes.get(task);
            assertEquals(task, outcome.task());
            int number = 100 + task;
            if (number % 5 == 3) {
                failed++;
                Tasks.OutOfInkException e = Bench.expect(
                        Tasks.OutOfInkException.class, outcome.failure().orElse(null));
                assertEquals(number, e.pages, "the exception of task " + task);
            } else {
                assertEquals(number * 2, outcome.value(), "the result of task " + task);
            }
        }
        assertEquals(failed, failure.failed());
        assertEquals(JobState.FAILED, holes.status().state(), "the state of a map with failed tasks");
        assertEquals(
                IntStream.range(100, 100 + tasks).mapToObj(Integer::toString).toList(),
                marks.lines().stream().sorted().toList(),
                "each task runs once");
    }

    static void thousand(Bench bench) throws Exception {
        int tasks = 1000;
        Told.Counts counts = new Told.Counts(tasks);
        MapFuture<Integer> map = bench.named("thousand").withListener(counts).map(0, tasks, i -> i * 31 + 7);
        assertEquals(IntStream.range(0, tasks).map(i -> i * 31 + 7).boxed().toList(), bench.value(map));
        bench.await("the listener is told of the end", counts::ended);
        counts.assertOnce();
        assertEquals(tasks, map.progress().succeeded());
    }

    static void threads(Bench bench) throws Exception {
        int threads = 4;
        int each = 3;
        CountDownLatch start = new CountDownLatch(1);
        List<FutureTask<List<JobFuture<Integer>>>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int thread = t;
            FutureTask<List<JobFuture<Integer>>> task = new FutureTask<>(() -> {
                List<JobFuture<Integer>> mine = new ArrayList<>();
                start.await();
                for (int i = 0; i < each; i++) {
                    int number = thread * 100 + i;
                    mine.add(bench.named("threads-" + number).submit(() -> number));
                }
                return mine;
            });
            Thread runner = new Thread(task, "contract-submits-" + t);
            runner.setDaemon(true);
            runner.start();
            all.add(task);
        }
        start.countDown();
        Set<JobKey> keys = new HashSet<>();
        for (int t = 0; t < threads; t++) {
            List<JobFuture<Integer>> mine = all.get(t).get(bench.patience.toMillis(), TimeUnit.MILLISECONDS);
            for (int i = 0; i < each; i++) {
                assertEquals(t * 100 + i, bench.value(mine.get(i)));
                assertTrue(
                        keys.add(mine.get(i).key()),
                        "two jobs have the key " + mine.get(i).key());
            }
        }
    }
}
