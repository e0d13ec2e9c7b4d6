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
@DisplayName("the contract of executors: Kubernetes, data by a volume")
@Tag("k8s")
class K8sVolumeContractTest extends ExecutorContract {
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
                mode = volume
                volume.claim = "%s"
                work-directory = "~/contract"
                volumes = [{ name = shared, mount-path = "%s", host-path = "%s" }]
                cpu-request = 20m
                grace = 2s
                environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                patience { unknown = 10s, hopeless = 10m, result = 10s }
                retry { attempts = 1, delay = 100ms }
                map-elements = 4
                """.formatted(
                        bed.value("k8s.kubeconfig"),
                        bed.value("k8s.image.jdk"),
                        bed.value("k8s.claim"),
                        work.resolve("shared"),
                        work.resolve("shared"));
    }

    /** Some sixty pods at a time. */
    @Override
    protected Duration patience() {
        return Duration.ofMinutes(4);
    }

    @Override
    protected String title() {
        return "k8s, volume";
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
