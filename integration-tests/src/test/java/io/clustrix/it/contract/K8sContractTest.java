package io.clustrix.it.contract;

import io.clustrix.Submitter;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.testkit.ExecutorContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NeedsTestBed(value = "k8s", alone = true)
@Timeout(900)
@DisplayName("the contract of executors: Kubernetes, data by stream")
@Tag("k8s")
class K8sContractTest extends ExecutorContract {
    @TempDir
    private static Path work;

    private final TestBed bed = TestBed.get();

    /** Tasks in pods see it by a volume. */
    @Override
    protected Path sharedDirectory() throws IOException {
        Path shared = work.resolve("shared");
        if (!Files.exists(shared)) {
            Files.createDirectory(shared);
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        return shared;
    }

    @Override
    protected String cluster() {
        return """
                executor = k8s
                kubeconfig = "%s"
                image = "%s"
                image-pull-policy = Never
                class-path-exclude = ["clustrix-scheduler-*", "clustrix-host-*", "kubernetes-*", "bc*", "archunit*", "jackson-*", "guava*", "guice*", "sshj*", "zjsonpatch*", "snakeyaml*"]
                work-directory = "%s"
                volumes = [{ name = shared, mount-path = "%s", host-path = "%s" }]
                resources { memory = 512MiB }
                cpu-request = 20m
                grace = 2s
                environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                patience { unknown = 10s, hopeless = 10m, result = 10s }
                retry { attempts = 1, delay = 100ms }
                map-elements = 4
                """.formatted(
                        bed.value("k8s.kubeconfig"),
                        bed.value("k8s.image.jdk"),
                        work.resolve("work"),
                        work.resolve("shared"),
                        work.resolve("shared"));
    }

    /** Some sixty pods at a time, each of which gets its copy of the class path. */
    @Override
    protected Duration patience() {
        return Duration.ofMinutes(4);
    }

    @Override
    protected String title() {
        return "k8s";
    }

    @Override
    protected Optional<UnaryOperator<Submitter>> held() {
        return Optional.of(s -> s.withResources(r -> r.option("node-selector.nowhere", "true")));
    }

    @Override
    protected Optional<Path> resultsPage() {
        return ResultsPage.path();
    }
}
