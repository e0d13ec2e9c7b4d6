package io.clustrix;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.spi.JobState;
import io.clustrix.spi.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class JobFutureTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 2);
    private final Clustrix clustrix = cluster.clustrix().open();

    @AfterEach
    void close() {
        clustrix.close();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(15, SECONDS)) {
            throw new IllegalStateException("waited in vain");
        }
    }

    @Test
    void tellsAboutItsJob() {
        JobFuture<Integer> future = clustrix.withName("sum").submit(() -> 1);
        future.join();
        assertThat(future.name()).isEqualTo("sum");
        assertThat(future.placement()).isEqualTo(new Placement("threads", "it is a test of sum"));
        assertThat(future.runtimes()).hasSize(1);
        assertThat(future.runtimes().get(0).javaVersion()).isEqualTo("17");
        assertThat(future.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(clustrix.status(future.key()).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(future.key()).isEqualTo(cluster.jobs.get(0).key());
    }

    @Test
    void statusWhileItRuns() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        JobFuture<Integer> future = clustrix.submit(() -> {
            started.countDown();
            await(end);
            return 1;
        });
        await(started);
        assertThat(future.status().state()).isEqualTo(JobState.RUNNING);
        assertThat(clustrix.status(future.key()).state()).isEqualTo(JobState.RUNNING);
        end.countDown();
        future.join();
    }

    @Test
    @DisplayName("continuations run on callback threads, or on the thread that adds them, never on the executor's")
    void continuationThreads() {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            // Without a wait: most are added just when their task ends.
            JobFuture<Integer> f = clustrix.submit(() -> 1);
            all.add(
                    switch (i % 4) {
                        case 0 ->
                            f.thenApply(v -> threads.add(Thread.currentThread().getName()));
                        case 1 ->
                            f.handle(
                                    (v, e) -> threads.add(Thread.currentThread().getName()));
                        case 2 ->
                            f.thenCombine(
                                    CompletableFuture.completedFuture(1),
                                    (a, b) -> threads.add(Thread.currentThread().getName()));
                        default ->
                            f.whenComplete(
                                    (v, e) -> threads.add(Thread.currentThread().getName()));
                    });
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        assertThat(threads)
                .isNotEmpty()
                .allMatch(t -> t.startsWith("clustrix-callback-")
                        || t.equals(Thread.currentThread().getName()));
    }

    @Test
    @DisplayName("callbacks that block hold up neither the executor nor other callbacks")
    void blockingCallbacks() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(40);
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<Void>> stuck = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            stuck.add(clustrix.submit(() -> {
                        await(go);
                        return 1;
                    })
                    .thenAccept(v -> {
                        blocked.countDown();
                        try {
                            await(release);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }));
        }
        go.countDown();
        await(blocked);
        // A callback that waits for another job, whose own callback has to run first.
        CompletableFuture<Integer> chained = clustrix.submit(() -> 1)
                .thenApply(
                        v -> v + clustrix.submit(() -> 2).thenApply(w -> w * 10).join());
        assertThat(chained.get(5, SECONDS)).isEqualTo(21);
        release.countDown();
        CompletableFuture.allOf(stuck.toArray(CompletableFuture[]::new)).get(5, SECONDS);
    }

    @Test
    @DisplayName("threads that wait in join and get are no dependents, so a lone wait needs no second thread")
    void waitersAreNoDependents() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        JobFuture<Integer> future = clustrix.submit(() -> {
            await(end);
            return 7;
        });
        List<Thread> waiting = new ArrayList<>();
        List<Integer> values = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 3; i++) {
            Thread t = new Thread(() -> values.add(future.join()));
            t.start();
            waiting.add(t);
        }
        assertThatThrownBy(() -> future.get(30, MILLISECONDS))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("30 milliseconds");
        assertThat(future.getNumberOfDependents()).isZero();
        end.countDown();
        for (Thread t : waiting) {
            t.join(5000);
        }
        assertThat(values).containsExactly(7, 7, 7);
    }

    @Test
    void waitingThreadsGoBeforeSlowContinuations() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        JobFuture<Integer> future = clustrix.submit(() -> {
            await(end);
            return 7;
        });
        CompletableFuture<Void> slow = future.thenAccept(v -> {
            try {
                await(release);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Thread waiting = new Thread(future::join);
        waiting.start();
        Thread.sleep(20);
        end.countDown();
        waiting.join(5000);
        assertThat(waiting.isAlive()).isFalse();
        assertThat(slow).isNotDone();
        release.countDown();
        slow.get(5, SECONDS);
    }

    @Test
    @DisplayName("a thread of a work-stealing pool waits as the JDK does")
    void forkJoin() throws Exception {
        ForkJoinPool pool = new ForkJoinPool(1);
        try {
            assertThat(pool.submit(() -> clustrix.submit(() -> 5).join()).get(5, SECONDS))
                    .isEqualTo(5);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void interruptsGetAndLeavesJoin() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        JobFuture<Integer> future = clustrix.submit(() -> {
            await(end);
            return 1;
        });
        AtomicReference<Throwable> got = new AtomicReference<>();
        Thread getting = new Thread(() -> got.set(catchThrowable(future::get)));
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread joining = new Thread(() -> {
            future.join();
            flag.set(Thread.currentThread().isInterrupted());
        });
        getting.start();
        joining.start();
        getting.interrupt();
        joining.interrupt();
        getting.join(5000);
        assertThat(got.get()).isInstanceOf(InterruptedException.class);
        assertThat(future.isDone()).isFalse();
        end.countDown();
        joining.join(5000);
        assertThat(flag.get()).isTrue();
    }

    @Test
    @DisplayName("cancel ends the job: it is told to the executor, and what has not started never starts")
    void cancel() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<JobFuture<Integer>> blockers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            blockers.add(clustrix.submit(() -> {
                await(never);
                return 1;
            }));
        }
        JobFuture<Integer> waiting = clustrix.submit(() -> 1);
        assertThat(waiting.cancel(true)).isTrue();
        assertThat(waiting.isCancelled()).isTrue();
        assertThat(cluster.cancelled).hasSize(1);
        assertThat(waiting.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(clustrix.status(waiting.key()).state()).isEqualTo(JobState.CANCELLED);
        assertThatThrownBy(waiting::join).isInstanceOf(CancellationException.class);
        assertThat(waiting.cancel(true)).isTrue();
        never.countDown();
        for (JobFuture<Integer> b : blockers) {
            assertThat(b.get(5, SECONDS)).isEqualTo(1);
            assertThat(b.cancel(true)).isFalse();
        }
        assertThat(cluster.tasksStarted).hasValue(2);
    }

    @Test
    @DisplayName("what says why a job was cancelled is thrown as it is, by each way of asking and on each Java")
    void cancelledAsItIs() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        JobFuture<Integer> running = clustrix.submit(() -> {
            await(end);
            return 1;
        });
        MapFuture<Integer> map = clustrix.map(0, 2, i -> {
            await(end);
            return i;
        });
        for (JobFuture<?> future : List.of(running, map)) {
            CancellationException why = new CancellationException("enough");
            why.initCause(new CancellationException("join"));
            assertThat(future.completeExceptionally(why)).isTrue();
            assertThat(catchThrowable(future::join)).isSameAs(why);
            assertThat(catchThrowable(future::get)).isSameAs(why);
            assertThat(catchThrowable(() -> future.get(1, SECONDS))).isSameAs(why);
            assertThat(catchThrowable(() -> future.getNow(null))).isSameAs(why);
            assertThat(future.status().detail()).contains("enough");
        }
        end.countDown();
    }

    @Test
    @DisplayName("a future that somebody else completes, or that times out by orTimeout, cancels its job")
    void completedBySomebodyElse() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<JobFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            futures.add(clustrix.submit(() -> {
                await(never);
                return 1;
            }));
        }
        assertThat(futures.get(0).complete(5)).isTrue();
        assertThat(futures.get(1).completeExceptionally(new IllegalStateException("mine")))
                .isTrue();
        assertThat(futures.get(2).completeAsync(() -> 6)).isSameAs(futures.get(2));
        assertThatThrownBy(() -> futures.get(3).orTimeout(20, MILLISECONDS).get(5, SECONDS))
                .hasCauseInstanceOf(TimeoutException.class);
        assertThat(futures.get(2).get(5, SECONDS)).isEqualTo(6);
        assertThat(futures.get(0).join()).isEqualTo(5);
        assertThatThrownBy(() -> futures.get(1).join()).hasRootCauseMessage("mine");
        long end = System.nanoTime() + SECONDS.toNanos(5);
        while (cluster.cancelled.size() < 4 && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertThat(cluster.cancelled).hasSize(4);
        assertThat(futures.get(3).status().state()).isEqualTo(JobState.TIMED_OUT);
        assertThat(futures.get(0).status().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void derivedFuturesArePlain() {
        JobFuture<Integer> future = clustrix.submit(() -> 1);
        assertThat(future.thenApply(v -> v).getClass()).isEqualTo(CompletableFuture.class);
        assertThat(future.copy().join()).isEqualTo(1);
        assertThat(future.minimalCompletionStage().toCompletableFuture().join()).isEqualTo(1);
        assertThat(future.toCompletableFuture()).isSameAs(future);
        assertThat(future.getNow(3)).isEqualTo(1);
    }
}
