package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The watch of Jobs and pods of a real Kubernetes")
@Timeout(180)
@Tag("k8s")
class ClusterWatchBedTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Map<String, String> labels = Map.of("clustrix.io/test", Bed.unique("watch"));
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    private Job job(Bed bed, String name, String script) {
        return new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withBackoffLimit(0)
                .withNewTemplate()
                .withNewMetadata()
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(1L)
                .addNewContainer()
                .withName("worker")
                .withImage(bed.value("k8s.image.base"))
                .withCommand("sh", "-c", script)
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    private static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    @Test
    @DisplayName("Jobs and pods are seen from their beginning to their end, and who deleted them is known")
    void follows() throws Exception {
        Bed bed = Bed.get();
        String first = Bed.unique("first");
        String second = Bed.unique("second");
        try (Connection connection = bed.connection()) {
            Api api = new Api(connection);
            try (ClusterWatch watch = new ClusterWatch(api, labels, changed::add)) {
                watch.start();
                watch.awaitSynced(LIMIT);
                assertThat(watch.jobs(first)).isEmpty();
                assertThat(api.version()).isEqualTo(bed.value("k8s.version"));
                Api.Created made = api.create(job(bed, first, "exit 0"));
                assertThat(made.existed()).isFalse();
                assertThat(api.create(job(bed, first, "exit 0")).existed()).isTrue();
                watch.made(made.job());
                assertThat(watch.job(first)).isPresent();
                assertThat(watch.jobs(first)).hasSize(1);
                until(
                        "it succeeds",
                        () -> watch.job(first)
                                .map(j -> ClusterWatch.isTrue(j, "Complete"))
                                .orElse(false));
                assertThat(watch.pods(first)).hasSize(1);
                assertThat(watch.pods(first).get(0).getStatus().getPhase()).isEqualTo("Succeeded");
                assertThat(changed).contains(first);
                watch.expectDeletion(first);
                assertThat(api.deleteJob(first)).isTrue();
                until("it is gone", () -> watch.gone(first).isPresent());
                assertThat(watch.gone(first))
                        .get()
                        .matches(ClusterWatch.Gone::expected)
                        .matches(ClusterWatch.Gone::succeeded);

                assertThat(api.create(job(bed, second, "sleep 100")).existed()).isFalse();
                until(
                        "it runs",
                        () -> watch.pods(second).stream()
                                .anyMatch(p -> "Running".equals(p.getStatus().getPhase())));
                assertThat(new Api(connection).deleteJob(second)).isTrue();
                until("it is gone", () -> watch.gone(second).isPresent());
                assertThat(watch.gone(second)).get().matches(g -> !g.expected() && !g.succeeded() && !g.failed());
                assertThat(watch.gone(second).orElseThrow().pods()).hasSize(1);
                until("its pods too", () -> watch.pods(second).isEmpty());
                assertThat(api.deleteJob(second)).isFalse();
            }
        }
    }

    @Test
    @DisplayName("connections that are cut are no end of it")
    void cut(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory) throws Exception {
        Bed bed = Bed.get();
        String name = Bed.unique("cut");
        try (Relay relay = bed.relay();
                Connection connection = bed.through(relay, directory);
                Connection other = bed.connection()) {
            Api api = new Api(connection);
            Api unharmed = new Api(other);
            try (ClusterWatch watch = new ClusterWatch(api, labels, changed::add)) {
                watch.start();
                watch.awaitSynced(LIMIT);
                relay.cut();
                var unused = unharmed.create(job(bed, name, "sleep 100"));
                until("it is seen", () -> watch.job(name).isPresent());
                relay.cut();
                assertThat(unharmed.deleteJob(name)).isTrue();
                until("its end is seen", () -> watch.gone(name).isPresent());
                until("nothing is wrong any more", () -> watch.failure().isEmpty());
            } finally {
                boolean unused = unharmed.deleteJob(name);
            }
        }
    }

    @Test
    @DisplayName("an account without rights is told which one is missing")
    void powerless() throws Exception {
        Bed bed = Bed.get();
        try (Connection connection = bed.connection("k8s.kubeconfig.powerless");
                ClusterWatch watch = new ClusterWatch(new Api(connection), labels, changed::add)) {
            watch.start();
            assertThatThrownBy(() -> watch.awaitSynced(LIMIT))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("grant the verb 'list' on")
                    .hasMessageContaining("in the namespace '" + bed.value("k8s.namespace") + "'");
        }
    }

    @Test
    @DisplayName("little is asked while nothing happens")
    void idle() throws Exception {
        Bed bed = Bed.get();
        try (Connection connection = bed.connection()) {
            Api api = new Api(connection);
            try (ClusterWatch watch = new ClusterWatch(api, labels, changed::add)) {
                watch.start();
                watch.awaitSynced(LIMIT);
                Thread.sleep(5000);
                // A list and a watch, of Jobs and of pods.
                assertThat(api.requests()).isLessThanOrEqualTo(4);
            }
        }
    }
}
