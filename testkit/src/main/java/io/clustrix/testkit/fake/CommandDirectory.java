package io.clustrix.testkit.fake;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Commands whose work is done in this JVM. Each is a script that lays its arguments and variables into files, writes
 * its number into a named pipe that we read, and waits at a named pipe of its own until the answer lies in files.
 *
 * <p>Nobody waits for a JVM that has died: a guard, a process that sleeps until our end of its pipe is closed, then
 * ends the jobs, wakes those who wait, and removes everything. Closing us is nothing else.
 */
final class CommandDirectory implements AutoCloseable {
    private static final String COMMAND = """
            #!/bin/sh
            # A command of a fake scheduler: the JVM that has written this file answers.
            home=@HOME@
            call=$home/calls/$$
            rm -f "$call" "$call".*
            mkfifo "$call" 2>/dev/null && exec 3<>"$call" || { echo "@NAME@: the fake scheduler is closed" >&2; exit 255; }
            { printf '%s\\0' @NAME@ "$PWD" "$@" >"$call.words" && env -0 >"$call.variables"; } 2>/dev/null
            # After the pipe was made: the guard either finds it or has removed this before.
            [ -e "$home/open" ] || { rm -f "$call" "$call".*; echo "@NAME@: the fake scheduler is closed" >&2; exit 255; }
            echo $$ 1<>"$home/requests"
            while read -r word code <&3; do
                [ "$word" = input ] || break
                cat >"$call.input"
                echo $$ 1<>"$home/requests"
            done
            [ ! -s "$call.err" ] || cat "$call.err" >&2
            [ ! -s "$call.out" ] || cat "$call.out"
            rm -f "$call" "$call".*
            exit "$code"
            """;

    private static final String GUARD = """
            trap '' HUP INT TERM
            while read -r line; do :; done
            rm -f open
            cd groups && for group in *; do
                [ ! -f "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
            done
            cd ../calls && for call in *; do
                [ ! -p "$call" ] || echo 'exit 255' 1<>"$call"
            done
            cd / && rm -rf @HOME@
            """;

    private static final long PATIENCE = 10;

    private final Path home;
    private final ExecutorService threads;
    private final Function<Call, Reply> work;
    private final RandomAccessFile requests;
    private final Process guard;
    private final Map<String, CompletableFuture<byte[]>> inputs = new ConcurrentHashMap<>();

    CommandDirectory(String name, List<String> programs, ExecutorService threads, Function<Call, Reply> work) {
        this.threads = threads;
        this.work = work;
        try {
            home = Files.createTempDirectory("clustrix-" + name + "-").toRealPath();
            for (String part : List.of("bin", "calls", "groups", "jobs")) {
                Files.createDirectory(home.resolve(part));
            }
            Files.createFile(home.resolve("open"));
            for (String program : programs) {
                Path file = home.resolve("bin").resolve(program);
                Files.writeString(
                        file, COMMAND.replace("@HOME@", Quoting.quoted(home)).replace("@NAME@", program));
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            Path pipe = home.resolve("requests");
            if (new ProcessBuilder("mkfifo", "-m", "600", pipe.toString())
                            .start()
                            .waitFor()
                    != 0) {
                throw new IOException("no named pipe can be made in " + home);
            }
            // For reading and writing: it never ends, and opening it waits for nobody.
            requests = new RandomAccessFile(pipe.toFile(), "rw");
            guard = new ProcessBuilder("setsid", "sh", "-c", GUARD.replace("@HOME@", Quoting.quoted(home)))
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("the commands of a fake scheduler can't be made", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the commands of a fake scheduler were made", e);
        }
        threads.execute(this::listen);
    }

    Path bin() {
        return home.resolve("bin");
    }

    Path jobs() {
        return home.resolve("jobs");
    }

    /** The group will be ended when we are closed. */
    void began(long group) throws IOException {
        Files.writeString(home.resolve("groups").resolve(Long.toString(group)), "");
    }

    void ended(long group) {
        home.resolve("groups").resolve(Long.toString(group)).toFile().delete();
    }

    private void listen() {
        try (requests) {
            String number = requests.readLine();
            while (number != null && !number.equals("end")) {
                String call = number;
                threads.execute(() -> take(call));
                number = requests.readLine();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(String number) {
        Path call = home.resolve("calls").resolve(number);
        try {
            CompletableFuture<byte[]> input = inputs.remove(number);
            if (input != null) {
                input.complete(Files.readAllBytes(Path.of(call + ".input")));
                return;
            }
            List<String> words = strings(Files.readAllBytes(Path.of(call + ".words")));
            Map<String, String> variables = new LinkedHashMap<>();
            for (String v : strings(Files.readAllBytes(Path.of(call + ".variables")))) {
                int sign = v.indexOf('=');
                if (sign > 0) {
                    variables.put(v.substring(0, sign), v.substring(sign + 1));
                }
            }
            Reply reply = work.apply(new Call(
                    words.get(0),
                    words.subList(2, words.size()),
                    Path.of(words.get(1)),
                    variables,
                    () -> input(number, call)));
            Files.writeString(Path.of(call + ".out"), reply.out());
            Files.writeString(Path.of(call + ".err"), reply.err());
            wake(call, "exit " + reply.exit());
        } catch (IOException e) {
            // Who called has gone, killed by a time-out.
            return;
        }
    }

    private byte[] input(String number, Path call) {
        CompletableFuture<byte[]> input = new CompletableFuture<>();
        inputs.put(number, input);
        try {
            wake(call, "input");
            return input.get(PATIENCE, TimeUnit.SECONDS);
        } catch (IOException | java.util.concurrent.ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the standard input of a command did not come", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a command's standard input was read", e);
        } finally {
            inputs.remove(number);
        }
    }

    private static void wake(Path call, String line) throws IOException {
        if (!Files.exists(call)) {
            return;
        }
        try (RandomAccessFile pipe = new RandomAccessFile(call.toFile(), "rw")) {
            pipe.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static List<String> strings(byte[] bytes) {
        List<String> found = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                found.add(new String(bytes, from, i - from, StandardCharsets.UTF_8));
                from = i + 1;
            }
        }
        return found;
    }

    @Override
    public void close() {
        try {
            try (RandomAccessFile pipe =
                    new RandomAccessFile(home.resolve("requests").toFile(), "rw")) {
                pipe.write("end\n".getBytes(StandardCharsets.US_ASCII));
            }
            guard.getOutputStream().close();
            if (!guard.waitFor(PATIENCE, TimeUnit.SECONDS)) {
                guard.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a fake scheduler can't be removed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
