package io.clustrix.it.bed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of this machine that has ended, and what it wrote. */
public record Ran(int exitCode, String output, String errors) {
    /**
     * Runs a command to its end. What it writes goes through files, so that a process that it leaves behind holds
     * nobody up.
     */
    public static Ran run(Duration limit, String input, List<String> command) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("testbed");
        Path in = directory.resolve("in");
        Path out = directory.resolve("out");
        Path err = directory.resolve("err");
        try {
            Files.writeString(in, input);
            Process process = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError(command + " has not ended within " + limit + ": " + text(out) + text(err));
                }
                return new Ran(process.exitValue(), text(out), text(err));
            } finally {
                process.destroyForcibly();
            }
        } finally {
            for (Path file : List.of(in, out, err, directory)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
