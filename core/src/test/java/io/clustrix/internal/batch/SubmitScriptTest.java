package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.RemotePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is checked on the host before the scheduler is called. */
@Timeout(30)
class SubmitScriptTest {
    private static final Part PART = new Part(0, 0, ElementSet.range(0, 1), io.clustrix.spi.Resources.none(), "-");

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private Path work;
    private Path store;

    @BeforeEach
    void makeWorkDirectory() throws IOException {
        work = directory.resolve("a \"work\" * \\ 'directory'");
        store = work.resolve("store");
        Files.createDirectories(work.resolve("jobs"));
        Files.createDirectories(store);
    }

    private CommandResult submit(String... names) throws InterruptedException {
        return submit(List.of("echo", "called", "by: sh"), names);
    }

    private CommandResult submit(List<String> command, String... names) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(work.toString(), "20260102/key", "new"));
        arguments.addAll(command);
        RemotePath at = new RemotePath(store.toString());
        List<String> classPath =
                List.of(names).stream().map(n -> at.resolve(n).value()).toList();
        try (LocalShell shell = new LocalShell()) {
            return shell.run(RemoteScripts.SUBMIT
                    .command(LIMIT, arguments)
                    .withInput(out -> Site.pack(out, "true\n", PART, JobScript.classPathFile(classPath), null)));
        }
    }

    @Test
    @DisplayName("the scheduler is called when all files of the class path are there, whatever the directory is called"
            + " (R41)")
    void complete() throws Exception {
        Files.writeString(store.resolve("a.jar"), "a");
        Files.writeString(store.resolve("b.jar"), "b");
        CommandResult result = submit("a.jar", "b.jar");
        assertThat(result.err()).isEmpty();
        assertThat(result.exit()).isZero();
        assertThat(result.out()).isEqualTo(RemoteScripts.MARK + "\ncalled by: sh\n");
        assertThat(Files.getLastModifiedTime(store.resolve("b.jar")).toInstant())
                .hasToString("1980-01-01T00:00:00Z");
    }

    @Test
    @DisplayName("the job is told the login's time zone, which is not that of the command")
    void loginsOwn() throws Exception {
        Files.writeString(store.resolve("a.jar"), "a");
        CommandResult result = submit(List.of("env", "TZ=UTC", "sh", "-c", "echo \"$TZ $CLUSTRIX_TZ\""), "a.jar");
        String zone = System.getenv("TZ");
        assertThat(result.out()).endsWith("\nUTC set" + (zone == null ? "" : "=" + zone) + "\n");
    }

    @Test
    @DisplayName("a file that is missing is named, and the scheduler is not called (R45)")
    void incomplete() throws Exception {
        Files.writeString(store.resolve("a.jar"), "a");
        CommandResult result = submit("a.jar", "b.jar");
        assertThat(result.exit()).isEqualTo(RemoteScripts.EXIT_CLASS_PATH);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo(store.resolve("b.jar") + " is missing\n");
    }
}
