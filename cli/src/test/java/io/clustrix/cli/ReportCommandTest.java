package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Reports of real runs: on this machine, as a host without a scheduler. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(240)
class ReportCommandTest {
    private static final String SIM = "io.clustrix.cli.Sim";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Path config;

    @SuppressWarnings("NullAway.Init")
    private String jar;

    @BeforeEach
    void configure() throws Exception {
        jar = Path.of(Sim.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        config = Files.writeString(dir.resolve("test.conf"), """
                clustrix {
                  state-directory = "%1$s/state"
                  cache-directory = "%1$s/cache"
                  report-directory = "%1$s/reports"
                  default-cluster = here
                  clusters.here {
                    executor = ssh
                    work-directory = "%1$s/work"
                    min-poll-interval = 100ms
                    poll { results-max = 200ms, status-min = 200ms, status-max = 500ms, status-per-minute = 600 }
                    environment.java = same
                  }
                }
                """.formatted(dir));
    }

    @Test
    @DisplayName(
            "A run with failures and one whose worker dies: page, JSON and text tell of times, use, causes, script")
    void failures() throws Exception {
        Path page = dir.resolve("out/own.html");
        Ran run = Ran.with(
                config,
                "run",
                jar,
                SIM + "::picky",
                "--items",
                "1..6",
                "--chunk",
                "2",
                "--keep-going",
                "--name",
                "<i>picky</i>",
                "--cores",
                "1",
                "--memory",
                "512M",
                "--env",
                "PASSWORD=hushhush",
                "--report",
                page.toString(),
                "--",
                dir.resolve("never").toString());
        String id = run.after("run");

        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        assertThat(run.err()).contains("report: " + page);
        String html = Files.readString(page);
        assertThat(html)
                .contains("&lt;i&gt;picky&lt;/i&gt;", "java.lang.IllegalStateException: no threes: 3")
                .contains("#!/bin/sh", "export PASSWORD=&#39;***&#39;", "class=\"running\"", "Most memory of a worker")
                .doesNotContain("<i>picky", "hushhush");
        assertThat(Files.readString(dir.resolve("reports/" + id + ".html")))
                .as("written by the program itself when it closed")
                .isEqualTo(html.replaceAll("its program [^.]*\\.", "its program has ended."));

        Ran json = Ran.with(config, "report", id, "--format", "json");
        assertThat(json.exit()).as(json.err()).isZero();
        assertThat(json.out())
                .startsWith("{\n  \"run\": \"" + id + "\"")
                .contains("\"state\": \"failed\"", "\"chunks\": 3", "\"cause\":\"threw\"")
                .doesNotContain("hushhush");
        assertThat(json.out().lines().filter(l -> l.contains("\"attempt\":0")))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line)
                        .matches(".*\"state\":\"ended\",\"node\":\"[^\"]+\",\"submitted\":\"2.*\",\"accepted\":\"2.*\","
                                + "\"started\":\"2.*\",\"ended\":\"2.*\",\"returned\":\"2.*")
                        .matches(
                                Files.exists(Path.of("/proc/self/status"))
                                        ? ".*\"cpuMillis\":[1-9][0-9]*,\"peakBytes\":[1-9][0-9]*,.*"
                                        : ".*"));
        assertThat(Ran.with(config, "report", id, "--format", "TEXT").out())
                .contains("6 tasks in 3 chunks, 4 returned, 2 failed")
                .contains("failure  threw, 1 task: java.lang.IllegalStateException: no threes: 3")
                .contains("asked    1 core, 512 MiB memory");
        Path file = dir.resolve("here.json");
        assertThat(Ran.with(config, "report", id, "-o", file.toString()).err()).contains(file.toString());
        assertThat(Files.readString(file)).isEqualTo(json.out());
    }

    @Test
    @DisplayName("A worker that a task has ended: its exit code, its CPU time and why")
    void died() throws Exception {
        Ran run = Ran.with(config, "run", jar, SIM + "::die", "--", "7");
        String id = run.after("run");

        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        assertThat(Ran.with(config, "report", id, "--format", "json").out())
                .contains("\"state\":\"failed\"", "\"exit\":7", "\"cause\":\"exited\"")
                .doesNotContain("\"cpuMillis\":null", "\"started\":null", "\"ended\":null");
    }

    @Test
    @DisplayName("A worker that was killed has no last word, but its script has: its times and its CPU time")
    void killed() throws Exception {
        Ran run = Ran.with(config, "run", jar, SIM + "::killed", "--set", "clusters.here.retry.node-failure=false");
        String id = run.after("run");

        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        assertThat(Ran.with(config, "report", id, "--format", "json").out())
                .contains("\"exit\":137", "\"cause\":\"killed\"", "\"peakBytes\":null")
                .containsPattern("\"cpuMillis\":[1-9][0-9]{2,},\"peakBytes\":null")
                .doesNotContain("\"started\":null", "\"ended\":null");
    }

    @Test
    @DisplayName("What can't be reported: a run that is not there, a file that can't be written, a local job, --detach")
    void refused() {
        assertThat(Ran.with(config, "report", "20260101-000000-abcdef").exit()).isEqualTo(3);
        Ran local =
                Ran.with(config, "run", jar, SIM + "::twice", "--on", "local", "--report", dir + "/x.html", "--", "2");
        assertThat(local.exit()).as(local.err()).isZero();
        assertThat(local.err()).contains("has no run to report of");
        assertThat(Ran.with(config, "run", jar, SIM + "::twice", "--detach", "--report", "x.html", "--", "2")
                        .err())
                .contains("nothing has run yet");
    }
}
