package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for whom in a pool of worker processes. */
@Timeout(60)
class FairnessTest {

    @TempDir
    private Path directory;

    private Clustrix.Builder builder() {
        return SharedClusters.builder(directory, "processes");
    }

    private static void warm(Clustrix clustrix) {
        clustrix.map(0, 4000, i -> i).join();
        for (int i = 0; i < 2000; i++) {
            var unused = clustrix.submit(() -> 1).join();
        }
    }

    @Test
    @DisplayName("short tasks don't wait behind a long one while another worker is there to take them")
    void shortBehindLong() {
        try (Clustrix clustrix = builder().open()) {
            warm(clustrix);
            String ballast = "x".repeat(2100);
            JobFuture<Integer> endless = clustrix.submit(() -> {
                Thread.sleep(40_000);
                return 1;
            });
            List<JobFuture<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                futures.add(clustrix.submit(() -> ballast.length()));
            }

            for (JobFuture<Integer> future : futures) {
                assertThat(future.join()).isEqualTo(2100);
            }

            assertThat(endless.isDone()).isFalse();
        }
    }

    @Test
    @DisplayName("a long task in the middle of short ones holds up nobody that came after it")
    void longInTheMiddle() {
        try (Clustrix clustrix = builder().open()) {
            warm(clustrix);
            JobFuture<Integer> endless = null;
            List<JobFuture<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                int n = i;
                futures.add(clustrix.submit(() -> n));
                if (i == 1000) {
                    endless = clustrix.submit(() -> {
                        Thread.sleep(40_000);
                        return 1;
                    });
                }
            }

            for (int i = 0; i < futures.size(); i++) {
                assertThat(futures.get(i).join()).isEqualTo(i);
            }
            assertThat(endless).isNotDone();
        }
    }

    @Test
    @DisplayName("a map and single calls side by side: the calls don't wait for the map's end")
    void mapAndCalls() {
        try (Clustrix clustrix = builder().open()) {
            warm(clustrix);
            MapFuture<Integer> map = clustrix.map(0, 1500, i -> {
                Thread.sleep(20);
                return i;
            });
            List<JobFuture<Integer>> calls = IntStream.range(0, 10)
                    .mapToObj(i -> clustrix.submit(() -> i))
                    .toList();

            for (int i = 0; i < 10; i++) {
                assertThat(calls.get(i).join()).isEqualTo(i);
            }
            assertThat(map.isDone()).isFalse();
            assertThat(map.progress().succeeded())
                    .as("tasks of the map before the last call")
                    .isLessThan(1000);
        }
    }

    @Test
    @DisplayName("two maps side by side both make progress")
    void twoMaps() throws Exception {
        try (Clustrix clustrix = builder().open()) {
            warm(clustrix);
            MapFuture<Integer> first = clustrix.map(0, 100_000, i -> {
                Thread.sleep(1);
                return i;
            });
            MapFuture<Integer> second = clustrix.map(0, 200, i -> {
                Thread.sleep(1);
                return i;
            });

            second.get(20, TimeUnit.SECONDS);

            assertThat(first.isDone()).isFalse();
        }
    }

    @Test
    @DisplayName(
            "a job that needs another kind of worker gets its turn although the queue of the first kind never ends")
    void anotherKind() throws Exception {
        try (Clustrix clustrix = builder().open()) {
            AtomicBoolean enough = new AtomicBoolean();
            List<Thread> feeders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread feeder = new Thread(() -> {
                    while (!enough.get()) {
                        clustrix.submit(() -> {
                                    Thread.sleep(5);
                                    return 1;
                                })
                                .join();
                    }
                });
                feeder.start();
                feeders.add(feeder);
            }
            Thread.sleep(300);
            Submitter other = clustrix.withResources(r -> r.memory("64MiB"));

            try {
                assertThat(other.submit(() -> 2).get(20, TimeUnit.SECONDS)).isEqualTo(2);
            } finally {
                enough.set(true);
                for (Thread feeder : feeders) {
                    feeder.join();
                }
            }
        }
    }

    @Test
    @DisplayName("a job of two cores waits for room and runs alone, and then the others go on")
    void cores() throws Exception {
        try (Clustrix clustrix = builder().open()) {
            Marks marks = new Marks(directory.resolve("marks"));
            List<JobFuture<Integer>> small = IntStream.range(0, 6)
                    .mapToObj(i -> clustrix.submit(() -> {
                        marks.add("small starts");
                        Thread.sleep(100);
                        marks.add("small ends");
                        return i;
                    }))
                    .toList();
            JobFuture<Integer> large = clustrix.withResources(r -> r.cores(2)).submit(() -> {
                marks.add("large starts");
                Thread.sleep(300);
                marks.add("large ends");
                return 7;
            });

            assertThat(large.get(30, TimeUnit.SECONDS)).isEqualTo(7);
            for (JobFuture<Integer> future : small) {
                future.get(30, TimeUnit.SECONDS);
            }
            List<String> lines = marks.lines();
            int at = lines.indexOf("large starts");
            assertThat(lines.get(at + 1)).isEqualTo("large ends");
            assertThat(lines.subList(0, at).stream().filter("small starts"::equals))
                    .hasSameSizeAs(lines.subList(0, at).stream()
                            .filter("small ends"::equals)
                            .toList());
        }
    }

    @Test
    @DisplayName("workers end after idle-timeout without work, and come back when there is some")
    void idle() throws Exception {
        try (Clustrix clustrix = builder()
                .set("clusters.local.idle-timeout", "300ms")
                .set("clusters.local.jvm-options", List.of("-Dclustrix.it=idle"))
                .open()) {
            for (int round = 0; round < 2; round++) {
                assertThat(clustrix.map(0, 100, i -> i).join()).hasSize(100);
                assertThat(Pids.workersWith("clustrix.it=idle")).isNotEmpty();
                Await.until(
                        "the workers end",
                        () -> Pids.workersWith("clustrix.it=idle").isEmpty());
            }
            assertThat(clustrix.submit(() -> 5).join()).isEqualTo(5);
        }
    }

    @Test
    @DisplayName("tasks that come just when idle workers end are lost by nobody")
    void aroundTheIdleTimeout() throws Exception {
        try (Clustrix clustrix =
                builder().set("clusters.local.idle-timeout", "100ms").open()) {
            for (int i = 0; i < 12; i++) {
                int n = i;
                assertThat(clustrix.submit(() -> n).get(20, TimeUnit.SECONDS)).isEqualTo(n);
                Thread.sleep(85 + 5 * i);
            }
        }
    }

    @Test
    @DisplayName("both workers of a cold pool come up at once for two tasks")
    void coldStart() {
        try (Clustrix clustrix = builder().open()) {
            Marks marks = new Marks(directory.resolve("marks"));
            List<JobFuture<Integer>> futures = IntStream.range(0, 2)
                    .mapToObj(i -> clustrix.submit(() -> {
                        marks.add("start");
                        long end = System.nanoTime() + 20_000_000_000L;
                        while (marks.lines().size() < 2 && System.nanoTime() < end) {
                            Thread.sleep(10);
                        }
                        return marks.lines().size();
                    }))
                    .toList();

            assertThat(futures.get(0).join()).isEqualTo(2);
            assertThat(futures.get(1).join()).isEqualTo(2);
        }
    }
}
