package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.testlog.RecordedLogs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RunListenerTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 1);

    /** Writes down everything and knows when a job has ended. */
    private static class Recorder implements RunListener {
        final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch ended = new CountDownLatch(1);
        final AtomicLong dropped = new AtomicLong();

        @Override
        public void stateChanged(JobKey key, JobStatus status) {
            lines.add("state " + status.state());
            if (status.state().ended()) {
                ended.countDown();
            }
        }

        @Override
        public void progress(JobKey key, Progress progress) {
            lines.add("progress " + progress.ended());
        }

        @Override
        public void output(JobKey key, int task, OutputChannel channel, String text) {
            lines.add("output " + channel + " " + text.strip());
        }

        @Override
        public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
            lines.add("task " + outcome.task());
        }

        @Override
        public void runtime(JobKey key, RuntimeReport report) {
            lines.add("runtime " + report.worker());
        }

        @Override
        public void dropped(JobKey key, long events) {
            dropped.addAndGet(events);
        }

        void awaitEnd() throws InterruptedException {
            assertThat(ended.await(10, SECONDS)).isTrue();
        }
    }

    @Test
    @DisplayName("listeners of the builder and of the submitter are told everything, in order, the end last")
    void everything() throws Exception {
        Recorder all = new Recorder();
        Recorder some = new Recorder();
        try (Clustrix clustrix = cluster.clustrix().listener(all).open()) {
            MapFuture<Integer> future = clustrix.withListener(some).map(0, 2, i -> i);
            future.join();
            all.awaitEnd();
            some.awaitEnd();
            assertThat(some.lines)
                    .startsWith("state PENDING")
                    .endsWith("progress 2", "state SUCCEEDED")
                    .containsSubsequence("state RUNNING", "runtime w1", "output STDOUT task 0", "task 0")
                    .containsSubsequence("task 0", "output STDOUT task 1", "task 1");
            assertThat(all.lines).containsSubsequence("state PENDING", "task 0", "task 1", "state SUCCEEDED");
            clustrix.submit(() -> 1).join();
            assertThat(some.lines.stream().filter(l -> l.equals("state PENDING")))
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("closing waits for listeners that are behind: the end of a job is told before close returns")
    void closedWhileTelling() throws Exception {
        Recorder slow = new Recorder() {
            @Override
            public void output(JobKey key, int task, OutputChannel channel, String text) {
                pause(); // so that the rest comes when everything is being closed
            }

            @Override
            public void stateChanged(JobKey key, JobStatus status) {
                pause();
                super.stateChanged(key, status);
            }
        };
        try (Clustrix clustrix = cluster.clustrix().listener(slow).open()) {
            clustrix.submit(() -> 1).join();
        }
        assertThat(slow.ended.getCount()).isZero();
    }

    private static void pause() {
        try {
            Thread.sleep(60);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("the first that is told of a job is its cluster, name and size; of a refused one nothing is told")
    void submitted() throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        CountDownLatch ended = new CountDownLatch(3);
        RunListener listener = new RunListener() {
            @Override
            public void submitted(JobKey key, String on, String name, int tasks) {
                lines.add("submitted " + on + " " + name + " " + tasks);
            }

            @Override
            public void stateChanged(JobKey key, JobStatus status) {
                lines.add("state " + status.state());
                if (status.state().ended()) {
                    ended.countDown();
                }
            }
        };
        try (Clustrix clustrix = cluster.clustrix().listener(listener).open()) {
            clustrix.withName("many").map(0, 7, i -> i).join();
            clustrix.withName("none").map(List.of(), i -> i).join();
            clustrix.withName("one").submit(() -> 1).join();
            assertThat(ended.await(10, SECONDS)).isTrue();
            assertThat(lines)
                    .containsSubsequence("submitted test many 7", "state PENDING", "state SUCCEEDED")
                    .containsSubsequence("submitted test none 0", "state SUCCEEDED")
                    .containsSubsequence("submitted test one 1", "state PENDING", "state SUCCEEDED");
            assertThat(lines.get(0)).startsWith("submitted");

            lines.clear();
            cluster.made.get(0).closed = true;
            assertThatThrownBy(() -> clustrix.submit(() -> 1)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(lines).isEmpty();
    }

    @Test
    @DisplayName("a listener that throws is logged once and ignored; the others are told all the same")
    void throwing() throws Exception {
        Recorder good = new Recorder();
        RunListener bad = new RunListener() {
            @Override
            public void stateChanged(JobKey key, JobStatus status) {
                throw new IllegalStateException("listener of RunListenerTest");
            }

            @Override
            public void taskCompleted(JobKey key, TaskOutcome<?> outcome) {
                throw new AssertionError("an error, too");
            }
        };
        try (Clustrix clustrix = cluster.clustrix().listener(bad).listener(good).open()) {
            assertThat(clustrix.submit(() -> 1).join()).isEqualTo(1);
            good.awaitEnd();
            clustrix.submit(() -> 1).join();
        }
        assertThat(RecordedLogs.with("RunListenerTest$")).hasSize(1);
        assertThat(RecordedLogs.with("RunListenerTest$").get(0))
                .contains("WARN")
                .contains("StateChanged")
                .contains("listener of RunListenerTest");
    }

    @Test
    @DisplayName("a slow listener holds up no job and loses what is more than 16,384 events behind")
    void slow() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Recorder slow = new Recorder() {
            @Override
            public void runtime(JobKey key, RuntimeReport report) {
                try {
                    assertThat(go.await(15, SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        try (Clustrix clustrix = cluster.clustrix().listener(slow).open()) {
            int n = 30_000;
            assertThat(clustrix.map(0, n, i -> i).join()).hasSize(n);
            go.countDown();
            slow.awaitEnd();
            long told = slow.lines.stream()
                    .filter(l -> l.startsWith("task ") || l.startsWith("output"))
                    .count();
            assertThat(told).isBetween(10_000L, 30_000L);
            assertThat(slow.dropped.get() + told).isEqualTo(2L * n);
            assertThat(slow.lines).startsWith("state PENDING").endsWith("state SUCCEEDED");
        }
    }

    private static final class Subscriber implements Flow.Subscriber<RunEvent> {
        final List<RunEvent> events = Collections.synchronizedList(new ArrayList<>());
        final CountDownLatch complete = new CountDownLatch(1);
        final CountDownLatch go = new CountDownLatch(1);
        final boolean waits;

        Subscriber(boolean waits) {
            this.waits = waits;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(RunEvent item) {
            try {
                if (waits && !go.await(15, SECONDS)) {
                    throw new IllegalStateException();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            events.add(item);
        }

        @Override
        public void onError(Throwable throwable) {
            events.add(new RunEvent.StateChanged(
                    JobKey.parse("00000000000000000000000000"), JobStatus.of(JobState.LOST, "" + throwable)));
        }

        @Override
        public void onComplete() {
            complete.countDown();
        }
    }

    @Test
    @DisplayName(
            "events: a slow subscriber holds up nobody and loses events; a quick one sees the end; both are completed")
    void events() throws Exception {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            CountDownLatch start = new CountDownLatch(1);
            MapFuture<Integer> future = clustrix.map(0, 5000, i -> {
                if (i == 0 && !start.await(15, SECONDS)) {
                    throw new IllegalStateException();
                }
                return i;
            });
            Subscriber quick = new Subscriber(false);
            Subscriber slow = new Subscriber(true);
            future.events().subscribe(quick);
            future.events().subscribe(slow);
            start.countDown();
            assertThat(future.join()).hasSize(5000);
            assertThat(quick.complete.await(10, SECONDS)).isTrue();
            assertThat(quick.events.get(quick.events.size() - 1))
                    .isInstanceOfSatisfying(
                            RunEvent.StateChanged.class,
                            e -> assertThat(e.status().state()).isEqualTo(JobState.SUCCEEDED));
            slow.go.countDown();
            assertThat(slow.complete.await(10, SECONDS)).isTrue();
            assertThat(slow.events.size()).isBetween(1, 2000);
            assertThat(slow.events).allMatch(e -> e.key().equals(future.key()));
        }
    }

    @Test
    void eventsOfAJobThatHasEnded() throws Exception {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            JobFuture<Integer> future = clustrix.submit(() -> 1);
            future.join();
            Subscriber late = new Subscriber(false);
            future.events().subscribe(late);
            assertThat(late.complete.await(10, SECONDS)).isTrue();
            assertThat(late.events).allMatch(e -> e instanceof RunEvent.StateChanged);
        }
    }
}
