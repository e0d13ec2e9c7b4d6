package io.clustrix.internal.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.internal.host.CountingHost;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Really linked and really sent, to this machine; small, so that it is quick. */
@Timeout(120)
class TwoRuntimeProvisionerTest {
    private static final int OWN = Runtime.version().feature();
    private static final Path HOME = Path.of(System.getProperty("java.home"));

    @TempDir
    private static Path cache;

    @TempDir
    private Path dir;

    private Bench bench;
    private CountingHost counting;

    @BeforeEach
    void begin() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(HOME.resolve("bin/jlink")), "this Java is no JDK");
        bench = new Bench(
                dir,
                host -> counting = new CountingHost(
                        host,
                        c -> c.words().stream()
                                .filter(w -> w.startsWith("clustrix-"))
                                .findFirst()
                                .orElse("other")));
    }

    @AfterEach
    void end() throws IOException {
        bench.close();
    }

    private static RuntimeImage image() {
        return new RuntimeImage(cache, HOME, List.of("java.base"));
    }

    private TwoRuntimeProvisioner provisioner(String... folders) {
        return new TwoRuntimeProvisioner(image(), OWN, List.of(folders));
    }

    private Environment provision(TwoRuntimeProvisioner provisioner, EnvironmentRequest request) throws Exception {
        return provisioner.provision(request, new Attempt(bench)).orElseThrow();
    }

    private static EnvironmentRequest supervised(
            Optional<String> java, Optional<String> control, List<String> prefix, List<String> setup) {
        return new EnvironmentRequest(17, java, control, prefix, true, List.of(), setup, Map.of());
    }

    @Test
    @DisplayName("A host without any Java gets a copy of the driver's, which works; the second time nothing is sent")
    void noJava() throws Exception {
        Environment made = provision(provisioner(), Bench.any(bench.noJava()));
        assertThat(made.javaVersion()).isEqualTo(OWN);
        assertThat(made.java()).containsExactly(bench.work + "/env/" + image().name() + "/bin/java");
        assertThat(made.description()).startsWith("two-runtime: Java " + System.getProperty("java.runtime.version"));
        CommandResult r = bench.shell.run(Command.of(made.java().get(0), "-version"));
        assertThat(r.exit()).isZero();
        assertThat(bench.leftovers()).isEmpty();
        assertThat(counting.byLabel().get("clustrix-ship").calls()).isEqualTo(1);
        Environment again = provision(provisioner(), Bench.any(bench.noJava()));
        assertThat(again.java()).isEqualTo(made.java());
        assertThat(counting.byLabel().get("clustrix-ship").calls()).isEqualTo(1);
        assertThat(made.setup()).last().asString().contains("/used'");
    }

    @Test
    @DisplayName("A Java that the host has is taken as it is, from a folder too, and one JVM does all")
    void found() throws Exception {
        bench.fakeJava("sw/old", 11);
        Path java = bench.fakeJava("sw/right", 21);
        Environment made = provision(provisioner(dir + "/sw/*"), Bench.any(bench.noJava()));
        assertThat(made.java()).containsExactly(java.toString());
        assertThat(made.control()).isEmpty();
        assertThat(made.lookedUp()).isFalse();
        assertThat(counting.byLabel()).containsOnlyKeys("clustrix-probe");
    }

    @Test
    @DisplayName("Control and work runtime are two where that is asked for: both found, or one sent")
    void two() throws Exception {
        Path seventeen = bench.fakeJava("sw/jdk17", 17);
        Path newer = bench.fakeJava("sw/jdk99", 99);
        TwoRuntimeProvisioner provisioner = provisioner(dir + "/sw/*");
        List<String> setup = bench.noJava();
        Environment made = provision(provisioner, supervised(Optional.of("17"), Optional.of("99"), List.of(), setup));
        assertThat(made.java()).containsExactly(seventeen.toString());
        assertThat(made.control()).containsExactly(newer.toString());
        made = provision(provisioner, supervised(Optional.of(newer.toString()), Optional.of("any"), List.of(), setup));
        assertThat(made.java()).containsExactly(newer.toString());
        assertThat(made.control()).isNotEmpty();
        made = provision(provisioner, supervised(Optional.of("99"), Optional.of("shipped"), List.of(), setup));
        assertThat(made.java()).containsExactly(newer.toString());
        assertThat(made.control()).containsExactly(bench.work + "/env/" + image().name() + "/bin/java");
    }

    @Test
    @DisplayName("Behind a prefix is the Java of the user's code; another one supervises it")
    void prefix() throws Exception {
        Path java = bench.fakeJava("sw/jdk18", 18);
        Path box = Files.writeString(dir.resolve("box"), "#!/bin/sh\nshift 2\nshift\nexec '" + java + "' \"$@\"\n");
        assertThat(box.toFile().setExecutable(true)).isTrue();
        List<String> prefix = List.of(box.toString(), "exec", "it's an image");
        Environment made = provision(
                provisioner(dir + "/sw/*"), supervised(Optional.empty(), Optional.empty(), prefix, bench.noJava()));
        assertThat(made.java()).containsExactly(box.toString(), "exec", "it's an image", "java");
        assertThat(made.javaVersion()).isEqualTo(18);
        assertThat(made.control()).containsExactly(java.toString());
        assertThatThrownBy(() -> provision(
                        provisioner(), supervised(Optional.of("21"), Optional.empty(), prefix, bench.noJava())))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("no Java 21 behind the prefix")
                .hasMessageContaining("Java 18.0.1+5");
    }

    @Test
    @DisplayName("Where the host does not tell of the nodes, nothing is looked for, but a copy can be sent")
    void unchecked() throws Exception {
        assertThatThrownBy(() -> provision(
                        provisioner(),
                        new EnvironmentRequest(
                                17,
                                Optional.empty(),
                                Optional.of("25"),
                                List.of(),
                                false,
                                List.of(),
                                List.of(),
                                Map.of())))
                .hasMessageContaining("check-on-host is false");
        Environment made = provision(
                provisioner(),
                new EnvironmentRequest(
                        17,
                        Optional.of("shipped"),
                        Optional.empty(),
                        List.of(),
                        false,
                        List.of(),
                        List.of(),
                        Map.of()));
        assertThat(made.java()).containsExactly(bench.work + "/env/" + image().name() + "/bin/java");
        assertThat(counting.byLabel()).containsOnlyKeys("clustrix-probe", "clustrix-ship");
    }

    @Test
    @DisplayName("A version that neither the host nor the driver has is refused, with what was looked at")
    void neither() throws Exception {
        bench.fakeJava("sw/jdk18", 18);
        List<String> setup = bench.noJava();
        assertThatThrownBy(() -> provision(provisioner(dir + "/sw/*"), Bench.wanting(17, "19", setup)))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("no Java 19 was found")
                .hasMessageContaining("Java 18")
                .hasMessageContaining("ask for " + OWN);
    }

    @Test
    @DisplayName("A driver on a JRE says that it has no jlink")
    void jre() throws Exception {
        List<String> setup = bench.noJava();
        TwoRuntimeProvisioner jre =
                new TwoRuntimeProvisioner(new RuntimeImage(cache, dir, List.of("java.base")), OWN, List.of());
        assertThatThrownBy(() -> provision(jre, Bench.any(setup)))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("no jlink");
    }

    @Test
    @DisplayName("What was found is told to the next driver without a call, as long as it is unchanged")
    void remembered() throws Exception {
        Path java = bench.fakeJava("sw/right", 21);
        List<String> setup = bench.noJava();
        provision(provisioner(dir + "/sw/*"), Bench.any(setup));
        try (var notes = Files.list(bench.work.resolve("env"))) {
            Path note = notes.filter(f -> f.getFileName().toString().startsWith("note-"))
                    .findFirst()
                    .orElseThrow();
            String key = note.getFileName().toString().substring("note-".length());
            String text = Files.readString(note);
            long before = counting.byLabel().get("clustrix-probe").calls();
            Remembering next = new Remembering(bench, Map.of(key, text));
            assertThat(provisioner(dir + "/sw/*")
                            .provision(Bench.any(setup), new Attempt(next))
                            .orElseThrow()
                            .java())
                    .containsExactly(java.toString());
            assertThat(counting.byLabel().get("clustrix-probe").calls()).isEqualTo(before);
            Path prepare = Path.of("src/main/resources/io/clustrix/internal/batch/prepare.sh");
            String script = Files.readString(
                    Files.exists(prepare) ? prepare : Path.of("core").resolve(prepare));
            Command command = Command.of("env", "LC_ALL=C", "sh", "-c", script, "sh", bench.work.toString(), "14");
            assertThat(bench.shell.run(command).out()).contains("note=" + key + "\n" + text + ":clustrix:\n");
            Files.writeString(java, Files.readString(java) + "\n# changed");
            assertThat(bench.shell.run(command).out()).doesNotContain("note=");
        }
    }

    private record Remembering(Bench bench, Map<String, String> notes) implements io.clustrix.spi.ProvisioningContext {
        @Override
        public io.clustrix.spi.Host host() {
            return bench.host();
        }

        @Override
        public io.clustrix.spi.RemotePath workDirectory() {
            return bench.workDirectory();
        }

        @Override
        public io.clustrix.spi.RemotePath attemptDirectory() {
            return bench.attemptDirectory();
        }

        @Override
        public Optional<String> remembered(String key) {
            return Optional.ofNullable(notes.get(key));
        }
    }

    @Test
    @DisplayName("Ten at once build it once; a builder that died in the middle holds nobody up for long")
    void together() throws Exception {
        image().archive();
        Path lock = Files.createDirectories(bench.work.resolve("env/lock-" + image().name()));
        Files.writeString(lock.resolve("beat"), "of a dead one");
        List<String> setup = bench.noJava();
        List<FutureTask<Environment>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            FutureTask<Environment> task = new FutureTask<>(() -> provision(provisioner(), Bench.any(setup)));
            new Thread(task).start();
            all.add(task);
        }
        for (FutureTask<Environment> task : all) {
            assertThat(task.get(90, TimeUnit.SECONDS).javaVersion()).isEqualTo(OWN);
        }
        assertThat(Files.readAllLines(bench.work.resolve("env/made-" + image().name())))
                .hasSize(1);
        assertThat(bench.leftovers()).isEmpty();
    }

    @Test
    @DisplayName("What is given up while it is being sent leaves neither a directory nor a lock")
    void givenUp() throws Exception {
        image().archive();
        List<String> setup = bench.noJava();
        TimeoutProvisioner limited = new TimeoutProvisioner(
                (request, context) -> provisioner().provision(request, new Slow(context)),
                (r, c) -> Optional.empty(),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2));
        assertThatThrownBy(() -> limited.provision(Bench.any(setup), bench)).isInstanceOf(ProvisioningException.class);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!bench.leftovers().isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        assertThat(bench.leftovers()).isEmpty();
        assertThat(bench.work.resolve("env").resolve(image().name())).doesNotExist();
    }

    /** A link that sends the first bytes, and then none for long. */
    private record Slow(io.clustrix.spi.ProvisioningContext context) implements io.clustrix.spi.ProvisioningContext {
        @Override
        public io.clustrix.spi.Host host() {
            io.clustrix.spi.Host real = context.host();
            return new io.clustrix.spi.Host() {
                @Override
                public String name() {
                    return real.name();
                }

                @Override
                public CommandResult run(Command command) throws InterruptedException {
                    Command.Input input = command.input();
                    return real.run(command.withInput(out -> input.writeTo(new java.io.FilterOutputStream(out) {
                        private long sent;

                        @Override
                        public void write(byte[] b, int off, int len) throws IOException {
                            out.write(b, off, len);
                            sent += len;
                            if (sent > 1 << 20) {
                                try {
                                    Thread.sleep(30_000);
                                } catch (InterruptedException e) {
                                    throw new java.io.InterruptedIOException();
                                }
                            }
                        }
                    })));
                }

                @Override
                public CommandResult run(Command command, java.io.OutputStream out) throws InterruptedException {
                    return real.run(command, out);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public io.clustrix.spi.RemotePath workDirectory() {
            return context.workDirectory();
        }

        @Override
        public io.clustrix.spi.RemotePath attemptDirectory() {
            return context.attemptDirectory();
        }

        @Override
        public Optional<String> remembered(String key) {
            return context.remembered(key);
        }
    }
}
