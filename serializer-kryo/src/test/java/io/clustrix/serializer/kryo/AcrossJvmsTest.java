package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("All values, by both serializers,")
class AcrossJvmsTest {

    private static final int SECONDS = 60;

    @TempDir
    Path directory;

    @Test
    @DisplayName("are written by one JVM and read by another of the same Java, without any flag")
    void sameJava() throws Exception {
        Path home = Path.of(System.getProperty("java.home"));
        Path written = write(home, "own");
        assertThat(run(home, "read", written)).matches("0 wrong of \\d+\n");
    }

    @Test
    @DisplayName("are written by the oldest Java and read by the newest, and the other way round")
    void otherJava() throws Exception {
        NavigableMap<Integer, Path> homes = Jdks.homes();
        assumeTrue(homes.size() > 1, Jdks.HOW_TO_GET);
        Map.Entry<Integer, Path> oldest = homes.firstEntry();
        Map.Entry<Integer, Path> newest = homes.lastEntry();
        Path byOldest = write(oldest.getValue(), "oldest");
        Path byNewest = write(newest.getValue(), "newest");
        assertThat(run(newest.getValue(), "read", byOldest))
                .as("%s -> %s", oldest, newest)
                .matches("0 wrong of \\d+\n");
        assertThat(run(oldest.getValue(), "read", byNewest))
                .as("%s -> %s", newest, oldest)
                .matches("0 wrong of \\d+\n");
    }

    @Test
    @DisplayName("go where sun.misc.Unsafe is denied, without a word on stderr")
    void withoutUnsafe() throws Exception {
        Map.Entry<Integer, Path> newest = Jdks.homes().lastEntry();
        assumeTrue(newest.getKey() >= 23, "needs Java 23 or newer, found " + newest.getKey() + "; " + Jdks.HOW_TO_GET);
        List<String> options = new ArrayList<>(new KryoSerializerProvider().jvmOptions(newest.getKey()));
        options.add("--sun-misc-unsafe-memory-access=deny");
        Path written = directory.resolve("denied");
        Files.createDirectory(written);
        assertThat(run(newest.getValue(), options, "write", written)).matches("0 wrong of \\d+\n");
        assertThat(run(newest.getValue(), options, "read", written)).matches("0 wrong of \\d+\n");
    }

    private Path write(Path home, String name) throws Exception {
        Path target = Files.createDirectory(directory.resolve(name));
        assertThat(run(home, "write", target)).matches("0 wrong of \\d+\n");
        return target;
    }

    private String run(Path home, String mode, Path files) throws Exception {
        return run(home, List.of(), mode, files);
    }

    /** What the other JVM printed, on stderr too. */
    private static String run(Path home, List<String> options, String mode, Path files)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(home.resolve("bin/java").toString()));
        command.addAll(options);
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Peer.class.getName(), mode, files.toString()));
        Path output = Files.createTempFile(files, "peer", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().remove("JAVA_TOOL_OPTIONS"); // the JVM says on stderr that it picked it up
        Process process = builder.start();
        try {
            assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
                    .as("ended within %d s", SECONDS)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(output, StandardCharsets.UTF_8);
    }
}
