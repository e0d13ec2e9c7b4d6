package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How results are packed where they are. */
@Timeout(60)
class FetchScriptTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    /** The tools of a machine that has busybox and nothing else. */
    private Path busybox() throws IOException {
        Path busybox = Stream.of("/bin/busybox", "/usr/bin/busybox")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(busybox != null, "no busybox here");
        Path tools = Files.createDirectories(directory.resolve("tools"));
        for (String tool : List.of("sh", "env", "tar", "mktemp", "rm", "mkdir", "df", "awk", "tail", "head", "cat")) {
            Path link = tools.resolve(tool);
            Files.writeString(link, "#!/bin/sh\nexec " + busybox + " " + tool + " \"$@\"\n");
            Files.setPosixFilePermissions(link, PosixFilePermissions.fromString("rwx------"));
        }
        return tools;
    }

    @ParameterizedTest
    @ValueSource(strings = {"this machine's", "busybox"})
    @DisplayName(
            "results and what failed elements left come as one archive, whatever tar there is; none is an empty one")
    void packs(String tools) throws Exception {
        String path = tools.equals("busybox") ? busybox().toString() : System.getenv("PATH");
        Path work = directory.resolve("a \"work\" * \\ 'directory'");
        String job = "20260102/01abc";
        Path at = work.resolve("jobs").resolve(job);
        Files.createDirectories(work.resolve("tmp"));
        for (String d : List.of("results", "exits", "attempts", "logs", "claims/1.0")) {
            Files.createDirectories(at.resolve(d));
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 2; i < 300; i++) {
            Files.writeString(at.resolve("results").resolve(Integer.toString(i)), "result " + i);
            lines.append("R ").append(job).append(' ').append(i).append(" -\n");
        }
        Files.writeString(at.resolve("exits").resolve("1.0.x"), "exit");
        Files.writeString(at.resolve("logs").resolve("0.out"), "printed");
        lines.append("X ").append(job).append(" 1 0\n");

        Path unpacked = Files.createDirectories(directory.resolve("unpacked"));
        unpack(fetched(work, path, lines.toString()), unpacked);
        Path there = unpacked.resolve("jobs").resolve(job);
        for (int i = 2; i < 300; i++) {
            assertThat(there.resolve("results").resolve(Integer.toString(i))).hasContent("result " + i);
        }
        assertThat(there.resolve("exits/1.0.x")).hasContent("exit");
        try (Stream<Path> all = Files.walk(unpacked.resolve("tmp"))) {
            assertThat(all.map(Path::toString))
                    .anyMatch(p -> p.endsWith(job + "/tails/1.out"))
                    .anyMatch(p -> p.endsWith(job + "/claims/1.0"));
        }
        assertThat(work.resolve("tmp")).isEmptyDirectory();
        assertThat(fetched(work, path, "R " + job + " 1 -\n")).hasSize(1024).containsOnly(0);
    }

    private static byte[] fetched(Path work, String path, String lines) throws Exception {
        Command command = RemoteScripts.FETCH
                .command(LIMIT, work.toString())
                .withInput(out -> out.write(lines.getBytes(StandardCharsets.UTF_8)))
                .after("env", "PATH=" + path);
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (LocalShell shell = new LocalShell()) {
            CommandResult result = shell.run(command, archive);
            assertThat(result.err()).isEmpty();
            assertThat(result.exit()).isZero();
        }
        return archive.toByteArray();
    }

    private static void unpack(byte[] archive, Path to) throws Exception {
        try (LocalShell shell = new LocalShell()) {
            CommandResult result =
                    shell.run(Command.of("tar", "-xf", "-", "-C", to.toString()).withInput(out -> out.write(archive)));
            assertThat(result.exit()).as(result.err()).isZero();
        }
    }
}
