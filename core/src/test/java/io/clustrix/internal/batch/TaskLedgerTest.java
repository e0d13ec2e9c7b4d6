package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobListener;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.TaskResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TaskLedgerTest {
    private static final class Seen implements JobListener {
        final List<String> all = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void changed(JobStatus status) {
            all.add(status.state() + " " + status.detail());
        }

        @Override
        public void completed(int task, TaskResult result) {
            all.add("task " + task);
        }
    }

    private final Seen seen = new Seen();

    private TaskLedger ledger(int tasks) {
        return new TaskLedger(new JobKey(1, 2), tasks, seen);
    }

    @Test
    @DisplayName("Each task is told once, and the end after all of them, however many threads compete")
    void race() throws Exception {
        int tasks = 2000;
        int threads = 6;
        AtomicIntegerArray told = new AtomicIntegerArray(tasks);
        AtomicIntegerArray ends = new AtomicIntegerArray(2);
        TaskLedger ledger = new TaskLedger(new JobKey(1, 2), tasks, new JobListener() {
            @Override
            public void completed(int task, TaskResult result) {
                told.incrementAndGet(task);
                ends.compareAndSet(1, 0, ends.get(0)); // 1 if the end was told before
            }

            @Override
            public void changed(JobStatus status) {
                if (status.state().ended()) {
                    ends.incrementAndGet(0);
                }
            }
        });
        CountDownLatch go = new CountDownLatch(1);
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            boolean fails = t % 2 == 0;
            Thread thread = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    return;
                }
                for (int i = 0; i < tasks; i++) {
                    if (fails) {
                        ledger.fail(i, new CancellationException("x"), JobState.CANCELLED);
                    } else {
                        ledger.complete(i, new TaskResult.Success(i));
                    }
                }
            });
            thread.start();
            all.add(thread);
        }
        go.countDown();
        for (Thread t : all) {
            t.join();
        }
        for (int i = 0; i < tasks; i++) {
            assertThat(told.get(i)).as("task %d", i).isEqualTo(1);
        }
        assertThat(ends.get(0)).isEqualTo(1);
        assertThat(ends.get(1)).as("a task was told of after the end").isZero();
        assertThat(ledger.isOver()).isTrue();
    }

    @Test
    @DisplayName("News are told once, and none after the end")
    void news() {
        TaskLedger ledger = ledger(1);
        ledger.changed(JobStatus.of(JobState.PENDING, "Priority"));
        ledger.changed(JobStatus.of(JobState.PENDING, "Priority"));
        ledger.changed(JobStatus.of(JobState.RUNNING, ""));
        ledger.complete(0, new TaskResult.Success("x"));
        ledger.changed(JobStatus.of(JobState.PENDING, "late"));
        ledger.workerStarted(new RuntimeReport("w", "h", 1, "17", "v", "Linux"));
        assertThat(seen.all).containsExactly("PENDING Priority", "RUNNING ", "task 0", "SUCCEEDED ");
    }

    @Test
    @DisplayName("The first failure decides the state; those that come later do not")
    void firstFailure() {
        TaskLedger ledger = ledger(3);
        ledger.complete(1, new TaskResult.Failure(new IllegalStateException("own")));
        ledger.failAll(0, 3, new CancellationException("then"), JobState.FAILED);
        assertThat(ledger.firstFailure()).hasMessage("own");
        assertThat(seen.all).hasSize(4).last().asString().startsWith("FAILED").contains("own");
    }

    @Test
    @DisplayName("A range of tasks fails without those that are done")
    void range() {
        TaskLedger ledger = ledger(5);
        ledger.complete(2, new TaskResult.Success(1));
        ledger.failAll(1, 4, new IllegalStateException("x"), JobState.FAILED);
        assertThat(seen.all).containsExactly("task 2", "task 1", "task 3");
        assertThat(ledger.allDone(1, 4)).isTrue();
        assertThat(ledger.allDone(0, 4)).isFalse();
        assertThat(ledger.isOver()).isFalse();
    }

    @Test
    @DisplayName("A listener that throws, and an exception that throws when it is described, end nothing")
    void badListener() {
        List<JobStatus> told = new ArrayList<>();
        TaskLedger ledger = new TaskLedger(new JobKey(1, 2), 2, new JobListener() {
            @Override
            public void completed(int task, TaskResult result) {
                throw new StackOverflowError("bad");
            }

            @Override
            public void changed(JobStatus status) {
                told.add(status);
                throw new IllegalStateException("bad");
            }

            @Override
            public boolean wantsOutput() {
                throw new IllegalStateException("bad");
            }
        });
        assertThat(ledger.wantsOutput()).isFalse();
        ledger.complete(0, new TaskResult.Failure(new IllegalStateException("x") {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("even worse");
            }
        }));
        ledger.complete(1, new TaskResult.Success(null));
        assertThat(told).hasSize(1);
        assertThat(told.get(0).state()).isEqualTo(JobState.FAILED);
    }
}
