package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.Progress;
import io.clustrix.RunEvent;
import io.clustrix.RunListener;
import io.clustrix.Submitter;
import io.clustrix.TaskNote;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.TaskTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The code of docs/map-and-futures.md. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MapAndFuturesTest {
    private Clustrix clustrix;

    @BeforeAll
    void open() {
        clustrix = Clustrix.builder().set("clusters.local.mode", "processes").open();
    }

    @AfterAll
    void close() {
        clustrix.close();
    }

    @Test
    void maps() {
        List<String> words = List.of("one", "two", "three");

        List<Integer> lengths = clustrix.map(words, String::length).join();
        List<Integer> squares = clustrix.map(0, 5, n -> n * n).join();
        clustrix.forEach(words, word -> System.out.println(word)).join();

        assertThat(lengths).containsExactly(3, 3, 5);
        assertThat(squares).containsExactly(0, 1, 4, 9, 16);
    }

    @Test
    void chunks() {
        List<Integer> squares = clustrix.withChunkSize(2).map(0, 5, n -> n * n).join();

        assertThat(squares).containsExactly(0, 1, 4, 9, 16);
    }

    @Test
    void asTheyCome() {
        List<String> seen = new ArrayList<>();
        List<String> names = List.of("a", "b", "c");

        MapFuture<String> results = clustrix.map(names, name -> name.repeat(3));
        results.asCompleted().forEach(outcome -> {
            String name = names.get(outcome.task());
            outcome.failure()
                    .ifPresentOrElse(
                            e -> seen.add(name + " failed: " + e), () -> seen.add(name + ": " + outcome.value()));
        });

        assertThat(seen).containsExactlyInAnyOrder("a: aaa", "b: bbb", "c: ccc");
    }

    @Test
    void failFast() {
        MapFuture<Integer> numbers = clustrix.map(List.of("1", "two", "3"), Integer::parseInt);
        try {
            numbers.join();
        } catch (CompletionException e) {
            NumberFormatException thrown = (NumberFormatException) e.getCause();
            TaskNote note = (TaskNote) thrown.getSuppressed()[0];
            System.out.println(note.task() + ": " + thrown.getMessage());
            assertThat(note.task()).isEqualTo(1);
        }
        assertThat(numbers).isCompletedExceptionally();
    }

    @Test
    void collect() {
        MapFuture<Integer> numbers =
                clustrix.onError(ErrorPolicy.COLLECT).map(List.of("1", "two", "3"), Integer::parseInt);
        int sum = 0;
        for (TaskOutcome<Integer> outcome : numbers.outcomes().join()) {
            if (outcome instanceof TaskOutcome.Success<Integer> s) {
                sum += s.value();
            }
        }
        assertThat(sum).isEqualTo(4);
        assertThatThrownBy(numbers::join).hasCauseInstanceOf(MapException.class);
    }

    @Test
    void timeout() {
        Submitter quick = clustrix.withName("report").withTimeout(Duration.ofSeconds(1));
        JobFuture<Void> report = quick.submit(() -> Thread.sleep(60_000));

        assertThatThrownBy(report::join).hasCauseInstanceOf(TaskTimeoutException.class);
        assertThat(report.status().state()).isEqualTo(JobState.TIMED_OUT);
    }

    @Test
    void cancel() {
        JobFuture<Void> report = clustrix.submit(() -> Thread.sleep(60_000));
        report.cancel(true);

        assertThat(report).isCancelled();
        assertThat(report.status().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void compose() {
        JobFuture<Integer> left = clustrix.submit(() -> 20);
        JobFuture<Integer> right = clustrix.submit(() -> 22);
        CompletableFuture<Integer> sum = left.thenCombine(right, Integer::sum);

        assertThat(sum.join()).isEqualTo(42);
    }

    @Test
    void progress() {
        MapFuture<Integer> squares = clustrix.map(0, 1000, n -> n * n);
        squares.join();
        Progress progress = squares.progress();
        System.out.println(progress); // 1000 of 1000 tasks ended
        assertThat(progress).hasToString("1000 of 1000 tasks ended");
    }

    @Test
    void listens() {
        List<String> log = Collections.synchronizedList(new ArrayList<>());
        RunListener listener = new RunListener() {
            @Override
            public void progress(JobKey key, Progress progress) {
                log.add(progress.toString());
            }

            @Override
            public void output(JobKey key, int task, OutputChannel channel, String text) {
                log.add("task " + task + " printed " + text.strip());
            }
        };
        clustrix.withListener(listener)
                .submit(() -> System.out.println("hello"))
                .join();
        awaitIn(log, "task 0 printed hello");
    }

    private static void awaitIn(List<String> log, String line) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!log.contains(line) && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(log).contains(line);
    }

    @Test
    void events() throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        List<RunEvent> seen = Collections.synchronizedList(new ArrayList<>());
        MapFuture<Integer> job = clustrix.map(0, 100, n -> {
            Thread.sleep(2);
            return n;
        });
        job.events().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(RunEvent event) {
                if (event instanceof RunEvent.WorkerStarted w) {
                    System.out.println("a worker: " + w.runtime());
                }
                seen.add(event);
            }

            @Override
            public void onError(Throwable e) {
                e.printStackTrace(); // never called by a job
            }

            @Override
            public void onComplete() {
                over.countDown();
            }
        });

        assertThat(over.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).hasAtLeastOneElementOfType(RunEvent.TaskCompleted.class);
    }
}
