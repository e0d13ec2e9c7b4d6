package io.clustrix.testkit;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.HostException;
import io.clustrix.spi.HostProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every host must keep, as core counts on it. A transport's test extends this class, with a real host behind it
 * that has a POSIX shell:
 *
 * <pre>{@code
 * class AcmeHostContractTest extends HostContract {
 *     @Override
 *     protected Host open() {
 *         return connected(new AcmeHostProvider(), "testhost", Map.of("user", "anna"));
 *     }
 * }
 * }</pre>
 */
public abstract class HostContract {
    /** A child that beats, for a minute or two: what a host does not kill must not stay for ever. */
    private static final String BEATING =
            "(n=0; while [ $n -lt 600 ] && echo >>\"$1/beat\"; do sleep 0.1; n=$((n+1)); done) </dev/null >/dev/null 2>&1 &";

    private static final int MUCH = 24_000_000;
    private static final int MOST_KEPT = 16_000_000;
    private static final int INPUT = 3_000_000;

    private @Nullable Host opened;

    /** For sub-classes. */
    protected HostContract() {}

    /** A new host, which has not connected yet. The contract closes it. */
    protected abstract Host open() throws Exception;

    /**
     * A host of a transport's, without credentials.
     *
     * @param keys the keys of the transport's block, over the defaults of its {@code reference.conf}
     */
    public static Host connected(HostProvider<?> provider, String destination, Map<String, Object> keys) {
        return made(provider, destination, keys);
    }

    private static <S extends Record> Host made(
            HostProvider<S> provider, String destination, Map<String, Object> keys) {
        return provider.connect(destination, BlockSettings.of(provider, keys), new Surrounding());
    }

    /** What a host is given. */
    private record Surrounding() implements HostContext {
        @Override
        public String cluster() {
            return "contract";
        }

        @Override
        public Credentials credentials() {
            return question -> Optional.empty();
        }

        @Override
        public Path home() {
            return Path.of(System.getProperty("user.home", "/"));
        }
    }

    /** Whether the host can kill what it has started there. */
    protected boolean kills() {
        return true;
    }

    /** How long an answer may take that needs no time by itself, a new connection included. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    // ---------------------------------------------------------------- what the tests use

    @BeforeEach
    void connect() throws Exception {
        opened = open();
    }

    @AfterEach
    void disconnect() {
        if (opened != null) {
            opened.close();
        }
    }

    private Host host() {
        if (opened == null) {
            throw new IllegalStateException("open() gave no host");
        }
        return opened;
    }

    private Command command(String... words) {
        return Command.of(words).withTimeout(patience());
    }

    private Command sh(String script, String... arguments) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        words.addAll(Arrays.asList(arguments));
        return Command.of(words).withTimeout(patience());
    }

    private CommandResult run(Command command) throws InterruptedException {
        CommandResult result = host().run(command);
        if (result.truncated()) {
            throw Broken.rule(
                    "truncated says that the output is not whole (CommandResult.truncated)",
                    "it says so of a short one, of " + command);
        }
        return result;
    }

    private static void same(String rule, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw Broken.rule(
                    rule,
                    "there is\n  " + Broken.shown(String.valueOf(found)) + "\n  instead of\n  "
                            + Broken.shown(String.valueOf(expected)));
        }
    }

    /** Runs on a thread of its own. */
    private static CompletableFuture<CommandResult> begun(Host host, Command command) {
        return begun(host, command, new Thread[1]);
    }

    private static CompletableFuture<CommandResult> begun(Host host, Command command, Thread[] runner) {
        CompletableFuture<CommandResult> outcome = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        outcome.complete(host.run(command));
                    } catch (Throwable t) {
                        outcome.completeExceptionally(t);
                    }
                },
                "clustrix-contract");
        thread.setDaemon(true);
        runner[0] = thread;
        thread.start();
        return outcome;
    }

    private Throwable failure(String rule, CompletableFuture<CommandResult> outcome) throws InterruptedException {
        try {
            CommandResult result = outcome.get(patience().toMillis(), TimeUnit.MILLISECONDS);
            throw Broken.rule(rule, "the command had a result: " + result);
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (TimeoutException e) {
            throw Broken.rule(rule, "after " + patience() + " nothing has happened");
        }
    }

    /** A directory of the host's, for one test. */
    private String directory() throws InterruptedException {
        return run(sh("mktemp -d")).out().strip();
    }

    /** Says where its shell and a child of it are, and then lets the child beat. */
    private Command beating(String directory, Duration timeout) {
        return sh(BEATING + " echo begun >\"$1/begun\"; sleep 300; echo over", directory)
                .withTimeout(timeout);
    }

    private void begins(Host host, String directory) throws InterruptedException {
        CommandResult r = host.run(sh(
                "i=0; until [ -e \"$1/begun\" ] && [ -s \"$1/beat\" ]; do sleep 0.1; i=$((i+1)); [ $i -lt 200 ] || exit 1; done",
                directory));
        same("commands run side by side (Host)", 0, r.exit());
    }

    /** The child is dead when its file has stopped to grow. */
    private void diesSoon(Host other, String directory, String rule) throws InterruptedException {
        if (!kills()) {
            return;
        }
        CommandResult r = other.run(sh(
                "i=0; while :; do a=$(wc -c <\"$1/beat\"); sleep 1; b=$(wc -c <\"$1/beat\");"
                        + " [ \"$a\" -eq \"$b\" ] && exit 0; i=$((i+1)); [ $i -lt 20 ] || exit 1; done",
                directory));
        if (r.exit() != 0) {
            throw Broken.rule(rule, "a child of the command still runs after 20 s");
        }
    }

    private void remove(Host host, String directory) throws InterruptedException {
        var unused = host.run(sh("rm -rf \"$1\"", directory));
    }

    // ---------------------------------------------------------------- words and streams

    @Test
    @DisplayName("words arrive as they are, whatever is in them")
    void words() throws InterruptedException {
        String rule = "a command is words, never a shell line; the host quotes them (Command)";
        List<String> words = List.of(
                "",
                " ",
                "two words",
                "  many   blanks  ",
                "it's",
                "\"quoted\"",
                "'\"'\"'",
                "$HOME",
                "$(echo run)",
                "`echo run`",
                "a;b&c|d<e>f",
                "*",
                "?[a-z]",
                "~",
                "~root",
                "#",
                "!",
                "!!",
                "\\",
                "\\\\n",
                "back\\slash\\",
                "-n",
                "--",
                "--help",
                "a=b",
                "%s%d",
                "{a,b}",
                "line\nbreak",
                "\n",
                "tab\tand\rreturn",
                "(",
                "^x^y",
                "x".repeat(20_000));
        List<String> all =
                new ArrayList<>(List.of("sh", "-c", "for a; do printf '[%s]' \"$a\"; done", "a name with $blanks"));
        all.addAll(words);
        CommandResult r = run(Command.of(all).withTimeout(patience()));
        same(rule, words.stream().map(w -> "[" + w + "]").collect(Collectors.joining()), r.out());
        same("nothing but the command writes its outputs (Host.run)", "", r.err());
        same(rule, "a b", run(command("printf", "%s", "a b")).out());
        String letters = "\u00e9\u65e5\u672c\ud83d\ude00";
        try {
            same(rule, letters, run(command("printf", "%s", letters)).out());
        } catch (ClustrixException refused) {
            if (refused.hints().isEmpty()) {
                throw Broken.rule("letters that can't be passed on are refused with a hint", "there is none", refused);
            }
        }
    }

    @Test
    @DisplayName("standard input arrives byte by byte and then ends, and may be left unread")
    void input() throws InterruptedException {
        String rule = "a command reads its input, which ends after it (Command.input)";
        byte[] bytes = new byte[INPUT];
        new Random(7).nextBytes(bytes);
        Command.Input input = out -> {
            for (int at = 0; at < bytes.length; at += 100_000) {
                out.write(bytes, at, Math.min(100_000, bytes.length - at));
            }
        };
        ByteArrayOutputStream back = new ByteArrayOutputStream();
        CommandResult r = host().run(command("cat").withInput(input), back);
        same(rule, 0, r.exit());
        if (!Arrays.equals(bytes, back.toByteArray())) {
            throw Broken.rule(rule, INPUT + " bytes of all kinds came back as " + back.size() + " others");
        }
        same(
                "without input there is an end at once (Command.input)",
                "",
                run(command("cat")).out());
        same(
                "a command need not read its input (Command.input)",
                3,
                run(sh("exit 3").withInput(input)).exit());
        same(
                "a command need not read its input (Command.input)",
                "ab",
                run(command("head", "-c", "2").withInput(out -> {
                            out.write("abc".getBytes(StandardCharsets.UTF_8));
                            input.writeTo(out);
                        }))
                        .out());
    }

    @Test
    @DisplayName("both outputs come apart, as UTF-8, and with nothing that a login prints")
    void outputs() throws InterruptedException {
        CommandResult r = run(sh("printf 'o\\303\\251'; printf 'e\\303\\251' >&2; printf o; printf e >&2"));
        same("standard output is the command's own (CommandResult.out)", "o\u00e9o", r.out());
        same("standard error is the command's own (CommandResult.err)", "e\u00e9e", r.err());
        CommandResult silent = run(command("true"));
        same("what a login shell prints is not part of the output (Host.run)", "", silent.out() + silent.err());
        if (host().name().isBlank()) {
            throw Broken.rule("a host has a name for messages (Host.name)", "it is blank");
        }
    }

    @Test
    @DisplayName("large outputs are drained, and kept in bounds: the beginning of one, the end of the other")
    void largeOutputs() throws InterruptedException {
        String rule = "both outputs are always drained; what is kept is bounded, and the result says if something was"
                + " dropped (Host.run)";
        String script = "head -c " + MUCH + " /dev/zero | tr '\\0' x; head -c " + MUCH
                + " /dev/zero | tr '\\0' y >&2; echo END >&2; exit 5";
        CommandResult r = host().run(sh(script).withTimeout(patience().multipliedBy(2)));
        same(rule, 5, r.exit());
        if (!r.truncated()
                || r.out().isEmpty()
                || r.out().length() > MOST_KEPT
                || r.err().length() > MOST_KEPT) {
            throw Broken.rule(
                    rule,
                    "of " + MUCH + " bytes " + r.out().length() + " and "
                            + r.err().length() + " are kept, and truncated is " + r.truncated());
        }
        if (r.out().chars().anyMatch(c -> c != 'x') || !r.err().endsWith("yEND\n")) {
            throw Broken.rule(
                    "of standard output the beginning is kept, of standard error the end (CommandResult)",
                    "it is something else: ..."
                            + r.err().substring(Math.max(0, r.err().length() - 80)));
        }
    }

    @Test
    @DisplayName("an output that is streamed comes whole, of any length")
    void streamed() throws InterruptedException {
        String rule = "standard output goes into the stream whole, and the result's own is empty (Host.run)";
        Counting count = new Counting();
        CommandResult r = host().run(
                        sh("head -c " + MUCH + " /dev/zero | tr '\\0' x; echo; echo why >&2; exit 4")
                                .withTimeout(patience().multipliedBy(2)),
                        count);
        same(rule, MUCH + 1L, count.bytes);
        same(rule, "", r.out());
        same(rule, "why\n", r.err());
        same(rule, 4, r.exit());
        same("the stream is not closed (Host.run)", false, count.closed);
    }

    /** Counts what is written. */
    private static final class Counting extends OutputStream {
        private long bytes;
        private boolean closed;

        @Override
        public synchronized void write(int b) {
            bytes++;
        }

        @Override
        public synchronized void write(byte[] b, int offset, int length) {
            bytes += length;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    @DisplayName("a stream that throws ends the command with a HostException that has it as its cause")
    void streamThatThrows() throws InterruptedException {
        String rule = "if the stream throws, the command is killed and the exception is the cause of a HostException"
                + " (Host.run)";
        IOException full = new IOException("no space left");
        String directory = directory();
        try {
            var unused = host().run(
                            sh(
                                    BEATING
                                            + " until [ -s \"$1/beat\" ]; do sleep 0.1; done; while :; do echo text; sleep 0.1; done",
                                    directory),
                            new OutputStream() {
                                @Override
                                public void write(int b) throws IOException {
                                    throw full;
                                }
                            });
            throw Broken.rule(rule, "there was a result");
        } catch (HostException e) {
            Throwable cause = e;
            while (cause != null && !cause.equals(full)) {
                cause = cause.getCause();
            }
            if (cause == null) {
                throw Broken.rule(rule, "it is another cause", e);
            }
        }
        diesSoon(host(), directory, rule);
        remove(host(), directory);
    }

    @Test
    @DisplayName("exit codes are the command's own, and 128 + n for signal n")
    void exitCodes() throws InterruptedException {
        String rule = "exit is the command's exit code; 128 + n if signal n ended it (CommandResult.exit)";
        for (int code : new int[] {0, 1, 2, 77, 126, 127, 130, 254, 255}) {
            same(rule, code, run(sh("exit " + code)).exit());
        }
        same(rule, 128 + 9, run(sh("kill -KILL $$")).exit());
        same(rule, 128 + 15, run(sh("kill -TERM $$")).exit());
        same(
                "a program that is not there is exit code 127, as a shell has it",
                127,
                run(command("clustrix-no-such-program")).exit());
        Command command = sh("exit 9");
        CommandResult r = run(command);
        same("the result has the command that was run (CommandResult.command)", command, r.command());
        same(
                "a command takes no negative time (CommandResult.took)",
                false,
                r.took().isNegative());
    }

    // ---------------------------------------------------------------- ends

    @Test
    @DisplayName("commands run side by side")
    void sideBySide() throws InterruptedException {
        String directory = directory();
        List<CompletableFuture<CommandResult>> all = new ArrayList<>();
        int many = 5;
        for (int i = 0; i < many; i++) {
            // Each waits for all of the others.
            all.add(begun(
                    host(),
                    sh(
                            "echo >\"$1/$2\"; n=0; until [ \"$(ls \"$1\" | wc -l)\" -eq " + many
                                    + " ]; do sleep 0.1; n=$((n+1)); [ $n -lt 250 ] || exit 1; done; echo $2",
                            directory,
                            Integer.toString(i))));
        }
        for (int i = 0; i < many; i++) {
            try {
                CommandResult r = all.get(i).get(2 * patience().toMillis(), TimeUnit.MILLISECONDS);
                same("commands run side by side, and each has its own result (Host)", i + "\n", r.out());
            } catch (ExecutionException | TimeoutException e) {
                throw Broken.rule("commands run side by side (Host)", many + " that wait for each other do not end", e);
            }
        }
        remove(host(), directory);
    }

    @Test
    @DisplayName("after its timeout a command is a HostException, and it and its children are killed")
    void timeout() throws InterruptedException {
        String rule = "after a command's timeout there is a HostException, and it and its children have been killed"
                + " (Host.run)";
        String directory = directory();
        CompletableFuture<CommandResult> outcome = begun(host(), beating(directory, Duration.ofSeconds(3)));
        begins(host(), directory);
        Throwable t = failure(rule, outcome);
        if (!(t instanceof HostException)) {
            throw Broken.rule(rule, "it is another exception", t);
        }
        diesSoon(host(), directory, rule);
        same(
                "the host goes on after a timeout",
                "on\n",
                run(command("echo", "on")).out());
        remove(host(), directory);
    }

    @Test
    @DisplayName("an interrupted thread gets an InterruptedException, and the command is killed")
    void interrupt() throws InterruptedException {
        String rule = "if the thread is interrupted there is an InterruptedException, and the command is killed"
                + " (Host.run)";
        String directory = directory();
        Thread[] runner = new Thread[1];
        CompletableFuture<CommandResult> outcome = begun(host(), beating(directory, Duration.ofMinutes(5)), runner);
        begins(host(), directory);
        runner[0].interrupt();
        Throwable t = failure(rule, outcome);
        if (!(t instanceof InterruptedException)) {
            throw Broken.rule(rule, "it is another exception", t);
        }
        diesSoon(host(), directory, rule);
        same(
                "the host goes on after an interrupt",
                "on\n",
                run(command("echo", "on")).out());
        remove(host(), directory);
    }

    @Test
    @DisplayName("close ends what runs, may be called again, and leaves no thread and no further command")
    void closes() throws Exception {
        String rule = "close ends what runs, within seconds; calling it again does nothing (Host.close)";
        Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
        String directory;
        CompletableFuture<CommandResult> outcome;
        try (Host host = open()) {
            directory = host.run(sh("mktemp -d")).out().strip();
            outcome = begun(host, beating(directory, Duration.ofMinutes(5)));
            begins(host, directory);
        }
        Throwable t = failure(rule, outcome);
        if (!(t instanceof HostException)) {
            throw Broken.rule(rule, "what ran ends with another exception", t);
        }
        diesSoon(host(), directory, rule);
        remove(host(), directory);
        host().close();
        host().close();
        try {
            CommandResult r = host().run(command("true"));
            throw Broken.rule("a closed host runs no command (Host.close)", "it gave " + r);
        } catch (HostException | IllegalStateException expected) {
            if (expected.getMessage() == null) {
                throw Broken.rule("a refusal says what was wrong", "it has no message", expected);
            }
        }
        long deadline = System.nanoTime() + patience().toNanos();
        Set<Thread> left = left(before);
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(100);
            left = left(before);
        }
        if (!left.isEmpty()) {
            throw Broken.rule("a host owns its threads, and close ends them (Host)", "these are left: " + left);
        }
        Host unused = open();
        unused.close();
    }

    private static Set<Thread> left(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> !before.contains(t) && t.isAlive() && !t.equals(Thread.currentThread()))
                // The JVM's own.
                .filter(t -> t.getThreadGroup() != null
                        && !t.getThreadGroup().getName().equals("system"))
                .filter(t -> !t.getName().startsWith("process reaper")
                        && !t.getName().startsWith("ForkJoinPool"))
                .collect(Collectors.toSet());
    }
}
