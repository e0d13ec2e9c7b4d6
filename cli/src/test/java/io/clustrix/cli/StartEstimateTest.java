package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.NativeId;
import io.clustrix.testkit.fake.FakeSlurm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** When a job that waits is expected to start, as explain tells it. */
class StartEstimateTest {
    private static final Instant NOW = Instant.parse("2026-11-23T11:00:30Z");

    @Test
    @DisplayName("the first start in the reader's zone, and how long it is to that")
    void text() {
        assertThat(text("2026-11-23T13:10:31Z")).isEqualTo("start estimate: 2026-11-23 14:10 +01:00, in 2 h 10 min");
        assertThat(text("2026-11-26T11:05:30Z")).endsWith(", in 3 d 5 min");
        assertThat(text("2026-11-23T11:01:00Z")).endsWith(", in less than a minute");
        assertThat(text("2026-11-23T11:00:30Z")).endsWith(", which has passed: it may start at any time");
        assertThat(new StartEstimate(Map.of()).text(NOW, ZoneOffset.UTC))
                .isEqualTo("start estimate: the scheduler gives none");
        assertThat(new StartEstimate(Map.of(
                                NativeId.of("7"), NOW.plusSeconds(3600), NativeId.of("8"), NOW.plusSeconds(1800)))
                        .text(NOW, ZoneOffset.UTC))
                .isEqualTo("start estimate: 2026-11-23 11:30 +00:00, in 30 min; of 8, the first of 2 that have one");
    }

    private static String text(String start) {
        return new StartEstimate(Map.of(NativeId.of("7"), Instant.parse(start))).text(NOW, ZoneId.of("Europe/Berlin"));
    }

    @Test
    @Timeout(240)
    @EnabledOnOs(OS.LINUX)
    @DisplayName("explain asks Slurm: an estimate, none, and no answer at all, which is no failure")
    void explain(@TempDir Path directory) throws Exception {
        try (FakeSlurm slurm = new FakeSlurm()) {
            Path config = Files.writeString(directory.resolve("test.conf"), """
                    clustrix {
                      state-directory = "%1$s/state"
                      cache-directory = "%1$s/cache"
                      default-cluster = hpc
                      clusters.hpc {
                        executor = slurm
                        bin-directory = "%2$s"
                        work-directory = "%1$s/work"
                        environment.java = same
                      }
                    }
                    """.formatted(directory, slurm.bin()));
            slurm.stopStarting();
            String later = waiting(config, "--option", "begin=now+3hours");
            String sometime = waiting(config);

            Ran told = Ran.with(config, "explain", later);
            Ran json = Ran.with(config, "explain", later, "--json");
            Ran none = Ran.with(config, "explain", sometime);

            assertThat(told.exit()).as(told.err()).isZero();
            assertThat(told.out()).containsPattern("- start estimate: 20[0-9-]+ [0-9:]+ \\S+, in [23] h");
            assertThat(json.out())
                    .containsPattern("\"startEstimates\":\\[\\{\"id\":\"[0-9]+\",\"time\":\"20[^\"]+Z\"}]");
            assertThat(none.out()).contains("- start estimate: the scheduler gives none");
            assertThat(Ran.with(config, "explain", sometime, "--json").out()).contains("\"startEstimates\":[]");
            assertThat(slurm.calls())
                    .filteredOn(c -> c.contains("--states=PENDING"))
                    .hasSize(4);
        }
    }

    private static String waiting(Path config, String... options) throws Exception {
        String jar = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        List<String> words = new ArrayList<>(List.of("run"));
        words.addAll(List.of(options));
        words.addAll(List.of("--detach", "--", jar, "io.clustrix.cli.Sim::twice", "1"));
        Ran ran = Ran.with(config, words.toArray(new String[0]));
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran.after("job");
    }
}
