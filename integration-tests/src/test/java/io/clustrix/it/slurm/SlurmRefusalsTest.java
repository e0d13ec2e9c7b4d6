package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.failure;
import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real Slurm refuses, what it never starts, and hostile texts that it must take as they are. */
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class SlurmRefusalsTest {
    @SuppressWarnings("NullAway.Init") // before the first test
    private SlurmCluster slurm;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        slurm = new SlurmCluster(directory, Map.of());
    }

    @AfterAll
    void close() {
        slurm.close();
    }

    private JobFuture<Integer> asking(String name, UnaryOperator<Resources.Builder> resources) {
        return slurm.clustrix().withName(name).withResources(resources).submit(() -> 1);
    }

    // ---------------------------------------------------------------- refused

    @Scenario
    @DisplayName(
            "what sbatch refuses is told with its own words and the setting to change, at once and for good (W-D4)")
    void refused() throws Exception {
        Map<JobFuture<Integer>, String[]> jobs = Map.of(
                asking("no-partition", r -> r.queue("nowhere")), new String[] {"invalid partition", "'sinfo -s'"},
                asking("much-memory", r -> r.memory("400GiB")), new String[] {"Memory", "'memory'"},
                asking("no-node", r -> r.option("nodelist", "n99")), new String[] {"Invalid node name", "'nodelist'"},
                asking("no-option", r -> r.option("frobnicate", "1")), new String[] {"frobnicate", "sbatch --help"},
                asking("no-feature", r -> r.option("constraint", "avx1024")), new String[] {"eature", "'constraint'"});
        for (Map.Entry<JobFuture<Integer>, String[]> job : jobs.entrySet()) {
            assertThat(failure(job.getKey(), Duration.ofSeconds(30)))
                    .as(job.getKey().name())
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("Slurm did not accept the job")
                    .hasMessageContainingAll(job.getValue());
            slurm.awaitGone(job.getKey()); // of some requests it keeps a record, as of a job that failed
        }
    }

    @Scenario
    @DisplayName(
            "a job that Slurm takes and will never start fails after patience.hopeless, and is removed from the queue")
    void hopeless() throws Exception {
        JobFuture<Integer> future = asking(
                "too-long",
                r -> r.queue(slurm.bed.value("slurm.partition.short")).time(Duration.ofHours(3)));
        MapFuture<Integer> array = slurm.clustrix()
                .withName("too-long-array")
                .withChunkSize(1)
                .withResources(
                        r -> r.queue(slurm.bed.value("slurm.partition.short")).time(Duration.ofHours(3)))
                .map(0, 3, i -> i);

        JobFuture<Integer> cores = asking("many-cores", r -> r.cores(64));

        assertThat(failure(cores, Duration.ofSeconds(30)))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("PartitionConfig")
                .hasMessageContaining("'cores'");
        slurm.awaitGone(cores);
        for (JobFuture<?> job : new JobFuture<?>[] {future, array}) {
            assertThat(failure(job, Duration.ofSeconds(30)))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("waits for what can't come")
                    .hasMessageContaining("PartitionTimeLimit")
                    .hasMessageContaining("lower 'time'");
            slurm.awaitGone(job);
        }
    }

    @Scenario
    @DisplayName(
            "what can't be said to Slurm is refused in the call: texts with line breaks, reserved options, contradictions (W-D5)")
    void refusedInTheCall() {
        Submitter on = slurm.clustrix();

        assertThatThrownBy(() -> on.withName("a\n#SBATCH --wrap=x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> asking("a", r -> r.queue("debug\n#SBATCH --wrap=x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue");
        assertThatThrownBy(() -> asking("a", r -> r.option("comment", "x\ny")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("comment");
        assertThatThrownBy(() -> asking("a", r -> r.option("co mment", "x")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> on.withVariable("A=B; x", "1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> asking("a", r -> r.option("output", "x")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("output");
        assertThatThrownBy(() -> asking("a", r -> r.memory("1GiB").option("mem-per-cpu", "1G")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("mem-per-cpu");
    }

    // ---------------------------------------------------------------- hostile texts

    @Scenario
    @DisplayName("hostile job names, comments and values are taken as they are, and run nothing (R41, W-D5)")
    void hostileTexts() throws Exception {
        Path trap = slurm.marks.resolve("trap");
        String hostile =
                "'; touch " + trap + "; $(touch " + trap + ") `touch " + trap + "` \" \\ # % %j ü \uD83D\uDE00";
        JobFuture<@Nullable String> future = slurm.clustrix()
                .withName(hostile)
                .withVariable("HOSTILE", hostile)
                .withResources(r -> r.option("comment", hostile))
                .submit(() -> System.getenv("HOSTILE"));
        MapFuture<String> map = slurm.clustrix()
                .withName("-e --wrap=x")
                .withChunkSize(1)
                .map(java.util.List.of(hostile, hostile), s -> s);

        assertThat(value(future)).isEqualTo(hostile);
        assertThat(value(map)).containsExactly(hostile, hostile);
        assertThat(slurm.slurm("scontrol", "show", "job", "-o", slurm.id(future)))
                .contains("Comment=" + hostile + " ");
        assertThat(trap).doesNotExist();
    }

    @Scenario
    @DisplayName("a work directory may have blanks, quotes, dollars and letters that are not ASCII in its name (R41)")
    void hostileDirectory() throws Exception {
        Path work = slurm.work.resolve("it's a $(touch x) \"dïr\" `y` ;&|*?[1]");
        try (Clustrix clustrix = slurm.builder()
                .set("clusters.slurm.work-directory", work.toString())
                .open()) {
            JobFuture<Integer> future = clustrix.withName("directory").submit(() -> 5);
            MapFuture<Integer> map = clustrix.withChunkSize(1).map(0, 2, i -> i);
            JobFuture<Integer> failed = clustrix.withName("fails-there").submit(() -> {
                System.err.println("the last line");
                System.exit(9);
                return 1;
            });

            assertThat(value(future)).isEqualTo(5);
            assertThat(value(map)).containsExactly(0, 1);
            assertThat(failure(failed)).hasMessageContaining("the last line");
        }
        assertThat(SlurmCluster.entries(work)).contains("jobs", "store");
    }

    // ---------------------------------------------------------------- a work directory that is of no use

    @Scenario
    @DisplayName(
            "a work directory that may not be written, or is a file, is a failure of the configuration that names it")
    void unusableDirectory() throws Exception {
        Path locked = Files.createDirectory(slurm.marks.resolve("locked"));
        Path file = Files.createFile(slurm.marks.resolve("file"));
        Path placeholder = slurm.marks.resolve("%j");
        for (Path work : new Path[] {locked, locked.resolve("below"), file, placeholder}) {
            try (Clustrix clustrix = slurm.builder()
                    .set("clusters.slurm.work-directory", work.toString())
                    .open()) {
                JobFuture<Integer> future = clustrix.withName("unusable").submit(() -> 1);

                assertThat(failure(future, Duration.ofSeconds(20))).isInstanceOfSatisfying(HostException.class, e -> {
                    assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
                    assertThat(e)
                            .hasMessageContaining("the work directory " + work)
                            .hasMessageContaining("set work-directory");
                });
            }
        }
    }
}
