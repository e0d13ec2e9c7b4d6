package io.clustrix.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A driver in a JVM of its own, with this JVM's class path. */
public final class OtherJvm implements AutoCloseable {
    private final Process process;
    private final Path output;

    private OtherJvm(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    public static OtherJvm start(
            Path directory, List<String> options, Map<String, String> variables, Class<?> main, String... arguments)
            throws IOException {
        Path java = Path.of(ProcessHandle.current().info().command().orElseThrow());
        return start(
                java, System.getProperty("java.class.path"), directory, options, variables, main.getName(), arguments);
    }

    /** In another Java, with another class path. */
    public static OtherJvm start(
            Path java,
            String classPath,
            Path directory,
            List<String> options,
            Map<String, String> variables,
            String main,
            String... arguments)
            throws IOException {
        List<String> words = new ArrayList<>();
        words.add(java.toString());
        words.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
        words.add("-XX:-UsePerfData");
        words.addAll(options);
        words.add("-cp");
        words.add(classPath);
        words.add(main);
        words.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "output", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(variables);
        return new OtherJvm(builder.start(), output);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public void kill() {
        process.destroyForcibly();
    }

    /** Sends it a signal, such as STOP. */
    public void signal(String name) throws Exception {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -" + name + " ended with " + exit);
        }
    }

    /** Waits for its end, and returns its exit code. */
    public int await() throws Exception {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the driver does not end; its output: " + output());
        }
        return process.exitValue();
    }

    public String output() throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
