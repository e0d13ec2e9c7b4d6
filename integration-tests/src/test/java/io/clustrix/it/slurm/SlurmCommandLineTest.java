package io.clustrix.it.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.cli.Main;
import io.clustrix.it.bed.NeedsTestBed;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command clustrix on a real Slurm behind a real sshd. */
@NeedsTestBed({"slurm", "ssh"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class SlurmCommandLineTest {
    private static final String TASKS = "io.clustrix.it.slurm.SlurmCommandLineTest$Tasks";

    @SuppressWarnings("NullAway.Init") // before the first test
    private SlurmCluster slurm;

    @SuppressWarnings("NullAway.Init")
    private Path config;

    @SuppressWarnings("NullAway.Init")
    private String classes;

    /** What the command has called. */
    static final class Tasks {
        private Tasks() {}

        static int square(int n) {
            System.out.println("squaring " + n);
            return n * n;
        }
    }

    private record Ran(int exit, String out, String err) {
        String job() {
            return err.replaceFirst("(?s).*?job ([0-9a-z]{26}).*", "$1");
        }
    }

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        slurm = new SlurmCluster(directory, java.util.Map.of());
        config = Files.writeString(
                directory.resolve("slurm.conf"),
                slurm.configuration() + "\nclustrix.state-directory = \"" + directory.resolve("state-cli")
                        + "\"\nclustrix.cache-directory = \"" + directory.resolve("cache-cli") + "\"\n");
        classes = Path.of(Tasks.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    @AfterAll
    void close() {
        slurm.close();
    }

    private Ran clustrix(String... arguments) {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(1, List.of("--config", config.toString()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                all.toArray(new String[0]));
        return new Ran(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    @DisplayName("run: a static method of a directory of classes, once for each item; its result again, by Slurm's id")
    void run() {
        Ran preview = clustrix("preview", classes, TASKS + "::square", "--items", "1..3", "--time", "5m");
        Ran ran = clustrix("run", classes, TASKS + "::square", "--items", "1..3", "--time", "5m");

        assertThat(preview.exit()).as(preview.err()).isZero();
        assertThat(preview.out()).contains("#SBATCH").contains("sbatch").contains("--time=00:05:00");
        assertThat(ran.out()).as(ran.err()).isEqualTo("1\t1\n2\t4\n3\t9\n");
        assertThat(ran.exit()).isZero();
        assertThat(ran.err()).contains("squaring 2");
        Ran jobs = clustrix("jobs", "--json");
        assertThat(jobs.out()).contains("\"key\":\"" + ran.job() + "\"").contains("\"state\":\"succeeded\"");
        String id = jobs.out()
                .replaceFirst(
                        "(?s).*\"key\":\"" + ran.job() + "\".*?\"submissions\":\\[\\{\"id\":\"([0-9]+)\".*", "$1");
        assertThat(clustrix("result", id).out()).isEqualTo("0\t1\n1\t4\n2\t9\n");
    }

    @Test
    @DisplayName("a job that waits: explain has Slurm's own reason, status its state, and cancel ends it")
    void waiting() throws Exception {
        Ran ran =
                clustrix("run", classes, TASKS + "::square", "7", "--option", "begin=now+1hour", "--detach", "--json");
        String key = ran.job();

        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("\"job\":\"" + key + "\"");
        assertThat(clustrix("explain", key).out())
                .contains("its program has ended and left it")
                .contains("pending")
                .contains("BeginTime");
        assertThat(clustrix("status", key, "--json").out()).contains("\"state\":\"pending\"");
        assertThat(clustrix("logs", key).out()).isEmpty();

        assertThat(clustrix("cancel", key)).isEqualTo(new Ran(0, "cancelled " + key + "\n", ""));
        assertThat(clustrix("jobs", "--open").out()).doesNotContain(key);
        assertThat(clustrix("explain", key).out()).contains("cancelled");
    }
}
