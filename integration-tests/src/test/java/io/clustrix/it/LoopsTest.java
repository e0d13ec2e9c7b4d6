package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Maps on threads and in processes (B7 to B9). */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class LoopsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes", "auto"})
    @DisplayName("range(5) in chunks of 2: the squares, flat and in order (B7, B8, B9)")
    void squares(String mode, Clustrix clustrix) {
        var on = clustrix.on(mode).withChunkSize(2);

        assertThat(on.map(0, 5, i -> i * i).join()).containsExactly(0, 1, 4, 9, 16);
        assertThat(on.map(List.of(0, 1, 2, 3, 4), i -> i * i).join()).containsExactly(0, 1, 4, 9, 16);
    }

    /** Who ran an item: the worker process, or the thread. */
    private static String runner() {
        return ProcessHandle.current().pid() + " " + Thread.currentThread().getName();
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("a function gets one item at a time, and the chunks really are [0, 1], [2, 3], [4] (B7, B8)")
    void chunks(String mode, Clustrix clustrix) {
        Marks marks = new Marks(directory.resolve("marks"));

        List<String> runners = clustrix.on(mode)
                .withChunkSize(2)
                .map(List.of(0, 1, 2, 3, 4), (Object item) -> {
                    marks.add(runner() + "/" + item.getClass().getSimpleName() + "/" + item);
                    Thread.sleep(30);
                    return runner();
                })
                .join();

        assertThat(runners.get(0)).isEqualTo(runners.get(1));
        assertThat(runners.get(2)).isEqualTo(runners.get(3)).isNotEqualTo(runners.get(0));
        Map<String, List<String>> byRunner = new TreeMap<>();
        for (String line : marks.lines()) {
            String[] parts = line.split("/", -1);
            assertThat(parts[1]).isEqualTo("Integer");
            byRunner.computeIfAbsent(parts[0], k -> new ArrayList<>()).add(parts[2]);
        }
        assertThat(byRunner.get(runners.get(0))).startsWith("0", "1");
        assertThat(byRunner.get(runners.get(2))).startsWith("2", "3");
        assertThat(byRunner).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes", "auto"})
    @DisplayName("no items, one item, items that are null, and an odd number of them")
    void few(String mode, Clustrix clustrix) {
        var on = clustrix.on(mode);
        MapFuture<Integer> none = on.map(List.<Integer>of(), i -> i);

        assertThat(none.join()).isEmpty();
        assertThat(none.status().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(none.outcomes().join()).isEmpty();
        assertThat(none.asCompleted()).isEmpty();
        assertThat(on.map(3, 3, i -> i).join()).isEmpty();
        assertThat(on.map(List.of("one"), String::length).join()).containsExactly(3);
        assertThat(on.map(-2, 1, i -> i).join()).containsExactly(-2, -1, 0);
        assertThat(on.map(Integer.MAX_VALUE - 2, Integer.MAX_VALUE, i -> i).join())
                .containsExactly(Integer.MAX_VALUE - 2, Integer.MAX_VALUE - 1);
        assertThat(on.map(Arrays.asList(null, "b", null), s -> s == null ? "was null" : null)
                        .join())
                .containsExactly("was null", null, "was null");
        assertThat(on.forEach(List.of(1, 2, 3), i -> System.setProperty("clustrix.it", "" + i))
                        .join())
                .isEqualTo(Collections.nCopies(3, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes", "auto"})
    @DisplayName("100,000 items come back in their order, each run once")
    void many(String mode, Clustrix clustrix) {
        List<String> items =
                IntStream.range(0, 100_000).mapToObj(i -> "item " + i).toList();

        List<Integer> lengths = clustrix.on(mode).map(items, String::length).join();
        List<Integer> numbers = clustrix.on(mode).map(0, 100_000, i -> i + 1).join();

        assertThat(lengths).isEqualTo(items.stream().map(String::length).toList());
        assertThat(numbers).isEqualTo(IntStream.rangeClosed(1, 100_000).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("results can be taken as they come: each once, the quick ones before the slow one")
    void asTheyCome(String mode, Clustrix clustrix) {
        MapFuture<Integer> future = clustrix.on(mode).withChunkSize(1).map(0, 20, i -> {
            Thread.sleep(i == 0 ? 1500 : 1);
            return i * 2;
        });

        List<TaskOutcome<Integer>> outcomes = future.asCompleted().toList();

        assertThat(outcomes).hasSize(20).allSatisfy(o -> assertThat(o.value()).isEqualTo(o.task() * 2));
        assertThat(outcomes.stream().map(TaskOutcome::task).collect(Collectors.toSet()))
                .hasSize(20);
        assertThat(outcomes.get(19).task()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("COLLECT: all run, and the exception lists who failed")
    void collect(String mode, Clustrix clustrix) {
        Marks marks = new Marks(directory.resolve("marks"));
        MapFuture<Integer> future = clustrix.on(mode)
                .onError(ErrorPolicy.COLLECT)
                .map(0, 30, i -> {
                    marks.add(i);
                    if (i % 10 == 3) {
                        throw new IllegalArgumentException("bad " + i);
                    }
                    return i;
                });

        assertThatThrownBy(future::join).cause().isInstanceOfSatisfying(MapException.class, e -> {
            assertThat(e.failed()).isEqualTo(3);
            assertThat(e)
                    .hasMessageContaining("bad 3")
                    .hasMessageContaining("bad 13")
                    .hasMessageContaining("bad 23");
        });
        assertThat(marks.counts())
                .hasSize(30)
                .allSatisfy((item, times) -> assertThat(times).as(item).isOne());
        assertThat(future.outcomes().join()).satisfies(outcomes -> {
            assertThat(outcomes.get(4).value()).isEqualTo(4);
            assertThat(outcomes.get(13).failure().orElseThrow()).hasMessage("bad 13");
        });
        assertThat(future.status().state()).isEqualTo(JobState.FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"threads", "processes"})
    @DisplayName("FAIL_FAST: the failure is known at once, and what has not started never starts")
    void failFast(String mode, Clustrix clustrix) throws Exception {
        Marks marks = new Marks(directory.resolve("marks"));
        MapFuture<Integer> future = clustrix.on(mode).withChunkSize(5).map(0, 1000, i -> {
            marks.add(i);
            Thread.sleep(5);
            if (i == 7) {
                throw new IllegalArgumentException("bad " + i);
            }
            return i;
        });

        assertThatThrownBy(future::join)
                .cause()
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("bad 7");

        List<TaskOutcome<Integer>> outcomes = future.outcomes().join();
        assertThat(outcomes).hasSize(1000);
        assertThat(outcomes.get(7).failure().orElseThrow()).hasMessage("bad 7");
        assertThat(outcomes.get(999).failure().orElseThrow())
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("task 7 failed first");
        Thread.sleep(100);
        int ran = marks.lines().size();
        Thread.sleep(300);
        assertThat(marks.lines()).hasSize(ran).hasSizeLessThan(500);
        Set<String> once = new HashSet<>(marks.lines());
        assertThat(once).hasSize(ran);
    }
}
