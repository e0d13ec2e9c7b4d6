package io.clustrix.testkit;

import io.clustrix.files.ClusterFileException;
import io.clustrix.files.ClusterFileException.Reason;
import io.clustrix.files.ClusterFileSystem;
import io.clustrix.files.DiskUsage;
import io.clustrix.files.FileEntry;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That {@link ClusterFileSystem} does the same on every host. A transport's test extends this class as it does
 * {@link HostContract}; the host needs the tools of a usual Unix, GNU's or busybox's.
 */
public abstract class FilesContract {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int MEGA = 1 << 20;

    /** Names that a shell, a line or a tool could take for something else, as bytes for printf's {@code %b}. */
    private static final List<String> HOSTILE = List.of(
            "two words",
            " leads and ends ",
            "line\\012break",
            "ends with a line break\\012",
            "\\012",
            "-rf",
            "--help",
            "$(touch pwned)",
            "`touch pwned`",
            "quote\\047s",
            "double\\042quotes",
            "back\\0134slash",
            "star*",
            "[a-z]",
            "~",
            "#hash",
            "exclamation!mark",
            "tab\\011tab",
            "\\0303\\0251t\\0303\\0251",
            "\\0346\\0227\\0245\\0346\\0234\\0254",
            "\\0360\\0237\\0230\\0200",
            "latin1-\\0351",
            "half-\\0303",
            "\\0377\\0376",
            "%s%n",
            "a;b&c|d<e>f",
            "Permission denied");

    private @Nullable Host opened;
    private String directory = "";

    @TempDir
    private Path here = Path.of("");

    /** For sub-classes. */
    protected FilesContract() {}

    /** A new host, which has not connected yet. The contract closes it. */
    protected abstract Host open() throws Exception;

    /** How many files are in a large directory; at least 1000. */
    protected int many() {
        return 100_000;
    }

    @BeforeEach
    void connect() throws Exception {
        opened = open();
        directory = sh("mktemp -d").strip();
    }

    @AfterEach
    void disconnect() throws Exception {
        try (Host host = host()) {
            if (!directory.isEmpty()) {
                host.run(Command.of("sh", "-c", "chmod -R u+rwx \"$1\"; rm -rf \"$1\"", "sh", directory)
                        .withTimeout(LONG));
            }
        }
    }

    private Host host() {
        Host host = opened;
        if (host == null) {
            throw new AssertionError("no host");
        }
        return host;
    }

    private ClusterFileSystem files() {
        return ClusterFileSystem.of("contract", host());
    }

    /** Runs a script in the test's directory there. */
    private String sh(String script) throws InterruptedException {
        String where = directory.isEmpty() ? "/" : directory;
        CommandResult result = host().run(Command.of("sh", "-c", "cd \"$1\" && " + script, "sh", where)
                .withTimeout(LONG));
        check(result.exit() == 0, result.summary());
        return result.out();
    }

    private String at(String path) {
        return directory + "/" + path;
    }

    private static void check(boolean good, String otherwise) {
        if (!good) {
            throw new AssertionError(otherwise);
        }
    }

    private static void same(Object actual, Object expected) {
        check(actual.equals(expected), "expected " + expected + ", and it is " + actual);
    }

    private interface Call {
        void run() throws Exception;
    }

    private void fails(Reason reason, String named, Call call) throws Exception {
        try {
            call.run();
        } catch (ClusterFileException e) {
            same(e.reason(), reason);
            String message = String.valueOf(e.getMessage());
            check(message.contains(named), "the path " + named + " is not in: " + message);
            check(message.contains(host().name()), "the host is not in: " + message);
            return;
        }
        throw new AssertionError("this should have failed with " + reason);
    }

    private static List<String> names(List<FileEntry> entries) {
        return entries.stream().map(FileEntry::name).toList();
    }

    private List<String> below(List<FileEntry> entries) {
        return entries.stream()
                .map(e -> e.path().substring(directory.length() + 1))
                .toList();
    }

    // ---------------------------------------------------------------- looking

    @Test
    @DisplayName("ls gives what is in a directory, with all that is known of it, and paths that can be asked for again")
    void listing() throws Exception {
        sh(
                "printf 12345 >five && chmod 640 five && touch -t 200102030405.06 five && mkdir sub .hidden && ln -s five link"
                        + " && ln -s nowhere broken && mkfifo pipe && chmod 1777 sub && : >sub/deeper");

        List<FileEntry> entries = files().ls(directory);

        same(names(entries), List.of(".hidden", "broken", "five", "link", "pipe", "sub"));
        for (FileEntry entry : entries) {
            same(entry.path(), at(entry.name()));
            same(files().lstat(entry.path()), entry);
        }
        FileEntry five = entries.get(2);
        same(five.type(), FileEntry.Type.FILE);
        same(five.size(), 5L);
        same(five.permissions(), "rw-r-----");
        same(
                five.modified().getEpochSecond(),
                Long.parseLong(sh("date -d '2001-02-03 04:05:06' +%s").strip()));
        same(five.owner(), sh("id -un").strip());
        same(five.linkTarget(), Optional.empty());
        same(entries.get(1).type(), FileEntry.Type.SYMLINK);
        same(entries.get(1).linkTarget(), Optional.of("nowhere"));
        same(entries.get(3).linkTarget(), Optional.of("five"));
        same(entries.get(4).type(), FileEntry.Type.OTHER);
        same(entries.get(5).permissions(), "rwxrwxrwt");
        same(files().stat(at("link")).size(), 5L);
        same(files().stat(at("link")).type(), FileEntry.Type.FILE);
        same(files().stat(at("link")).path(), at("link"));
        same(names(files().ls(at(".hidden"))), List.of());
    }

    @Test
    @DisplayName("the time of a change is known to the second at least")
    void modified() throws Exception {
        sh(": >now");
        Instant there = Instant.ofEpochSecond(Long.parseLong(sh("date +%s").strip()));

        Duration ago = Duration.between(files().stat(at("now")).modified(), there);

        check(ago.abs().compareTo(Duration.ofSeconds(30)) < 0, "changed " + ago + " ago");
    }

    @Test
    @DisplayName("names may have line breaks, quotes, leading dashes and bytes that are no UTF-8 (requirement R41)")
    void hostileNames() throws Exception {
        StringBuilder script = new StringBuilder("mkdir d && cd d");
        for (String name : HOSTILE) {
            script.append(" && n=$(printf '%b.' '")
                    .append(name)
                    .append("') && n=${n%.} && printf '%b' '")
                    .append(name)
                    .append("' >\"./$n\" && ln -s -- \"$n\" \"./link-$n\"");
        }
        sh(script.toString());

        List<FileEntry> entries = files().ls(at("d"));

        same(entries.size(), 2 * HOSTILE.size());
        same(new HashSet<>(names(entries)).size(), 2 * HOSTILE.size());
        same(files().find(at("d"), "*"), entries);
        same(files().glob(at("d/*")), entries);
        for (FileEntry entry : entries) {
            same(files().lstat(entry.path()), entry);
            if (entry.isFile()) {
                // Each has its own name in it.
                byte[] content = files().read(entry.path());
                same(Integer.toString(content.length), Long.toString(entry.size()));
                check(files().exists(at("d/link-" + entry.name())), "no link to " + entry);
                same(files().lstat(at("d/link-" + entry.name())).linkTarget(), Optional.of(entry.name()));
                Path copy = here.resolve("copy");
                files().get(entry.path(), copy);
                check(Arrays.equals(Files.readAllBytes(copy), content), "the copy of " + entry + " differs");
                files().put(copy, entry.path() + "2");
                check(Arrays.equals(files().read(entry.path() + "2"), content), "put " + entry + " differs");
            }
        }
        check(!files().exists(at("d/pwned")) && !files().exists(at("pwned")), "a name became a command");
        same(names(files().find(at("d"), "latin1-?")).size(), 1);
        same(names(files().find(at("d"), "?t?")).size(), 1);
    }

    @Test
    @DisplayName("what is missing is an error, and not an empty list")
    void missing() throws Exception {
        ClusterFileSystem files = files();
        sh(": >file");
        for (String path : List.of(at("no"), at("no/deeper"), at("no\nline"))) {
            String shown = path.replace("\n", "\\n");
            fails(Reason.MISSING, shown, () -> files.ls(path));
            fails(Reason.MISSING, shown, () -> files.find(path, "*"));
            fails(Reason.MISSING, shown, () -> files.glob(path + "/*.csv"));
            fails(Reason.MISSING, shown, () -> files.stat(path));
            fails(Reason.MISSING, shown, () -> files.lstat(path));
            fails(Reason.MISSING, shown, () -> files.du(path));
            fails(Reason.MISSING, shown, () -> files.countFiles(path));
            fails(Reason.MISSING, shown, () -> files.read(path));
            fails(Reason.MISSING, shown, () -> files.get(path, here.resolve("x")));
            check(!files.exists(path) && !files.isFile(path) && !files.isDirectory(path), path + " exists");
        }
        check(!files.exists(at("file/below")), "something is below a file");
        fails(Reason.MISSING, at("file/below"), () -> files.stat(at("file/below")));
        same(files.glob(at("*.none")), List.of());
        same(files.find(directory, "*.none"), List.of());
        check(!Files.exists(here.resolve("x")), "a copy of what is missing");
    }

    @Test
    @DisplayName("a file is no directory, a directory no file, and a pipe neither")
    void otherThings() throws Exception {
        ClusterFileSystem files = files();
        sh("printf 1 >file && mkdir dir && mkfifo pipe && ln -s dir to-dir");
        for (String path : List.of(at("file"), at("pipe"))) {
            fails(Reason.NOT_A_DIRECTORY, path, () -> files.ls(path));
            fails(Reason.NOT_A_DIRECTORY, path, () -> files.find(path, "*"));
        }
        fails(Reason.IS_A_DIRECTORY, at("dir"), () -> files.read(at("dir")));
        fails(Reason.IS_A_DIRECTORY, at("to-dir"), () -> files.get(at("to-dir"), here.resolve("x")));
        fails(Reason.NOT_A_FILE, at("pipe"), () -> files.read(at("pipe")));
        same(List.of(files.isFile(at("file")), files.isDirectory(at("file"))), List.of(true, false));
        same(List.of(files.isFile(at("to-dir")), files.isDirectory(at("to-dir"))), List.of(false, true));
        same(List.of(files.exists(at("pipe")), files.isFile(at("pipe"))), List.of(true, false));
        same(files.du(at("file")).bytes(), 1L);
    }

    @Test
    @DisplayName("links: to nothing, to themselves, and up to where one came from")
    void links() throws Exception {
        ClusterFileSystem files = files();
        sh(
                "mkdir -p a/b && : >a/b/file && ln -s ../.. a/b/up && ln -s self self && ln -s nothing broken && ln -s a link");

        check(!files.exists(at("broken")) && !files.exists(at("self")), "a link to nothing exists");
        fails(Reason.MISSING, "a link to nothing", () -> files.stat(at("broken")));
        fails(Reason.LOOP, at("self"), () -> files.stat(at("self")));
        fails(Reason.LOOP, at("self"), () -> files.ls(at("self")));
        same(files.lstat(at("self")).linkTarget(), Optional.of("self"));
        same(below(files.find(directory, "*")), List.of("a", "a/b", "a/b/file", "a/b/up", "broken", "link", "self"));
        same(below(files.ls(at("link"))), List.of("link/b"));
        same(below(files.ls(at("a/b/up/a"))), List.of("a/b/up/a/b"));
        same(below(files.ls(at("a/b/up/"))), List.of("a/b/up/a", "a/b/up/broken", "a/b/up/link", "a/b/up/self"));
        same(files.countFiles(at("link")), 1L);
        same(files.du(at("link")).files(), 1L);
    }

    @Test
    @DisplayName("what may not be read is an error that names it")
    void denied() throws Exception {
        Assumptions.assumeFalse(sh("id -u").strip().equals("0"), "root may read everything");
        ClusterFileSystem files = files();
        sh(
                "mkdir -p shut/inside tree/shut half && : >half/f && : >secret && chmod 0 shut tree/shut secret && chmod 444 half");

        fails(Reason.DENIED, at("shut"), () -> files.ls(at("shut")));
        fails(Reason.DENIED, at("shut/inside"), () -> files.exists(at("shut/inside")));
        fails(Reason.DENIED, at("shut/inside"), () -> files.stat(at("shut/inside")));
        fails(Reason.DENIED, at("shut/inside"), () -> files.ls(at("shut/inside")));
        fails(Reason.DENIED, at("secret"), () -> files.read(at("secret")));
        fails(Reason.DENIED, at("secret"), () -> files.get(at("secret"), here.resolve("x")));
        fails(Reason.DENIED, "shut", () -> files.find(at("tree"), "*"));
        fails(Reason.DENIED, "shut", () -> files.du(at("tree")));
        fails(Reason.DENIED, at("half"), () -> files.ls(at("half")));
        Path file = Files.writeString(here.resolve("x"), "x");
        fails(Reason.DENIED, at("shut/new"), () -> files.put(file, at("shut/new")));
        same(files.lstat(at("shut")).permissions(), "---------");
    }

    @Test
    @DisplayName("glob matches what java.nio's PathMatcher does")
    void glob() throws Exception {
        sh("mkdir -p run-1/out run-2/out run-2/out/deep other .dot 'sp ace' && : >run-1/out/a.csv && : >run-2/out/b.csv"
                + " && : >run-2/out/deep/c.csv && : >top.csv && : >run-2/a.tsv && : >.dot/h.csv && : >'sp ace/[x].csv'"
                + " && : >run-1/.hidden.csv && : >'a{b}.csv' && : >'st*r.csv'");
        List<String> all = below(files().find(directory, "*"));
        check(all.size() == 18, "not all are there: " + all);
        for (String pattern : List.of(
                "*",
                "**",
                "*.csv",
                "**.csv",
                "**/*.csv",
                "*/*",
                "*/out/*.csv",
                "run-?/out/*",
                "run-[1-9]/**",
                "run-[!1]/*",
                "{run-1,other}/*",
                "run-2/{out,none}/?.csv",
                "{run-1/out,run-2/out}/*.csv",
                "*/{out/*,a.tsv}",
                ".*",
                ".*/*",
                "*/.*",
                "sp ace/\\[x\\].csv",
                "sp?ace/*",
                "**/deep/**",
                "**out**",
                "a\\{b\\}.csv",
                "st\\*r.csv",
                "s*r.*",
                "run-2/out/**b.csv",
                "run-2/out/deep/c.csv",
                "run-*/out/deep",
                "**/[a-b].{csv,tsv}",
                "[.]dot/*",
                "none*",
                "run-1/none*",
                "*,*",
                "run-1//out/./*.csv")) {
            PathMatcher matcher = FileSystems.getDefault()
                    .getPathMatcher("glob:" + pattern.replace("//", "/").replace("/./", "/"));
            List<String> expected =
                    all.stream().filter(p -> matcher.matches(Path.of(p))).toList();

            List<String> found = below(files().glob(directory + "/" + pattern));

            check(found.equals(expected), pattern + ": expected " + expected + ", and found " + found);
        }
        same(names(files().find(directory, "*.csv")).size(), 9);
        same(below(files().find(at("run-2"), "[ab].{csv,tsv}")), List.of("run-2/a.tsv", "run-2/out/b.csv"));
        same(files().countFiles(directory, "*.csv"), 9L);
        same(files().countFiles(directory), 10L);
    }

    @Test
    @DisplayName("relative paths begin where commands do, and ~ is the home directory")
    void relative() throws Exception {
        ClusterFileSystem files = files();
        String home = sh("cd && pwd -P").strip();
        same(names(files.ls("~")), names(files.ls(home)));
        same(files.stat("~").path(), "~");
        for (FileEntry entry : files.ls("~")) {
            same(entry.path(), "~/" + entry.name());
        }
        String begin = host().run(Command.of("pwd")).out().strip();
        same(names(files.ls(".")), names(files.ls(begin)));
        same(files.stat("./.").path(), ".");
        String up = "../".repeat(20);
        same(names(files.ls(up + at("").substring(1))), List.of());
        sh("mkdir '~' && : >'~/x'");
        same(files.ls(up + at("~").substring(1)).get(0).name(), "x");
    }

    @Test
    @DisplayName("du counts files, directories and bytes; what has two names counts once")
    void diskUsage() throws Exception {
        sh("mkdir -p t/sub/empty && head -c 100000 /dev/zero >t/a && head -c 23 /dev/zero >t/sub/b && ln t/a t/sub/a2"
                + " && ln -s a t/link");

        DiskUsage usage = files().du(at("t"));

        same(List.of(usage.files(), usage.directories(), usage.bytes()), List.of(2L, 3L, 100_023L));
        long disk = Long.parseLong(sh("du -sk t | cut -f 1").strip()) * 1024;
        check(Math.abs(usage.allocated() - disk) <= 4096, usage + ", and du says " + disk);
        same(files().countFiles(at("t")), 3L);
    }

    @Test
    @DisplayName("very many files in a directory come one by one or as a list, and who takes them may stop")
    void veryMany() throws Exception {
        int most = 100_000 + many();
        sh("mkdir m && cd m && seq 100001 " + most + " | sed 's/^/file-with-a-usual-name-/; s/$/.dat/' | xargs touch");
        same(files().ls(at("m")).size(), many());
        same(files().countFiles(at("m")), (long) many());
        same(names(files().find(at("m"), "*-10099?.dat")).size(), 10);
        IllegalStateException enough = new IllegalStateException("enough");
        AtomicInteger taken = new AtomicInteger();
        try {
            files().find(at("m"), "*", entry -> {
                if (taken.incrementAndGet() == 10) {
                    throw enough;
                }
            });
            throw new AssertionError("it went on");
        } catch (IllegalStateException e) {
            same(e, enough);
        }
        same(taken.get(), 10);
    }

    @Test
    @DisplayName("files that come and go while a directory is read are no failure")
    void changing() throws Exception {
        sh(
                "mkdir busy && (n=0; while [ $n -lt 400 ] && [ -d busy ]; do for i in 1 2 3 4 5 6 7 8 9; do : >busy/$i; done;"
                        + " rm -rf busy/*; n=$((n + 1)); done) </dev/null >/dev/null 2>&1 & sleep 0.2");
        for (int i = 0; i < 20; i++) {
            int found = files().find(directory, "*").size();
            check(found >= 1 && found <= 10, "found " + found);
            files().du(directory);
        }
        sh("rm -rf busy; mkdir busy2");
    }

    // ---------------------------------------------------------------- copying

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(here.resolve("source-" + content.length), content);
    }

    private List<String> parts() throws InterruptedException {
        return names(files().find(directory, ".clustrix-*"));
    }

    @Test
    @DisplayName("files of all sizes arrive as they were, both ways, in place of what was there")
    void copies() throws Exception {
        for (int size : new int[] {0, 1, MEGA - 1, MEGA, MEGA + 1, 3 * MEGA + 17}) {
            byte[] content = bytes(size);
            Path source = file(content);
            Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-----"));
            AtomicLong there = new AtomicLong(-1);

            files().put(source, at("f"), (bytes, total) -> {
                same(total, (long) size);
                there.set(bytes);
            });

            same(there.get(), (long) size);
            same(files().stat(at("f")).size(), (long) size);
            same(files().stat(at("f")).permissions(), "rwxr-----");
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            files().read(at("f"), read);
            check(Arrays.equals(read.toByteArray(), content), "read differs at " + size);
            Path target = Files.writeString(here.resolve("target"), "old");
            AtomicLong fetched = new AtomicLong(-1);
            files().get(at("f"), target, (bytes, total) -> fetched.set(bytes));
            same(fetched.get(), (long) size);
            check(Arrays.equals(Files.readAllBytes(target), content), "got differs at " + size);
        }
        same(parts(), List.of());
        try (var left = Files.list(here)) {
            same(left.filter(p -> p.toString().endsWith(".part")).toList(), List.of());
        }
    }

    @Test
    @DisplayName("a copy that was broken off goes on where it was, and nothing half has the file's name")
    void resumed() throws Exception {
        byte[] content = bytes(6 * MEGA);
        Path source = file(content);
        IllegalStateException off = new IllegalStateException("off");
        try {
            files().put(source, at("f"), (bytes, total) -> {
                if (bytes > 4 * MEGA) {
                    throw off;
                }
            });
            throw new AssertionError("it went on");
        } catch (IllegalStateException e) {
            same(e, off);
        }
        check(!files().exists(at("f")), "half a file");
        same(parts().size(), 1);
        same(files().ls(directory).get(0).permissions(), "rw-------");
        List<Long> put = new ArrayList<>();
        files().put(source, at("f"), (bytes, total) -> put.add(bytes));
        check(put.get(0) >= MEGA, "it began again at " + put.get(0));
        same(parts(), List.of());

        Path target = here.resolve("target");
        try {
            files().get(at("f"), target, (bytes, total) -> {
                if (bytes > 3 * MEGA) {
                    throw off;
                }
            });
            throw new AssertionError("it went on");
        } catch (IllegalStateException e) {
            same(e, off);
        }
        check(!Files.exists(target), "half a file");
        List<Long> got = new ArrayList<>();
        files().get(at("f"), target, (bytes, total) -> got.add(bytes));
        check(got.get(0) >= MEGA, "it began again at " + got.get(0));
        check(Arrays.equals(Files.readAllBytes(target), content), "the copy differs");
    }

    @Test
    @DisplayName("what an earlier try has left and is damaged is noticed, and replaced")
    void damaged() throws Exception {
        byte[] content = bytes(4 * MEGA);
        Path source = file(content);
        try {
            files().put(source, at("f"), (bytes, total) -> {
                if (bytes > 3 * MEGA) {
                    throw new IllegalStateException("off");
                }
            });
        } catch (IllegalStateException e) {
            same(String.valueOf(e.getMessage()), "off");
        }
        sh("printf XXXX | dd of=\"$(echo .clustrix-*)\" bs=1 seek=1000 conv=notrunc 2>/dev/null");
        files().put(source, at("f"));
        check(Arrays.equals(files().read(at("f")), content), "the damage was not seen");

        Path target = here.resolve("target");
        try {
            files().get(at("f"), target, (bytes, total) -> {
                if (bytes > 3 * MEGA) {
                    throw new IllegalStateException("off");
                }
            });
        } catch (IllegalStateException e) {
            same(String.valueOf(e.getMessage()), "off");
        }
        try (var left = Files.list(here)) {
            Path part =
                    left.filter(p -> p.toString().endsWith(".part")).findFirst().orElseThrow();
            byte[] half = Files.readAllBytes(part);
            half[1000]++;
            Files.write(part, half);
        }
        files().get(at("f"), target);
        check(Arrays.equals(Files.readAllBytes(target), content), "the damage was not seen");
    }

    @Test
    @DisplayName("a place that can't be written to is told, and what is there stays")
    void noPlace() throws Exception {
        ClusterFileSystem files = files();
        sh("mkdir dir && : >file && mkfifo pipe && ln -s dir to-dir && printf old >kept && ln -s kept to-file");
        Path source = Files.writeString(here.resolve("s"), "new");
        fails(Reason.IS_A_DIRECTORY, at("dir"), () -> files.put(source, at("dir")));
        fails(Reason.IS_A_DIRECTORY, at("to-dir"), () -> files.put(source, at("to-dir")));
        fails(Reason.NOT_A_FILE, at("pipe"), () -> files.put(source, at("pipe")));
        fails(Reason.MISSING, at("no/f"), () -> files.put(source, at("no/f")));
        fails(Reason.NOT_A_DIRECTORY, at("file/f"), () -> files.put(source, at("file/f")));
        same(names(files.ls(at("dir"))), List.of());
        files.put(source, at("to-file"));
        same(new String(files.read(at("kept")), StandardCharsets.UTF_8), "old");
        same(files.lstat(at("to-file")).type(), FileEntry.Type.FILE);
        same(parts(), List.of());
    }

    @Test
    @DisplayName("many at once: copies of the same file to the same name, and looks beside them")
    void atOnce() throws Exception {
        byte[] content = bytes(2 * MEGA);
        Path source = file(content);
        List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path target = here.resolve("target-" + i % 2);
            Thread thread = new Thread(() -> {
                try {
                    files().put(source, at("f"));
                    files().get(at("f"), target);
                    check(Arrays.equals(Files.readAllBytes(target), content), "the copy differs");
                } catch (Throwable e) {
                    failures.add(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(LONG.toMillis());
        }
        same(failures, List.of());
        check(Arrays.equals(files().read(at("f")), content), "the file differs");
        Set<String> left = new TreeSet<>(names(files().ls(directory)));
        same(left, Set.of("f"));
    }
}
