package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scripts themselves, on this machine, below a directory whose name has all that shells stumble over. */
@Timeout(30)
class SiteTest {
    private static final Part PART = new Part(0, 0, ElementSet.range(0, 1), io.clustrix.spi.Resources.none(), "-");

    private static final String JOB = "20261122/" + "0123456789abcdefghjkmnpqrs";

    @TempDir
    private Path dir;

    private final FaultyHost host = new FaultyHost(new LocalShell());
    private Path work;
    private Site site;

    @BeforeEach
    void begin() throws IOException {
        work = dir.resolve("it's a \"work\" $dir");
        site = new Site(
                new FakeSite.Setup().settings(work),
                new CommandCalls(
                        new FakeScheduler(dir.resolve("fake"), dir.resolve("state"), 10), host, Duration.ofSeconds(20)),
                FakeSite.environments(new FakeSite.Setup(), work));
    }

    @AfterEach
    void end() {
        host.close();
    }

    private Path job(String job) throws IOException {
        Path d = work.resolve("jobs").resolve(job);
        for (String kind : List.of("logs", "attempts", "claims", "results", "exits")) {
            Files.createDirectories(d.resolve(kind));
        }
        return d;
    }

    private Map<String, String> fetched(String lines) throws Exception {
        Map<String, String> files = new TreeMap<>();
        site.fetch(lines, (path, content, size) -> {
            byte[] all = content.readAllBytes();
            assertThat(all).hasSize((int) size);
            String[] names = path.split("/", -1);
            files.put(names[names.length - 2] + "/" + names[names.length - 1], new String(all, StandardCharsets.UTF_8));
        });
        return files;
    }

    @Test
    @DisplayName("The work directory is made for its owner alone; one that can't be made is a matter of configuration")
    void prepare() throws Exception {
        assertThat(site.ready().work().value()).isEqualTo(work.toRealPath().toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(work)))
                .isEqualTo("rwx------");
        Path file = Files.createFile(dir.resolve("file"));
        Site other = new Site(
                new FakeSite.Setup().settings(file.resolve("below")),
                new CommandCalls(new FakeScheduler(dir, dir, 10), host, Duration.ofSeconds(20)),
                FakeSite.environments(new FakeSite.Setup(), work));
        assertThatThrownBy(other::ready)
                .isInstanceOfSatisfying(HostException.class, e -> {
                    assertThat(e.retryable()).isFalse();
                    assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
                })
                .hasMessageContaining("work-directory");
    }

    @Test
    @DisplayName("Directories of jobs that were over long ago are removed; others stay")
    void removal() throws Exception {
        Path old = job("20200101/" + "a".repeat(26));
        Path marked = job("20200101/" + "b".repeat(26));
        Path open = job("20200101/" + "c".repeat(26));
        Files.createFile(old.resolve("over"));
        Files.setLastModifiedTime(
                old.resolve("over"),
                java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() - 20L * 86_400_000));
        Files.createFile(marked.resolve("over"));
        site.ready();
        FakeSite.await("the removal", () -> !Files.exists(old));
        assertThat(marked).exists();
        assertThat(open).exists();
    }

    @Test
    @DisplayName(
            "Jars of jobs that are not over count as used; those of others don't, and a store is cleaned once a day")
    void jarsInUse() throws Exception {
        assertThat(site.ready().isStoreOld()).isTrue();
        Path used = Files.createFile(work.resolve("store/" + "a".repeat(64) + ".jar"));
        Path unused = Files.createFile(work.resolve("store/" + "b".repeat(64) + ".jar"));
        Files.writeString(job(JOB).resolve("store-files"), used.getFileName() + "\n");
        Path over = job("20261122/" + "z".repeat(26));
        Files.writeString(over.resolve("store-files"), unused.getFileName() + "\n");
        Files.createFile(over.resolve("over"));
        Object usedBefore = Files.getAttribute(used, "unix:ctime");
        Object unusedBefore = Files.getAttribute(unused, "unix:ctime");
        Thread.sleep(1100); // some file systems count in seconds
        assertThat(site.cleanStore()).isZero();
        assertThat(Files.getAttribute(used, "unix:ctime")).isNotEqualTo(usedBefore);
        assertThat(Files.getAttribute(unused, "unix:ctime")).isEqualTo(unusedBefore);
        Site next = new Site(
                new FakeSite.Setup().settings(work),
                new CommandCalls(
                        new FakeScheduler(dir.resolve("fake"), dir.resolve("state"), 10), host, Duration.ofSeconds(20)),
                FakeSite.environments(new FakeSite.Setup(), work));
        assertThat(next.ready().isStoreOld()).isFalse();
    }

    @Test
    @DisplayName("A look writes to the leases of runs, each time something else (R28)")
    void leases() throws Exception {
        site.ready();
        job(JOB);
        assertThat(site.look(List.of(JOB), Set.of("run-1", "run-2"))).containsKey(JOB);
        String first = Files.readString(work.resolve("leases/run-1"));
        assertThat(work.resolve("leases/run-2")).hasContent(first);
        var unused = site.look(List.of(JOB), Set.of("run-1"));
        assertThat(Files.readString(work.resolve("leases/run-1"))).isNotEqualTo(first);
        assertThat(work.resolve("leases/run-2")).hasContent(first);
    }

    @Test
    @DisplayName("A look sees results and exit records of many jobs; of a job without directory it sees nothing")
    void look() throws Exception {
        site.ready();
        Path one = job(JOB);
        Files.createFile(one.resolve("results/0"));
        Files.createFile(one.resolve("results/17"));
        Files.createFile(one.resolve("results/5.tmp"));
        Files.createFile(one.resolve("results/note"));
        Files.createFile(one.resolve("exits/3.0.1"));
        Files.createFile(one.resolve("exits/.4.0.0"));
        List<String> directories = new ArrayList<>(List.of(JOB, "20261122/" + "z".repeat(26)));
        for (int i = 0; i < 250; i++) {
            String d = String.format("20261121/%026d", i);
            Files.createFile(job(d).resolve("results/" + i));
            directories.add(d);
        }
        Map<String, Site.Listing> seen = site.look(directories, Set.of());
        assertThat(seen).hasSize(252);
        assertThat(seen.get(JOB).results()).containsExactlyInAnyOrder(0, 17);
        assertThat(seen.get(JOB).exits()).containsExactly("3.0.1");
        assertThat(seen.get(directories.get(1)).results()).isEmpty();
        for (int i = 0; i < 250; i++) {
            assertThat(seen.get(directories.get(i + 2)).results()).containsExactly(i);
        }
    }

    @Test
    @DisplayName("A listing longer than what hosts keep of an output is read whole")
    void longLook() throws Exception {
        site.ready();
        int results = 700_000;
        StringBuilder listing = new StringBuilder(JOB + "/exits:\n\n" + JOB + "/results:\n");
        for (int i = 0; i < results; i++) {
            listing.append(i).append('\n');
        }
        Path fake = Files.writeString(dir.resolve("listing"), listing + ":clustrix:\n");
        LocalShell shell = new LocalShell();
        FaultyHost long_ = new FaultyHost(shell);
        try {
            Site other = new Site(
                    new FakeSite.Setup().settings(work),
                    new CommandCalls(new FakeScheduler(dir, dir, 10), new Listed(long_, fake), Duration.ofSeconds(20)),
                    FakeSite.environments(new FakeSite.Setup(), work));
            assertThat(other.look(List.of(JOB), Set.of()).get(JOB).results()).hasSize(results);
        } finally {
            long_.close();
        }
    }

    /** A host on which every look lists what a file says. */
    private record Listed(FaultyHost host, Path file) implements io.clustrix.spi.Host {
        @Override
        public String name() {
            return host.name();
        }

        private Command changed(Command command) {
            return FaultyHost.kind(command).equals("look") ? Command.of("cat", file.toString()) : command;
        }

        @Override
        public io.clustrix.spi.CommandResult run(Command command) throws InterruptedException {
            return host.run(changed(command));
        }

        @Override
        public io.clustrix.spi.CommandResult run(Command command, java.io.OutputStream out)
                throws InterruptedException {
            return host.run(changed(command), out);
        }

        @Override
        public void close() {
            host.close();
        }
    }

    @Test
    @DisplayName("A fetch brings results as they are, and of dead elements all that is known; never another's files")
    void fetch() throws Exception {
        site.ready();
        Path one = job(JOB);
        Files.writeString(one.resolve("results/0"), "result");
        Files.writeString(one.resolve("results/1"), "other");
        Files.writeString(one.resolve("exits/1.0.0"), "code=1\n");
        Files.writeString(one.resolve("exits/11.0.0"), "code=11\n");
        Files.writeString(one.resolve("attempts/1.0.0.part"), "part");
        Files.writeString(one.resolve("logs/p0.1.out"), "x".repeat(10_000) + "end");
        assertThat(fetched("R " + JOB + " 0 -\n")).containsExactly(Map.entry("results/0", "result"));
        Map<String, String> dead = fetched("X " + JOB + " 1 p0.1\n");
        assertThat(dead.keySet()).containsExactly("attempts/1.0.0.part", "exits/1.0.0", "tails/1.out");
        assertThat(dead.get("tails/1.out")).hasSize(8192).endsWith("end");
        try (var left = Files.list(work.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @DisplayName("A fetch of what is not there brings nothing, and is no failure")
    void fetchNothing() throws Exception {
        site.ready();
        job(JOB);
        assertThat(fetched("R " + JOB + " 0 -\nX " + JOB + " 1 p0\nR 20200101/none 0 -\n"))
                .isEmpty();
    }

    @Test
    @DisplayName("tar's complaint about a file that grew is no reason to drop what came whole")
    void tarComplains() throws Exception {
        site.ready();
        Files.writeString(job(JOB).resolve("results/0"), "result");
        host.next("fetch", (c, real) -> {
            var r = real.run();
            return io.clustrix.spi.CommandResult.of(c, 1, "", "tar: file changed as we read it" + r.err());
        });
        assertThat(fetched("R " + JOB + " 0 -\n")).hasSize(1);
    }

    @Test
    @DisplayName("A stream that is cut is an IOException with the command's words; a broken link is the host's")
    void fetchFails() throws Exception {
        site.ready();
        host.next("fetch", FaultyHost.answers(127, "", "sh: tar: not found"));
        assertThatThrownBy(() -> fetched("R " + JOB + " 0 -\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("tar: not found");
        host.next("fetch", FaultyHost.unreachable());
        assertThatThrownBy(() -> fetched("R " + JOB + " 0 -\n")).isInstanceOf(HostException.class);
    }

    @Test
    @DisplayName("Logs are followed from where they were left, within bounds, whatever is in them")
    void follow() throws Exception {
        site.ready();
        Path one = job(JOB);
        Files.write(one.resolve("logs/p0.out"), "0123456789\n:clustrix:\nü".getBytes(StandardCharsets.UTF_8));
        Files.writeString(one.resolve("logs/p0.err"), "");
        List<String> told = new ArrayList<>();
        site.follow(
                JOB + " p0.out 4\n" + JOB + " p0.err 0\n" + JOB + " none.out 0\n" + JOB + " p0.out 100\n",
                1000,
                (d, log, offset, content) ->
                        told.add(d + " " + log + " " + offset + " " + new String(content, StandardCharsets.UTF_8)));
        assertThat(told).containsExactly(JOB + " p0.out 4 456789\n:clustrix:\nü");
        told.clear();
        site.follow(
                JOB + " p0.out 2\n",
                3,
                (d, log, offset, content) -> told.add(new String(content, StandardCharsets.UTF_8)));
        assertThat(told).containsExactly("234");
    }

    @Test
    @DisplayName("Cleaning removes or marks; what is not there does no harm")
    void clean() throws Exception {
        site.ready();
        Path one = job(JOB);
        Path two = job("20261122/" + "x".repeat(26));
        site.clean(
                "remove " + JOB + "\nmark 20261122/" + "x".repeat(26) + "\nremove 20200101/none\nmark 20200101/none\n",
                java.time.Duration.ofSeconds(20));
        assertThat(one).doesNotExist();
        assertThat(two.resolve("over")).exists();
        FakeSite.await("the trash to be gone", () -> {
            try (var left = Files.list(work.resolve("tmp"))) {
                return left.findAny().isEmpty();
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    @DisplayName("Exit records: fields by name, odd lines ignored")
    void exitRecords() {
        assertThat(Harvest.exitRecord("code=3\nnode=a=b\nodd\n=x\n".getBytes(StandardCharsets.UTF_8)))
                .containsExactly(Map.entry("code", "3"), Map.entry("node", "a=b"));
    }

    @Test
    @DisplayName(
            "Submitting renews the age of the class path's files, also below a directory with blanks and quotes (R45)")
    void inUse() throws Exception {
        site.ready();
        Path store = work.resolve("store");
        Path jar = Files.writeString(store.resolve("abc.jar"), "jar");
        long before = ctime(jar);
        Thread.sleep(20);
        var r = host.run(RemoteScripts.SUBMIT
                .command(java.time.Duration.ofSeconds(20), work.toString(), JOB, "new", "echo", "submitted 1")
                .withInput(out -> Site.pack(out, "", PART, JobScript.classPathFile(List.of(jar.toString())), null)));
        assertThat(r.err()).isEmpty();
        assertThat(r.out()).isEqualTo(":clustrix:\nsubmitted 1\n");
        assertThat(ctime(jar)).isGreaterThan(before);
    }

    private static long ctime(Path file) throws IOException {
        return ((java.nio.file.attribute.FileTime) Files.getAttribute(file, "unix:ctime")).toMillis();
    }

    @Test
    @DisplayName("A job's directory is never taken twice; a missing jar keeps the scheduler from being called (R45)")
    void submitRefusals() throws Exception {
        site.ready();
        String there = Files.writeString(work.resolve("store/there.jar"), "jar").toString();
        assertThat(submit("new", there).exit()).isZero();
        assertThat(submit("new", there).exit()).isEqualTo(RemoteScripts.EXIT_WORK_DIRECTORY);
        assertThat(submit("again", there).exit()).isZero();
        var missing = submit("again", work + "/store/none.jar");
        assertThat(missing.exit()).isEqualTo(RemoteScripts.EXIT_CLASS_PATH);
        assertThat(missing.out()).doesNotContain(RemoteScripts.MARK);
    }

    private io.clustrix.spi.CommandResult submit(String mode, String... files) throws InterruptedException {
        return host.run(RemoteScripts.SUBMIT
                .command(java.time.Duration.ofSeconds(20), work.toString(), JOB, mode, "true")
                .withInput(out -> Site.pack(out, "", PART, JobScript.classPathFile(List.of(files)), null)));
    }
}
