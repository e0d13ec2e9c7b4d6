package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobState;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.Resources;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Scenarios in which somebody or something ends tasks before they are done. */
final class Endings {
    /** How long a task that must not go on is watched. */
    private static final long STILL_MILLIS = 1500;

    private Endings() {}

    /** A task that runs until its gate is opened. */
    private record Beating(Marks marks, Path gate, long most) implements AutoCloseable {
        static Beating of(Bench bench, String name) {
            return new Beating(
                    bench.marks(name),
                    bench.shared.resolve(name + ".gate"),
                    Math.min(120_000, 2 * bench.patience.toMillis()));
        }

        RemoteCallable<String> task() {
            String file = marks.file().toString();
            String open = gate.toString();
            long limit = most;
            return () -> Tasks.beating(file, open, limit);
        }

        boolean began() {
            return marks.size() > 0;
        }

        /** Waits until it beats no more, without having come to its end. */
        void awaitStopped(Bench bench, String why) throws Exception {
            bench.await("the task has stopped, " + why, () -> {
                long before = marks.size();
                Thread.sleep(STILL_MILLIS);
                return marks.size() == before;
            });
            assertFalse(marks.lines().contains("end"), () -> "the task ran to its end, " + why);
        }

        void open() throws IOException {
            try {
                Files.createFile(gate);
            } catch (FileAlreadyExistsException e) {
                // It may be opened twice.
            }
        }

        @Override
        public void close() throws IOException {
            open();
        }
    }

    static void cancel(Bench bench) throws Exception {
        try (Beating early = Beating.of(bench, "cancel-at-once");
                Beating first = Beating.of(bench, "cancel-first");
                Beating held = Beating.of(bench, "cancel-held")) {
            JobFuture<String> ended = bench.named("cancel-ended").submit(() -> "done");
            JobFuture<String> atOnce = bench.named("cancel-at-once").submit(early.task());
            assertCancelled(atOnce);

            Marks marks = bench.marks("cancel-waiting");
            String waiting = marks.file().toString();
            RemoteCallable<String> before = first.task();
            MapFuture<String> map = bench.named("cancel-waiting")
                    .withChunkSize(2)
                    .map(0, 2, i -> {
                        if (i == 0) {
                            return before.call();
                        }
                        new Marks(Path.of(waiting)).add("began");
                        return "too late";
                    });
            Optional<UnaryOperator<io.clustrix.Submitter>> holding = bench.contract.held();
            JobFuture<String> inQueue = holding.map(
                            hold -> hold.apply(bench.named("cancel-held")).submit(held.task()))
                    .orElse(atOnce);
            bench.await("the first of two tasks runs", first::began);
            assertEquals(JobState.RUNNING, running(bench, map), "the state of a map with a task that runs");
            assertCancelled(map);
            if (bench.has(Feature.CANCEL_RUNNING)) {
                first.awaitStopped(bench, "because its job was cancelled");
            }
            first.open();
            if (holding.isPresent()) {
                assertFalse(inQueue.isDone(), "a job that is held has ended");
                assertCancelled(inQueue);
            }
            for (JobFuture<?> job : List.of(atOnce, map, inQueue)) {
                Bench.expect(CancellationException.class, bench.failure(job));
                bench.await(
                        job.name() + " is called cancelled", () -> job.status().state() == JobState.CANCELLED);
            }

            assertEquals("done", bench.value(ended));
            assertFalse(ended.cancel(true), "a job that had ended was cancelled");
            assertEquals("done", bench.value(ended));
            assertEquals(JobState.SUCCEEDED, ended.status().state());
            // What was submitted after it has run, so it has had its time.
            assertEquals("after", bench.value(bench.named("cancel-after").submit(() -> "after")));
            assertEquals(List.of(), marks.lines(), "what waited when it was cancelled has run");
            assertFalse(held.began(), "what was held when it was cancelled has run");
        }
    }

    private static JobState running(Bench bench, JobFuture<?> job) throws Exception {
        bench.await(
                job.name() + " is no longer called waiting", () -> job.status().state() != JobState.PENDING);
        return job.status().state();
    }

    private static void assertCancelled(JobFuture<?> job) {
        assertTrue(job.cancel(true), () -> job.name() + " could not be cancelled; it is " + job.status());
        assertTrue(job.isCancelled(), () -> job.name() + " is not cancelled at once");
    }

    static void cancelRunning(Bench bench) throws Exception {
        try (Beating beating = Beating.of(bench, "cancel-running")) {
            JobFuture<String> job = bench.named("cancel-running").submit(beating.task());
            bench.await("the task runs", beating::began);
            assertCancelled(job);
            Bench.expect(CancellationException.class, bench.failure(job));
            bench.needs(Feature.CANCEL_RUNNING);
            beating.awaitStopped(bench, "because its job was cancelled");
        }
    }

    static void timeout(Bench bench) throws Exception {
        try (Beating beating = Beating.of(bench, "timeout")) {
            JobFuture<String> job =
                    bench.named("timeout").withTimeout(Duration.ofSeconds(2)).submit(beating.task());
            Throwable failure = Bench.expect(TaskTimeoutException.class, bench.failure(job));
            assertTrue(String.valueOf(failure.getMessage()).contains("2s"), () -> "which timeout: " + failure);
            bench.await("it is called timed out", () -> job.status().state() == JobState.TIMED_OUT);
            if (bench.has(Feature.CANCEL_RUNNING)) {
                beating.awaitStopped(bench, "because its timeout was over");
            }
        }
    }

    static void walltime(Bench bench) throws Exception {
        if (!bench.has(Feature.WALLTIME_LIMIT)) {
            runsOrIsRefused(bench, "walltime", r -> r.time(Duration.ofHours(1)));
            throw new NotSupportedException(Feature.WALLTIME_LIMIT);
        }
        try (Beating beating = Beating.of(bench, "walltime")) {
            Duration limit = bench.contract.walltime();
            JobFuture<String> job =
                    bench.named("walltime").withResources(r -> r.time(limit)).submit(beating.task());
            bench.await("the task runs", () -> beating.began() || job.isDone());
            bench.contract.running(job);
            Bench.expect(TaskTimeoutException.class, bench.failure(job));
            bench.await("it is called timed out", () -> job.status().state() == JobState.TIMED_OUT);
            beating.awaitStopped(bench, "because its walltime was over");
        }
    }

    /** What an executor can't honour it ignores or refuses; a job that is taken runs. */
    private static void runsOrIsRefused(Bench bench, String name, UnaryOperator<Resources.Builder> wish)
            throws Exception {
        JobFuture<String> job;
        try {
            job = bench.named(name).withResources(wish).submit(() -> "ran");
        } catch (ConfigurationException e) {
            return;
        }
        assertEquals("ran", bench.value(job));
    }

    static void memory(Bench bench) throws Exception {
        String asked = bench.contract.memory();
        if (!bench.has(Feature.MEMORY_LIMIT)) {
            runsOrIsRefused(bench, "memory", r -> r.memory(asked));
            throw new NotSupportedException(Feature.MEMORY_LIMIT);
        }
        JobFuture<Integer> greedy =
                bench.named("memory").withResources(r -> r.memory(asked)).submit(() -> Tasks.taking(1024));
        JobFuture<String> other = bench.named("memory-other").submit(() -> "unharmed");
        Throwable failure = bench.failure(greedy);
        boolean right = failure instanceof OutOfMemoryError
                || (failure instanceof WorkerDiedException e
                        && (e.death() == Death.OUT_OF_MEMORY || e.death() == Death.SIGNAL));
        assertTrue(right, () -> "this should tell of too little memory: " + failure);
        assertEquals("unharmed", bench.value(other));
    }

    static void exit(Bench bench) throws Exception {
        bench.needs(Feature.ISOLATION);
        MapFuture<Integer> exits = bench.named("exit")
                .withChunkSize(3)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 3, i -> {
                    if (i == 1) {
                        System.exit(7);
                    }
                    return i;
                });
        MapFuture<Integer> halts = bench.named("halt")
                .withChunkSize(2)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 2, i -> {
                    if (i == 1) {
                        Runtime.getRuntime().halt(8);
                    }
                    return i;
                });
        assertExit(7, onlyFailure(bench, exits, 1));
        assertExit(8, onlyFailure(bench, halts, 1));
    }

    private static void assertExit(int code, Throwable failure) {
        WorkerDiedException died = Bench.expect(WorkerDiedException.class, failure);
        assertEquals(Death.EXIT, died.death(), died.getMessage());
        assertEquals(code, died.exitCode().orElse(code), died.getMessage());
    }

    /** All other tasks have returned their numbers. */
    private static Throwable onlyFailure(Bench bench, MapFuture<Integer> map, int failed) throws Exception {
        List<TaskOutcome<Integer>> outcomes = map.outcomes().get(bench.patience.toMillis(), TimeUnit.MILLISECONDS);
        for (TaskOutcome<Integer> outcome : outcomes) {
            if (outcome.task() != failed) {
                assertEquals(outcome.task(), outcome.value(), "a task beside one that ended its worker");
            }
        }
        return outcomes.get(failed).failure().orElseThrow();
    }

    static void crash(Bench bench) throws Exception {
        bench.needs(Feature.ISOLATION);
        MapFuture<Integer> map = bench.named("crash")
                .withChunkSize(2)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 4, i -> i == 1 ? Tasks.killed() : i);
        WorkerDiedException died = Bench.expect(WorkerDiedException.class, onlyFailure(bench, map, 1));
        assertTrue(died.death() != Death.EXIT, () -> "it did not end by itself: " + died);
    }
}
