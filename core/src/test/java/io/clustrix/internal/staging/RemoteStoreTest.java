package io.clustrix.internal.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.internal.host.CountingHost;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RemoteStoreTest {
    private final LocalShell shell = new LocalShell();

    @TempDir
    private Path dir;

    @AfterEach
    void end() {
        shell.close();
    }

    /** Every command goes through this before it is run. */
    private record Changed(Host host, UnaryOperator<Command> how) implements Host {
        @Override
        public String name() {
            return host.name();
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            return host.run(how.apply(command));
        }

        @Override
        public CommandResult run(Command command, OutputStream out) throws InterruptedException {
            return host.run(how.apply(command), out);
        }

        @Override
        public void close() {
            host.close();
        }
    }

    private ClassPathEntry entry(Path jars, String name, int size) throws IOException {
        byte[] content = new byte[size];
        new Random(name.hashCode()).nextBytes(content);
        Path file = Files.write(Files.createDirectories(jars).resolve(name), content);
        return new ClassPathEntry(
                file, HexFormat.of().formatHex(Digests.sha256().digest(content)), size);
    }

    private List<ClassPathEntry> entries(int count, int size) throws IOException {
        List<ClassPathEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(entry(dir.resolve("jars"), "it's $(jar) " + i + ".jar", size + i));
        }
        return entries;
    }

    private static void assertStaged(Path store, List<ClassPathEntry> entries) throws IOException {
        for (ClassPathEntry entry : entries) {
            Path file = store.resolve(entry.sha256() + ".jar");
            assertThat(file).hasSameBinaryContentAs(entry.path());
            assertThat(Files.getLastModifiedTime(file).toInstant()).isEqualTo(Instant.parse("1980-01-01T00:00:00Z"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("r--------");
        }
        try (Stream<Path> files = Files.list(store)) {
            assertThat(files.map(f -> f.getFileName().toString())).allMatch(n -> n.matches("[0-9a-f]{64}\\.jar"));
        }
    }

    private static void link(Path tool, String command) throws IOException {
        Files.writeString(tool, "#!/bin/sh\nexec " + command + " \"$@\"\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
    }

    private Host with(String kind) throws IOException {
        return switch (kind) {
            case "busybox" -> {
                Path busybox = Stream.of("/bin/busybox", "/usr/bin/busybox")
                        .map(Path::of)
                        .filter(Files::isExecutable)
                        .findFirst()
                        .orElse(null);
                Assumptions.assumeTrue(busybox != null, "no busybox here");
                Path tools = Files.createDirectories(dir.resolve("busybox"));
                for (String tool : List.of(
                        "sh",
                        "env",
                        "tar",
                        "sha256sum",
                        "cut",
                        "cmp",
                        "touch",
                        "chmod",
                        "mv",
                        "mkdir",
                        "find",
                        "ls",
                        "xargs",
                        "cat",
                        "rm",
                        "wc")) {
                    link(tools.resolve(tool), busybox + " " + tool);
                }
                yield new Changed(shell, c -> c.after("env", "PATH=" + tools));
            }
            case "openssl", "shasum" -> {
                Path tools = Files.createDirectories(dir.resolve("tools"));
                for (String tool : List.of(
                        kind, "sh", "env", "tar", "cut", "cmp", "touch", "chmod", "mv", "mkdir", "find", "ls", "xargs",
                        "cat", "rm", "wc", "perl")) {
                    Path real = Stream.of("/bin", "/usr/bin")
                            .map(place -> Path.of(place, tool))
                            .filter(Files::isExecutable)
                            .findFirst()
                            .orElse(null);
                    Assumptions.assumeTrue(real != null || tool.equals("perl"), "no " + tool + " here");
                    if (real != null) {
                        link(tools.resolve(tool), real.toString());
                    }
                }
                yield new Changed(shell, c -> c.after("env", "PATH=" + tools));
            }
            default -> {
                Assumptions.assumeTrue(
                        Files.isExecutable(Path.of("/bin", kind)) || Files.isExecutable(Path.of("/usr/bin", kind)),
                        "no " + kind + " here");
                yield new Changed(
                        shell,
                        c -> new Command(
                                c.words().stream()
                                        .map(w -> w.equals("sh") ? kind : w)
                                        .toList(),
                                c.input(),
                                c.timeout()));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox", "openssl", "shasum"})
    @DisplayName(
            "two calls bring what is missing, one tells that nothing is, none what is known; in any shell, with any tool")
    void stage(String kind) throws Exception {
        Path work = dir.resolve("it's a $(work) \"dir\"/x");
        List<ClassPathEntry> entries = entries(12, 30_000);
        try (CountingHost host = new CountingHost(with(kind))) {
            RemoteStore store = new RemoteStore(host, new RemotePath(work.toString()));
            List<RemotePath> paths = store.stage(entries.subList(0, 10));
            assertThat(host.total().calls()).isEqualTo(2);
            assertThat(paths)
                    .isEqualTo(entries.subList(0, 10).stream().map(store::path).toList());
            assertThat(paths.get(3).value())
                    .isEqualTo(work + "/store/" + entries.get(3).sha256() + ".jar");
            assertStaged(work.resolve("store"), entries.subList(0, 10));
            store.stage(entries.subList(0, 10));
            assertThat(host.total().calls()).isEqualTo(2);
            host.reset();
            new RemoteStore(host, new RemotePath(work.toString())).stage(entries.subList(0, 10));
            assertThat(host.total().calls()).isEqualTo(1);
            host.reset();
            store.stage(entries);
            assertThat(host.total().calls()).isEqualTo(2);
            assertThat(host.total().bytesIn()).isLessThan(90_000);
            assertStaged(work.resolve("store"), entries);

            // A file that is gone is brought again once it was missed; one that is cut off is replaced.
            Path gone = work.resolve("store").resolve(entries.get(1).sha256() + ".jar");
            Path cut = work.resolve("store").resolve(entries.get(2).sha256() + ".jar");
            Files.delete(gone);
            Files.delete(cut);
            Files.write(cut, new byte[10]);
            store.forget(entries.subList(1, 3));
            store.stage(entries);
            assertStaged(work.resolve("store"), entries);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox"})
    @DisplayName(
            "a stream that is cut off leaves nothing behind, is a matter of the network, and can be repeated (R45)")
    void cutOff(String kind) throws Exception {
        List<ClassPathEntry> entries = entries(5, 100_000);
        Path work = dir.resolve("work");
        Host tools = with(kind);
        for (int kept : new int[] {0, 100, 700, 1100, 150_000, 512 * 980}) {
            Host host =
                    new Changed(tools, c -> c.withInput(out -> c.input().writeTo(new Limited(out, c, kept, false))));
            RemoteStore store = new RemoteStore(host, new RemotePath(work.toString()));
            assertThatThrownBy(() -> store.stage(entries))
                    .as("after %d bytes", kept)
                    .isInstanceOfSatisfying(HostException.class, e -> {
                        assertThat(e.retryable()).isTrue();
                        assertThat(e).hasMessageContaining(work + "/store").hasMessageContaining("clustrix-store-add");
                        assertThat(e.getMessage()).doesNotContain("umask");
                    });
            assertStaged(work.resolve("store"), List.of());
        }
        new RemoteStore(shell, new RemotePath(work.toString())).stage(entries);
        assertStaged(work.resolve("store"), entries);
    }

    @Test
    @DisplayName("bytes that were changed on the way are seen, and not one of the files is kept")
    void corrupted() throws Exception {
        List<ClassPathEntry> entries = entries(5, 100_000);
        Path work = dir.resolve("work");
        Host host = new Changed(shell, c -> c.withInput(out -> c.input().writeTo(new Limited(out, c, 150_000, true))));
        assertThatThrownBy(() -> new RemoteStore(host, new RemotePath(work.toString())).stage(entries))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.retryable()).isTrue());
        assertStaged(work.resolve("store"), List.of());
    }

    /** Passes on a number of bytes of an upload and drops or changes the others. */
    private static final class Limited extends OutputStream {
        private final OutputStream out;
        private final boolean upload;
        private final boolean change;
        private long left;

        Limited(OutputStream out, Command command, long left, boolean change) {
            this.out = out;
            this.upload = command.words().contains("clustrix-store-add");
            this.left = left;
            this.change = change;
        }

        @Override
        public void write(int b) throws IOException {
            if (!upload || left-- > 0) {
                out.write(b);
            } else if (change) {
                out.write(left == -1 ? b ^ 1 : b);
            }
        }

        @Override
        public void write(byte[] bytes, int off, int len) throws IOException {
            if (!upload) {
                out.write(bytes, off, len);
                return;
            }
            for (int i = off; i < off + len; i++) {
                write(bytes[i]);
            }
        }
    }

    @Test
    @DisplayName("a jar that was rebuilt since it was hashed is told by name, and nothing is staged")
    void changed() throws Exception {
        List<ClassPathEntry> entries = entries(3, 1000);
        for (int size : new int[] {1001, 2000, 10}) {
            Files.write(entries.get(1).path(), new byte[size]);
            assertThatThrownBy(() -> new RemoteStore(
                                    shell, new RemotePath(dir.resolve("w").toString()))
                            .stage(entries))
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining(entries.get(1).path().toString())
                    .hasMessageContaining("changed");
        }
        assertStaged(dir.resolve("w/store"), List.of());
    }

    @Test
    @DisplayName("two processes that stage the same 20 jars at once both succeed; one killed on the way does no harm")
    void processes() throws Exception {
        List<ClassPathEntry> entries = entries(20, 400_000);
        Path work = dir.resolve("work");
        List<Process> drivers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            drivers.add(StagingProcess.start(dir.resolve("jars"), work, dir.resolve("cache")));
        }
        List<BufferedReader> outputs = drivers.stream()
                .map(p -> new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8)))
                .toList();
        for (BufferedReader output : outputs) {
            assertThat(output.readLine()).isEqualTo("ready");
        }
        for (Process driver : drivers) {
            driver.getOutputStream().write('\n');
            driver.getOutputStream().flush();
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (drivers.get(2).isAlive() && !Files.exists(work.resolve("store")) && System.nanoTime() < until) {
            Thread.sleep(1);
        }
        drivers.get(2).destroyForcibly();
        for (int i = 0; i < 2; i++) {
            assertThat(outputs.get(i).readLine()).isEqualTo("20");
            assertThat(drivers.get(i).waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        // The killed driver's script sees its input end and cleans up.
        while (leftovers(work) && System.nanoTime() < until) {
            Thread.sleep(10);
        }
        assertStaged(work.resolve("store"), entries);
    }

    private static boolean leftovers(Path work) throws IOException {
        try (Stream<Path> files = Files.list(work.resolve("store"))) {
            return files.anyMatch(f -> f.getFileName().toString().startsWith("incoming"));
        }
    }

    @Test
    @DisplayName("callers of one driver that want the same files wait for one upload; a waiting one can be interrupted")
    void together() throws Exception {
        List<ClassPathEntry> entries = entries(10, 50_000);
        try (CountingHost host = new CountingHost(new Changed(shell, c -> slow(c)))) {
            RemoteStore store =
                    new RemoteStore(host, new RemotePath(dir.resolve("w").toString()));
            List<FutureTask<Integer>> calls = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                FutureTask<Integer> call =
                        new FutureTask<>(() -> store.stage(entries).size());
                calls.add(call);
                threads.add(new Thread(call));
                threads.get(i).start();
            }
            Thread.sleep(150);
            FutureTask<Integer> impatient =
                    new FutureTask<>(() -> store.stage(entries).size());
            Thread thread = new Thread(impatient);
            thread.start();
            thread.interrupt();
            assertThatThrownBy(() -> impatient.get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(InterruptedException.class);
            for (FutureTask<Integer> call : calls) {
                assertThat(call.get(20, TimeUnit.SECONDS)).isEqualTo(10);
            }
            assertThat(host.total().calls()).isEqualTo(2);
        }
        assertStaged(dir.resolve("w/store"), entries);
    }

    private static Command slow(Command command) {
        return command.withInput(out -> {
            try {
                Thread.sleep(400);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            command.input().writeTo(out);
        });
    }

    @Test
    @DisplayName("a directory that can't be made is a matter of the site, told with its name and the tool's words")
    void notWritable() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "x");
        assertThatThrownBy(() -> new RemoteStore(shell, new RemotePath(file.toString())).stage(entries(1, 10)))
                .isInstanceOfSatisfying(
                        ProvisioningException.class, e -> assertThat(e.fault()).isEqualTo(Fault.SITE))
                .hasMessageContaining(file + "/store")
                .hasMessageContaining("Not a directory");
    }

    @Test
    @DisplayName("a full disk is a matter of the site, and what was brought so far is removed")
    void full() throws Exception {
        Path mount = Files.createDirectories(dir.resolve("small"));
        Assumptions.assumeTrue(
                shell.run(Command.of("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString()))
                                .exit()
                        == 0,
                "no right to mount");
        try {
            RemoteStore store = new RemoteStore(shell, new RemotePath(mount.toString()));
            List<ClassPathEntry> entries = entries(4, 500_000);
            assertThatThrownBy(() -> store.stage(entries))
                    .isInstanceOf(ProvisioningException.class)
                    .hasMessageContaining(mount + "/store")
                    .hasMessageContaining("No space left");
            assertStaged(mount.resolve("store"), List.of());
            store.stage(entries.subList(0, 1));
            assertStaged(mount.resolve("store"), entries.subList(0, 1));
        } finally {
            assertThat(shell.run(Command.of("umount", mount.toString())).exit()).isZero();
        }
    }

    @Test
    @DisplayName("a host without any tool for sums says which ones would do")
    void noTool() throws Exception {
        Path tools = Files.createDirectories(dir.resolve("few"));
        for (String tool : List.of("sh", "env", "tar", "mkdir", "find", "ls", "xargs", "cat", "rm", "touch")) {
            Path real = Files.isExecutable(Path.of("/bin", tool)) ? Path.of("/bin", tool) : Path.of("/usr/bin", tool);
            link(tools.resolve(tool), real.toString());
        }
        Host host = new Changed(shell, c -> c.after("env", "PATH=" + tools));
        assertThatThrownBy(() ->
                        new RemoteStore(host, new RemotePath(dir.resolve("w").toString())).stage(entries(1, 10)))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("sha256sum");
        assertStaged(dir.resolve("w/store"), List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "busybox"})
    @DisplayName("old leftovers of killed uploads are removed, young ones not; files are removed by age only")
    void clean(String kind) throws Exception {
        List<ClassPathEntry> entries = entries(3, 1000);
        Path stored = dir.resolve("w/store");
        RemoteStore store =
                new RemoteStore(with(kind), new RemotePath(dir.resolve("w").toString()));
        Files.createDirectories(stored.resolve("incoming.old"));
        Files.createDirectories(stored.resolve("incoming.young"));
        Files.writeString(stored.resolve("incoming.old/x"), "x");
        Files.setLastModifiedTime(
                stored.resolve("incoming.old"), FileTime.from(Instant.now().minus(Duration.ofDays(3))));
        store.stage(entries);
        assertThat(stored.resolve("incoming.old")).doesNotExist();
        assertThat(stored.resolve("incoming.young")).exists();

        assertThat(store.clean(Duration.ofDays(1))).isZero();
        assertThat(store.clean(Duration.ofDays(30))).isZero();
        assertThat(store.clean("-ctime", "-1")).isEqualTo(3);
        assertThatThrownBy(() -> store.clean(Duration.ofHours(23))).isInstanceOf(IllegalArgumentException.class);
        store.stage(entries);
        Files.delete(stored.resolve("incoming.young"));
        assertStaged(stored, entries);
    }

    @Test
    @DisplayName("a look renews the age of files and leaves their time of modification as it is")
    void used() throws Exception {
        List<ClassPathEntry> entries = entries(2, 1000);
        RemoteStore store =
                new RemoteStore(shell, new RemotePath(dir.resolve("w").toString()));
        store.stage(entries);
        Path file = Path.of(store.path(entries.get(0)).value());
        Instant first = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
        Thread.sleep(50);
        new RemoteStore(shell, new RemotePath(dir.resolve("w").toString())).stage(entries);
        assertThat(((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant())
                .isAfter(first);
        assertStaged(dir.resolve("w/store"), entries);
    }

    @Test
    @DisplayName("100 jars: two calls at first, one from the next process on")
    void many() throws Exception {
        List<ClassPathEntry> entries = entries(100, 300_000);
        try (CountingHost host = new CountingHost(shell)) {
            RemotePath work = new RemotePath(dir.resolve("w").toString());
            RemoteStore store = new RemoteStore(host, work);
            long begun = System.nanoTime();
            store.stage(entries);
            long first = System.nanoTime() - begun;
            assertThat(host.total().calls()).isEqualTo(2);
            begun = System.nanoTime();
            new RemoteStore(host, work).stage(entries);
            long warm = System.nanoTime() - begun;
            assertThat(host.total().calls()).isEqualTo(3);
            begun = System.nanoTime();
            store.stage(entries);
            long known = System.nanoTime() - begun;
            assertThat(host.total().calls()).isEqualTo(3);
            System.out.printf(
                    "staging 100 jars, 30 MB: first %.0f ms (2 calls), another driver %.0f ms (1 call), known %.3f ms (none)%n",
                    first / 1e6, warm / 1e6, known / 1e6);
        }
    }

    @Test
    @DisplayName("a tar holds files of any size and directories, and refuses what it can't hold")
    void tar() throws Exception {
        Path archive = dir.resolve("x.tar");
        try (OutputStream out = Files.newOutputStream(archive)) {
            TarWriter tar = new TarWriter(out);
            tar.directory("d", 0700);
            for (int size : new int[] {0, 1, 511, 512, 513, 100_000}) {
                tar.file("d/f" + size, 0640, new byte[size]);
            }
            tar.file("n".repeat(100), 0600, new byte[1]);
            assertThatThrownBy(() -> tar.file("n".repeat(101), 0600, new byte[1]))
                    .isInstanceOf(IllegalArgumentException.class);
            tar.finish();
        }
        assertThat(Files.size(archive) % 10240).isZero();
        try (LocalShell host = new LocalShell(Files.createDirectories(dir.resolve("unpacked")))) {
            CommandResult result = host.run(Command.of("tar", "-xof", archive.toString()));
            assertThat(result.exit()).isZero();
            assertThat(result.err()).isEmpty();
        }
        for (int size : new int[] {0, 1, 511, 512, 513, 100_000}) {
            assertThat(dir.resolve("unpacked/d/f" + size)).hasSize(size);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("unpacked/d/f1"))))
                .startsWith("rw-");
        assertThat(dir.resolve("unpacked").resolve("n".repeat(100))).hasSize(1);
    }

    @Test
    @DisplayName("a script's arguments are never part of its text, and messages name it in place of its text")
    void script() throws Exception {
        RemoteScript script =
                new RemoteScript("clustrix-x", "echo \"$#\" \"$1\" \"$2\" \"$LC_ALL\"; echo oh >&2; exit 3");
        CommandResult result = shell.run(script.command(Duration.ofSeconds(10), "$(id)", "it's\n\"b\""));
        assertThat(result.out()).isEqualTo("2 $(id) it's\n\"b\" C\n");
        assertThat(script.summary(result)).startsWith("'clustrix-x $(id) it's").endsWith("exit code 3: oh");
    }
}
