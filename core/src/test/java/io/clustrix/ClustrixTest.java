package io.clustrix;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.clustrix.files.ClusterFileSystem;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.PluginException;
import io.clustrix.spi.RemoteCallable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ClustrixTest {
    private final ThreadCluster cluster = new ThreadCluster("threads", 2);

    @Test
    @DisplayName("executors are made when they are first used, once, whoever comes first")
    void lazyExecutors() throws Exception {
        try (Clustrix clustrix =
                cluster.clustrix().set("clusters.other.executor", "threads").open()) {
            Submitter other = clustrix.on("other");
            assertThat(cluster.made).isEmpty();
            ExecutorService threads = Executors.newFixedThreadPool(8);
            CountDownLatch go = new CountDownLatch(1);
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(threads.submit(() -> {
                    go.await();
                    return other.submit(() -> 1).join();
                }));
            }
            go.countDown();
            for (Future<Integer> r : results) {
                assertThat(r.get(5, SECONDS)).isEqualTo(1);
            }
            threads.shutdown();
            assertThat(cluster.made).hasSize(1);
            clustrix.submit(() -> 1).join();
            assertThat(cluster.made).hasSize(2);
            assertThat(clustrix.clusters()).contains("local", "other", "test");
            assertThat(other.cluster()).isEqualTo("other");
            assertThat(clustrix.cluster()).isEqualTo("test");
        }
        assertThat(cluster.made).allMatch(e -> e.closed);
    }

    @Test
    @DisplayName("files are those of this machine for the local executor, and an error where jobs see no host's")
    void files(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("a"), "12345");
        ThreadCluster local = new ThreadCluster("local", 1);
        ClusterFileSystem files;
        try (Clustrix clustrix = local.clustrix().open()) {
            files = clustrix.fileSystem();
            assertThat(files.cluster()).isEqualTo("test");
            assertThat(files.stat(directory + "/a").size()).isEqualTo(5);
            assertThat(files.stat("pom.xml").size()).isEqualTo(Files.size(Path.of("pom.xml")));
            assertThat(local.made).isEmpty();
        }
        assertThatThrownBy(() -> files.exists("a"))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("closed");
        try (Clustrix clustrix = cluster.clustrix().open()) {
            assertThatThrownBy(() -> clustrix.fileSystem("test"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("cluster test (executor = threads) has no file system");
            assertThatThrownBy(() -> clustrix.fileSystem("tset")).isInstanceOf(ConfigurationException.class);
        }
    }

    @Test
    @DisplayName("10,000 submits from 50 threads")
    void manySubmitters() throws Exception {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            ExecutorService threads = Executors.newFixedThreadPool(50);
            List<Future<Long>> sums = new ArrayList<>();
            for (int t = 0; t < 50; t++) {
                int base = t * 200;
                sums.add(threads.submit(() -> {
                    List<JobFuture<Integer>> futures = new ArrayList<>();
                    for (int i = 0; i < 200; i++) {
                        int n = base + i;
                        futures.add(clustrix.submit(() -> n));
                    }
                    return futures.stream().mapToLong(JobFuture::join).sum();
                }));
            }
            long sum = 0;
            for (Future<Long> s : sums) {
                sum += s.get(20, SECONDS);
            }
            threads.shutdown();
            assertThat(sum).isEqualTo(10_000L * 9_999 / 2);
            assertThat(cluster.jobs.stream().map(j -> j.key()).collect(Collectors.toSet()))
                    .hasSize(10_000);
        }
    }

    @Test
    @DisplayName("B15: the status of a job that is not known here is a value that says so, never an exception")
    void unknownStatus() {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            JobStatus status = clustrix.status(JobKey.parse("06e53ab0c9kkq0000000000000"));
            assertThat(status.state()).isEqualTo(JobState.UNKNOWN);
            assertThat(status.detail()).contains("has not started job 06e53ab0c9kkq0000000000000");
        }
    }

    @Test
    void unknownCluster() {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            assertThatThrownBy(() -> clustrix.on("tset"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("tset")
                    .hasMessageContaining("test");
            assertThatThrownBy(() -> clustrix.on("nowhere-like-it"))
                    .hasMessageContaining("local")
                    .hasMessageContaining("test");
        }
        assertThatThrownBy(() -> cluster.clustrix().defaultCluster("hpc").open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("hpc");
    }

    @Test
    void missingPlugin() {
        assertThatThrownBy(() -> cluster.clustrix()
                        .set("clusters.test.executor", "slurm")
                        .open())
                .isInstanceOfAny(ConfigurationException.class, PluginException.class)
                .hasMessageContaining("slurm")
                .hasMessageContaining("io.clustrix:clustrix-scheduler-slurm")
                .hasMessageContaining("threads");
    }

    @Test
    @DisplayName("a Config without the block clustrix is refused, by its keys and with what was perhaps meant")
    void configurationWithoutBlock() {
        Config unwrapped = ConfigFactory.parseString("clusters.test.resources.cores = 7, b = \"hunter2\"");
        assertThatThrownBy(() -> cluster.clustrix().config(unwrapped).open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no block 'clustrix'")
                .hasMessageContaining("it has: b, clusters\n")
                .hasMessageContaining("config.atPath(\"clustrix\")")
                .message()
                .doesNotContain("hunter2");
        Config many = ConfigFactory.parseString("{ a = 1, b = 1, c = 1, d = 1, e = 1, f = ${?x}, g = 1 }");
        assertThatThrownBy(() -> cluster.clustrix().config(many).open())
                .hasMessageContaining("it has: a, b, c, d, e and 2 more\n");
        try (Clustrix clustrix = cluster.clustrix()
                .config(unwrapped.withoutPath("b").atPath("clustrix"))
                .open()) {
            clustrix.submit(() -> 1).join();
            assertThat(cluster.jobs.get(0).options().resources().cores()).hasValue(7);
        }
    }

    @Test
    void configurationOfCodeAndFile(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("my.conf");
        Files.writeString(file, "clustrix.clusters.test { timeout = 5m, resources.cores = 2 }\n");
        try (Clustrix clustrix = cluster.clustrix()
                .configFile(file)
                .config(ConfigFactory.parseString("clustrix.clusters.test.resources.cores = 7"))
                .config(ConfigFactory.empty())
                .config(ConfigFactory.load())
                .open()) {
            clustrix.submit(() -> 1).join();
            assertThat(cluster.jobs.get(0).options().resources().cores()).hasValue(7);
        }
        assertThatThrownBy(() ->
                        cluster.clustrix().configFile(dir.resolve("no.conf")).open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no.conf");
        assertThatThrownBy(() ->
                        cluster.clustrix().set("clusters.test.timeuot", "1s").open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("timeout");
    }

    @Test
    @DisplayName("close cancels what is unfinished, ends the threads, may be repeated, and is final")
    void close() throws Exception {
        Clustrix clustrix = cluster.clustrix().open();
        Submitter submitter = clustrix.withName("x");
        CountDownLatch never = new CountDownLatch(1);
        JobFuture<Integer> running = clustrix.submit(() -> {
            if (!never.await(15, SECONDS)) {
                throw new IllegalStateException();
            }
            return 1;
        });
        var unused = running.thenAccept(v -> {});
        clustrix.withTimeout(java.time.Duration.ofHours(1)).submit(() -> 1).join();
        clustrix.close();
        clustrix.close();
        assertThatThrownBy(() -> running.get(5, SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(running.status().state()).isEqualTo(JobState.CANCELLED);
        assertThatThrownBy(() -> submitter.submit(() -> 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> clustrix.map(0, 3, i -> i)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> clustrix.explain(() -> 1)).isInstanceOf(IllegalStateException.class);
        assertThat(clustrix.status(running.key()).state()).isEqualTo(JobState.CANCELLED);
        never.countDown();
        long end = System.nanoTime() + SECONDS.toNanos(5);
        while (!ourThreads().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertThat(ourThreads()).isEmpty();
    }

    private static List<String> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(n -> n.startsWith("clustrix-"))
                .toList();
    }

    @Test
    @DisplayName("close from a callback doesn't wait for itself, and completes what executors forget")
    void closeFromACallback() throws Exception {
        Clustrix clustrix = cluster.clustrix().open();
        CountDownLatch closed = new CountDownLatch(1);
        CountDownLatch attached = new CountDownLatch(1);
        var unused = clustrix.submit(() -> {
                    if (!attached.await(15, SECONDS)) {
                        throw new IllegalStateException();
                    }
                    return 1;
                })
                .thenRun(() -> {
                    clustrix.close();
                    closed.countDown();
                });
        attached.countDown();
        assertThat(closed.await(5, SECONDS)).isTrue();
    }

    @Test
    @DisplayName("keys are unique, and ordered by the time of their making")
    void keys() {
        JobKeys keys = new JobKeys();
        List<JobKey> made = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            made.add(keys.next());
        }
        List<JobKey> sorted = new ArrayList<>(made);
        Collections.sort(sorted);
        assertThat(sorted).isEqualTo(made).doesNotHaveDuplicates();
        assertThat(Math.abs((made.get(0).high() >>> 16) - System.currentTimeMillis()))
                .isLessThan(20_000);
    }

    @Test
    void submitRefusedByTheExecutorIsForgotten() {
        try (Clustrix clustrix = cluster.clustrix().open()) {
            clustrix.submit(() -> 1).join();
            cluster.made.get(0).close();
            RemoteCallable<Integer> task = () -> 1;
            assertThatThrownBy(() -> clustrix.submit(task)).hasMessageContaining("the executor is closed");
        }
    }
}
