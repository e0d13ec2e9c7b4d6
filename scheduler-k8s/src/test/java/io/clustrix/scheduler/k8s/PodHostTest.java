package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The pod for commands, on a real Kubernetes")
@Timeout(180)
@SuppressWarnings("NullAway.Init")
@Tag("k8s")
class PodHostTest {
    private final Map<String, String> labels = Map.of("clustrix.io/test", Bed.unique("door"));
    private Bed bed;
    private @Nullable Connection connection;
    private Api api;

    @BeforeEach
    void connect() throws Exception {
        bed = Bed.get();
        Connection made = bed.connection();
        connection = made;
        api = new Api(made);
    }

    @AfterEach
    void close() {
        if (connection != null) {
            connection.close();
        }
    }

    private PodHost host(PodSpec spec) {
        Door.Limits limits = new Door.Limits(Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofMinutes(5));
        Pod form = new PodBuilder()
                .withNewMetadata()
                .addToLabels("team", "physics")
                .addToLabels("kueue.x-k8s.io/queue-name", "q")
                .addToAnnotations("example.org/note", "n")
                .endMetadata()
                .withSpec(spec)
                .build();
        return new PodHost("pods", api, new ExecOverApi(api), "door", labels, () -> form, limits);
    }

    private PodSpec spec(String image, String cpu) {
        return new PodSpecBuilder()
                .addNewContainer()
                .withName("door")
                .withImage(bed.value(image))
                .withNewResources()
                .addToRequests("cpu", new Quantity(cpu))
                .endResources()
                .endContainer()
                .build();
    }

    private List<Pod> alive() throws InterruptedException {
        return api.pods(labels).stream()
                .filter(p -> p.getMetadata().getDeletionTimestamp() == null)
                .toList();
    }

    @Test
    @DisplayName("one pod serves all commands, is made anew when it has gone, and deleted at the end")
    void life() throws InterruptedException {
        try (PodHost host = host(spec("k8s.image.base", "10m"))) {
            assertThat(alive()).isEmpty();
            assertThat(host.run(Command.of("echo", "one")).out()).isEqualTo("one\n");
            String first = host.run(Command.of("hostname")).out().strip();
            assertThat(alive()).singleElement().satisfies(pod -> {
                assertThat(pod.getMetadata().getLabels())
                        .containsEntry("team", "physics")
                        .containsEntry(Door.LABEL, "true")
                        .doesNotContainKey("kueue.x-k8s.io/queue-name");
                assertThat(pod.getMetadata().getAnnotations()).containsEntry("example.org/note", "n");
            });
            assertThat(alive()).extracting(p -> p.getMetadata().getName()).containsExactly(first);
            assertThat(api.deletePod(first, Duration.ZERO)).isTrue();
            long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
            String second = first;
            while (second.equals(first)) {
                assertThat(System.nanoTime()).as("another pod").isLessThan(deadline);
                try {
                    second = host.run(Command.of("hostname")).out().strip();
                } catch (HostException e) {
                    // It was in the middle of its end.
                    assertThat(e.retryable()).as(e.getMessage()).isTrue();
                }
            }
            assertThat(alive()).extracting(p -> p.getMetadata().getName()).containsExactly(second);
        }
        assertThat(alive()).isEmpty();
    }

    @Test
    @DisplayName("busybox is shell enough, with input, long words and exit codes")
    void busybox() throws InterruptedException {
        try (PodHost host = host(spec("k8s.image.busybox", "10m"))) {
            byte[] input = "x".repeat(2_000_000).getBytes(StandardCharsets.UTF_8);
            CommandResult counted = host.run(Command.of("wc", "-c").withInput(out -> out.write(input)));
            assertThat(counted.out().strip()).isEqualTo("2000000");
            String word = "it's a\nlong \"word\" $HOME ".repeat(1000);
            CommandResult echoed = host.run(Command.of("printf", "%s", word));
            assertThat(echoed.out()).isEqualTo(word);
            CommandResult both = host.run(Command.of("sh", "-c", "cat; printf %s \"$1\"; exit 5", "sh", word)
                    .withInput(out -> out.write(65)));
            assertThat(both.out()).isEqualTo("A" + word);
            assertThat(both.exit()).isEqualTo(5);
            CommandResult unread = host.run(Command.of("sh", "-c", "kill -9 $$").withInput(out -> out.write(input)));
            assertThat(unread.exit()).isEqualTo(137);
            assertThat(unread.err()).isEmpty();
        }
    }

    @Test
    @DisplayName("an image that can't be had is an error in the server's words, and leaves no pod")
    void noImage() throws InterruptedException {
        try (PodHost host = host(spec("k8s.image.missing", "10m"))) {
            assertThatThrownBy(() -> host.run(Command.of("true")))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining(bed.value("k8s.image.missing"))
                    .hasMessageContaining("see that 'image' is right")
                    .matches(e -> !((HostException) e).retryable());
            assertThat(alive()).isEmpty();
        }
    }

    @Test
    @DisplayName("a claim that is not there is not waited for as long as room is, and is named")
    void noClaim() throws InterruptedException {
        PodSpec spec = new PodSpecBuilder(spec("k8s.image.base", "10m"))
                .addNewVolume()
                .withName("clustrix")
                .withNewPersistentVolumeClaim("nobody", null)
                .endVolume()
                .build();
        try (PodHost host = host(spec)) {
            assertThatThrownBy(() -> host.run(Command.of("true")))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("nobody")
                    .hasMessageContaining("volume.claim")
                    .matches(e -> !((HostException) e).retryable());
            assertThat(alive()).isEmpty();
        }
    }

    @Test
    @DisplayName("a pod for which no node has room is an error in the scheduler's words")
    void noRoom() throws InterruptedException {
        try (PodHost host = host(spec("k8s.image.base", "1000"))) {
            assertThatThrownBy(() -> host.run(Command.of("true")))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("Insufficient cpu")
                    .hasMessageContaining("no node has room for it");
            assertThat(alive()).isEmpty();
        }
    }
}
