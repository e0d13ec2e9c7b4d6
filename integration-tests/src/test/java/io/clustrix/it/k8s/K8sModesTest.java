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
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.OutputChannel;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a real Kubernetes whose files lie on a volume of all pods, or whose class path is in the image. */
@NeedsTestBed("k8s")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
@DisplayName("on a real Kubernetes, with a volume and with the class path in the image")
@Tag("k8s")
class K8sModesTest {
    private static final String MOUNT = "/clustrix";

    private final TestBed bed = TestBed.get();
    private final String own = "modes-" + Long.toString(System.nanoTime(), 36);
    private Path temporary;
    private Path volume;
    private K8sCluster k8s;
    private JobFuture<Integer> withoutClaim;

    @BeforeAll
    void open(@TempDir Path temporary) throws Exception {
        this.temporary = temporary;
        volume = Path.of(bed.value("k8s.claim.directory")).resolve(own);
        Files.createDirectories(volume);
        Path library = library();
        // A directory of this machine instead of the image's: without a registry no image can be made for a test. To
        // the pod it is the same, a directory that it finds there.
        String image = """
                mode = image
                image-class-path = ["/app/lib/*"]
                volumes = [
                  { name = marks, mount-path = "%1$s", host-path = "%1$s" }
                  { name = app, mount-path = "/app/lib", host-path = "%2$s", read-only = true }
                ]
                work-directory = "%3$s"
                """.formatted(temporary.resolve("marks"), library, temporary.resolve("work-image"));
        k8s = new K8sCluster(
                temporary,
                Map.of(
                        "volume",
                        volume("work", ""),
                        "volume-no-java",
                        volume("no-java", "image = \"" + bed.value("k8s.image.base") + "\""),
                        own,
                        volume("closing", ""),
                        "no-claim",
                        volume("none", "volume.claim = nobody\nretry.attempts = 1"),
                        "image",
                        image,
                        "wrong-image",
                        image + "image-class-path = [\"/opt/none/*\"]\nretry.attempts = 1"));
        // It has half a minute in which the claim may still be made; the other tests need not wait for that.
        withoutClaim = k8s.on("no-claim").withName("no-claim").submit(() -> 1);
    }

    /** What differs in a cluster's block, if the files are to lie in a directory of the claim. */
    private String volume(String directory, String more) throws IOException {
        // Pods that run as who runs the tests leave nothing that could not be deleted here.
        return """
                mode = volume
                resources.memory = null
                volume { claim = "%s", path = "%s" }
                work-directory = "~/%s/%s"
                run-as-user = %s
                %s
                """.formatted(
                        bed.value("k8s.claim"), MOUNT, own, directory, Files.getAttribute(temporary, "unix:uid"), more);
    }

    /** The class path of the tests as jars in one directory. */
    private Path library() throws IOException {
        Path library = Files.createDirectories(temporary.resolve("library"));
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path file = Path.of(entry);
            Path to = library.resolve(String.format("%03d.jar", number++));
            if (Files.isDirectory(file)) {
                assertThat(jar.run(System.out, System.err, "cf", to.toString(), "-C", entry, "."))
                        .isZero();
            } else if (Files.exists(file)) {
                Files.copy(file, to);
            }
        }
        return library;
    }

    @AfterAll
    void close() throws Exception {
        k8s.close();
        // What a pod that is just ending may still write to.
        Await.until("the volume is empty", () -> {
            try (Stream<Path> all = Files.walk(volume)) {
                for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(p);
                }
                return true;
            } catch (IOException | UncheckedIOException e) {
                return false;
            }
        });
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    /** Each file by what tells it from another one of the same name. */
    private static Map<String, Object> files(Path directory) throws IOException {
        Map<String, Object> all = new TreeMap<>();
        for (String name : names(directory)) {
            all.put(name, Files.getAttribute(directory.resolve(name), "unix:ino"));
        }
        return all;
    }

    /** What there is of a job on the volume. */
    private List<Path> left(JobFuture<?> job) throws IOException {
        try (Stream<Path> all = Files.walk(volume.resolve("work").resolve("jobs"))) {
            return all.filter(p -> p.toString().contains(job.key().toString())).toList();
        }
    }

    // ---------------------------------------------------------------- volume

    @Test
    @DisplayName("a value and a map come back over a volume; afterwards nothing is left in the cluster or on it (R55)")
    void results() throws Exception {
        Marks marks = k8s.marks("volume-map");
        JobFuture<List<String>> one = k8s.on("volume")
                .withName("volume-one")
                .submit(() -> List.of(
                        InetAddress.getLocalHost().getHostName(),
                        String.valueOf(System.getenv("CLUSTRIX_K8S_JOB")),
                        System.getProperty("java.class.path")));
        MapFuture<Integer> map = k8s.on("volume")
                .withName("volume-map")
                .withChunkSize(2)
                .map(0, 7, i -> {
                    marks.add(System.getenv("JOB_COMPLETION_INDEX") + ":" + i);
                    return i * i;
                });
        List<String> seen = value(one);
        assertThat(seen.get(0)).startsWith(seen.get(1));
        assertThat(seen.get(2)).startsWith(MOUNT + "/" + own + "/work/store/");
        assertThat(value(map)).containsExactly(0, 1, 4, 9, 16, 25, 36);
        assertThat(marks.lines()).contains("0:0", "0:1", "1:2", "2:5", "3:6").hasSize(7);
        for (JobFuture<?> job : List.of(one, map)) {
            k8s.awaitGone(job);
            Await.until("nothing is left of it on the volume", () -> left(job).isEmpty());
        }
    }

    private static int fails() {
        throw new IllegalStateException("not today", new IOException("disk"));
    }

    @Test
    @DisplayName("an exception comes back over a volume as it was thrown, and is not tried again")
    void failures() throws Exception {
        JobFuture<Integer> future = k8s.on("volume").withName("volume-fails").submit(() -> fails());
        Throwable failure = failure(future);
        assertThat(failure).hasStackTraceContaining("not today").hasStackTraceContaining("IllegalStateException");
        assertThat(failure).hasRootCauseInstanceOf(IOException.class).hasRootCauseMessage("disk");
    }

    @Test
    @DisplayName("what tasks print comes over a volume while they run, by channel (R43)")
    void output() throws Exception {
        Map<OutputChannel, String> printed = new ConcurrentHashMap<>();
        RunListener listener = new RunListener() {
            @Override
            public void output(JobKey key, int task, OutputChannel channel, String text) {
                printed.merge(channel, text, String::concat);
            }
        };
        String release = k8s.marks.resolve("volume-output").toString();
        MapFuture<Integer> map = k8s.on("volume")
                .withName("volume-output")
                .withListener(listener)
                .withChunkSize(1)
                .map(0, 2, i -> {
                    System.out.println("out " + i);
                    System.err.println("err " + i);
                    Await.until("it may end", Duration.ofMinutes(2), () -> Files.exists(Path.of(release)));
                    return i;
                });
        Await.until(
                "all has come",
                K8sCluster.BOUND,
                () -> String.join("", printed.values()).length() == 24);
        assertThat(map).isNotDone();
        Files.createFile(Path.of(release));
        assertThat(value(map)).containsExactly(0, 1);
        assertThat(printed.get(OutputChannel.STDOUT)).hasSize(12).contains("out 0", "out 1");
        assertThat(printed.get(OutputChannel.STDERR)).hasSize(12).contains("err 0", "err 1");
    }

    @Test
    @DisplayName("the class path is put on the volume once: a second job stages nothing")
    void stagedOnce() throws Exception {
        assertThat(value(k8s.on("volume").withName("volume-first").submit(() -> 1)))
                .isEqualTo(1);
        Path store = volume.resolve("work").resolve("store");
        Map<String, Object> before = files(store);
        assertThat(before.keySet()).anyMatch(n -> n.endsWith(".jar"));
        assertThat(value(k8s.on("volume").withName("volume-second").submit(() -> 2)))
                .isEqualTo(2);
        assertThat(files(store)).isEqualTo(before);
    }

    @Test
    @DisplayName("where the image has no Java, the driver's own is put on the volume once, for all pods (A10)")
    void shippedJava() throws Exception {
        JobFuture<String> first =
                k8s.on("volume-no-java").withName("no-java-1").submit(() -> System.getProperty("java.home"));
        String home = value(first);
        assertThat(home).startsWith(MOUNT + "/" + own + "/no-java/env/");
        Path there = volume.resolve(home.substring((MOUNT + "/" + own + "/").length()));
        assertThat(there.resolve("bin/java")).isExecutable();
        Object before = Files.getAttribute(there.resolve("lib/modules"), "unix:ino");
        MapFuture<String> more = k8s.on("volume-no-java")
                .withName("no-java-2")
                .withChunkSize(1)
                .map(0, 2, i -> System.getProperty("java.home"));
        assertThat(value(more)).containsExactly(home, home);
        assertThat(Files.getAttribute(there.resolve("lib/modules"), "unix:ino")).isEqualTo(before);
    }

    @Test
    @DisplayName("a result outlives its pod and its driver: the Job is deleted, and who attaches has it (R27)")
    void survives() throws Exception {
        Path marks = Files.createDirectory(k8s.marks.resolve("survivor"));
        Files.setPosixFilePermissions(marks, PosixFilePermissions.fromString("rwxrwxrwx"));
        String cluster = own + "-killed";
        Path configuration = temporary.resolve("survivor.conf");
        Files.writeString(configuration, """
                clustrix {
                  default-cluster = "%7$s"
                  cache-directory = "%1$s"
                  state-directory = "%2$s"
                  clusters."%7$s" {
                    executor = k8s
                    kubeconfig = "%3$s"
                    image = "%4$s"
                    image-pull-policy = Never
                    volumes = [{ name = marks, mount-path = "%5$s", host-path = "%5$s" }]
                    cpu-request = 20m
                    resources { memory = 512MiB }
                    environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                    %6$s
                  }
                }
                """.formatted(
                        temporary.resolve("cache"),
                        temporary.resolve("survivor"),
                        bed.value("k8s.kubeconfig"),
                        bed.value("k8s.image.jdk"),
                        k8s.marks,
                        volume("work", ""),
                        cluster));
        String run;
        try (OtherJvm driver = OtherJvm.start(
                temporary,
                List.of("-Xmx256m"),
                Map.of(),
                VolumeDriver.class,
                configuration.toString(),
                marks.toString())) {
            Marks began = new Marks(marks.resolve("began"));
            Await.until("it runs", K8sCluster.BOUND, () -> {
                assertThat(driver.isAlive()).as(driver.output()).isTrue();
                return !began.lines().isEmpty();
            });
            run = new Marks(marks.resolve("run")).lines().get(0);
            driver.kill();
            int unused = driver.await();
        }
        Files.createFile(marks.resolve("release"));
        String selector = "clustrix.io/name";
        String name = k8s.kubectl("get", "jobs", "-o", "jsonpath={.items[*].metadata.name}")
                .lines()
                .flatMap(l -> Stream.of(l.split(" ", -1)))
                .filter(n -> n.contains("survivor"))
                .findFirst()
                .orElseThrow();
        Await.until(
                "the Job is complete",
                () -> k8s.kubectl("get", "job", name, "-o", "jsonpath={.status.succeeded}")
                        .equals("1"));
        k8s.kubectl("delete", "job", name, "--wait=true", "--timeout=25s");
        Await.until(
                "its pod is gone",
                () -> k8s.kubectl("get", "pods", "-l", selector + "=" + name, "-o", "name")
                        .isEmpty());
        try (Clustrix next = Clustrix.builder().configFile(configuration).open()) {
            assertThat(next.attach(run).jobs())
                    .singleElement()
                    .satisfies(job -> assertThat(value(job)).isEqualTo("survived"));
        }
        assertThat(new Marks(marks.resolve("began")).lines())
                .as("how often it ran")
                .hasSize(1);
        // The killed driver's; by itself it would end in half an hour.
        k8s.kubectl("delete", "pods", "-l", "clustrix.io/door=true,clustrix.io/cluster=" + cluster, "--wait=false");
    }

    @Test
    @DisplayName("the pod for commands is there once a job needs it, and goes with the Clustrix")
    void door() throws Exception {
        String[] doors = {"get", "pods", "-l", "clustrix.io/cluster=" + own + ",clustrix.io/door=true", "-o", "name"};
        try (Clustrix clustrix = k8s.builder("state-closing").open()) {
            assertThat(value(clustrix.on(own).withName("closing").submit(() -> 3)))
                    .isEqualTo(3);
            assertThat(k8s.kubectl(doors).lines()).hasSize(1);
        }
        Await.until("it is gone", () -> k8s.kubectl(doors).isEmpty());
    }

    @Test
    @DisplayName("results of nothing and of 20 MB come back over a volume as they were, and so does such an input")
    void sizes() throws Exception {
        byte[] data = new byte[20_000_000];
        new Random(7).nextBytes(data);
        int hash = Arrays.hashCode(data);
        JobFuture<byte[]> empty = k8s.on("volume").withName("volume-empty").submit(() -> new byte[0]);
        JobFuture<byte[]> large = k8s.on("volume").withName("volume-large").submit(() -> {
            byte[] all = data.clone();
            for (int i = 0; i < all.length; i++) {
                all[i]++;
            }
            return all;
        });
        assertThat(value(empty)).isEmpty();
        byte[] back = value(large);
        for (int i = 0; i < back.length; i++) {
            back[i]--;
        }
        assertThat(Arrays.hashCode(back)).isEqualTo(hash);
    }

    private static int sleeper(Marks marks) throws Exception {
        marks.add("began");
        Thread.sleep(120_000);
        marks.add("ended");
        return 1;
    }

    @Test
    @DisplayName("cancelling ends pods that work on a volume, and marks what is left there as done with (W-C10)")
    void cancel() throws Exception {
        Marks marks = k8s.marks("volume-cancel");
        JobFuture<Integer> one = k8s.on("volume").withName("volume-cancel").submit(() -> sleeper(marks));
        MapFuture<Integer> map =
                k8s.on("volume").withName("volume-cancel-map").withChunkSize(1).map(0, 2, i -> sleeper(marks));
        Await.until("all run", K8sCluster.BOUND, () -> marks.lines().size() == 3);
        for (JobFuture<?> job : List.of(one, map)) {
            assertThat(job.cancel(true)).isTrue();
            assertThat(failure(job)).isInstanceOf(CancellationException.class);
        }
        for (JobFuture<?> job : List.of(one, map)) {
            k8s.awaitGone(job);
            Await.until(
                    "it is marked",
                    () -> left(job).stream()
                            .anyMatch(p -> p.getFileName().toString().equals("over")));
        }
        assertThat(marks.lines()).hasSize(3);
    }

    // ---------------------------------------------------------------- image

    @Test
    @DisplayName("with the class path in the image nothing of it is sent, and values and maps come back (R36)")
    void image() throws Exception {
        JobFuture<String> one =
                k8s.on("image").withName("image-one").submit(() -> System.getProperty("java.class.path"));
        MapFuture<Integer> map =
                k8s.on("image").withName("image-map").withChunkSize(2).map(0, 5, i -> i + 1);
        assertThat(value(one)).contains("/app/lib/").doesNotContain("/clustrix/");
        assertThat(value(map)).containsExactly(1, 2, 3, 4, 5);
        Path work = temporary.resolve("work-image");
        assertThat(names(work.resolve("jobs")))
                .as("the work directory is this one")
                .isNotNull();
        assertThat(names(work.resolve("store")).stream().filter(n -> n.endsWith(".jar")))
                .isEmpty();
        k8s.awaitGone(one);
        k8s.awaitGone(map);
    }

    @Test
    @DisplayName("an image that has no class path where it should fails the job, and says so")
    void wrongImage() throws Exception {
        JobFuture<Integer> future =
                k8s.on("wrong-image").withName("wrong-image").submit(() -> 1);
        assertThat(failure(future))
                .hasMessageContaining("image-class-path")
                .hasMessageNotContaining("share the work directory");
    }

    @Test
    @DisplayName("a claim that is not there is named, with what to do")
    void noClaim() throws Exception {
        assertThat(failure(withoutClaim))
                .hasMessageContaining("persistentvolumeclaim \"nobody\" not found")
                .hasMessageContaining("volume.claim");
    }
}
