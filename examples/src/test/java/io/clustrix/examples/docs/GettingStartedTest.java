package io.clustrix.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.Placement;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of docs/getting-started.md and docs/local-executor.md. */
class GettingStartedTest {
    @Test
    void options() {
        try (Clustrix clustrix = Clustrix.open()) {
            Submitter big = clustrix.on("local")
                    .withName("simulation")
                    .withResources(r -> r.cores(2).memory("512MB").time("00:10:00"));
            JobFuture<Long> sum = big.submit(() -> {
                long s = 0;
                for (int i = 0; i < 1_000_000; i++) {
                    s += i;
                }
                return s;
            });
            System.out.println(sum.placement() + " " + sum.join());

            assertThat(sum.join()).isEqualTo(499_999_500_000L);
            assertThat(sum.placement().where()).isEqualTo("processes");
        }
    }

    @Test
    void builder() {
        try (Clustrix clustrix = Clustrix.builder()
                .set("clusters.local.mode", "processes")
                .set("clusters.local.workers", 2)
                .open()) {
            assertThat(clustrix.map(List.of(1, 2, 3), n -> n + 1).join()).containsExactly(2, 3, 4);
        }
    }

    @Test
    void explains() {
        try (Clustrix clustrix = Clustrix.open()) {
            Placement computing = clustrix.explain(() -> Math.sqrt(2));
            Placement waiting = clustrix.explain(() -> {
                Thread.sleep(10);
                return 0;
            });
            System.out.println(computing.where() + ": " + computing.reason());
            System.out.println(waiting.where() + ": " + waiting.reason());

            assertThat(computing.where()).isEqualTo("processes");
            assertThat(waiting.where()).isEqualTo("threads");
        }
    }

    @Test
    void environment() {
        try (Clustrix clustrix =
                Clustrix.builder().set("clusters.local.mode", "processes").open()) {
            String seen = clustrix.withVariable("GREETING", "hello")
                    .withDirectory(Path.of(System.getProperty("java.io.tmpdir")))
                    .submit(() ->
                            System.getenv("GREETING") + " from " + Path.of("").toAbsolutePath())
                    .join();

            assertThat(seen).startsWith("hello from ");
        }
    }
}
