package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several drivers share a work directory and a state directory. */
@Tag("faults")
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(150)
class TwoDriversTest {

    @Test
    @DisplayName("two drivers send the same class path at the same time: both get their results, the store is whole")
    void together() throws Exception {
        Driver.Load load = new Driver.Load(2, 1, 8, 200);
        try (RemoteSite site = new RemoteSite()) {
            Path configuration = site.configuration(site.way("slurm"));
            List<Path> directories = new ArrayList<>();
            List<OtherJvm> drivers = new ArrayList<>();
            try {
                for (int i = 0; i < 2; i++) {
                    Path directory = directory(site);
                    directories.add(directory);
                    drivers.add(site.drive(configuration, Driver.class, "end", directory.toString(), load.text()));
                }
                for (OtherJvm driver : drivers) {
                    assertThat(driver.await()).as(driver.output()).isZero();
                }
            } finally {
                drivers.forEach(OtherJvm::close);
            }
            for (Path directory : directories) {
                assertThat(new Marks(directory.resolve("runs")).counts())
                        .hasSize(load.tasks())
                        .allSatisfy((task, times) -> assertThat(times).isEqualTo(1));
                assertThat(new Marks(directory.resolve("progress")).lines())
                        .filteredOn(l -> l.startsWith("right "))
                        .hasSize(load.names().size());
            }
            try (Stream<Path> files = Files.list(site.work.resolve("store"))) {
                for (Path file : files.toList()) {
                    assertThat(file).isRegularFile().hasFileName(sha256(file) + ".jar");
                }
            }
        }
    }

    private static Path directory(RemoteSite site) throws IOException {
        Path directory = Files.createTempDirectory(site.shared, "run");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        return directory;
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
