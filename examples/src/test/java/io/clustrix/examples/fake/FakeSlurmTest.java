package io.clustrix.examples.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.testkit.fake.FakeSlurm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that can be broken at will. */
class FakeSlurmTest {
    @Test
    void aJobWhoseSubmissionWasAnsweredWithAnErrorRunsOnce(@TempDir Path directory) throws Exception {
        try (FakeSlurm slurm = new FakeSlurm();
                Clustrix clustrix = Clustrix.builder()
                        .configFile(Files.writeString(directory.resolve("clustrix.conf"), """
                                clustrix.default-cluster = fake
                                clustrix.clusters.fake {
                                  executor = slurm
                                  bin-directory = "%s"
                                  work-directory = "%s"
                                }
                                """.formatted(
                                        slurm.bin(), directory.resolve("work"))))
                        .set("state-directory", directory.resolve("state"))
                        .open()) {
            slurm.spoilNext(
                    "sbatch", 1, "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation");

            assertThat(clustrix.submit(() -> 6 * 7).get(60, TimeUnit.SECONDS)).isEqualTo(42);

            assertThat(slurm.calls()).filteredOn(c -> c.startsWith("sbatch")).hasSize(1);
        }
    }
}
