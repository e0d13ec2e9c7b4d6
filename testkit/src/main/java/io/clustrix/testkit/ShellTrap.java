package io.clustrix.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A directory with a shell in it that finds no programs, and a file that appears if a value was run as a command
 * although it should only have been a value.
 */
final class ShellTrap implements AutoCloseable {
    private static final int SECONDS = 20;
    private static final List<Path> SHELLS = List.of(Path.of("/bin/sh"), Path.of("/usr/bin/sh"));

    private final Path directory;
    private final Path bin;
    private final Path sprung;
    private final Path shell;

    private ShellTrap(Path directory, Path shell) {
        this.directory = directory;
        this.bin = directory.resolve("bin");
        this.sprung = directory.resolve("sprung");
        this.shell = shell;
    }

    /** A trap; empty if this machine has no POSIX shell. */
    static Optional<ShellTrap> open() {
        Optional<Path> shell = SHELLS.stream().filter(Files::isExecutable).findFirst();
        return shell.map(sh -> {
            try {
                Path directory = Files.createTempDirectory("clustrix-trap");
                ShellTrap trap = new ShellTrap(directory, sh);
                Files.createDirectory(trap.bin);
                Files.createSymbolicLink(trap.bin.resolve("sh"), sh);
                for (String env : List.of("/usr/bin/env", "/bin/env")) {
                    if (Files.isExecutable(Path.of(env)) && !Files.exists(trap.bin.resolve("env"))) {
                        Files.createSymbolicLink(trap.bin.resolve("env"), Path.of(env));
                    }
                }
                return trap;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A shell's command that springs the trap. */
    String command() {
        return ":>" + sprung;
    }

    /** Whether a script has run the {@link #command}. */
    boolean sprungByScript(List<String> lines) {
        Path script = directory.resolve("script");
        try {
            Files.writeString(script, String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var unused = run(List.of(script.toString()));
        return Files.exists(sprung);
    }

    /** Whether a command has run the {@link #command}. */
    boolean sprungByCommand(List<String> words) {
        List<String> all = new ArrayList<>(List.of("-c", "exec \"$@\"", "sh"));
        all.addAll(words);
        var unused = run(all);
        return Files.exists(sprung);
    }

    /** What the shell has against these lines; empty if they are a script. */
    String complaint(List<String> lines) {
        Path script = directory.resolve("script");
        try {
            Files.writeString(script, String.join("\n", lines) + "\n");
            return run(List.of("-n", script.toString())) == 0 ? "" : Files.readString(directory.resolve("err"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int run(List<String> arguments) {
        List<String> words = new ArrayList<>(List.of(shell.toString()));
        words.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(directory.resolve("err").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().put("HOME", directory.toString());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new AssertionError("after " + SECONDS + " s a shell still runs " + arguments);
            }
            return process.exitValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
