package io.clustrix.it.k8s;

import static io.clustrix.it.k8s.K8sCluster.failure;
import static io.clustrix.it.k8s.K8sCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.ReportedRun;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.JobState;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a real Kubernetes. */
@NeedsTestBed("k8s")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
@DisplayName("on a real Kubernetes")
@Tag("k8s")
class K8sRunsTest {
    private K8sCluster k8s;

    @BeforeAll
    void open(@TempDir Path temporary) throws Exception {
        String base = TestBed.get().value("k8s.image.base");
        k8s = new K8sCluster(
                temporary,
                Map.of(
                        "once", "retry.attempts = 1",
                        "no-java", "image = \"" + base + "\"",
                        "restricted", "security = restricted, run-as-user = 1000",
                        "no-image", "image = \"testbed.invalid/none:1\", retry.attempts = 1",
                        "powerless", "kubeconfig = \"" + TestBed.get().value("k8s.kubeconfig.powerless") + "\""));
    }

    @AfterAll
    void close() {
        k8s.close();
    }

    @Test
    @DisplayName("a value comes back from a pod, with its cores and memory; afterwards nothing is left of it (R55)")
    void values() throws Exception {
        JobFuture<List<String>> future = k8s.clustrix()
                .withName("it's a \"value\" # ü")
                .withResources(r -> r.cores(1).time(Duration.ofMinutes(5)))
                .submit(() -> List.of(
                        InetAddress.getLocalHost().getHostName(),
                        Integer.toString(Runtime.getRuntime().availableProcessors()),
                        String.valueOf(System.getenv("CLUSTRIX_K8S_JOB")),
                        Files.readString(Path.of("/proc/1/cmdline")).replace('\0', ' ')));
        List<String> seen = value(future);
        assertThat(seen.get(0)).startsWith(seen.get(2));
        assertThat(seen.get(1)).isEqualTo("1");
        assertThat(seen.get(3)).startsWith("/bin/sh -c");
        k8s.awaitGone(future);
    }

    @Test
    @DisplayName("a report tells of times, nodes, memory, CPU and causes what the workers have done")
    void report(@TempDir Path pages) throws Exception {
        ReportedRun.check(k8s.clustrix(), k8s.clustrix(), pages, K8sCluster.BOUND);
    }

    @Test
    @DisplayName("a map comes back in order from a pod for each chunk; afterwards nothing is left of it (W-C9)")
    void maps() throws Exception {
        Marks marks = k8s.marks("map");
        MapFuture<Integer> map = k8s.clustrix().withName("map").withChunkSize(2).map(0, 7, i -> {
            marks.add(System.getenv("JOB_COMPLETION_INDEX") + ":" + i);
            return i * i;
        });
        assertThat(value(map)).containsExactly(0, 1, 4, 9, 16, 25, 36);
        assertThat(marks.lines()).contains("0:0", "0:1", "1:2", "2:5", "3:6").hasSize(7);
        k8s.awaitGone(map);
    }

    @Test
    @DisplayName("where the image has no Java, the driver's own goes the way of the jars (A10)")
    void shippedJava() throws Exception {
        JobFuture<String> future = k8s.on("no-java")
                .withName("no-java")
                .submit(() -> System.getProperty("java.home") + " "
                        + Runtime.version().feature());
        assertThat(value(future))
                .startsWith("/clustrix/env/")
                .endsWith(" " + Runtime.version().feature());
    }

    @Test
    @DisplayName("the restricted profile will do: no root, nothing to write to but what is mounted")
    void restricted() throws Exception {
        JobFuture<String> future = k8s.on("restricted").withName("restricted").submit(() -> {
            String root = "writable";
            try {
                Files.writeString(Path.of("/etc/clustrix"), "x");
            } catch (java.io.IOException e) {
                root = "read-only";
            }
            Files.writeString(Files.createTempFile("a", "b"), "room in /tmp");
            return Files.readString(Path.of("/proc/self/status"))
                            .lines()
                            .filter(l -> l.startsWith("Uid:"))
                            .toList()
                    + root;
        });
        assertThat(value(future)).contains("1000").endsWith("read-only");
    }

    @Test
    @DisplayName("results of nothing and of 200 MB come back as they were, and so does a large input")
    void sizes() throws Exception {
        byte[] input = new byte[20_000_000];
        new Random(7).nextBytes(input);
        int hash = Arrays.hashCode(input);
        JobFuture<byte[]> empty = k8s.clustrix().withName("empty").submit(() -> new byte[0]);
        JobFuture<Integer> sent = k8s.clustrix().withName("sent").submit(() -> Arrays.hashCode(input));
        JobFuture<byte[]> large = k8s.clustrix()
                .withName("large")
                .withResources(r -> r.memory("3GiB"))
                .submit(() -> {
                    byte[] all = new byte[200_000_000];
                    new Random(11).nextBytes(all);
                    return all;
                });
        assertThat(value(empty)).isEmpty();
        assertThat(value(sent)).isEqualTo(hash);
        byte[] expected = new byte[200_000_000];
        new Random(11).nextBytes(expected);
        assertThat(Arrays.equals(value(large), expected)).isTrue();
    }

    @Test
    @DisplayName("an image that is not there fails the job with Kubernetes' words and a mend, and is not waited for")
    void noImage() throws Exception {
        JobFuture<Integer> future = k8s.on("no-image").withName("no-image").submit(() -> 1);
        assertThat(failure(future))
                .hasMessageContaining("testbed.invalid/none:1")
                .hasMessageContaining("image");
    }

    @Test
    @DisplayName("a node that does not exist is not waited for either: the job fails and its pod goes")
    void unschedulable() throws Exception {
        JobFuture<Integer> future = k8s.on("once")
                .withName("nowhere")
                .withResources(r -> r.option("node-selector.nowhere", "true"))
                .submit(() -> 1);
        assertThat(failure(future)).hasMessageContaining("Unschedulable").hasMessageContaining("node-selector");
        k8s.awaitGone(future);
    }

    @Test
    @DisplayName("rights that are missing are named: verb, resource and namespace")
    void powerless() throws Exception {
        JobFuture<Integer> future = k8s.on("powerless").withName("powerless").submit(() -> 1);
        assertThat(failure(future))
                .hasMessageContaining("list")
                .hasMessageContaining("jobs")
                .hasMessageContaining(k8s.bed.value("k8s.namespace"));
    }

    @Test
    @DisplayName("a task that takes more memory than it asked for is told so (R48)")
    void outOfMemory() throws Exception {
        JobFuture<Integer> future = k8s.on("once").withName("oom").submit(() -> {
            // Of a child: the JVM itself would keep to its heap.
            Process child = new ProcessBuilder("sh", "-c", "x=x; while :; do x=$x$x; done").start();
            return child.waitFor() == 0 ? 0 : kill();
        });
        Throwable failure = failure(future);
        assertThat(failure).isInstanceOf(WorkerDiedException.class);
        assertThat(((WorkerDiedException) failure).death())
                .as(failure.toString())
                .isEqualTo(Death.OUT_OF_MEMORY);
    }

    private static int kill() throws Exception {
        Runtime.getRuntime().exec(new String[] {
            "kill", "-9", Long.toString(ProcessHandle.current().pid())
        });
        Thread.sleep(60_000);
        return 1;
    }

    @Test
    @DisplayName("cancelling ends pods that run and pods that wait (W-C10)")
    void cancel() throws Exception {
        Marks marks = k8s.marks("cancel");
        JobFuture<Integer> running = k8s.clustrix().withName("cancel-running").submit(() -> sleeper(marks));
        MapFuture<Integer> array =
                k8s.clustrix().withName("cancel-array").withChunkSize(1).map(0, 3, i -> sleeper(marks));
        Await.until("all run", K8sCluster.BOUND, () -> marks.lines().size() == 4);
        for (JobFuture<?> job : List.of(running, array)) {
            assertThat(job.cancel(true)).isTrue();
            assertThat(failure(job)).isInstanceOf(CancellationException.class);
            k8s.awaitGone(job);
        }
    }

    @Test
    @DisplayName("a Job that somebody else deletes is cancelled, and is not tried again")
    void deleted() throws Exception {
        Marks marks = k8s.marks("deleted");
        JobFuture<Integer> future = k8s.clustrix().withName("deleted").submit(() -> sleeper(marks));
        Await.until("it runs", K8sCluster.BOUND, () -> marks.lines().size() == 1);
        k8s.kubectl("delete", "job", k8s.names("jobs", future).get(0), "--wait=false");
        assertThat(failure(future)).isInstanceOf(CancellationException.class);
        assertThat(future.status().state()).isEqualTo(JobState.CANCELLED);
        assertThat(marks.lines()).hasSize(1);
    }

    private static int sleeper(Marks marks) throws Exception {
        marks.add("began");
        Thread.sleep(120_000);
        return 1;
    }
}
