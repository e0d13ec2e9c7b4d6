package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.Clustrix;
import io.clustrix.spi.Memory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The archive for quick starts of workers, and everything that can be wrong with it. */
@Timeout(60)
class ClassDataTest {

    @TempDir
    private Path directory;

    @BeforeEach
    void needsJars() {
        Path own = Path.of(
                Memory.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        assumeTrue(
                Files.isRegularFile(own),
                "an archive is made of jars only, and " + own + " is a directory: run with 'verify'");
    }

    private Clustrix open(Path cache) {
        return SharedClusters.builder(cache, "processes")
                .set("clusters.local.class-data-sharing", true)
                // A damaged archive may crash a worker, and its report is not to stay in the temporary directory.
                .set("clusters.local.jvm-options", List.of("-XX:ErrorFile=" + directory + "/crash_%p.log"))
                .open();
    }

    private static List<String> optionsOfAWorker(Clustrix clustrix) {
        return clustrix.submit(() ->
                        new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments()))
                .join();
    }

    private static List<Path> archives(Path cache) throws IOException {
        if (!Files.isDirectory(cache)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(f -> f.toString().endsWith(".jsa")).toList();
        }
    }

    private static List<Path> unfinished(Path cache) throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile)
                    .filter(f -> !f.toString().endsWith(".jsa"))
                    .toList();
        }
    }

    /** Makes the archive and returns it. */
    private Path made(Path cache) throws Exception {
        try (Clustrix clustrix = open(cache)) {
            assertThat(optionsOfAWorker(clustrix)).noneMatch(o -> o.contains("SharedArchiveFile"));
            Await.until("the archive is made", () -> archives(cache).size() == 1);
        }
        assertThat(unfinished(cache)).isEmpty();
        return archives(cache).get(0);
    }

    @Test
    @DisplayName("the archive is made once in the background, and workers of the next run use it")
    void madeOnceAndUsed() throws Exception {
        Path cache = directory.resolve("new/cache");
        Path archive = made(cache);
        FileTime time = Files.getLastModifiedTime(archive);

        try (Clustrix clustrix = open(cache)) {
            assertThat(optionsOfAWorker(clustrix)).contains("-XX:SharedArchiveFile=" + archive);
            boolean shared = clustrix.submit(ClassDataTest::usesAnArchive).join();
            assertThat(shared).as("the worker has mapped the archive").isTrue();
        }

        assertThat(archives(cache)).containsExactly(archive);
        assertThat(Files.getLastModifiedTime(archive)).isEqualTo(time);
    }

    private static boolean usesAnArchive() throws IOException {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return maps.anyMatch(line -> line.endsWith(".jsa") && line.contains("class-data"));
        }
    }

    @Test
    @DisplayName("two that make it at the same time don't disturb each other")
    void twoAtOnce() throws Exception {
        Path cache = directory.resolve("cache");
        try (Clustrix one = open(cache);
                Clustrix two = open(cache)) {
            var first = one.submit(() -> 1);
            var second = two.submit(() -> 2);
            assertThat(first.join() + second.join()).isEqualTo(3);
            Await.until(
                    "the archive is made, and nothing is left",
                    () -> archives(cache).size() == 1 && unfinished(cache).isEmpty());
        }
        try (Clustrix clustrix = open(cache)) {
            assertThat(clustrix.submit(ClassDataTest::usesAnArchive).join()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"empty", "garbage", "cut", "flipped", "zeros"})
    @DisplayName("a damaged archive costs time, but no job")
    void damaged(String how) throws Exception {
        Path cache = directory.resolve("cache");
        Path archive = made(cache);
        byte[] bytes = Files.readAllBytes(archive);
        switch (how) {
            case "empty" -> bytes = new byte[0];
            case "garbage" -> new java.util.Random(1).nextBytes(bytes);
            case "cut" -> bytes = java.util.Arrays.copyOf(bytes, bytes.length / 2);
            case "flipped" -> {
                for (int i = bytes.length / 10; i < bytes.length; i += bytes.length / 1000) {
                    bytes[i] ^= 0x55;
                }
            }
            default -> java.util.Arrays.fill(bytes, bytes.length / 4, bytes.length, (byte) 0);
        }
        Files.write(archive, bytes);

        try (Clustrix clustrix = open(cache)) {
            assertThat(clustrix.map(0, 20, i -> i * 2).join()).hasSize(20).endsWith(38);
        }
    }

    @Test
    @DisplayName("a cache directory that is a file: a warning, and all works")
    void cacheIsAFile() throws Exception {
        Path cache = Files.writeString(directory.resolve("cache"), "in the way");
        try (Clustrix clustrix = open(cache)) {
            assertThat(clustrix.map(0, 20, i -> i).join()).hasSize(20);
        }
        assertThat(cache).hasContent("in the way");
    }

    private static boolean mount(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(words));
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "read-only"})
    @DisplayName("a cache directory on a full or read-only disk: a warning, and all works; no torn archive is left")
    void badDisk(String kind) throws Exception {
        Path cache = Files.createDirectories(directory.resolve("cache"));
        assumeTrue(
                mount("-t", "tmpfs", "-o", kind.equals("full") ? "size=512k" : "ro", "none", cache.toString()),
                "no right to mount a file system");
        try {
            try (Clustrix clustrix = open(cache)) {
                assertThat(clustrix.map(0, 20, i -> i).join()).hasSize(20);
                Thread.sleep(1500);
                assertThat(clustrix.map(0, 20, i -> i).join()).hasSize(20);
            }
            assertThat(archives(cache)).isEmpty();
            assertThat(unfinished(cache)).isEmpty();
        } finally {
            assertThat(new ProcessBuilder("umount", "-l", cache.toString())
                            .start()
                            .waitFor())
                    .isZero();
        }
    }
}
