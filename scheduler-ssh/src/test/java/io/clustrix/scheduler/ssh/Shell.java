package io.clustrix.scheduler.ssh;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** This machine as the host: runs the dialect's commands with a home and a PATH of their own. */
final class Shell {
    private final Path home;
    private final Path jobs;
    private final String path;

    Shell(Path home, Path jobs, String path) {
        this.home = home;
        this.jobs = jobs;
        this.path = path;
    }

    Path jobs() {
        return jobs;
    }

    Path state() throws IOException {
        try (var hosts = Files.list(home.resolve(".clustrix-ssh"))) {
            return hosts.findFirst().orElseThrow();
        }
    }

    CommandResult run(Command command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(home, "out", "");
        Path err = Files.createTempFile(home, "err", "");
        // The shell of the host's PATH, not that of ours.
        List<String> words = new ArrayList<>(command.words());
        for (String bin : path.split(":", -1)) {
            if (words.get(0).equals("sh") && Files.isExecutable(Path.of(bin, "sh"))) {
                words.set(0, Path.of(bin, "sh").toString());
            }
        }
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(jobs.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("PATH", path);
        long start = System.nanoTime();
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("hangs: " + command.words().get(4));
        }
        return new CommandResult(
                command,
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8),
                false,
                Duration.ofNanos(System.nanoTime() - start));
    }
}
