package io.clustrix.scheduler.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Walltime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Slurm's directives")
class DirectivesTest {
    private static final SlurmSettings SETTINGS = new SlurmSettings(
            Optional.empty(),
            Optional.empty(),
            Optional.of("long"),
            Optional.empty(),
            Optional.of("a&b"),
            Duration.ofSeconds(2));
    private static final SlurmDialect SLURM = new SlurmDialect(SETTINGS);

    private static List<String> lines(Resources resources) {
        return SLURM.directives(new JobPlan("key-1", resources, "logs/a", 1, OptionalInt.empty(), true));
    }

    @Test
    @DisplayName("say what the resources say, memory as whole MiB of a node and time exactly (R48, R49, W-D10)")
    void resources() {
        Resources r = Resources.builder()
                .cores(4)
                .memory("8GB")
                .time("1h30m")
                .gpus(2)
                .partition("p q")
                .account("phys")
                .option("exclusive", "")
                .option("comment", "it's \"#1\" \\o/")
                .build();
        assertThat(lines(r))
                .containsExactly(
                        "#SBATCH --job-name=key-1",
                        "#SBATCH --output=logs/a.out",
                        "#SBATCH --error=logs/a.err",
                        "#SBATCH --open-mode=append",
                        "#SBATCH --export=NONE",
                        "#SBATCH --requeue",
                        "#SBATCH --kill-on-invalid-dep=yes",
                        "#SBATCH --cpus-per-task=4",
                        "#SBATCH --mem=7630M",
                        "#SBATCH --time=01:30:00",
                        "#SBATCH --gres=gpu:2",
                        "#SBATCH --partition=\"p q\"",
                        "#SBATCH --account=phys",
                        "#SBATCH --qos=long",
                        "#SBATCH --constraint=\"a&b\"",
                        "#SBATCH --comment=\"it's \\\"#1\\\" \\\\o/\"",
                        "#SBATCH --exclusive");
    }

    @Test
    @DisplayName("make one array of many elements, with its limit and a file for each (W-D3)")
    void arrays() {
        JobPlan limited = new JobPlan("k", Resources.none(), "logs/a", 10, OptionalInt.of(4), false);
        assertThat(SLURM.directives(limited))
                .contains(
                        "#SBATCH --array=0-9%4",
                        "#SBATCH --output=logs/a.%a.out", "#SBATCH --error=logs/a.%a.err", "#SBATCH --no-requeue");
        JobPlan free = new JobPlan("k", Resources.none(), "logs/a", 10, OptionalInt.of(10), false);
        assertThat(SLURM.directives(free)).contains("#SBATCH --array=0-9");
    }

    @Test
    @DisplayName("divide a worker's memory, cores and GPUs among its nodes, and refuse what can't be divided")
    void nodes() {
        Resources r = Resources.builder()
                .nodes(2)
                .cores(8)
                .gpus(4)
                .memory(new Memory((1L << 30) + 1))
                .build();
        assertThat(lines(r))
                .contains(
                        "#SBATCH --nodes=2",
                        "#SBATCH --ntasks=2",
                        "#SBATCH --cpus-per-task=4",
                        "#SBATCH --gres=gpu:2",
                        "#SBATCH --mem=513M");
        assertThatThrownBy(() -> lines(Resources.builder().nodes(3).cores(8).build()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cores = 8 can't be divided among nodes = 3");
    }

    @ParameterizedTest
    @DisplayName("refuse options that are Clustrix's own, in any abbreviation, and say what to use instead")
    @CsvSource({
        "output, is set by Clustrix",
        "outp, short for output",
        "o, write its long name",
        "array, map over a list",
        "wrap, written by Clustrix",
        "export, set variables",
        "chdir, worker's directory",
        "wait, call's future",
        "parsable, read by Clustrix",
        "test-only, never run",
        "clusters, set 'cluster'",
        "job-n, short for job-name",
        "mem-per-cpu, resource 'memory'",
        "cpus-per-task, resource 'cores'",
        "time, resource 'time'",
        "partition, resource 'partition'"
    })
    void reserved(String option, String advice) {
        Resources r = Resources.builder()
                .cores(1)
                .memory("1G")
                .time("1h")
                .partition("p")
                .option(option, "1")
                .build();
        assertThatThrownBy(() -> lines(r))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(advice);
        assertThat(new SlurmDialectProvider()
                        .check(
                                SETTINGS,
                                new JobOptions(
                                        "n",
                                        r,
                                        OptionalInt.empty(),
                                        io.clustrix.spi.ErrorPolicy.FAIL_FAST,
                                        Map.of(),
                                        Optional.empty())))
                .hasSize(1);
    }

    @Test
    @DisplayName("pass on what rivals nothing, and let a call's option go before the cluster's setting")
    void passedOn() {
        assertThat(lines(Resources.builder()
                        .option("mem-per-cpu", "2G")
                        .option("gres", "gpu:a100:2")
                        .option("qos", "short")
                        .build()))
                .contains("#SBATCH --mem-per-cpu=2G", "#SBATCH --gres=gpu:a100:2", "#SBATCH --qos=short")
                .doesNotContain("#SBATCH --qos=long");
    }

    @Test
    @DisplayName("values that a real Slurm has shown as they were are written as they were written then (R41)")
    void recorded() {
        List<String> lines =
                Golden.text("quoting").lines().filter(l -> !l.startsWith("# ")).toList();
        assertThat(lines).hasSizeGreaterThan(40);
        for (int i = 0; i < lines.size(); i += 2) {
            String shown = lines.get(i + 1).substring("= ".length());
            assertThat(Directives.line("comment", shown)).isEqualTo(lines.get(i));
            assertThat(readBack(lines.get(i))).isEqualTo("--comment=" + shown);
        }
    }

    /** sbatch's own reader of directives, as its source has it and a real one has confirmed value by value. */
    private static String readBack(String line) {
        String text = line.substring("#SBATCH".length()).strip();
        StringBuilder read = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                read.append(text.charAt(++i));
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    read.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '#' || c == ' ' || c == '\t') {
                return read + " <cut>";
            } else {
                read.append(c);
            }
        }
        return quote == 0 ? read.toString() : read + " <open>";
    }

    @Test
    @DisplayName("hostile values are one line each and arrive as they are (R41, W-D5)")
    void hostileValues() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String alphabet = "a1 \t\n\r\"'\\#;$`%&|<>(){}*?!~,:=-_/\u00e9\u65e5\u2028\u0085\u0000";
        for (int i = 0; i < 5000; i++) {
            StringBuilder value = new StringBuilder();
            for (int n = 1 + random.nextInt(12); n > 0; n--) {
                value.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String text = value.toString();
            String shown = "seed " + seed + ", value '" + text + "'";
            try {
                List<String> lines = lines(Resources.builder()
                        .option("comment", text)
                        .account(text)
                        .build());
                assertThat(lines)
                        .as(shown)
                        .hasSize(11)
                        .allMatch(l -> l.startsWith("#SBATCH --") && l.lines().count() == 1);
                assertThat(lines.stream().map(DirectivesTest::readBack).toList())
                        .as(shown)
                        .contains("--comment=" + text, "--account=" + text);
                assertThat(text.chars().noneMatch(Character::isISOControl))
                        .as(shown)
                        .isTrue();
            } catch (IllegalArgumentException e) {
                // The SPI's own check: blank, or a control character.
                assertThat(text.isBlank() || text.chars().anyMatch(Character::isISOControl))
                        .as(shown)
                        .isTrue();
            }
        }
    }

    @Test
    @DisplayName("memory is rounded up by less than a MiB, and time not at all (R48, R49)")
    void rounding() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            long bytes = 1 + (random.nextLong() >>> (22 + random.nextInt(40)));
            Duration time = Duration.ofSeconds(1 + random.nextInt(10_000_000));
            List<String> lines = lines(new Resources(
                    OptionalInt.empty(),
                    Optional.of(new Memory(bytes)),
                    Optional.of(time),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Map.of()));
            String mem = value(lines, "mem");
            long asked = Long.parseLong(mem.substring(0, mem.length() - 1)) << 20;
            assertThat(asked - bytes).as("seed %s, %s bytes", seed, bytes).isBetween(0L, (1L << 20) - 1);
            assertThat(Walltime.parse(value(lines, "time"))).as("seed %s", seed).isEqualTo(time);
        }
    }

    private static String value(List<String> lines, String option) {
        String start = "#SBATCH --" + option + "=";
        return lines.stream()
                .filter(l -> l.startsWith(start))
                .findFirst()
                .orElseThrow()
                .substring(start.length());
    }
}
