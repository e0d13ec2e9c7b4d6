package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import io.clustrix.spi.ClustrixException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No room on the host, or on the driver's machine: one clear error, and no future that hangs (R37). */
@Tag("faults")
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(120)
class FullDisksTest {
    private RemoteSite site;
    private Path small;

    @BeforeEach
    void open() throws Exception {
        site = new RemoteSite();
        small = Files.createDirectory(site.shared.resolve("small"));
        assumeTrue(mount(96), "a tmpfs can't be mounted here");
    }

    @AfterEach
    void close() throws Exception {
        Ran.run(Duration.ofSeconds(10), "", List.of("umount", "-l", small.toString()));
        site.close();
    }

    private boolean mount(int megabytes) throws Exception {
        String options = "size=" + megabytes + "m,mode=0777";
        return Ran.run(
                                Duration.ofSeconds(10),
                                "",
                                List.of("mount", "-t", "tmpfs", "-o", options, "clustrix-it", small.toString()))
                        .exitCode()
                == 0;
    }

    private RemoteSite.Way onSmall() {
        return site.way("slurm").with("work-directory = \"" + small + "/work\"");
    }

    private static byte[] noise(int size) {
        byte[] bytes = new byte[size];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private void fill(int leaveKilobytes) throws IOException {
        long free = small.toFile().getUsableSpace();
        Files.write(small.resolve("ballast"), new byte[(int) Math.max(0, free - leaveKilobytes * 1024L)]);
    }

    private static void assertSaysSo(Throwable e) {
        assertThat(e).isInstanceOf(ClustrixException.class);
        // The second is how GNU tar says it where a part of a block still had room.
        assertThat(e.getMessage()).containsPattern("(?i)no space left|wrote only [0-9]+ of [0-9]+ bytes");
    }

    @Test
    @DisplayName("no room for the class path, then none for the job's files: the jobs fail and say so")
    void atSubmit() throws Exception {
        fill(2000);
        try (Clustrix clustrix = site.open(onSmall())) {
            assertSaysSo(RemoteSite.failure(clustrix.submit(() -> 1)));
            Files.delete(small.resolve("ballast"));
            assertThat(RemoteSite.value(clustrix.submit(() -> 2))).isEqualTo(2);

            fill(100);
            byte[] large = noise(1 << 20);
            assertSaysSo(RemoteSite.failure(clustrix.submit(() -> large.length)));
        }
    }

    @Test
    @DisplayName("no room for a result: the job fails and says so")
    void atResult() throws Exception {
        try (Clustrix clustrix = site.open(onSmall())) {
            assertThat(RemoteSite.value(clustrix.submit(() -> 2))).isEqualTo(2);
            fill(300);
            JobFuture<byte[]> job = clustrix.submit(() -> noise(4 << 20));
            assertSaysSo(RemoteSite.failure(job));
        }
    }

    @Test
    @DisplayName("no room, or no right to write, where the driver keeps its runs: submit says so")
    void stateDirectory() throws Exception {
        Path state = small.resolve("state");
        Path configuration = site.configuration(site.way("slurm"));
        byte[] large = noise(1 << 20);
        try (Clustrix clustrix = Clustrix.builder()
                .configFile(configuration)
                .set("state-directory", state)
                .open()) {
            fill(100);
            assertThat(catchThrowable(() -> clustrix.submit(() -> large.length)))
                    .isInstanceOf(ClustrixException.class)
                    .hasMessageContaining(state.toString())
                    .hasMessageContaining("No space left");
            Files.delete(small.resolve("ballast"));
            assertThat(RemoteSite.value(clustrix.submit(() -> large.length))).isEqualTo(1 << 20);
        }
        Path file = Files.createFile(small.resolve("file"));
        try (Clustrix clustrix = Clustrix.builder()
                .configFile(configuration)
                .set("state-directory", file.resolve("state"))
                .open()) {
            assertThat(catchThrowable(() -> clustrix.submit(() -> 1)))
                    .isInstanceOf(ClustrixException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("state-directory");
        }
    }
}
