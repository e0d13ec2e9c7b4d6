package io.clustrix.it.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.it.Await;
import io.clustrix.it.Ended;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Clustrix on the test bed's Kubernetes, and Kubernetes as its administrator sees it. */
final class K8sCluster implements AutoCloseable {
    static final Duration BOUND = Duration.ofMinutes(2);
    private static final Duration COMMAND = Duration.ofSeconds(30);

    final TestBed bed = TestBed.get();

    /** A directory that tasks may write to: pods have it by a volume. */
    final Path marks;

    private final Path local;
    private final Map<String, String> clusters;
    private final Clustrix clustrix;

    /**
     * Opens it.
     *
     * @param local a directory for what the driver keeps
     * @param clusters more clusters: their names, and the settings in which they differ
     */
    K8sCluster(Path local, Map<String, String> clusters) throws IOException {
        this.local = local;
        this.clusters = clusters;
        marks = Files.createDirectories(local.resolve("marks"));
        for (Path p = marks; p.startsWith(local); p = p.getParent()) {
            Files.setPosixFilePermissions(p, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        clustrix = builder("state").open();
    }

    /** A Clustrix of its own, on the same work directory. */
    Clustrix.Builder builder(String state) {
        return Clustrix.builder()
                .config(ConfigFactory.parseString(text()).resolve())
                .set("cache-directory", local.resolve("cache"))
                .set("state-directory", local.resolve(state));
    }

    /** The same for a driver in a JVM of its own: a file of settings. */
    Path configuration(String state) throws IOException {
        return Files.writeString(
                local.resolve(state + ".conf"),
                text()
                        + "clustrix.cache-directory = \"%s\"\nclustrix.state-directory = \"%s\"\n"
                                .formatted(local.resolve("cache"), local.resolve(state)));
    }

    private String text() {
        String k8s = """
                executor = k8s
                kubeconfig = "%s"
                image = "%s"
                image-pull-policy = Never
                work-directory = "%s"
                volumes = [{ name = marks, mount-path = "%s", host-path = "%s" }]
                cpu-request = 20m
                grace = 2s
                resources { memory = 512MiB }
                environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                patience { unknown = 10s, hopeless = 4s, result = 10s }
                retry { delay = 100ms }
                """.formatted(
                        bed.value("k8s.kubeconfig"), bed.value("k8s.image.jdk"), local.resolve("work"), marks, marks);
        StringBuilder text =
                new StringBuilder("clustrix.default-cluster = k8s\nclustrix.clusters.k8s {\n" + k8s + "}\n");
        clusters.forEach((name, settings) -> text.append("clustrix.clusters.")
                .append(name)
                .append(" = ${clustrix.clusters.k8s} {\n")
                .append(settings)
                .append("\n}\n"));
        return text.toString();
    }

    Clustrix clustrix() {
        return clustrix;
    }

    Submitter on(String cluster) {
        return clustrix.on(cluster);
    }

    /** A file that tasks may append to. */
    Marks marks(String name) {
        return new Marks(marks.resolve(name));
    }

    /** What kubectl prints, called by the administrator. */
    String kubectl(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                bed.value("k8s.kubectl"),
                "--kubeconfig=" + bed.value("k8s.kubeconfig.admin"),
                "-n",
                bed.value("k8s.namespace")));
        command.addAll(List.of(words));
        Ran ran = Ran.run(COMMAND, "", command);
        assertThat(ran.exitCode()).as(command + ran.errors()).isZero();
        return ran.output().strip();
    }

    /** The names of what there is of a job. */
    List<String> names(String kind, JobFuture<?> job) throws Exception {
        String out = kubectl(
                "get",
                kind,
                "-l",
                "clustrix.io/job=" + job.key(),
                "-o",
                "jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}");
        return out.isEmpty() ? List.of() : out.lines().toList();
    }

    /** The phases of a job's pods. */
    List<String> phases(JobFuture<?> job) throws Exception {
        String out = kubectl(
                "get",
                "pods",
                "-l",
                "clustrix.io/job=" + job.key(),
                "-o",
                "jsonpath={range .items[*]}{.status.phase}{\"\\n\"}{end}");
        return out.isEmpty() ? List.of() : out.lines().toList();
    }

    void awaitRunning(JobFuture<?> job) throws Exception {
        Await.until(job.name() + " runs", () -> phases(job).contains("Running"));
    }

    void awaitGone(JobFuture<?> job) throws Exception {
        // A pod that has ended stays in the list for up to 14 s in Kubernetes 1.20.
        Await.until(
                "nothing is left of " + job.name(),
                BOUND,
                () -> names("jobs,pods", job).isEmpty());
    }

    /** What a job fails with, within the bound. */
    static Throwable failure(JobFuture<?> job) throws Exception {
        return Ended.failure(job, BOUND);
    }

    /** What a job returns, within the bound. */
    static <T> T value(JobFuture<T> job) throws Exception {
        return Ended.value(job, BOUND);
    }

    @Override
    public void close() {
        clustrix.close();
    }
}
