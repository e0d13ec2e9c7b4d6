package io.clustrix.it.fake;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.doctor.Report;
import io.clustrix.testkit.fake.FakeSlurm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The doctor of a cluster with a scheduler, where there is no test bed: with the fake of Slurm. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(120)
class DoctorOnFakeSlurmTest {
    @TempDir
    Path directory;

    private FakeSlurm fake;

    @BeforeEach
    void open() {
        fake = new FakeSlurm();
    }

    @AfterEach
    void close() {
        fake.close();
    }

    private Report examine(String more, Duration limit) throws Exception {
        String text = """
                clustrix.default-cluster = fake
                clustrix.clusters.fake {
                  executor = slurm
                  work-directory = "%s"
                  bin-directory = "%s"
                  min-poll-interval = 1s
                  poll { results-min = 20ms, results-max = 200ms, status-min = 1s, status-max = 1s, status-per-minute = 60 }
                  patience { unknown = 3s, hopeless = 60s, result = 5s }
                  %s
                }
                """.formatted(directory.resolve("work"), fake.bin(), more);
        try (Clustrix clustrix = Clustrix.builder()
                .config(ConfigFactory.parseString(text).resolve())
                .set("cache-directory", directory.resolve("cache"))
                .set("state-directory", directory.resolve("state"))
                .open()) {
            return clustrix.doctor().withJobLimit(limit).examine();
        }
    }

    private Report examine(String more) throws Exception {
        return examine(more, Duration.ofSeconds(60));
    }

    private static Finding of(Report report, String check) {
        return report.findings().stream()
                .filter(f -> f.check().equals(check))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing about " + check + " in " + report.findings()));
    }

    @Test
    @DisplayName("all in order, with accounting and without: version, arrays, partitions, a job")
    void well() throws Exception {
        fake.accounting(true);
        Report report = examine("resources.partition = short");
        assertThat(report.findings())
                .allSatisfy(f -> assertThat(f.level()).as(f.toString()).isEqualTo(Level.OK));
        assertThat(of(report, "scheduler").what()).startsWith("Slurm ");
        assertThat(of(report, "queue").what()).isEqualTo("short is there");
        assertThat(of(report, "commands").what()).contains("sbatch").contains("scontrol");
        assertThat(of(report, "job").what()).contains("a job ran on");

        fake.accounting(false);
        Report without = examine("");
        assertThat(without.worst()).isEqualTo(Level.WARNING);
        assertThat(of(without, "accounting").level()).isEqualTo(Level.WARNING);
        assertThat(of(without, "queue").what()).contains("debug, short");
    }

    @Test
    @DisplayName("a partition that is not there, a controller that does not answer, a job that waits")
    void broken() throws Exception {
        Report partition = examine("resources.partition = debgu");
        assertThat(of(partition, "queue").level()).isEqualTo(Level.FAILURE);
        assertThat(of(partition, "queue").mend()).contains("debug, short");
        assertThat(of(partition, "job").level()).isEqualTo(Level.SKIPPED);
        assertThat(ConfigFactory.parseString(partition.configuration())
                        .getString("clustrix.clusters.fake.resources.partition"))
                .isEqualTo("debug");

        fake.slots(1);
        Report waits = examine("resources.options { begin = \"now+1hour\" }", Duration.ofSeconds(5));
        assertThat(of(waits, "job").level()).as(waits.toString()).isEqualTo(Level.WARNING);
        assertThat(of(waits, "job").mend()).contains("--job-limit");

        fake.down();
        Report down = examine("");
        assertThat(of(down, "scheduler").level()).isEqualTo(Level.FAILURE);
        assertThat(down.findings())
                .filteredOn(f -> f.level() == Level.SKIPPED)
                .extracting(Finding::check)
                .containsAll(List.of("arrays", "accounting", "queue", "job"));
    }
}
