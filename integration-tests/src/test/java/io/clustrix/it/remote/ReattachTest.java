package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.AttachedRun;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.ConfigurationException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers die at any moment, and others take their jobs up: nothing is lost, nothing runs twice (R27, R29, R30). */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(180)
class ReattachTest {
    private static final Driver.Load SMALL = new Driver.Load(3, 2, 12, 300);

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private RemoteSite site;
    private Path directory;
    private Marks progress;
    private Marks runs;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
        next();
    }

    private void next() throws IOException {
        directory = Files.createTempDirectory(site.shared, "run");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        progress = new Marks(directory.resolve("progress"));
        runs = new Marks(directory.resolve("runs"));
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    /** What the driver is doing when it is killed. */
    enum Moment {
        SUBMITTING("submitted "),
        RUNNING(""),
        FETCHING("done ");

        private final String word;

        Moment(String word) {
            this.word = word;
        }
    }

    private long count(String word) {
        return progress.lines().stream().filter(l -> l.startsWith(word)).count();
    }

    private String runId() {
        return progress.lines().get(0).substring("run ".length());
    }

    /** Waits until the driver has come so far, and somewhat longer. */
    private void await(OtherJvm driver, Moment moment, Driver.Load load) throws Exception {
        long reached = moment == Moment.RUNNING
                ? 1 + random.nextInt(load.tasks() * 3 / 4)
                : 1 + random.nextInt(Math.max(1, load.names().size() - 2));
        Await.until(moment + " " + reached, RemoteSite.BOUND, () -> {
            if (!driver.isAlive()) {
                throw new AssertionError("the driver has ended: " + driver.output());
            }
            return (moment == Moment.RUNNING ? runs.lines().size() : count(moment.word)) >= reached;
        });
        Thread.sleep(random.nextInt(400));
    }

    private static void kill(OtherJvm driver) throws Exception {
        driver.kill();
        driver.await();
    }

    /** All results are right, whoever has got them, and no task ran twice. */
    private void assertAllRight(AttachedRun run, Driver.Load load) throws Exception {
        List<String> submitted = progress.lines().stream()
                .filter(l -> l.startsWith("submitted "))
                .toList();
        List<String> names = run.jobs().stream().map(JobFuture::name).toList();
        // The driver may have died between taking a job and saying so.
        assertThat(names).as("seed " + seed).isEqualTo(load.names().subList(0, names.size()));
        assertThat(names.size()).as("seed " + seed).isBetween(submitted.size(), submitted.size() + 1);
        for (int i = 0; i < submitted.size(); i++) {
            assertThat(submitted.get(i))
                    .isEqualTo("submitted " + names.get(i) + " "
                            + run.jobs().get(i).key());
        }
        int tasks = 0;
        for (JobFuture<?> job : run.jobs()) {
            Object result = RemoteSite.value(job);
            assertThat(result).as(job.name() + ", seed " + seed).isEqualTo(load.result(job.name()));
            tasks += result instanceof List<?> l ? l.size() : 1;
        }
        Map<String, Long> counts = runs.counts();
        assertThat(counts.values()).as("seed " + seed + ": " + counts).containsOnly(1L);
        assertThat(counts).as("seed " + seed).hasSize(tasks);
    }

    private void killAndAttach(String executor, Moment moment, Driver.Load load, boolean again) throws Exception {
        Path configuration = site.configuration(site.way(executor));
        try (OtherJvm driver = site.drive(configuration, Driver.class, "submit", directory.toString(), load.text())) {
            await(driver, moment, load);
            kill(driver);
        }
        if (again) {
            try (OtherJvm second = site.drive(configuration, Driver.class, "attach", directory.toString(), runId())) {
                Await.until("it has attached", () -> count("attached") == 1 || !second.isAlive());
                Thread.sleep(random.nextInt(2000));
                kill(second);
            }
        }
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            assertThat(clustrix.runs()).contains(runId());
            assertAllRight(clustrix.attach(runId()), load);
        }
        assertThat(site.left()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Moment.class)
    @DisplayName(
            "the driver is killed while it submits, while its jobs run, or while results come: another one gets all")
    void killed(Moment moment) throws Exception {
        killAndAttach("slurm", moment, SMALL, moment == Moment.RUNNING);
    }

    @Test
    @DisplayName("the driver of a plain host is killed, and the next one, too: a third gets all")
    void killedOnPlainHost() throws Exception {
        killAndAttach("ssh", Moment.values()[random.nextInt(3)], SMALL, true);
    }

    @Test
    @DisplayName(
            "attached twice, while the driver lives, after it has closed, and with half an entry at the journal's end")
    void attached() throws Exception {
        Path configuration = site.configuration(site.way("slurm"));
        try (OtherJvm driver = site.drive(configuration, Driver.class, "submit", directory.toString(), SMALL.text());
                Clustrix clustrix = RemoteSite.open(configuration)) {
            await(driver, Moment.RUNNING, SMALL);
            assertThatThrownBy(() -> clustrix.attach(runId()))
                    .as("its driver is alive")
                    .hasMessageContaining(Long.toString(driver.pid()));
            kill(driver);
            tear(site.local.resolve("state/runs").resolve(runId()).resolve("journal"));

            AttachedRun run = clustrix.attach(runId());
            assertThatThrownBy(() -> clustrix.attach(runId()))
                    .as("it is attached already")
                    .isNotNull();
            assertAllRight(run, SMALL);
        }
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            for (JobFuture<?> job : clustrix.attach(runId()).jobs()) {
                assertThat(RemoteSite.failure(job))
                        .isInstanceOf(CancellationException.class)
                        .hasMessageContaining(job.name())
                        .hasMessageContaining("ended as SUCCEEDED");
            }
            assertThatThrownBy(() -> clustrix.attach("20200101-000000-aaaaaa"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(runId());
        }
    }

    @Test
    @DisplayName(
            "jobs with a lease go on while their driver lives, end themselves when it is killed, and are run again (R28)")
    void lease() throws Exception {
        Driver.Load load = new Driver.Load(2, 0, 0, 12_000); // each takes 7.7 s
        Path configuration = site.configuration(site.way("slurm").with("lease = 3s"));
        try (OtherJvm driver = site.drive(configuration, Driver.class, "submit", directory.toString(), load.text())) {
            Await.until("one is done", RemoteSite.BOUND, () -> count("done") > 0);
            kill(driver);
        }
        assertThat(runs.counts()).containsOnlyKeys("one0", "one1").containsValues(1L, 1L);
        next();
        try (OtherJvm driver = site.drive(configuration, Driver.class, "submit", directory.toString(), load.text())) {
            Await.until("both run", RemoteSite.BOUND, () -> runs.lines().size() == 2);
            kill(driver);
        }
        Await.until(
                "nothing is left of them", RemoteSite.BOUND, () -> site.left().isEmpty());
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            for (JobFuture<?> job : clustrix.attach(runId()).jobs()) {
                assertThat((Object) RemoteSite.value(job)).isEqualTo(load.result(job.name()));
            }
        }
        assertThat(runs.counts())
                .as("ended before they were done, and run again")
                .containsOnlyKeys("one0", "one1");
        assertThat(runs.lines()).hasSize(4);
    }

    private static void tear(Path journal) throws IOException {
        try (FileChannel file = FileChannel.open(journal, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 3);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a driver that closes with on-close = detach lets all go on, also what it was just submitting")
    void detached(boolean early) throws Exception {
        Driver.Load load = new Driver.Load(3, 1, 6, 1500);
        Path configuration = site.configuration(site.way("slurm").with("on-close = detach"));
        List<JobFuture<?>> jobs;
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            jobs = load.submit(clustrix, directory);
            if (early) {
                Await.until("one is submitted", () -> !site.left().isEmpty());
            } else {
                Await.until("one runs", RemoteSite.BOUND, () -> !runs.lines().isEmpty());
            }
        }
        assertThat(RemoteSite.failure(jobs.get(0)))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining(runId());
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            assertAllRight(clustrix.attach(runId()), load);
        }
    }

    @Tag("slow")
    @Timeout(1500)
    @Test
    @DisplayName("ten drivers with 200 tasks each are killed at random moments, and half of those that attach, too")
    void killedOften() throws Exception {
        int kills = Integer.getInteger("test.kills", 10);
        for (int i = 0; i < kills; i++) {
            long began = System.nanoTime();
            Moment moment = Moment.values()[i % 3];
            boolean again = random.nextBoolean();
            killAndAttach("slurm", moment, new Driver.Load(20, 6, 30, 200), again);
            System.out.printf(
                    "kill %d: %s%s, progress %d, %.1f s%n",
                    i,
                    moment,
                    again ? ", and once more" : "",
                    progress.lines().size(),
                    (System.nanoTime() - began) / 1e9);
            next();
        }
    }
}
