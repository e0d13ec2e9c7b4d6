package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The clocks of the driver, the host and the nodes are an hour apart: wrong ones are made by libfaketime. */
@Tag("faults")
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(150)
class ClockTest {
    private static final Driver.Load LOAD = new Driver.Load(2, 1, 8, 300);

    private RemoteSite site;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    /**
     * What makes the clock of a program wrong, and leaves its timers alone: without the last, all waits of a JVM spin.
     */
    private Map<String, String> clock(String offset) {
        return Map.of(
                "LD_PRELOAD",
                site.bed.value("testbed.faketime"),
                "FAKETIME",
                offset,
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
    }

    private OtherJvm drive(Path configuration, String driversClock, String mode, Path directory, String load)
            throws IOException {
        return site.drive(
                configuration,
                256,
                driversClock.equals("right") ? Map.of() : clock(driversClock),
                Driver.class,
                mode,
                directory.toString(),
                load);
    }

    private Path directory() throws IOException {
        Path directory = Files.createTempDirectory(site.shared, "run");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        return directory;
    }

    private static Set<String> entries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @ParameterizedTest(name = "driver {0}, nodes {1}, {2}")
    @CsvSource({"+3600, right, slurm", "-3600, +3600, ssh", "right, -3600, slurm"})
    @DisplayName(
            "clocks that are an hour apart do no harm: results come, jars are sent once, locks hold, files go or stay")
    void anHour(String driversClock, String nodesClock, String executor) throws Exception {
        RemoteSite.Way way = site.way(executor);
        if (!nodesClock.equals("right")) {
            String variables = clock(nodesClock).entrySet().stream()
                    .map(e -> "export " + e.getKey() + "='" + e.getValue() + "'")
                    .collect(Collectors.joining("; "));
            way = way.with("environment.setup = [\"" + variables + "\"]");
        }
        Path configuration = site.configuration(way);
        Path first = directory();
        try (OtherJvm driver = drive(configuration, driversClock, "end", first, LOAD.text())) {
            assertThat(driver.await()).as(driver.output()).isZero();
        }
        assertRight(first);
        Map<String, Object> files = inodes();

        // Another one, whose clock is right, finds the same class path, and can take over only what nobody has.
        Path second = directory();
        Path taken = directory();
        try (OtherJvm driver = drive(configuration, driversClock, "submit", second, LOAD.text())) {
            Marks progress = new Marks(second.resolve("progress"));
            Await.until(
                    "it has a run", RemoteSite.BOUND, () -> !progress.lines().isEmpty());
            String run = progress.lines().get(0).substring("run ".length());
            try (OtherJvm other = drive(configuration, "right", "attach", taken, run)) {
                assertThat(other.await()).as("its driver lives").isNotZero();
                assertThat(other.output()).contains("is locked by process " + driver.pid());
            }
            driver.kill();
            driver.await();
            try (OtherJvm other = drive(configuration, "right", "attach", taken, run)) {
                Marks takenProgress = new Marks(taken.resolve("progress"));
                Await.until(
                        "all is done",
                        RemoteSite.BOUND,
                        () -> takenProgress.lines().stream()
                                                .filter(l -> l.startsWith("done "))
                                                .count()
                                        >= submitted(progress)
                                || !other.isAlive());
                assertThat(other.isAlive()).as(other.output()).isTrue();
            }
        }
        assertThat(new Marks(second.resolve("runs")).counts().values()).containsOnly(1L);
        assertThat(inodes()).as("they were sent once").isEqualTo(files);
        Await.until(
                "nothing is left of what was to be removed",
                () -> entries(site.work.resolve("tmp")).isEmpty());
    }

    /** The files of the store. Their times are fixed, but one that is sent again is another file. */
    private Map<String, Object> inodes() throws IOException {
        Path store = site.work.resolve("store");
        Map<String, Object> inodes = new TreeMap<>();
        for (String jar : entries(store)) {
            inodes.put(jar, Files.getAttribute(store.resolve(jar), "unix:ino"));
        }
        return inodes;
    }

    private static long submitted(Marks progress) {
        return progress.lines().stream().filter(l -> l.startsWith("submitted ")).count();
    }

    private void assertRight(Path directory) {
        assertThat(new Marks(directory.resolve("runs")).counts())
                .hasSize(LOAD.tasks())
                .allSatisfy((task, times) -> assertThat(times).as(task).isEqualTo(1));
        assertThat(new Marks(directory.resolve("progress")).lines())
                .filteredOn(l -> l.startsWith("right "))
                .hasSize(LOAD.names().size());
    }
}
