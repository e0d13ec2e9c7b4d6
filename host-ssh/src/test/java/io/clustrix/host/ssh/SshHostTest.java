package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands over a real OpenSSH server. */
@Timeout(120)
class SshHostTest {
    @TempDir
    static Path directory;

    // The common pool has one thread on a small machine.
    static final ExecutorService ASIDE = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "aside");
        thread.setDaemon(true);
        return thread;
    });

    static Sshd server;
    static int count;

    Host host;

    @BeforeAll
    static void start() throws Exception {
        server = Sshd.start(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        host = Setup.of(server).connect();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static Command sh(String script) {
        return Command.of("sh", "-c", script).withTimeout(Duration.ofSeconds(60));
    }

    private static String unique() {
        return "98765" + ProcessHandle.current().pid() + count++;
    }

    private static boolean runs(String argument) throws Exception {
        return ProcessHandle.allProcesses()
                .anyMatch(p -> p.info().commandLine().orElse("").contains(argument));
    }

    private static void awaitGone(String argument) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (runs(argument) && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        assertThat(runs(argument)).as("is still running").isFalse();
    }

    @Test
    @DisplayName("A command's output, errors and exit code come back (B16)")
    void plain() throws Exception {
        CommandResult result = host.run(sh("echo out; echo err >&2; exit 7"));
        assertThat(result.out()).isEqualTo("out\n");
        assertThat(result.err()).isEqualTo("err\n");
        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.truncated()).isFalse();
        assertThat(host.run(Command.of("true")).exit()).isZero();
        assertThat(host.run(Command.of("no-such-program-anywhere")).exit()).isEqualTo(127);
        assertThat(host.run(Command.of("printf", "%s|", "it's", "a\nb", "ü!", ""))
                        .out())
                .isEqualTo("it's|a\nb|ü!||");
        assertThat(host.run(sh("kill -TERM $$")).exit()).isEqualTo(143);
        assertThat(host.run(Command.of("cat")).out())
                .as("no input is an end at once")
                .isEmpty();
    }

    @Test
    @DisplayName("What is printed before a command dies by a signal is not lost")
    void signal() throws Exception {
        CommandResult result = host.run(sh("head -c 3000000 /dev/zero | tr '\\0' x; kill -KILL $$"));
        assertThat(result.exit()).isEqualTo(137);
        assertThat(result.out()).hasSize(3_000_000);
    }

    @Test
    @DisplayName("4 MiB of an output are kept and more is said to be missing; of the errors the last 64 KiB")
    void bounds() throws Exception {
        CommandResult result = host.run(sh("echo start; head -c 5000000 /dev/zero | tr '\\0' x"));
        assertThat(result.out()).hasSize(4 << 20).startsWith("start\nxxx");
        assertThat(result.truncated()).isTrue();
        CommandResult errors = host.run(sh("head -c 104857600 /dev/zero | tr '\\0' e >&2; echo end >&2"));
        assertThat(errors.err()).hasSize(64 * 1024).endsWith("eeeend\n");
        assertThat(errors.out()).isEmpty();
        assertThat(errors.exit()).isZero();
    }

    @Test
    @DisplayName("200 MB of output stream through with bounded memory, even when they are taken slowly at first")
    void streamed() throws Exception {
        AtomicReference<Long> most = new AtomicReference<>(0L);
        long[] bytes = {0};
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("one by one");
            }

            @Override
            public void write(byte[] data, int offset, int length) throws IOException {
                if (bytes[0] == 0) {
                    try {
                        Thread.sleep(1500);
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    System.gc();
                    Runtime jvm = Runtime.getRuntime();
                    most.set(jvm.totalMemory() - jvm.freeMemory());
                }
                bytes[0] += length;
                digest.update(data, offset, length);
            }
        };
        System.gc();
        long before = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        CommandResult result = host.run(sh("head -c 200000000 /dev/zero"), out);
        assertThat(result.exit()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(bytes[0]).isEqualTo(200_000_000);
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        expected.update(new byte[200_000_000]);
        assertThat(digest.digest()).isEqualTo(expected.digest());
        assertThat(most.get() - before).as("heap that waits while nobody takes").isLessThan(32 << 20);
    }

    @Test
    @DisplayName("A hundred uploads of 3 MB arrive to the last byte")
    void uploads() throws Exception {
        Path target = Files.createTempDirectory(directory, "uploads");
        Random random = new Random(7);
        ExecutorService users = Executors.newFixedThreadPool(4);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] content = new byte[3_000_000 + i];
            random.nextBytes(content);
            Path file = target.resolve("f" + i);
            all.add(users.submit(() -> {
                CommandResult result =
                        host.run(Command.of("sh", "-c", "cat > \"$1\" && sha256sum < \"$1\"", "sh", file.toString())
                                .withInput(out -> out.write(content)));
                String sum = HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
                assertThat(result.out()).isEqualTo(sum + "  -\n");
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get(100, TimeUnit.SECONDS);
        }
        users.shutdown();
    }

    @Test
    @DisplayName("A command may end before it has read its input, or write all the while")
    void input() throws Exception {
        Command.Input much = out -> {
            byte[] piece = new byte[100_000];
            for (int i = 0; i < 200; i++) {
                out.write(piece);
            }
        };
        assertThat(host.run(sh("exit 3").withInput(much)).exit()).isEqualTo(3);
        assertThat(host.run(sh("head -c 10 | wc -c").withInput(much)).out().strip())
                .isEqualTo("10");
        assertThat(host.run(sh("cat | wc -c; exit 4").withInput(much)).out().strip())
                .isEqualTo("20000000");
        CommandResult echo = host.run(Command.of("cat").withInput(much));
        assertThat(echo.truncated()).isTrue();
        assertThat(host.run(Command.of("true")).exit())
                .as("and the connection is fine")
                .isZero();
    }

    @Test
    @DisplayName("Nobody reads for a while: the others go on, and the upload too when it is read again")
    void slowReader() throws Exception {
        byte[] content = new byte[10_000_000];
        Future<CommandResult> slow = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return host.run(sh("sleep 3; wc -c").withInput(out -> out.write(content)));
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                ASIDE);
        Thread.sleep(500);
        long start = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            host.run(Command.of("true"));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(slow.get(30, TimeUnit.SECONDS).out().strip()).isEqualTo("10000000");
    }

    @Test
    @DisplayName("An input that throws kills the command and is the cause")
    void brokenInput() throws Exception {
        String argument = unique();
        IOException problem = new IOException("no such luck");
        HostException e = catchThrowableOfType(
                HostException.class,
                () -> host.run(Command.of("sh", "-c", "cat; sleep " + argument).withInput(out -> {
                    out.write(1);
                    throw problem;
                })));
        assertThat(e).hasMessageContaining("no such luck").hasCause(problem);
        assertThat(e.fault()).isEqualTo(Fault.USER);
        awaitGone(argument);
    }

    @Test
    @DisplayName("An output that can't be taken kills the command and is the cause")
    void brokenOutput() throws Exception {
        String argument = unique();
        IOException full = new IOException("disk full");
        OutputStream out = new FilterOutputStream(OutputStream.nullOutputStream()) {
            @Override
            public void write(byte[] data, int offset, int length) throws IOException {
                if (length > 0) {
                    throw full;
                }
            }
        };
        assertThatThrownBy(() -> host.run(sh("echo x; sleep " + argument), out))
                .isInstanceOf(HostException.class)
                .hasCause(full);
        awaitGone(argument);
    }

    @Test
    @DisplayName("After its timeout a command is killed with its children")
    void timeout() throws Exception {
        String argument = unique();
        long start = System.nanoTime();
        HostException e = catchThrowableOfType(
                HostException.class,
                () -> host.run(sh("trap '' TERM HUP; sleep " + argument + " & sleep " + argument)
                        .withTimeout(Duration.ofSeconds(2))));
        assertThat(e)
                .hasMessageContaining("did not end")
                .hasMessageContaining("within 2s")
                .hasMessageContaining("killed");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));
        awaitGone(argument);
        assertThat(host.run(Command.of("true")).exit()).isZero();
    }

    @Test
    @DisplayName("An interrupt kills the command")
    void interrupt() throws Exception {
        String argument = unique();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                host.run(sh("sleep " + argument));
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        caller.start();
        while (!runs("sleep " + argument)) {
            Thread.sleep(20);
        }
        caller.interrupt();
        caller.join(5000);
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        awaitGone(argument);
    }

    @Test
    @DisplayName("24 commands share one connection, eight at a time (R43)")
    void concurrent() throws Exception {
        ExecutorService users = Executors.newFixedThreadPool(24);
        List<Future<CommandResult>> all = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            int n = i;
            all.add(users.submit(() -> host.run(sh("echo " + n + " $SSH_CONNECTION; sleep 0.5"))));
        }
        List<String> connections = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String[] words = all.get(i).get(30, TimeUnit.SECONDS).out().strip().split(" ", 2);
            assertThat(words[0]).isEqualTo(String.valueOf(i));
            connections.add(words[1]);
        }
        users.shutdown();
        assertThat(connections).containsOnly(connections.get(0));
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(t -> t.getName().startsWith("clustrix-ssh-127.0.0.1"))
                        .toList())
                .hasSizeLessThan(16)
                .allMatch(Thread::isDaemon);
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(n -> n.startsWith("sshj"));
    }

    @Test
    @DisplayName("More channels than the server has sessions: the rest wait for one")
    void tooManyChannels() throws Exception {
        Setup setup = Setup.of(server);
        setup.channels = 14;
        ExecutorService users = Executors.newFixedThreadPool(14);
        try (Host greedy = setup.connect()) {
            List<Future<CommandResult>> all = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                all.add(users.submit(() -> greedy.run(sh("sleep 0.5"))));
            }
            for (Future<CommandResult> one : all) {
                assertThat(one.get(30, TimeUnit.SECONDS).exit()).isZero();
            }
        }
        users.shutdown();
    }

    @Test
    @DisplayName("Waiting for a channel counts against a command's timeout")
    void noSlot() throws Exception {
        Setup setup = Setup.of(server);
        setup.channels = 1;
        try (Host narrow = setup.connect()) {
            narrow.run(Command.of("true"));
            CompletableFuture<CommandResult> first = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return narrow.run(sh("sleep 2"));
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    },
                    ASIDE);
            Thread.sleep(300);
            assertThatThrownBy(() -> narrow.run(Command.of("true").withTimeout(Duration.ofMillis(500))))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("within 500ms");
            assertThat(first.get(10, TimeUnit.SECONDS).exit()).isZero();
        }
    }

    @Test
    @DisplayName("What start-up files print is not part of the output; a shell that refuses is quoted")
    void startUpFiles() throws Exception {
        try (Sshd banner = Sshd.start(
                directory,
                "ForceCommand echo 'Welcome to HPC'; echo motd >&2; printf 'no newline'; eval \"$SSH_ORIGINAL_COMMAND\"")) {
            try (Host shy = Setup.of(banner).connect()) {
                CommandResult result = shy.run(sh("echo real; echo problem >&2"));
                assertThat(result.out()).isEqualTo("real\n");
                assertThat(result.err()).isEqualTo("problem\n");
            }
        }
        try (Sshd nologin =
                        Sshd.start(directory, "ForceCommand echo 'This account is currently not available.'; exit 1");
                Host locked = Setup.of(nologin).connect()) {
            assertThatThrownBy(() -> locked.run(Command.of("true")))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("This account is currently not available.")
                    .hasMessageContaining("exit code 1");
        }
        try (Sshd endless = Sshd.start(directory, "ForceCommand yes");
                Host noisy = Setup.of(endless).connect()) {
            assertThatThrownBy(() -> noisy.run(Command.of("true")))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("did not run 'true'");
        }
    }

    @Test
    @DisplayName(
            "A server that dies in the middle of a command: nothing is known of it, and the next one connects again (R45)")
    void serverDies() throws Exception {
        try (Sshd mortal = Sshd.start(directory);
                Host there = Setup.of(mortal).connect()) {
            there.run(Command.of("true"));
            String argument = unique();
            CompletableFuture<Throwable> running = failing(there, Command.of("sleep", argument));
            CompletableFuture<Throwable> uploading =
                    failing(there, sh("sleep " + argument).withInput(out -> out.write(new byte[50_000_000])));
            while (!runs("sleep " + argument)) {
                Thread.sleep(20);
            }
            Thread.sleep(300);
            mortal.kill();
            assertThat(running.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("nothing is known");
            assertThat(uploading.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("nothing is known");
            assertThatThrownBy(() -> there.run(Command.of("true").withTimeout(Duration.ofSeconds(1))))
                    .as("while it is down")
                    .isInstanceOfSatisfying(HostException.class, e -> {
                        assertThat(e.retryable()).isTrue();
                        assertThat(e).hasMessageContaining("was not sent");
                    });
            CompletableFuture<CommandResult> waiting = CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return there.run(sh("echo back"));
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    },
                    ASIDE);
            Thread.sleep(1000);
            mortal.up();
            assertThat(waiting.get(20, TimeUnit.SECONDS).out()).isEqualTo("back\n");
            ProcessHandle.allProcesses()
                    .filter(p -> p.info().commandLine().orElse("").contains("sleep " + argument))
                    .forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static CompletableFuture<Throwable> failing(Host host, Command command) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new AssertionError("it ended: " + host.run(command));
                    } catch (Throwable e) {
                        return e;
                    }
                },
                ASIDE);
    }

    @Test
    @DisplayName("A peer that is silent is noticed within three times the interval, in an upload too")
    void deadPeer() throws Exception {
        try (Relay relay = new Relay(server.port())) {
            Setup setup = Setup.of(server);
            setup.port = OptionalInt.of(relay.port());
            setup.knownHosts = List.of(server.knownHosts("ed25519", relay.port()));
            setup.keepAlive = Duration.ofSeconds(1);
            try (Host far = setup.connect()) {
                far.run(Command.of("true"));
                CompletableFuture<Throwable> idle = failing(far, Command.of("sleep", "60"));
                CompletableFuture<Throwable> upload =
                        failing(far, sh("cat > /dev/null; sleep 60").withInput(out -> {
                            for (int i = 0; i < 100_000; i++) {
                                out.write(new byte[100_000]);
                            }
                        }));
                Thread.sleep(1000);
                relay.freeze();
                long start = System.nanoTime();
                for (CompletableFuture<Throwable> one : List.of(idle, upload)) {
                    assertThat(one.get(10, TimeUnit.SECONDS))
                            .isInstanceOf(HostException.class)
                            .hasMessageContaining("no sign of life");
                }
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(6));
                assertThat(far.run(sh("echo again")).out())
                        .as("by a new connection")
                        .isEqualTo("again\n");
            }
        }
    }

    @Test
    @DisplayName("A server that accepts and says nothing is given up after the connect timeout")
    void silentServer() throws Exception {
        try (Relay relay = new Relay(server.port())) {
            relay.deaf();
            Setup setup = Setup.of(server);
            setup.port = OptionalInt.of(relay.port());
            setup.connectTimeout = Duration.ofSeconds(1);
            try (Host deaf = setup.connect()) {
                assertThatThrownBy(() -> deaf.run(Command.of("true").withTimeout(Duration.ofSeconds(20))))
                        .isInstanceOf(HostException.class)
                        .hasMessageContaining("can't be reached");
            }
        }
    }

    @Test
    @DisplayName("Nobody listens: a quick error that may be tried again")
    void unreachable() throws Exception {
        Setup setup = Setup.of(server);
        setup.port = OptionalInt.of(1);
        try (Host none = setup.connect()) {
            assertThatThrownBy(() -> none.run(Command.of("true").withTimeout(Duration.ofSeconds(20))))
                    .isInstanceOfSatisfying(HostException.class, e -> {
                        assertThat(e.fault()).isEqualTo(Fault.NETWORK);
                        assertThat(e.retryable()).isTrue();
                    })
                    .hasMessageContaining("refused");
        }
    }

    private static void assertMisspelt(Host host, String... words) {
        assertThatThrownBy(() -> host.run(Command.of("true").withTimeout(Duration.ofSeconds(30))))
                .isInstanceOfSatisfying(HostException.class, e -> {
                    assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
                    assertThat(e.retryable()).isFalse();
                })
                .hasMessageContaining("nobody knows the name")
                .hasMessageContaining("misspelt")
                .hasMessageContaining("VPN")
                .hasMessageContainingAll(words);
    }

    @Test
    @DisplayName("A name that nobody knows, and never did: tried for a while, then an error that says where it is set")
    void unknownName() throws Exception {
        Setup setup = Setup.of(server);
        setup.pause = Duration.ofMillis(100);
        try (Host host = setup.connect("no-such-host.invalid")) {
            assertThatThrownBy(() -> host.run(Command.of("true").withTimeout(Duration.ofMillis(300))))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.retryable()).isTrue())
                    .hasMessageContaining("nobody knows the name no-such-host.invalid");
            assertMisspelt(host, "host in the cluster's block");
            assertMisspelt(host, "host in the cluster's block");
        }
        setup.configFile = Files.writeString(
                        Files.createTempFile(directory, "config", ""),
                        "Host hpc\n  HostName no-such-host.invalid\nHost behind\n  ProxyJump gate.invalid\n")
                .toString();
        try (Host host = setup.connect("hpc")) {
            assertMisspelt(host, "no-such-host.invalid", "HostName of 'hpc' in the SSH config file");
        }
        try (Host host = setup.connect("behind")) {
            assertMisspelt(host, "gate.invalid", "ProxyJump");
        }
    }

    @Test
    @DisplayName("A name that the jump host does not know is said to be unknown there")
    void unknownBehindJump() throws Exception {
        Setup setup = Setup.of(server);
        setup.port = OptionalInt.empty();
        setup.configFile = Files.writeString(
                        Files.createTempFile(directory, "config", ""),
                        "Host gate\n  HostName 127.0.0.1\n  Port " + server.port() + "\n  IdentityFile "
                                + server.identity() + "\n")
                .toString();
        setup.jump = Optional.of("gate");
        try (Host host = setup.connect("no-such-host.invalid")) {
            assertMisspelt(host, "no-such-host.invalid on 127.0.0.1:" + server.port(), "host in the cluster's block");
        }
    }

    @Test
    @DisplayName("A name that was known once: the network is away, which is tried again for as long as need be (R45)")
    void nameWentAway() throws Exception {
        Path names = Files.createTempFile(directory, "config", "");
        Setup setup = Setup.of(server);
        setup.configFile = names.toString();
        setup.pause = Duration.ofMillis(100);
        String known = "Host hpc\n  HostName 127.0.0.1\n";
        Files.writeString(names, known);
        try (Sshd mortal = Sshd.start(directory)) {
            setup.port = OptionalInt.of(mortal.port());
            setup.identity = List.of(mortal.identity());
            setup.knownHosts = List.of(mortal.knownHosts("ed25519", mortal.port()));
            try (Host host = setup.connect("hpc")) {
                host.run(Command.of("true"));
                Files.writeString(names, "Host hpc\n  HostName no-such-host.invalid\n");
                mortal.kill();
                assertThatThrownBy(() -> host.run(Command.of("true").withTimeout(Duration.ofSeconds(4))))
                        .isInstanceOfSatisfying(HostException.class, e -> {
                            assertThat(e.fault()).isEqualTo(Fault.NETWORK);
                            assertThat(e.retryable()).isTrue();
                        });
                Files.writeString(names, known);
                mortal.up();
                assertThat(host.run(Command.of("true").withTimeout(Duration.ofSeconds(30)))
                                .exit())
                        .isZero();
            }
        }
    }

    @Test
    @DisplayName("close() ends what runs within seconds, here and there, and twice is as good as once")
    void closing() throws Exception {
        String argument = unique();
        CompletableFuture<Throwable> running = failing(host, Command.of("sleep", argument));
        while (!runs("sleep " + argument)) {
            Thread.sleep(20);
        }
        long start = System.nanoTime();
        host.close();
        host.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
        assertThat(running.get(5, TimeUnit.SECONDS)).isInstanceOf(HostException.class);
        awaitGone(argument);
        assertThatThrownBy(() -> host.run(Command.of("true"))).isInstanceOf(HostException.class);
    }

    @Test
    @DisplayName("A closed host leaves no thread behind")
    void threads() throws Exception {
        Setup setup = Setup.of(server);
        setup.configFile = "none";
        Host short1 = setup.connect("localhost");
        setup.checking = java.util.Optional.of(SshSettings.HostKeyChecking.ACCEPT_NEW);
        short1.close();
        Host other = setup.connect("127.0.0.1");
        other.run(sh("echo x").withInput(out -> out.write("y".getBytes(StandardCharsets.UTF_8))));
        host.close();
        other.close();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        List<Thread> left;
        do {
            Thread.sleep(50);
            left = Thread.getAllStackTraces().keySet().stream()
                    .filter(t ->
                            t.getName().contains("clustrix-ssh") || t.getName().startsWith("sshj"))
                    .toList();
        } while (!left.isEmpty() && System.nanoTime() < end);
        assertThat(left).isEmpty();
    }
}
