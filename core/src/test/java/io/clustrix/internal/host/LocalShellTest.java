package io.clustrix.internal.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.HostException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalShellTest {
    private final LocalShell shell = new LocalShell();

    @TempDir
    private Path dir;

    @AfterEach
    void end() {
        shell.close();
    }

    private static Command sh(String script, Object... arguments) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        return Command.of(words).withTimeout(Duration.ofSeconds(20));
    }

    private static void awaitGone(long pid) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (alive(pid)) {
            assertThat(System.nanoTime()).as("process " + pid + " is alive").isLessThan(until);
            Thread.sleep(10);
        }
    }

    /** A zombie whose new parent has not looked yet has ended. */
    private static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }
    }

    private long pidIn(Path file) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!Files.exists(file) || !Files.readString(file).endsWith("\n")) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.sleep(10);
        }
        return Long.parseLong(Files.readString(file).strip());
    }

    @Test
    @DisplayName("words arrive as they are, whatever is in them (R41)")
    void words() throws Exception {
        List<String> hostile =
                List.of("a b", "", "$(touch x)", "`id`", "'", "\"", "\n", "*", "~", "\\", ";", "-n", "{a,b}");
        List<String> words = new ArrayList<>(List.of("printf", "%s|"));
        words.addAll(hostile);
        CommandResult result = shell.run(Command.of(words));
        assertThat(result.out()).isEqualTo(String.join("|", hostile) + "|");
        assertThat(result.exit()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.truncated()).isFalse();
        assertThat(result.took()).isPositive();
    }

    @Test
    @DisplayName("input of any length arrives whole and ends, and so do output and exit code")
    void input() throws Exception {
        byte[] block = "0123456789abcde\n".repeat(4096).getBytes(StandardCharsets.US_ASCII);
        Command command = sh("wc -c; echo done >&2; exit 7").withInput(out -> {
            for (int i = 0; i < 100; i++) {
                out.write(block);
            }
        });
        CommandResult result = shell.run(command);
        assertThat(result.out().strip()).isEqualTo(Integer.toString(block.length * 100));
        assertThat(result.err()).isEqualTo("done\n");
        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.command()).isEqualTo(command);
    }

    @Test
    @DisplayName("a process that ends without reading its input is no failure")
    void notRead() throws Exception {
        CommandResult result = shell.run(sh("echo enough").withInput(out -> {
            for (int i = 0; i < 1000; i++) {
                out.write(new byte[10_000]);
            }
        }));
        assertThat(result.out()).isEqualTo("enough\n");
        assertThat(result.exit()).isZero();
    }

    @Test
    @DisplayName("both outputs are drained side by side; the beginning of stdout and the end of stderr are kept")
    void bounded() throws Exception {
        CommandResult result = shell.run(
                sh(
                        "echo first; head -c 6000000 /dev/zero | tr '\\0' o; head -c 300000 /dev/zero | tr '\\0' e >&2; echo last >&2"));
        assertThat(result.exit()).isZero();
        assertThat(result.out()).startsWith("first\noooo").hasSize(4 << 20);
        assertThat(result.truncated()).isTrue();
        assertThat(result.err()).endsWith("eeeelast\n").hasSize(64 << 10);
    }

    @Test
    @DisplayName("a stream gets all of stdout, and the result none")
    void streamed() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandResult result = shell.run(sh("head -c 6000000 /dev/zero; echo e >&2"), out);
        assertThat(out.size()).isEqualTo(6_000_000);
        assertThat(result.out()).isEmpty();
        assertThat(result.truncated()).isFalse();
        assertThat(result.err()).isEqualTo("e\n");
    }

    @Test
    @DisplayName("if the stream throws, the command is killed and the exception is the cause")
    void streamThrows() throws Exception {
        IOException full = new IOException("full");
        long begun = System.nanoTime();
        assertThatThrownBy(() -> shell.run(sh("echo $$ > \"$1\"; yes", dir.resolve("pid")), new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw full;
                    }
                }))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("full")
                .hasCause(full);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        awaitGone(pidIn(dir.resolve("pid")));
    }

    @Test
    @DisplayName("input that fails half way is never taken for the whole by the command or its children")
    void inputThrows() throws Exception {
        IOException broken = new IOException("gone");
        assertThatThrownBy(() -> shell.run(sh("cat > \"$1\" && mv \"$1\" \"$1.whole\"", dir.resolve("f"))
                        .withInput(out -> {
                            out.write(new byte[100_000]);
                            throw broken;
                        })))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("gone")
                .hasCause(broken);
        Thread.sleep(100);
        assertThat(dir.resolve("f.whole")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a timeout kills the command and its child, both deaf to TERM, with and without sessions")
    void timeout(boolean sessions) throws Exception {
        Path child = dir.resolve("child");
        Path self = dir.resolve("self");
        try (LocalShell host = new LocalShell(dir, sessions)) {
            Command command = sh(
                            "trap '' TERM INT HUP; echo $$ > \"$2\"; (sleep 300 & echo $! > \"$1\"; wait); sleep 300",
                            child,
                            self)
                    .withTimeout(Duration.ofMillis(500));
            long begun = System.nanoTime();
            assertThatThrownBy(() -> host.run(command))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("within PT0.5S");
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isBetween(Duration.ofMillis(490), Duration.ofSeconds(5));
        }
        awaitGone(pidIn(self));
        awaitGone(pidIn(child));
    }

    @Test
    @DisplayName("what has lost its parent is killed as well")
    void orphans() throws Exception {
        Path orphan = dir.resolve("orphan");
        assertThatThrownBy(() -> shell.run(sh("( (trap '' TERM; sleep 300 & echo $! > \"$1\") & ); sleep 300", orphan)
                        .withTimeout(Duration.ofMillis(500))))
                .isInstanceOf(HostException.class);
        awaitGone(pidIn(orphan));
    }

    @Test
    @DisplayName("a process left behind that holds the outputs delays the answer by a second at most, and lives on")
    void leftBehind() throws Exception {
        Path child = dir.resolve("child");
        long begun = System.nanoTime();
        CommandResult result = shell.run(sh("sleep 5 & echo $! > \"$1\"; sleep 0.2; echo answer", child));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
        assertThat(result.out()).isEqualTo("answer\n");
        assertThat(alive(pidIn(child))).isTrue();
        ProcessHandle.of(pidIn(child)).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    @DisplayName("who takes the output may be slow, long after the command's end")
    void slowStream() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        shell.run(sh("head -c 60000 /dev/zero"), new OutputStream() {
            @Override
            public void write(int b) {
                out.write(b);
            }

            @Override
            public void write(byte[] bytes, int off, int len) {
                try {
                    Thread.sleep(1300);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                out.write(bytes, off, len);
            }
        });
        assertThat(out.size()).isEqualTo(60_000);
    }

    @Test
    @DisplayName("an interrupt kills the command")
    void interrupt() throws Exception {
        Path self = dir.resolve("self");
        CountDownLatch interrupted = new CountDownLatch(1);
        Thread caller = new Thread(() -> {
            try {
                shell.run(sh("trap '' TERM INT; echo $$ > \"$1\"; sleep 300", self));
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        caller.start();
        long pid = pidIn(self);
        caller.interrupt();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        awaitGone(pid);
    }

    @Test
    @DisplayName("a program that is not there answers 127, one that can't be run 126, as in a shell")
    void notFound() throws Exception {
        CommandResult missing = shell.run(Command.of("no-such-program-" + "x", "a"));
        assertThat(missing.exit()).isEqualTo(127);
        assertThat(missing.err()).isEqualTo("sh: no-such-program-x: not found\n");
        assertThat(shell.run(Command.of("/no/such/program")).exit()).isEqualTo(127);
        CommandResult data =
                shell.run(Command.of(Files.writeString(dir.resolve("data"), "x").toString()));
        assertThat(data.exit()).isEqualTo(126);
        assertThat(data.err()).contains("Permission denied");
    }

    @Test
    @DisplayName("a signal's number is in the exit code")
    void signal() throws Exception {
        assertThat(shell.run(sh("kill -s KILL $$")).exit()).isEqualTo(128 + 9);
        assertThat(shell.run(sh("kill -s TERM $$")).exit()).isEqualTo(128 + 15);
    }

    @Test
    @DisplayName("closing kills what runs, ends the threads, and can be repeated; then nothing can be run")
    void close() throws Exception {
        Path self = dir.resolve("self");
        FutureTask<CommandResult> running =
                new FutureTask<>(() -> shell.run(sh("trap '' TERM; echo $$ > \"$1\"; sleep 300", self)));
        new Thread(running).start();
        long pid = pidIn(self);
        assertThat(threads()).isNotEmpty().allMatch(Thread::isDaemon);
        shell.close();
        shell.close();
        assertThatThrownBy(() -> running.get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(HostException.class)
                .hasMessageContaining("closed");
        awaitGone(pid);
        assertThatThrownBy(() -> shell.run(Command.of("true")))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("closed");
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!threads().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.sleep(10);
        }
    }

    private static Set<Thread> threads() {
        Set<Thread> all = new java.util.HashSet<>(Thread.getAllStackTraces().keySet());
        all.removeIf(t -> !t.getName().startsWith("clustrix-local-shell-"));
        return all;
    }

    @Test
    @DisplayName("commands run side by side")
    void sideBySide() throws Exception {
        List<FutureTask<CommandResult>> calls = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int number = i;
            FutureTask<CommandResult> call = new FutureTask<>(() -> shell.run(sh("sleep 0.3; cat; echo $1", number)
                    .withInput(out -> out.write(("in " + number + "\n").getBytes(StandardCharsets.US_ASCII)))));
            calls.add(call);
            new Thread(call).start();
        }
        for (int i = 0; i < calls.size(); i++) {
            assertThat(calls.get(i).get(20, TimeUnit.SECONDS).out()).isEqualTo("in " + i + "\n" + i + "\n");
        }
    }

    @Test
    @DisplayName("a counting host tells calls and bytes by kind of command")
    void counting() throws Exception {
        CountingHost host = new CountingHost(shell);
        CommandResult result = host.run(Command.of("cat").withInput(out -> out.write(new byte[1000])));
        host.run(Command.of("cat").withInput(out -> out.write(new byte[10])), OutputStream.nullOutputStream());
        host.run(Command.of("env", "LC_ALL=C", "sh", "-c", "echo a", "clustrix-a"));
        assertThat(result.command().words()).containsExactly("cat");
        assertThat(host.byLabel()).containsOnlyKeys("cat", "clustrix-a");
        CountingHost.Tally cat = host.byLabel().get("cat");
        assertThat(cat.calls()).isEqualTo(2);
        assertThat(cat.bytesIn()).isEqualTo(1010);
        assertThat(cat.bytesOut()).isEqualTo(1010);
        assertThat(cat.failures()).isZero();
        assertThat(host.total().calls()).isEqualTo(3);
        assertThat(host.total().bytesOut()).isEqualTo(1012);
        host.reset();
        assertThat(host.byLabel()).isEmpty();
    }

    @Test
    @DisplayName("the last bytes are kept across any pattern of writes, and never from within a character")
    void keptEnd() {
        java.util.Random random = new java.util.Random(42);
        for (int round = 0; round < 200; round++) {
            BoundedOutput end = BoundedOutput.end(50);
            BoundedOutput beginning = BoundedOutput.beginning(50);
            StringBuilder all = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                String text = "abcdefghij".repeat(random.nextInt(14));
                all.append(text);
                end.write(text.getBytes(StandardCharsets.UTF_8), 0, text.length());
                beginning.write(text.getBytes(StandardCharsets.UTF_8), 0, text.length());
            }
            assertThat(end.text()).isEqualTo(all.substring(Math.max(0, all.length() - 50)));
            assertThat(beginning.text()).isEqualTo(all.substring(0, Math.min(50, all.length())));
            assertThat(end.truncated()).isEqualTo(all.length() > 50);
        }
        BoundedOutput cut = BoundedOutput.end(3);
        byte[] euro = "\u20ac\u20ac".getBytes(StandardCharsets.UTF_8);
        cut.write(euro, 0, 5);
        assertThat(cut.text()).isEqualTo("\ufffd");
        cut.write(euro, 5, 1);
        assertThat(cut.text()).isEqualTo("\u20ac");
        BoundedOutput four = BoundedOutput.end(4);
        four.write(euro, 0, 6);
        assertThat(four.text()).isEqualTo("\u20ac");
    }
}
