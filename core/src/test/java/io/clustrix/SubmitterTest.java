package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Job;
import io.clustrix.spi.JobState;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Placement;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.spi.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SubmitterTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 2);
    private final Clustrix clustrix = cluster.clustrix()
            .set("clusters.test.resources.cores", 3)
            .set("clusters.test.resources.memory", "2GiB")
            .open();

    @AfterEach
    void close() {
        clustrix.close();
    }

    private static int answer() {
        return 42;
    }

    private static void nothing() {}

    @Test
    @DisplayName("the overloads of submit take every kind of lambda and method reference without a cast")
    void overloads() throws Exception {
        JobFuture<Integer> value = clustrix.submit(() -> 42);
        JobFuture<Void> statement = clustrix.submit(() -> Thread.onSpinWait());
        JobFuture<Void> block = clustrix.submit(() -> {
            nothing();
        });
        JobFuture<Integer> thrower = clustrix.submit(() -> {
            throw new IOException("no");
        });
        JobFuture<Integer> reference = clustrix.submit(SubmitterTest::answer);
        JobFuture<Void> voidReference = clustrix.submit(SubmitterTest::nothing);
        JobFuture<String> nothing = clustrix.submit(() -> null);
        RemoteRunnable runnable = () -> {};
        assertThat(value.get(5, SECONDS)).isEqualTo(42);
        assertThat(statement.get(5, SECONDS)).isNull();
        assertThat(block.get(5, SECONDS)).isNull();
        assertThatThrownBy(() -> thrower.get(5, SECONDS)).hasRootCauseInstanceOf(IOException.class);
        assertThat(reference.get(5, SECONDS)).isEqualTo(42);
        assertThat(voidReference.get(5, SECONDS)).isNull();
        assertThat(nothing.get(5, SECONDS)).isNull();
        assertThat(clustrix.submit(runnable).get(5, SECONDS)).isNull();
    }

    @Test
    @DisplayName(
            "a task's exception comes as it is: the cause of what join and get throw, the same object in the same JVM")
    void exceptionsAsTheyAre() {
        IOException thrown = new IOException("disk");
        JobFuture<Integer> future = clustrix.submit(() -> {
            throw thrown;
        });
        assertThat(catchThrowable(future::join))
                .isInstanceOf(CompletionException.class)
                .hasCause(thrown);
        assertThat(catchThrowable(future::get).getCause()).isSameAs(thrown);
        assertThat(catchThrowable(future::get)).isInstanceOf(ExecutionException.class);
        assertThat(future.handle((v, e) -> e).join()).isSameAs(thrown);
        assertThat(future.status().state()).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("W-E1: a task that fails is run once; nothing is repeated behind the caller's back")
    void runsOnce() {
        AtomicInteger runs = new AtomicInteger();
        assertThatThrownBy(() -> clustrix.submit(() -> {
                            runs.incrementAndGet();
                            throw new IllegalStateException("after a side effect");
                        })
                        .join())
                .hasRootCauseMessage("after a side effect");
        AtomicInteger mapped = new AtomicInteger();
        MapFuture<Integer> future = clustrix.onError(ErrorPolicy.COLLECT).map(0, 10, i -> {
            mapped.incrementAndGet();
            throw new IllegalStateException("each");
        });
        assertThatThrownBy(future::join).hasCauseInstanceOf(MapException.class);
        assertThat(runs).hasValue(1);
        assertThat(mapped).hasValue(10);
    }

    @Test
    @DisplayName(
            "B7: the function receives one item, whatever the chunk size; results are in order (B8) and may be null")
    void oneItem() {
        assertThat(clustrix.withChunkSize(2).map(0, 5, i -> i * i).join()).containsExactly(0, 1, 4, 9, 16);
        List<String> items = new ArrayList<>(Arrays.asList("a", null, "c"));
        MapFuture<String> future = clustrix.map(items, s -> s == null ? "was null" : s.equals("c") ? null : s);
        items.clear(); // they have been copied
        assertThat(future.join()).containsExactly("a", "was null", null);
        assertThat(cluster.jobs.get(0).options().chunkSize()).isEqualTo(OptionalInt.of(2));
    }

    @Test
    @DisplayName("an Iterable that is no collection is read once")
    void iterable() {
        AtomicInteger iterators = new AtomicInteger();
        Iterable<Integer> items = () -> {
            iterators.incrementAndGet();
            return List.of(1, 2, 3).iterator();
        };
        assertThat(clustrix.map(items, i -> i + 1).join()).containsExactly(2, 3, 4);
        Iterable<Object> broken = () -> {
            throw new IllegalStateException("no iterator");
        };
        assertThatThrownBy(() -> clustrix.map(broken, i -> i)).hasMessage("no iterator");
        assertThat(iterators).hasValue(1);
    }

    @Test
    @DisplayName("no items: the future is complete, with an empty list")
    void noItems() {
        MapFuture<Integer> future = clustrix.map(List.<Integer>of(), i -> i);
        assertThat(future).isCompletedWithValue(List.of());
        assertThat(future.outcomes()).isCompletedWithValue(List.of());
        assertThat(future.asCompleted()).isEmpty();
        assertThat(future.progress()).isEqualTo(new Progress(0, 0, 0, 0));
        assertThat(future.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(future.placement().where()).isEqualTo("nowhere");
        assertThat(clustrix.map(3, 3, i -> i).join()).isEmpty();
        assertThat(cluster.jobs).isEmpty();
    }

    @Test
    void turnedRange() {
        assertThatThrownBy(() -> clustrix.map(3, 2, i -> i))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("from 3 to 2");
    }

    @Test
    void forEach() {
        List<Integer> seen = java.util.Collections.synchronizedList(new ArrayList<>());
        assertThat(clustrix.forEach(List.of(1, 2, 3), seen::add).join()).containsExactly(null, null, null);
        assertThat(seen).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    @DisplayName("call over configuration over defaults; each with... leaves the submitter as it was")
    void options() {
        Submitter base = clustrix.withResources(r -> r.memory("16GB")).withName("big");
        Submitter more = base.withResources(r -> r.cores(8))
                .withVariable("A", "1")
                .withVariable("B", "2")
                .withDirectory(Path.of("/tmp"))
                .onError(ErrorPolicy.COLLECT);
        base.submit(() -> 1).join();
        more.submit(() -> 1).join();
        more.withResources(Resources.none()).submit(() -> 1).join();
        Job first = cluster.jobs.get(0);
        assertThat(first.options().name()).isEqualTo("big");
        assertThat(first.options().resources().cores()).hasValue(3);
        assertThat(first.options().resources().memory()).hasValue(Memory.parse("16GB"));
        assertThat(first.options().variables()).isEmpty();
        Job second = cluster.jobs.get(1);
        assertThat(second.options().resources().cores()).hasValue(8);
        assertThat(second.options().resources().memory()).hasValue(Memory.parse("16GB"));
        assertThat(second.options().variables()).containsEntry("A", "1").containsEntry("B", "2");
        assertThat(second.options().directory()).isEqualTo(Optional.of(Path.of("/tmp")));
        assertThat(second.options().onError()).isEqualTo(ErrorPolicy.COLLECT);
        assertThat(cluster.jobs.get(2).options().resources().cores()).hasValue(3);
        assertThat(cluster.jobs.get(2).options().resources().memory()).hasValue(Memory.ofGibibytes(2));
    }

    @Test
    @DisplayName("the options that an executor sees are one object for all jobs of a submitter")
    void sharedOptions() {
        Submitter s = clustrix.withName("x");
        s.submit(() -> 1).join();
        s.map(0, 2, i -> i).join();
        assertThat(cluster.jobs.get(0).options()).isSameAs(cluster.jobs.get(1).options());
    }

    @Test
    @DisplayName("senseless options are refused where they are given")
    void senseless() {
        assertThatThrownBy(() -> clustrix.withTimeout(Duration.ZERO)).hasMessageContaining("positive");
        assertThatThrownBy(() -> clustrix.withName("a\nb")).hasMessageContaining("control character");
        assertThatThrownBy(() -> clustrix.withChunkSize(0)).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> clustrix.withVariable("a b", "")).hasMessageContaining("a b");
        assertThatThrownBy(() -> clustrix.withResources(r -> r.cores(0))).hasMessageContaining("cores");
        assertThatThrownBy(() -> clustrix.withResources(r -> r.queue("a").partition("b")))
                .hasMessageContaining("two names");
    }

    @Test
    void explainRunsNothing() {
        Placement placement = clustrix.withName("it").explain(() -> {
            throw new AssertionError("it ran");
        });
        assertThat(placement).isEqualTo(new Placement("threads", "it is a test of it"));
        assertThat(cluster.tasksStarted).hasValue(0);
    }

    @Test
    @DisplayName("tasks, actions and their lambdas survive the codec")
    void shipped() {
        cluster.ships = true;
        int offset = 10;
        assertThat(clustrix.submit(() -> 32 + offset).join()).isEqualTo(42);
        assertThat(clustrix.submit(() -> Thread.onSpinWait()).join()).isNull();
        assertThat(clustrix.map(List.of(1, 2), x -> x + offset).join()).containsExactly(11, 12);
        assertThat(clustrix.map(0, 3, i -> "n" + i).join()).containsExactly("n0", "n1", "n2");
        assertThat(clustrix.forEach(List.of("a"), s -> assertThat(s).hasSize(1)).join())
                .hasSize(1);
    }

    @Test
    @DisplayName("R54: a function that can't be shipped is refused by submit, with the path to the culprit")
    void unshippable() {
        cluster.ships = true;
        Thread thread = Thread.currentThread();
        assertThatThrownBy(() -> clustrix.submit(() -> thread.getName()))
                .isInstanceOf(io.clustrix.spi.SerializationException.class)
                .hasMessageContaining("java.lang.Thread");
    }
}
