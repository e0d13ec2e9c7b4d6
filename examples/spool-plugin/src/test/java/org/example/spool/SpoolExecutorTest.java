package org.example.spool;

import io.clustrix.testkit.ExecutorContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Real jobs in a real spool. */
class SpoolExecutorTest extends ExecutorContract {
    private static final Path SPOOL = Path.of("scheduler", "spool").toAbsolutePath();

    @TempDir
    static Path directory;

    static Process scheduler;

    @BeforeAll
    static void start() throws IOException {
        scheduler = new ProcessBuilder(SPOOL.toString(), "serve", directory.resolve("spool").toString(), "4")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    @AfterAll
    static void stop() throws Exception {
        Files.createFile(directory.resolve("spool").resolve("stop"));
        if (!scheduler.waitFor(10, TimeUnit.SECONDS)) {
            scheduler.destroyForcibly();
        }
    }

    @Override
    protected String cluster() {
        return """
                executor = spool
                program = "%s"
                directory = "%s"
                work-directory = "%s"
                """.formatted(SPOOL, directory.resolve("spool"), directory.resolve("work"));
    }
}
