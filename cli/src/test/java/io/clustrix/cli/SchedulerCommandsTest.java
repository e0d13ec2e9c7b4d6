package io.clustrix.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Commands about jobs that have a journal: on this machine, as a host without a scheduler. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(240)
class SchedulerCommandsTest {
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
                  default-cluster = here
                  clusters.here {
                    executor = ssh
                    work-directory = "%1$s/work"
                    clean-up = never
                    min-poll-interval = 100ms
                    poll { results-max = 200ms, status-min = 200ms, status-max = 500ms, status-per-minute = 600 }
                    environment.java = same
                  }
                }
                """.formatted(dir));
    }

    @Test
    @DisplayName("a run with failures: its jobs, its status, what is kept, why, and what is run again")
    void failuresAndRetry() throws Exception {
        Path mend = dir.resolve("mended");
        Ran run = Ran.with(
                config,
                "run",
                jar,
                SIM + "::picky",
                "--items",
                "1..4",
                "--keep-going",
                "--name",
                "picky",
                "--",
                mend.toString());
        String id = run.after("run");
        String key = run.after("job");

        assertThat(run.exit()).as(run.err()).isEqualTo(1);
        assertThat(run.out()).isEqualTo("1\tok 1\n2\tok 2\n4\tok 4\n");
        assertThat(Ran.with(config, "jobs", "--json").out())
                .contains("\"key\":\"" + key + "\",\"run\":\"" + id
                        + "\",\"name\":\"picky\",\"cluster\":\"here\",\"state\":\"failed\","
                        + "\"tasks\":4,\"succeeded\":3,\"failed\":1");
        assertThat(Ran.with(config, "jobs").out()).contains(key).contains("4/4, 1 failed");
        assertThat(Ran.with(config, "runs", "--json").out())
                .contains("\"driver\":\"ended\"")
                .contains("\"over\":true");
        assertThat(Ran.with(config, "status", key.substring(0, 24)).out()).contains("failed");
        assertThat(Ran.with(config, "explain", key).out()).contains("3 of 4 tasks have succeeded, 1 have failed");

        Ran result = Ran.with(config, "result", key);
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEqualTo("0\tok 1\n1\tok 2\n3\tok 4\n");
        assertThat(result.err()).contains("task 2 failed").contains("no threes: 3");

        Files.createFile(mend);
        Ran retry = Ran.with(config, "retry", id);
        assertThat(retry.err()).contains("1 of 4 tasks are run again");
        assertThat(retry).extracting(Ran::exit, Ran::out).containsExactly(0, "3\tok 3\n");

        assertThat(Ran.with(config, "clean", "--older-than", "0s").out())
                .contains(id)
                .contains("no");
        assertThat(Ran.with(config, "clean", "--older-than", "0s", "--yes", "--json")
                        .out())
                .contains("\"removed\":true");
        assertThat(Ran.with(config, "result", key).exit()).isEqualTo(3);
    }

    @Test
    @DisplayName("a detached job: its logs, what the scheduler says, attach brings the result, result shows it again")
    void detachAndAttach() throws Exception {
        Path go = dir.resolve("go");
        Ran run = Ran.with(config, "run", jar, SIM + "::await", go.toString(), "--detach");
        String id = run.out().strip();
        String key = run.after("job");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(Ran.with(config, "jobs", "--open", "--json").out()).contains("\"state\":\"submitted\"");
        until(() -> Ran.with(config, "logs", key).out().contains("waiting for " + go));
        until(() -> Ran.with(config, "status", key).out().contains("running"));
        assertThat(Ran.with(config, "explain", key).out())
                .contains("its program has ended and left it")
                .contains("running");
        assertThat(Ran.with(config, "result", key).exit()).isEqualTo(5);

        Files.createFile(go);
        Ran attached = Ran.with(config, "attach", id);

        assertThat(attached).extracting(Ran::exit, Ran::out).containsExactly(0, "seen\n");
        assertThat(Ran.with(config, "result", key).out()).isEqualTo("0\tseen\n");
        assertThat(Ran.with(config, "attach", id).exit()).isZero();
        assertThat(Ran.with(config, "cancel", key).err()).contains("nothing to cancel");
    }

    @Test
    @DisplayName("attach reads values whose classes are in the job's jar alone")
    void attachToOwnClasses() throws Exception {
        Path source = Files.writeString(
                dir.resolve("Prices.java"),
                "public class Prices { public record Price(int cents) implements java.io.Serializable {}"
                        + " public static Price of(int n) { return new Price(n * 100); } }");
        Path classes = Files.createDirectories(dir.resolve("classes"));
        int compiled = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "--release", "17", "-d", classes.toString(), source.toString());
        assertThat(compiled).isZero();

        Ran run = Ran.with(config, "run", classes.toString(), "Prices::of", "--items", "1..3", "--detach");
        Ran attached = Ran.with(config, "attach", run.out().strip(), "--json");

        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(attached.exit()).as(attached.err()).isZero();
        String job = "{\"job\":\"" + run.after("job") + "\",\"task\":";
        assertThat(attached.out())
                .isEqualTo("[\n" + job + "0,\"value\":\"Price[cents=100]\"},\n" + job
                        + "1,\"value\":\"Price[cents=200]\"},\n" + job + "2,\"value\":\"Price[cents=300]\"}\n]\n");
        assertThat(Ran.with(config, "attach", run.out().strip(), "--json").out())
                .isEqualTo("[]\n");
    }

    @Test
    @DisplayName("logs -f of a job that was left says that its end is not seen")
    void logsOfLeftJob() throws Exception {
        Path go = dir.resolve("go");
        Ran run = Ran.with(config, "run", jar, SIM + "::await", go.toString(), "--detach");
        String key = run.after("job");

        CompletableFuture<Ran> logs = CompletableFuture.supplyAsync(() -> Ran.with(config, "logs", "-f", key));
        Thread.sleep(3000); // several looks
        assertThat(logs).isNotDone();
        Files.createFile(go);
        assertThat(Ran.with(config, "attach", run.out().strip()).exit()).isZero();

        assertThat(logs.get(60, TimeUnit.SECONDS).err())
                .containsOnlyOnce("until 'clustrix attach " + run.out().strip() + "' takes it up");
    }

    @Test
    @DisplayName(
            "cancel: a job that was left is taken up and cancelled; one whose program lives, through the scheduler")
    void cancel() throws Exception {
        Ran left = Ran.with(
                config, "run", jar, SIM + "::await", dir.resolve("never").toString(), "--detach");
        String key = left.after("job");

        assertThat(Ran.with(config, "cancel", key)).isEqualTo(new Ran(0, "cancelled " + key + "\n", ""));
        assertThat(Ran.with(config, "status", key, "--offline").out())
                .as(() -> Ran.with(config, "report", left.out().strip(), "--format", "json")
                        .out())
                .contains("cancelled");

        String never = dir.resolve("never").toString();
        try (Clustrix living = Clustrix.builder().configFile(config).open()) {
            var future = living.submit(() -> Sim.await(never));
            String other = future.key().toString();
            until(() -> Ran.with(config, "status", other).out().contains("scheduler"));
            assertThat(Ran.with(config, "runs").out()).contains("alive");
            assertThat(Ran.with(config, "cancel", other).out()).isEqualTo("cancelled " + other + "\n");
            until(future::isDone);
            assertThat(future).isCompletedExceptionally();
        }
    }

    @Test
    @DisplayName("preview shows the script and the command, and submits nothing")
    void preview() {
        Ran ran = Ran.with(
                config, "preview", jar, SIM + "::twice", "--items", "1..10", "--cores", "1", "--env", "COLOUR=blue");

        assertThat(ran.exit()).as(ran.err()).isZero();
        assertThat(ran.out())
                .contains("# 10 tasks in ")
                .contains("#!/bin/sh")
                .contains("COLOUR")
                .contains("p0.sh");
        assertThat(Ran.with(config, "jobs", "--json").out()).isEqualTo("[]\n");
    }

    private interface Condition {
        boolean holds();
    }

    private static void until(Condition condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("waited a minute").isLessThan(end);
            Thread.sleep(200);
        }
    }
}
