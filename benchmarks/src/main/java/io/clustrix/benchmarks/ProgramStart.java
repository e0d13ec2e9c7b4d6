package io.clustrix.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How long a whole program takes from its start to its first line of output, again and again. */
final class ProgramStart {
    private static final long LIMIT_SECONDS = 20;

    private final String name;
    private final List<Double> wallMillis = new ArrayList<>();
    private final List<Double> cpuMillis = new ArrayList<>();

    ProgramStart(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Starts it, waits for the line and lets it go. */
    void play(ProcessBuilder command) throws ContenderException, InterruptedException {
        Process process;
        long start = System.nanoTime();
        try {
            process = command.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new ContenderException("can't be started: " + e.getMessage());
        }
        List<ProcessHandle> all = List.of();
        try {
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            CompletableFuture<Optional<String>> line = CompletableFuture.supplyAsync(() -> firstLine(out));
            boolean came = line.get(LIMIT_SECONDS, TimeUnit.SECONDS).isPresent();
            long end = System.nanoTime();
            double cpu = new ProcessTree(process.toHandle()).cpuSeconds();
            all = process.descendants().toList();
            if (!came) {
                throw new ContenderException("ended without a result");
            }
            wallMillis.add((end - start) / 1e6);
            cpuMillis.add(cpu * 1e3);
        } catch (ExecutionException | TimeoutException e) {
            throw new ContenderException("gave no result in " + LIMIT_SECONDS + " s");
        } finally {
            end(process, all);
        }
    }

    private static Optional<String> firstLine(BufferedReader out) {
        try {
            return Optional.ofNullable(out.readLine());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void end(Process process, List<ProcessHandle> descendants) throws InterruptedException {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended already.
        }
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    Optional<Samples> wallMillis() {
        return wallMillis.isEmpty() ? Optional.empty() : Optional.of(new Samples(wallMillis));
    }

    Optional<Samples> cpuMillis() {
        return cpuMillis.isEmpty() ? Optional.empty() : Optional.of(new Samples(cpuMillis));
    }
}
