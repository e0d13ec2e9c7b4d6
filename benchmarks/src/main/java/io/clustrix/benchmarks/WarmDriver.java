package io.clustrix.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A {@link WarmProgram} in a JVM of its own. */
final class WarmDriver implements AutoCloseable {
    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    WarmDriver(Path configuration, List<Path> more) throws IOException {
        List<String> words = new java.util.ArrayList<>(
                JavaCommand.of(WarmProgram.class, configuration.toString()).words());
        int path = words.indexOf("-cp") + 1;
        words.set(
                path,
                words.get(path)
                        + File.pathSeparator
                        + more.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
        process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        in = process.outputWriter(StandardCharsets.UTF_8);
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * What a job has cost on the host.
     *
     * @param seconds how long it took
     * @param calls by kind
     * @param bytesIn what the commands were given on their standard inputs, by kind
     */
    record Cost(double seconds, Map<String, Long> calls, Map<String, Long> bytesIn) {
        /** Looks are for all jobs of a cluster at once. */
        long withoutLooks() {
            return calls.entrySet().stream()
                    .filter(e -> !e.getKey().equals("clustrix-look"))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    /** Runs a job to its result. */
    Cost job() throws IOException {
        in.write("job\n");
        in.flush();
        return cost("job");
    }

    /** What came after the result. */
    Cost after() throws IOException {
        return cost("after");
    }

    private Cost cost(String kind) throws IOException {
        String line = out.readLine();
        if (line == null || !line.startsWith(kind + " ")) {
            throw new IOException("the driver with the large class path has ended early");
        }
        String[] words = line.split(" ", -1);
        Map<String, Long> calls = new TreeMap<>();
        Map<String, Long> bytes = new TreeMap<>();
        for (int i = 2; i < words.length; i++) {
            String[] fields = words[i].split(",", -1);
            calls.put(fields[0], Long.parseLong(fields[1]));
            bytes.put(fields[0], Long.parseLong(fields[2]));
        }
        return new Cost(Long.parseLong(words[1]) / 1e3, calls, bytes);
    }

    @Override
    public void close() throws IOException {
        in.close();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
