package io.clustrix.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.clustrix.AttachedRun;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.TaskOutcome;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Scenarios with a driver in a JVM of its own. */
final class Drivers {
    private static final String NO_RUN = "20200101-000000-aaaaaa";

    private Drivers() {}

    /** A running {@link OtherDriver}. */
    private static final class OtherJvm implements AutoCloseable {
        private final Process process;
        private final Path output;
        private final Marks report;

        OtherJvm(Bench bench, String what) throws IOException {
            report = bench.marks(what + ".report");
            output = bench.configuration.resolveSibling(what + ".output");
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:-UsePerfData",
                            "-cp",
                            System.getProperty("java.class.path"),
                            OtherDriver.class.getName(),
                            what,
                            bench.configuration.toString(),
                            bench.shared.toString(),
                            Long.toString(bench.patience.toMillis()))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        }

        /** What it has said with this word in front. */
        List<String> said(String word) {
            return report.lines().stream()
                    .filter(line -> line.startsWith(word + " "))
                    .map(line -> line.substring(word.length() + 1))
                    .toList();
        }

        void awaitSaid(Bench bench, String word) throws Exception {
            bench.await("the driver says " + word, () -> {
                boolean alive = process.isAlive();
                boolean said = !said(word).isEmpty();
                if (!said && !alive) {
                    throw new AssertionError("the driver has ended: " + Files.readString(output));
                }
                return said;
            });
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    static void reattach(Bench bench) throws Exception {
        assertThrows(
                ConfigurationException.class,
                () -> bench.clustrix.attach(NO_RUN),
                "attach() of a run that does not exist");
        if (!bench.has(Feature.REATTACH)) {
            bench.value(bench.named("reattach").submit(() -> 1));
            assertTrue(bench.clustrix.runId().isEmpty(), "there is a run, although nobody can attach to it");
            throw new NotSupportedException(Feature.REATTACH);
        }
        Path gate = bench.shared.resolve("reattach.gate");
        Marks ran = bench.marks("reattach.ran");
        try (OtherJvm driver = new OtherJvm(bench, "reattach");
                Clustrix clustrix =
                        Clustrix.builder().configFile(bench.configuration).open()) {
            driver.awaitSaid(bench, "submitted");
            bench.await("one of its tasks has begun", () -> !ran.lines().isEmpty());
            String runId = driver.said("run").stream()
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("Clustrix.runId() is empty after a job was submitted"));
            driver.kill();
            Files.createFile(gate);

            AttachedRun run = clustrix.attach(runId);
            assertEquals(
                    List.of("reattach-one", "reattach-map"),
                    run.jobs().stream().map(JobFuture::name).toList());
            assertEquals(4711, (Object) bench.value(only(run, "reattach-one")));
            MapFuture<?> map = Bench.expect(MapFuture.class, only(run, "reattach-map"));
            Bench.expect(MapException.class, bench.failure(map));
            List<? extends TaskOutcome<?>> outcomes =
                    map.outcomes().get(bench.patience.toMillis(), TimeUnit.MILLISECONDS);
            assertEquals(4, outcomes.size());
            for (TaskOutcome<?> outcome : outcomes) {
                if (outcome.task() == 1) {
                    Bench.expect(
                            Tasks.OutOfInkException.class, outcome.failure().orElse(null));
                } else {
                    assertEquals(outcome.task() * 10, outcome.value());
                }
            }
            assertEquals(
                    List.of("0", "1", "2", "3", "one"),
                    ran.lines().stream().sorted().toList(),
                    "each task runs once");
        }
    }

    private static JobFuture<?> only(AttachedRun run, String name) {
        List<JobFuture<?>> jobs = run.named(name);
        assertEquals(1, jobs.size(), "jobs of the name " + name);
        return jobs.get(0);
    }

    static void close(Bench bench) throws Exception {
        try (OtherJvm driver = new OtherJvm(bench, "close")) {
            driver.awaitSaid(bench, "closed");
            assertEquals(List.of(), driver.said("problem"));
            assertTrue(
                    driver.process.waitFor(30, TimeUnit.SECONDS), "the program does not end after its Clustrix closed");
            assertEquals(0, driver.process.exitValue(), () -> "the driver failed: " + driver.output);
            Marks running = bench.marks("close.running");
            bench.await("the task that ran has stopped", () -> {
                long before = running.size();
                Thread.sleep(1000);
                return running.size() == before;
            });
            assertFalse(running.lines().contains("end"), "a task that ran went on to its end");
            for (Path directory : visibleJobs(bench)) {
                for (String key : driver.said("done")) {
                    bench.await(
                            "the files of job " + key + " are removed", () -> !Files.exists(directory.resolve(key)));
                }
            }
        }
    }

    /** The directories of jobs, one for each day, if the executor is a dialect whose work directory is seen here. */
    private static List<Path> visibleJobs(Bench bench) throws IOException {
        Config cluster = ConfigFactory.parseFile(bench.configuration.toFile())
                .resolve()
                .getConfig("clustrix.clusters." + Bench.CLUSTER);
        if (!cluster.hasPath("work-directory")
                || (cluster.hasPath("clean-up") && cluster.getString("clean-up").equals("never"))) {
            return List.of();
        }
        Path jobs = Path.of(cluster.getString("work-directory")).resolve("jobs");
        if (!jobs.isAbsolute() || !Files.isReadable(jobs)) {
            return List.of();
        }
        try (Stream<Path> days = Files.list(jobs)) {
            return new ArrayList<>(days.toList());
        }
    }
}
