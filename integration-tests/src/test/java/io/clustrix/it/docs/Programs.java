package io.clustrix.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles programs and runs them as a user would: each in a JVM of its own, started in a directory with a
 * {@code clustrix.conf}, with a class path that has nothing of the tests.
 */
final class Programs {
    private static final Pattern OF_TESTS =
            Pattern.compile("/test-classes/?$|junit|assertj|archunit|surefire|opentest4j|apiguardian|byte-buddy");

    private final Path directory;
    private final Path classes;
    private final String libraries;

    /** Programs that are started in this directory, which has a {@code clustrix.conf}. */
    Programs(Path directory, String configuration) throws IOException {
        this(directory, configuration, "");
    }

    /** The same, without one of the modules. */
    Programs(Path directory, String configuration, String without) throws IOException {
        this.directory = directory;
        libraries = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !OF_TESTS.matcher(entry).find())
                .filter(entry -> without.isEmpty() || !entry.contains(without))
                .collect(Collectors.joining(File.pathSeparator));
        classes = Files.createDirectory(directory.resolve("classes"));
        Files.writeString(directory.resolve("clustrix.conf"), configuration);
    }

    /** Compiles source files. */
    void compile(Stream<Path> sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of("-d", classes.toString(), "-cp", libraries, "--release", "17", "-proc:none"),
                            null,
                            files.getJavaFileObjectsFromPaths(sources.toList()))
                    .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    /** A program that runs; its standard output and error are one file. */
    record Running(Process process, Path file) implements AutoCloseable {
        String output() throws IOException {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        }

        /** Waits until the output has a line that matches. */
        String awaitLine(String regex, int seconds) throws IOException, InterruptedException {
            Pattern pattern = Pattern.compile(regex);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (true) {
                boolean alive = process.isAlive();
                for (String line : output().lines().toList()) {
                    if (pattern.matcher(line).matches()) {
                        return line;
                    }
                }
                assertThat(alive && System.nanoTime() < end)
                        .as("no line '" + regex + "': " + output())
                        .isTrue();
                Thread.sleep(20);
            }
        }

        /** Waits for its end, which must be a good one; returns its output. */
        String await(int seconds) throws IOException, InterruptedException {
            assertThat(process.waitFor(seconds, TimeUnit.SECONDS))
                    .as("it does not end: " + output())
                    .isTrue();
            assertThat(process.exitValue()).as(output()).isZero();
            return output();
        }

        /** Ends it as a power failure would. */
        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    Running start(String main, String... arguments) throws IOException {
        List<String> words = new ArrayList<>();
        words.add(ProcessHandle.current().info().command().orElseThrow());
        words.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        words.addAll(List.of("-cp", classes + File.pathSeparator + libraries, main));
        words.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "output", ".txt");
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        for (String kind : List.of("CONFIG", "CACHE", "STATE")) {
            builder.environment()
                    .put(
                            "XDG_" + kind + "_HOME",
                            directory.resolve("xdg-" + kind).toString());
        }
        return new Running(builder.start(), output);
    }

    /** Runs a program that is to fail, and returns its output. */
    String runToFailure(int seconds, String main) throws IOException, InterruptedException {
        try (Running running = start(main)) {
            assertThat(running.process().waitFor(seconds, TimeUnit.SECONDS)).isTrue();
            assertThat(running.process().exitValue()).isNotZero();
            return running.output();
        }
    }

    /** Runs a program to its end and returns its output. */
    String run(int seconds, String main, String... arguments) throws IOException, InterruptedException {
        try (Running running = start(main, arguments)) {
            return running.await(seconds);
        }
    }
}
