package io.clustrix.scheduler.k8s;

import io.clustrix.spi.Host;
import io.clustrix.testkit.HostContract;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@DisplayName("A pod as a host keeps the contract of hosts")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
@Tag("k8s")
class PodHostContractTest extends HostContract {
    private final Map<String, String> labels = Map.of("clustrix.io/test", Bed.unique("host"));
    private @Nullable Bed bed;
    private @Nullable Connection connection;

    @BeforeAll
    void bed() throws Exception {
        Bed found = Bed.get();
        bed = found;
        connection = found.connection();
    }

    @AfterAll
    void close() {
        if (connection != null) {
            connection.close();
        }
    }

    @Override
    protected Host open() throws InterruptedException {
        Bed found = bed;
        Connection way = connection;
        if (found == null || way == null) {
            throw new IllegalStateException();
        }
        Api api = new Api(way);
        // The connection's own thread is there before the contract looks which threads a host leaves.
        var unused = api.pods(labels);
        return new PodHost(
                "a pod of the test bed",
                api,
                new ExecOverApi(api),
                "contract",
                labels,
                () -> new PodBuilder()
                        .withNewMetadata()
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("door")
                        .withImage(found.value("k8s.image.base"))
                        .addNewVolumeMount()
                        .withName("shared")
                        .withMountPath("/tmp")
                        .endVolumeMount()
                        .endContainer()
                        // The contract opens two hosts, which see the same files.
                        .addNewVolume()
                        .withName("shared")
                        .withNewHostPath()
                        .withPath("/tmp")
                        .endHostPath()
                        .endVolume()
                        .endSpec()
                        .build(),
                Door.Limits.STANDARD);
    }
}
