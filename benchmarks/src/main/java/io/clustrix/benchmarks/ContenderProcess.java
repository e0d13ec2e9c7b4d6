package io.clustrix.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A contender as those see it who ask it to run trials. */
final class ContenderProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final long END_MILLIS = 3000;
    private static final int QUOTED_LINES = 5;

    private final String name;
    private final Process process;
    private final Path errors;
    private final BufferedWriter requests;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private ContenderProcess(String name, Process process, Path errors) {
        this.name = name;
        this.process = process;
        this.errors = errors;
        requests = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        Thread reader = new Thread(this::read, "answers-of-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts it and waits until it is ready. */
    static ContenderProcess start(String name, ProcessBuilder command) throws ContenderException, InterruptedException {
        ContenderProcess contender;
        try {
            Path errors = Files.createTempFile("benchmark-" + name, ".log");
            errors.toFile().deleteOnExit();
            contender = new ContenderProcess(
                    name, command.redirectError(errors.toFile()).start(), errors);
        } catch (IOException e) {
            throw new ContenderException("can't be started: " + e.getMessage());
        }
        boolean ready = false;
        try {
            String unused = contender.answer(START);
            ready = true;
        } finally {
            if (!ready) {
                contender.close();
            }
        }
        return contender;
    }

    String name() {
        return name;
    }

    ProcessTree tree() {
        return new ProcessTree(process.toHandle());
    }

    /** Has it run a trial. */
    long nanos(String trial, int tasks, int batches, Duration limit) throws ContenderException, InterruptedException {
        try {
            requests.write(trial + " " + tasks + " " + batches + "\n");
            requests.flush();
        } catch (IOException e) {
            throw new ContenderException("has ended" + lastErrors());
        }
        return Long.parseLong(answer(limit));
    }

    private String answer(Duration limit) throws ContenderException, InterruptedException {
        String line = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null) {
            throw new ContenderException("took longer than " + limit.toSeconds() + " s" + lastErrors());
        }
        if (line.isEmpty()) {
            boolean ended = process.waitFor(END_MILLIS, TimeUnit.MILLISECONDS);
            throw new ContenderException(
                    "has ended" + (ended ? " with exit code " + process.exitValue() : "") + lastErrors());
        }
        return line;
    }

    /**
     * Runs on a thread of its own, so that waiting for an answer can have a limit. An empty line stands for the end.
     */
    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (@Nullable String line = in.readLine(); line != null; line = in.readLine()) {
                answers.add(line);
            }
        } catch (IOException | UncheckedIOException e) {
            // Closed while it was read, which is an end as well.
        }
        answers.add("");
    }

    private String lastErrors() {
        try {
            List<String> lines = Files.readAllLines(errors);
            List<String> last = lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size());
            return last.isEmpty() ? "" : "; it wrote: " + String.join(" | ", last);
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends it: gently at first. Everything that came from it ends with it. */
    @Override
    public void close() {
        List<ProcessHandle> all = process.descendants().toList();
        try {
            requests.close();
        } catch (IOException e) {
            // It has ended already.
        }
        try {
            if (!process.waitFor(END_MILLIS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
