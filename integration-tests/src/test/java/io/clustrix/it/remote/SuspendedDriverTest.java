package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver that sleeps, as a laptop with its lid closed, for longer than Slurm remembers jobs. */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@Timeout(180)
class SuspendedDriverTest {
    private static final Driver.Load LOAD = new Driver.Load(3, 2, 12, 2500);

    /** The controller looks every ten seconds or so what it may forget. */
    private static final Duration FORGETTING = Duration.ofSeconds(60);

    @Test
    @DisplayName(
            "a driver sleeps until its jobs have ended and Slurm has forgotten them: it gets all results, nothing runs twice (R2, R17)")
    void suspended() throws Exception {
        try (RemoteSite site = new RemoteSite()) {
            site.bed.fault("slurm-conf", "MinJobAge=5");
            Path directory = Files.createTempDirectory(site.shared, "run");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
            Marks progress = new Marks(directory.resolve("progress"));
            Marks runs = new Marks(directory.resolve("runs"));
            Path configuration = site.configuration(site.way("slurm"));
            try (OtherJvm driver = site.drive(configuration, Driver.class, "end", directory.toString(), LOAD.text())) {
                Await.until(
                        "all is submitted and one runs",
                        RemoteSite.BOUND,
                        () -> !runs.lines().isEmpty()
                                && submissions(site) == LOAD.names().size());
                driver.signal("STOP");
                long seen = progress.lines().stream()
                        .filter(l -> l.startsWith("right "))
                        .count();
                assertThat(seen)
                        .as("there is something left to be seen")
                        .isLessThan(LOAD.names().size());
                Await.until(
                        "all tasks have run",
                        RemoteSite.BOUND,
                        () -> runs.lines().size() == LOAD.tasks());
                Await.until("Slurm has forgotten all", FORGETTING, () -> {
                    Thread.sleep(300);
                    return submissions(site) == 0;
                });
                driver.signal("CONT");

                assertThat(driver.await()).as(driver.output()).isZero();
            } finally {
                site.bed.fault("slurm-conf");
            }
            assertThat(progress.lines())
                    .filteredOn(l -> l.startsWith("right "))
                    .hasSize(LOAD.names().size());
            assertThat(runs.counts())
                    .hasSize(LOAD.tasks())
                    .allSatisfy((task, times) -> assertThat(times).as(task).isEqualTo(1));
            assertThat(site.left()).isEmpty();
        }
    }

    /** How many submissions of this work directory Slurm knows, ended or not. */
    private static long submissions(RemoteSite site) throws Exception {
        return site.slurm("squeue", "-h", "-t", "all", "-o", "%F %Z")
                .lines()
                .filter(l -> l.contains(site.work.toString()))
                .distinct()
                .count();
    }
}
