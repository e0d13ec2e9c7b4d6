package io.clustrix.it.k8s;

import static io.clustrix.it.k8s.K8sCluster.failure;
import static io.clustrix.it.k8s.K8sCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.RunListener;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.OutputChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Kubernetes whose parts go for a while, drivers that are killed, and other hands. Not beside other tests. */
@NeedsTestBed(
        value = {"k8s", "faults"},
        alone = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("k8s")
@Timeout(150)
@DisplayName("on a Kubernetes that is disturbed")
class K8sFaultsTest {
    private K8sCluster k8s;
    private Path temporary;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        temporary = directory;
        // No memory is asked for: so there is room for these beside what others have left.
        k8s = new K8sCluster(
                directory,
                Map.of(
                        "once", "resources.memory = null, retry.attempts = 1",
                        "tried", "resources.memory = null",
                        "leased", "resources.memory = null, lease = 5s"));
    }

    @AfterAll
    void close() throws Exception {
        k8s.close();
        // What killed drivers have left.
        k8s.kubectl("delete", "jobs,pods", "-l", "clustrix.io/cluster in (once,tried,leased)", "--wait=false");
    }

    private static int task(Marks marks, int i, int millis) throws InterruptedException {
        marks.add("began " + i);
        Thread.sleep(millis);
        marks.add("ended " + i);
        return 100 + i;
    }

    private static List<Integer> results(int size) {
        return IntStream.range(0, size).mapToObj(i -> 100 + i).toList();
    }

    private static void assertEachRanOnce(Marks marks, int size) {
        assertThat(marks.counts().values()).as(marks.counts().toString()).containsOnly(1L);
        assertThat(marks.lines()).hasSize(2 * size);
    }

    private static long count(Marks marks, String word) {
        return marks.lines().stream().filter(l -> l.startsWith(word)).count();
    }

    @Test
    @DisplayName("of a map none is lost or run twice while the API server is away in its middle (R1, R38)")
    void apiServerAway() throws Exception {
        Marks marks = k8s.marks("apiserver");
        MapFuture<Integer> map =
                k8s.on("once").withName("apiserver-away").withChunkSize(1).map(0, 12, i -> task(marks, i, 8000));
        Await.until("some run", () -> count(marks, "began") >= 3);
        k8s.bed.fault("apiserver", "kill");
        try {
            Thread.sleep(20_000);
            assertThat(map).isNotDone();
        } finally {
            k8s.bed.fault("apiserver", "start");
        }
        assertThat(value(map)).containsExactlyElementsOf(results(12));
        assertEachRanOnce(marks, 12);
        k8s.awaitGone(map);
    }

    @Test
    @DisplayName("neither are those that run, or are submitted, while the kubelet is away (R1, R38)")
    void kubeletAway() throws Exception {
        Marks marks = k8s.marks("kubelet");
        MapFuture<Integer> map =
                k8s.on("once").withName("kubelet-away").withChunkSize(1).map(0, 3, i -> task(marks, i, 6000));
        Await.until("all run", () -> count(marks, "began") == 3);
        JobFuture<Integer> later;
        k8s.bed.fault("kubelet", "kill");
        try {
            later = k8s.on("once").withName("kubelet-still-away").submit(() -> task(marks, 3, 0));
            Thread.sleep(15_000);
            assertThat(later).isNotDone();
        } finally {
            k8s.bed.fault("kubelet", "start");
        }
        assertThat(value(map)).containsExactlyElementsOf(results(3));
        assertThat(value(later)).isEqualTo(103);
        assertEachRanOnce(marks, 4);
        k8s.awaitGone(map);
        k8s.awaitGone(later);
    }

    /** What a driver of its own and its tasks write. */
    private record Orphans(Path directory, Path configuration, Marks progress, Marks runs) {
        String run() {
            return progress.lines().get(0);
        }
    }

    private Orphans orphans(String name) throws Exception {
        Path directory = Files.createDirectory(k8s.marks.resolve(name));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        return new Orphans(
                directory,
                k8s.configuration(name),
                new Marks(directory.resolve("progress")),
                new Marks(directory.resolve("runs")));
    }

    private OtherJvm drive(Orphans orphans, String cluster, String... millis) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                orphans.configuration().toString(), cluster, orphans.directory().toString()));
        arguments.addAll(List.of(millis));
        return OtherJvm.start(
                temporary,
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                Map.of(),
                K8sDriver.class,
                arguments.toArray(String[]::new));
    }

    private static void killOnceAllRun(OtherJvm driver, Orphans orphans, int size) throws Exception {
        Await.until("all run", Duration.ofSeconds(60), () -> {
            if (!driver.isAlive()) {
                throw new AssertionError("the driver has ended: " + driver.output());
            }
            return count(orphans.runs(), "began") == size
                    && !orphans.progress().lines().isEmpty();
        });
        driver.kill();
        driver.await();
    }

    @Test
    @DisplayName(
            "the driver is killed: another gets all, also of pods that ended in between, and none runs twice (R29)")
    void driverKilled() throws Exception {
        Orphans orphans = orphans("killed");
        try (OtherJvm driver = drive(orphans, "once", "2000", "15000", "2000", "15000")) {
            killOnceAllRun(driver, orphans, 4);
        }
        Await.until("two have ended without a driver", () -> count(orphans.runs(), "ended") == 2);
        try (Clustrix clustrix =
                Clustrix.builder().configFile(orphans.configuration()).open()) {
            List<JobFuture<?>> jobs = clustrix.attach(orphans.run()).jobs();
            assertThat(jobs).hasSize(1);
            assertThat((Object) value(jobs.get(0))).isEqualTo(results(4));
            k8s.awaitGone(jobs.get(0));
        }
        assertEachRanOnce(orphans.runs(), 4);
    }

    @Test
    @DisplayName(
            "pods with a lease go on while their driver lives, end themselves when it is killed, and run again (R28)")
    void lease() throws Exception {
        Orphans orphans = orphans("leased");
        // A lease that is not renewed would end it.
        Marks marks = k8s.marks("renewed");
        JobFuture<Integer> renewed = k8s.on("leased").withName("renewed").submit(() -> task(marks, 0, 14_000));
        try (OtherJvm driver = drive(orphans, "leased", "40000", "40000")) {
            killOnceAllRun(driver, orphans, 2);
        }
        Await.until("their pods have ended", Duration.ofSeconds(25), () -> runningOrphans() == 0);
        assertThat(orphans.runs().counts()).as("before they were done").containsOnlyKeys("began 0", "began 1");
        assertThat(value(renewed)).isEqualTo(100);
        assertEachRanOnce(marks, 1);
        try (Clustrix clustrix =
                Clustrix.builder().configFile(orphans.configuration()).open()) {
            JobFuture<?> job = clustrix.attach(orphans.run()).jobs().get(0);
            Await.until("they run again", Duration.ofSeconds(60), () -> {
                assertThat(job).isNotDone();
                return orphans.runs().counts().equals(Map.of("began 0", 2L, "began 1", 2L));
            });
            assertThat(job.cancel(true)).isTrue();
            Await.until("they are cancelled", () -> runningOrphans() == 0);
        }
    }

    private long runningOrphans() throws Exception {
        return k8s.kubectl(
                        "get",
                        "pods",
                        "-l",
                        "clustrix.io/cluster=leased",
                        "--field-selector=status.phase=Running",
                        "-o",
                        "name")
                .lines()
                .filter(name -> name.contains("orphans"))
                .count();
    }

    @Test
    @DisplayName("a pod that another hand deletes while it runs is tried again, and no other")
    void podDeleted() throws Exception {
        Marks marks = k8s.marks("pod-deleted");
        Path gate = k8s.marks.resolve("pod-deleted-gate");
        String file = gate.toString();
        MapFuture<Integer> map = k8s.on("tried")
                .withName("pod-deleted")
                .withChunkSize(1)
                .map(0, 3, i -> {
                    marks.add(System.getenv("HOSTNAME"));
                    while (!Files.exists(Path.of(file))) {
                        Thread.sleep(50);
                    }
                    return 100 + i;
                });
        Await.until("all run", () -> marks.lines().size() == 3);
        k8s.kubectl("delete", "pod", marks.lines().get(0), "--wait=false");
        Await.until("it is tried again", () -> marks.lines().size() == 4);
        Files.createFile(gate);
        assertThat(value(map)).containsExactlyElementsOf(results(3));
        assertThat(marks.lines()).hasSize(4).doesNotHaveDuplicates();
        k8s.awaitGone(map);
    }

    @Test
    @DisplayName("a quota that has no room for any pod ends it with the quota's name; nothing of it is left")
    void quota() throws Exception {
        Marks marks = k8s.marks("quota");
        k8s.kubectl("create", "quota", "faults", "--hard=pods=0");
        JobFuture<Integer> waiting;
        try {
            Await.until(
                    "the quota counts",
                    () -> !k8s.kubectl("get", "quota", "faults", "-o", "jsonpath={.status.hard.pods}")
                            .isEmpty());
            waiting = k8s.on("once").withName("quota").submit(() -> task(marks, 0, 0));
            Throwable failure = failure(waiting);
            assertThat(failure).hasMessageContaining("exceeded quota").hasMessageContaining("faults");
            k8s.awaitGone(waiting);
        } finally {
            k8s.kubectl("delete", "quota", "faults");
        }
        assertThat(marks.lines()).isEmpty();
    }

    @Test
    @DisplayName("a quota that others have used up is waited for, and the status says so")
    void quotaUsedUp() throws Exception {
        Marks marks = k8s.marks("quota-used-up");
        Path gate = k8s.marks.resolve("quota-gate");
        String file = gate.toString();
        JobFuture<Integer> first = k8s.on("once").withName("first").submit(() -> {
            while (!Files.exists(Path.of(file))) {
                Thread.sleep(50);
            }
            return task(marks, 0, 0);
        });
        k8s.awaitRunning(first);
        k8s.kubectl("create", "quota", "faults", "--hard=pods=" + pods());
        try {
            Await.until(
                    "the quota counts",
                    () -> k8s.kubectl("get", "quota", "faults", "-o", "jsonpath={.status.used.pods}={.spec.hard.pods}")
                            .matches("(\\d+)=\\1"));
            JobFuture<Integer> second = k8s.on("once").withName("second").submit(() -> task(marks, 1, 0));
            Await.until("it says why it waits", () -> second.status().detail().contains("exceeded quota"));
            Thread.sleep(5000); // longer than what is hopeless is waited for
            assertThat(second).isNotDone();
            Files.createFile(gate);
            assertThat(value(first)).isEqualTo(100);
            assertThat(value(second)).isEqualTo(101);
            assertEachRanOnce(marks, 2);
            k8s.awaitGone(first);
            k8s.awaitGone(second);
        } finally {
            k8s.kubectl("delete", "quota", "faults");
        }
    }

    /** How many pods a quota counts: those that have not ended. */
    private long pods() throws Exception {
        return k8s.kubectl("get", "pods", "--field-selector=status.phase!=Succeeded,status.phase!=Failed", "-o", "name")
                .lines()
                .count();
    }

    /** What a task prints, as it comes. */
    private static final class Told implements RunListener {
        private final AtomicReference<String> out = new AtomicReference<>("");

        @Override
        public void output(JobKey key, int task, OutputChannel channel, String text) {
            out.accumulateAndGet(text, String::concat);
        }
    }

    @Test
    @DisplayName("what a task prints arrives while it still runs (R43)")
    void liveOutput() throws Exception {
        Path gate = k8s.marks.resolve("output-gate");
        String file = gate.toString();
        Told told = new Told();
        JobFuture<Integer> future = k8s.on("once")
                .withName("talker")
                .withListener(told)
                .submit(() -> {
                    System.out.println("out 1 ü");
                    while (!Files.exists(Path.of(file))) {
                        Thread.sleep(20);
                    }
                    System.out.print("out 2");
                    return 1;
                });
        Await.until("the first line is here", () -> told.out.get().equals("out 1 ü\n"));
        assertThat(future).isNotDone();
        Files.createFile(gate);
        assertThat(value(future)).isEqualTo(1);
        Await.until("all is here", () -> told.out.get().equals("out 1 ü\nout 2"));
    }
}
