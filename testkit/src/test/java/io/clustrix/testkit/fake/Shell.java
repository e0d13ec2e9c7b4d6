package io.clustrix.testkit.fake;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs command lines with the commands of a fake in their path. */
final class Shell {
    private static final long PATIENCE = 30;

    private final Path directory;
    private final String path;
    private final Map<String, String> more;

    Shell(FakeScheduler fake, Path directory, Map<String, String> more) {
        this.directory = directory;
        path = fake.bin() + ":" + directory + "/tools:/usr/local/bin:/usr/bin:/bin";
        this.more = more;
    }

    Reply run(String line) throws IOException, InterruptedException {
        Path out = Files.createTempFile("out", "");
        Path err = Files.createTempFile("err", "");
        try {
            ProcessBuilder builder = new ProcessBuilder("bash", "-c", line)
                    .directory(directory.toFile())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().put("PATH", path);
            builder.environment().putAll(more);
            Process process = builder.start();
            if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("no end of: " + line);
            }
            return new Reply(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(PATIENCE).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("in vain waited for: " + what);
            }
            Thread.sleep(10);
        }
    }
}
