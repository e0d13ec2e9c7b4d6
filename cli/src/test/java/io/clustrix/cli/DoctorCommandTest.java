package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The doctor, on this machine as a host without a scheduler. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(240)
class DoctorCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Path config;

    @BeforeEach
    void configure() throws Exception {
        Files.createFile(dir.resolve("file"));
        config = Files.writeString(dir.resolve("test.conf"), """
                clustrix {
                  state-directory = "%1$s/state"
                  cache-directory = "%1$s/cache"
                  default-cluster = here
                  clusters.here {
                    executor = ssh
                    work-directory = "%1$s/work"
                    min-poll-interval = 100ms
                    poll { results-max = 200ms, status-min = 200ms, status-max = 500ms, status-per-minute = 600 }
                    environment { java = same, variables { API_TOKEN = tiger } }
                  }
                  clusters.broken { executor = slurm, work-directory = "%1$s/file/x", bin-directory = /nonexistent }
                }
                """.formatted(dir));
    }

    @Test
    @DisplayName("a cluster in order: a line for each check, a block that can be read again, exit code 0")
    void well() {
        Ran ran = Ran.with(config, "doctor");

        assertThat(ran.exit()).as(ran.out() + ran.err()).isZero();
        assertThat(ran.out())
                .contains("ok       work-directory")
                .contains("ok       job               a job ran on ")
                .contains("# no failure; the block of cluster here as it fits:")
                .doesNotContain("->")
                .doesNotContain("tiger")
                .doesNotContain("\u001b");
        Config block = ConfigFactory.parseString(ran.out().substring(ran.out().indexOf("# no failure")));
        assertThat(block.getString("clustrix.clusters.here.work-directory")).isEqualTo(dir + "/work");
        assertThat(block.getString("clustrix.clusters.here.environment.java")).isEqualTo("same");
    }

    @Test
    @DisplayName("a cluster that is not: each failure with its mend, what needs it is skipped, exit code 1")
    void broken() {
        Ran ran = Ran.with(config, "doctor", "broken");
        Ran json = Ran.with(config, "doctor", "broken", "--json");

        assertThat(ran.exit()).as(ran.err()).isEqualTo(1);
        assertThat(ran.out())
                .contains("failure  work-directory    the work directory " + dir + "/file/x on this machine")
                .contains("-> set work-directory in the cluster's block")
                .contains("failure  commands          this machine does not find /nonexistent/sbatch")
                .contains("skipped  job               not looked at, because of work-directory")
                .contains("# 2 failures; the block of cluster broken as it fits:");
        assertThat(json.exit()).isEqualTo(1);
        assertThat(json.out())
                .startsWith("{\"cluster\":\"broken\",\"worst\":\"failure\",\"findings\":[{\"check\":\"connection\"")
                .contains("\"level\":\"skipped\"")
                .contains("\"configuration\":\"clustrix.clusters.broken {")
                .hasLineCount(1);
    }

    @Test
    @DisplayName("without a job nothing is submitted; this machine's own threads can be examined too")
    void others() {
        Ran noJob = Ran.with(config, "doctor", "--no-job");
        Ran local = Ran.with(config, "doctor", "local", "--job-limit", "60s");

        assertThat(noJob.exit()).as(noJob.out()).isZero();
        assertThat(noJob.out()).contains("skipped  job               no job was wanted");
        assertThat(dir.resolve("work/jobs")).isEmptyDirectory();
        assertThat(local.exit()).as(local.out() + local.err()).isZero();
        assertThat(local.out()).startsWith("ok       job").contains("executor = \"local\"");
    }

    @Test
    @DisplayName("bad input is one line, with exit code 2")
    void badInput() {
        for (String[] words : new String[][] {
            {"doctor", "moon"}, {"doctor", "--job-limit", "soon"}, {"doctor", "--no-job", "--job-limit", "1m"}
        }) {
            Ran ran = Ran.with(config, words);
            assertThat(ran.exit()).as(ran.err()).isEqualTo(2);
            assertThat(ran.err()).hasLineCount(1).startsWith("clustrix: ");
            assertThat(ran.out()).isEmpty();
        }
    }
}
