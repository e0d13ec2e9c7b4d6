package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.testkit.fake.FakeSlurm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What clean does on clusters: on this machine as a host, and on a Slurm of which there are commands only. */
@EnabledOnOs(OS.LINUX)
@Timeout(240)
class CleanCommandTest {
    private static final String SIM = "io.clustrix.cli.Sim";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private String jar;

    @BeforeEach
    void find() throws Exception {
        jar = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    private Path config(String slurm) throws IOException {
        return Files.writeString(dir.resolve("test.conf"), """
                clustrix {
                  state-directory = "%1$s/state"
                  cache-directory = "%1$s/cache"
                  default-cluster = here
                  batch-defaults {
                    poll { results-max = 200ms, status-min = 200ms, status-max = 500ms, status-per-minute = 600 }
                    environment.java = same
                  }
                  clusters.here { executor = ssh, min-poll-interval = 100ms, work-directory = "%1$s/here" }
                  %2$s
                }
                """.formatted(dir, slurm));
    }

    /** A run of which one task fails, so that its directory is kept. */
    private Ran failing(Path config, String cluster) {
        Ran ran = Ran.with(
                config, "run", jar, SIM + "::picky", "--items", "2,3", "--keep-going", "--on", cluster, "--", "none");
        assertThat(ran.exit()).as(ran.err()).isEqualTo(1);
        return ran;
    }

    /**
     * Once more while the scheduler has not seen yet that a job whose results are here has ended, so that it is left.
     */
    private static Ran cleaned(Path config, String... more) throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("clean", "--older-than", "0s", "--cluster", "--yes"));
        words.addAll(List.of(more));
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            Ran ran = Ran.with(config, words.toArray(new String[0]));
            if (!ran.err().contains("has a directory still") || System.nanoTime() - end > 0) {
                return ran;
            }
            assertThat(ran.exit()).isEqualTo(4);
            Thread.sleep(200);
        }
    }

    private Path directory(String cluster, String key) throws IOException {
        try (var all = Files.walk(dir.resolve(cluster).resolve("jobs"), 2)) {
            return all.filter(p -> p.endsWith(key)).findFirst().orElse(dir.resolve("none"));
        }
    }

    @Test
    @DisplayName("--cluster shows what lies there of old runs, and removes it with --yes, and nothing else")
    void local() throws Exception {
        Path config = config("");
        Ran old = failing(config, "here");
        Ran open =
                Ran.with(config, "run", jar, SIM + "::await", dir.resolve("go").toString(), "--detach");
        String key = old.after("job");
        Path foreign = Files.createDirectories(directory("here", key).resolveSibling(key.substring(0, 25)));

        Ran shown = Ran.with(config, "clean", "--older-than", "0s", "--cluster");
        assertThat(shown.exit()).as(shown.err()).isZero();
        assertThat(shown.out()).containsPattern(old.after("run") + " +1 +1 ").contains("ON CLUSTERS");
        assertThat(shown.err()).contains("'clustrix clean --cluster --yes' removes these");
        assertThat(directory("here", key)).isDirectory();

        Ran done = cleaned(config, "--json");
        assertThat(done.exit()).as(done.err()).isZero();
        assertThat(done.out())
                .contains("\"removed\":true,\"jobsOnClusters\":[\"" + key + "\"],\"jobsLeft\":[]")
                .doesNotContain(open.after("run"));
        assertThat(directory("here", key)).doesNotExist();
        assertThat(directory("here", open.after("job"))).isDirectory();
        assertThat(foreign).isDirectory();
        assertThat(dir.resolve("here/store")).isNotEmptyDirectory();
        assertThat(Ran.with(config, "runs", "--json").out())
                .doesNotContain(old.after("run"))
                .contains(open.after("run"));

        Files.createFile(dir.resolve("go"));
        assertThat(Ran.with(config, "attach", open.after("run")).exit()).isZero();
    }

    @Test
    @DisplayName("a cluster that does not answer is told in a line with exit code 4; its runs stay, others go")
    void unreachable() throws Exception {
        try (FakeSlurm slurm = new FakeSlurm()) {
            Path config = config("clusters.hpc { executor = slurm, bin-directory = \"%s\", work-directory = \"%s\" }"
                    .formatted(slurm.bin(), dir.resolve("hpc")));
            Ran away = failing(config, "hpc");
            Ran here = failing(config, "here");
            Path kept = directory("hpc", away.after("job"));
            assertThat(kept).isDirectory();

            slurm.down();
            Ran first = cleaned(config);
            assertThat(first.exit()).isEqualTo(4);
            assertThat(first.err().lines().filter(l -> l.startsWith("clustrix: ")))
                    .singleElement()
                    .asString()
                    .startsWith("clustrix: cluster hpc can't be looked after, so its runs stay: ");
            assertThat(first.out())
                    .containsPattern(away.after("run") + " +1 +unknown .* no")
                    .containsPattern(here.after("run") + " +1 +1 .* yes");
            assertThat(kept).isDirectory();

            slurm.up();
            Ran second = cleaned(config);
            assertThat(second.exit()).as(second.err()).isZero();
            assertThat(kept).doesNotExist();
            assertThat(Ran.with(config, "runs", "--json").out()).isEqualTo("[]\n");
        }
    }

    @Test
    @DisplayName("runs of a cluster that is not in the configuration any more stay, and are removed without --cluster")
    void unknownCluster() throws Exception {
        String run = failing(
                        config("clusters.gone { executor = ssh, work-directory = \"%s\" }"
                                .formatted(dir.resolve("gone"))),
                        "gone")
                .after("run");
        Path config = config("");

        Ran ran = Ran.with(config, "clean", "--older-than", "0s", "--cluster", "--yes");
        assertThat(ran.exit()).isEqualTo(4);
        assertThat(ran.err()).contains("cluster gone can't be looked after").contains("there is no cluster 'gone'");
        assertThat(Ran.with(config, "runs", "--json").out()).contains(run);

        assertThat(Ran.with(config, "clean", "--older-than", "0s", "--yes").exit())
                .isZero();
        assertThat(Ran.with(config, "runs", "--json").out()).isEqualTo("[]\n");
    }
}
