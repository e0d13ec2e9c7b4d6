package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** The Kubernetes of the test bed, where it is up. */
final class Bed {
    private final Properties properties;

    private Bed(Properties properties) {
        this.properties = properties;
    }

    /** Skips the test if it is not up. */
    static Bed get() throws IOException {
        Properties properties = new Properties();
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path file = at.resolve("testbed/run/testbed.properties");
            if (Files.exists(file)) {
                try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                    properties.load(in);
                }
                break;
            }
        }
        if (!"true".equals(properties.getProperty("k8s.up"))
                || !Files.isReadable(Path.of(properties.getProperty("k8s.kubeconfig")))) {
            abort("there is no Kubernetes: sudo testbed/up k8s");
        }
        return new Bed(properties);
    }

    String value(String key) {
        String value = properties.getProperty(key);
        assertThat(value).as(key).isNotNull();
        return value;
    }

    Connection connection() {
        return connection("k8s.kubeconfig");
    }

    Connection connection(String key) {
        return new Connection(
                Optional.of(Path.of(value(key))), Optional.empty(), Optional.empty(), Path.of("/"), Map.of());
    }

    /** In front of the API server. */
    Relay relay() throws IOException {
        return new Relay(port());
    }

    private int port() {
        String server = value("k8s.server");
        return Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
    }

    /** A connection by way of a relay. */
    Connection through(Relay relay, Path directory) throws IOException {
        Path kubeconfig = directory.resolve("relayed");
        String text = Files.readString(Path.of(value("k8s.kubeconfig")));
        Files.writeString(kubeconfig, text.replace(":" + port(), ":" + relay.port()));
        return new Connection(Optional.of(kubeconfig), Optional.empty(), Optional.empty(), directory, Map.of());
    }

    /** A pod that sleeps, with a name of its own. */
    Pod sleeper(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(1L)
                .withActiveDeadlineSeconds(300L)
                .addNewContainer()
                .withName("worker")
                .withImage(value("k8s.image.base"))
                .withCommand("sh", "-c", "trap 'exit 0' TERM; n=0; while [ $n -lt 300 ]; do sleep 1; n=$((n+1)); done")
                .endContainer()
                .endSpec()
                .build();
    }

    static String unique(String prefix) {
        return prefix + "-" + Long.toString(System.nanoTime(), Character.MAX_RADIX);
    }

    /** Waits until commands can be started in it. */
    static void awaitRunning(Api api, String pod) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!api.pod(pod).map(p -> ExecOverApi.runs(p, "worker")).orElse(false)) {
            assertThat(System.nanoTime()).as("the pod starts").isLessThan(deadline);
            Thread.sleep(200);
        }
    }
}
