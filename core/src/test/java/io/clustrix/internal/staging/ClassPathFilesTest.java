package io.clustrix.internal.staging;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.testlog.RecordedLogs;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClassPathFilesTest {
    private static final boolean UNICODE_NAMES =
            System.getProperty("sun.jnu.encoding", "").startsWith("UTF");

    /** By which files that were just written are old enough. */
    private static final Clock LATER = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(3));

    @TempDir
    private Path dir;

    private Path cacheDirectory;
    private ClassPathFiles files;

    @BeforeEach
    void begin() {
        cacheDirectory = dir.resolve("cache");
        files = new ClassPathFiles(cacheDirectory);
    }

    private static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static String sha256(Path file) throws IOException {
        return HexFormat.of().formatHex(Digests.sha256().digest(Files.readAllBytes(file)));
    }

    private Path jar(String name, String classPath, String... entries) throws IOException {
        Path jar = dir.resolve(name);
        Files.createDirectories(jar.getParent());
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (classPath != null) {
            manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        }
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String entry : entries) {
                out.putNextEntry(new JarEntry(entry));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }

    private static List<Path> paths(List<ClassPathEntry> entries) {
        return entries.stream().map(ClassPathEntry::path).toList();
    }

    @Test
    @DisplayName("jars are named by content, in order; missing ones and copies are left out")
    void jars() throws Exception {
        Path b = write(dir.resolve("b.jar"), "b");
        Path a = write(dir.resolve("a b.jar"), "aa");
        Path copy = write(dir.resolve("copy.jar"), "b");
        List<ClassPathEntry> entries = files.entries(List.of(b, a, dir.resolve("none.jar"), copy, b));
        assertThat(entries).containsExactly(new ClassPathEntry(b, sha256(b), 1), new ClassPathEntry(a, sha256(a), 2));
    }

    @Test
    @DisplayName(
            "what a manifest adds follows its jar, relative or absolute, without loops; a jar of only that is left out")
    void manifests() throws Exception {
        Path one = jar("lib/one.jar", "two%20x.jar ../booter.jar missing.jar http://example.org/x.jar", "One.class");
        Path two = jar("lib/two x.jar", "one.jar", "Two.class");
        Path three = jar("three.jar", null, "Three.class");
        write(dir.resolve("classes/A.class"), "a");
        Path resources = jar("resources.jar", "three.jar", "some.txt");
        Path booter =
                jar("booter.jar", "lib/one.jar " + three.toUri() + " classes/ booter.jar ht!tp:// %zz resources.jar");
        Path last = jar("last.jar", null, "Last.class");
        List<ClassPathEntry> entries = files.entries(List.of(booter, last));
        List<Path> paths = paths(entries);
        assertThat(paths).hasSize(6);
        assertThat(paths.subList(0, 3)).containsExactly(one, two, three);
        assertThat(paths.get(3)).startsWith(cacheDirectory);
        assertThat(paths.subList(4, 6)).containsExactly(resources, last);
    }

    @Test
    @DisplayName("a directory becomes a jar with its classes, resources and services, whatever their names (R41)")
    void directory() throws Exception {
        Path classes = dir.resolve("classes");
        List<String> names = new ArrayList<>(List.of(
                "A.class",
                "p/q/B.class",
                "META-INF/services/x.Y",
                "with blank.txt",
                "quote'\".txt",
                "$(touch x).txt",
                "line\nbreak.txt",
                "-n",
                "back\\slash"));
        if (UNICODE_NAMES) {
            names.add("\u00fc\u4e16.txt");
        }
        for (String name : names) {
            write(classes.resolve(name), "content of " + name);
        }
        Files.createSymbolicLink(classes.resolve("loop"), classes);
        Files.createSymbolicLink(classes.resolve("broken"), Path.of("nowhere"));
        ClassPathEntry entry = files.entries(List.of(classes)).get(0);
        assertThat(entry.sha256()).isEqualTo(sha256(entry.path()));
        assertThat(entry.size()).isEqualTo(Files.size(entry.path()));
        try (JarFile jar = new JarFile(entry.path().toFile())) {
            List<String> inside = jar.stream()
                    .filter(e -> !e.isDirectory())
                    .map(JarEntry::getName)
                    .toList();
            assertThat(inside).isSorted().containsExactlyInAnyOrderElementsOf(names);
            assertThat(jar.getEntry("p/q/")).isNotNull();
        }
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {entry.path().toUri().toURL()}, null)) {
            for (String name : names) {
                assertThat(loader.findResource(name).openStream().readAllBytes())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("content of " + name);
            }
        }
        assertThat(Files.readString(entry.path(), StandardCharsets.ISO_8859_1)).doesNotContain(dir.toString());
    }

    @Test
    @DisplayName("the same content in another place, written at another time in another order, is the same jar")
    void reproducible() throws Exception {
        for (int copy = 0; copy < 2; copy++) {
            Path classes = dir.resolve("copy" + copy);
            List<String> names = new ArrayList<>(List.of("A.class", "B.class", "p/C.class", "p/D.class"));
            java.util.Collections.shuffle(names, new Random(copy));
            for (String name : names) {
                Path file = write(classes.resolve(name), name.repeat(100));
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(copy + 1))));
            }
        }
        String first = files.entries(List.of(dir.resolve("copy0"))).get(0).sha256();
        assertThat(files.entries(List.of(dir.resolve("copy1"))).get(0).sha256()).isEqualTo(first);
    }

    @Test
    @DisplayName("an empty directory is left out, also one with nothing but directories")
    void empty() throws Exception {
        Path empty = Files.createDirectories(dir.resolve("empty/inside")).getParent();
        assertThat(files.entries(List.of(empty))).isEmpty();
    }

    @Test
    @DisplayName("a change at once after the last look is seen, even if size and times of modification are the same")
    void racy() throws Exception {
        Path jar = write(dir.resolve("a.jar"), "one");
        Path classes = write(dir.resolve("classes/A.class"), "one").getParent();
        FileTime time = FileTime.from(Instant.now().minus(Duration.ofDays(3)));
        Files.setLastModifiedTime(jar, time);
        Files.setLastModifiedTime(classes.resolve("A.class"), time);
        List<ClassPathEntry> before = files.entries(List.of(jar, classes));
        Files.writeString(jar, "two");
        Files.writeString(classes.resolve("A.class"), "two");
        Files.setLastModifiedTime(jar, time);
        Files.setLastModifiedTime(classes.resolve("A.class"), time);
        List<ClassPathEntry> after = files.entries(List.of(jar, classes));
        assertThat(after.get(0).sha256())
                .isEqualTo(sha256(jar))
                .isNotEqualTo(before.get(0).sha256());
        assertThat(after.get(1).sha256()).isNotEqualTo(before.get(1).sha256());
        try (JarFile packed = new JarFile(after.get(1).path().toFile())) {
            assertThat(packed.getInputStream(packed.getEntry("A.class")).readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("two");
        }
    }

    @Test
    @DisplayName("sums outlive the process, torn lines are passed over, and nothing is remembered of a young file")
    void remembered() throws Exception {
        Path jar = write(dir.resolve("a.jar"), "one");
        Path classes = write(dir.resolve("classes/A.class"), "one").getParent();
        List<ClassPathEntry> first = files.entries(List.of(jar, classes));
        Path digests = cacheDirectory.resolve("digests");
        assertThat(digests).doesNotExist();
        ClassPathFiles later = new ClassPathFiles(cacheDirectory, LATER);
        assertThat(later.entries(List.of(jar, classes))).isEqualTo(first);
        assertThat(Files.readAllLines(digests)).filteredOn(l -> !l.isEmpty()).hasSize(2);
        long size = Files.size(digests);
        Files.writeString(digests, "\nabc def", StandardOpenOption.APPEND);
        Path other = write(dir.resolve("b.jar"), "two");
        ClassPathFiles next = new ClassPathFiles(cacheDirectory);
        assertThat(next.entries(List.of(jar, classes))).isEqualTo(first);
        assertThat(Files.size(digests)).as("nothing new was found out").isEqualTo(size + 8);
        next.entries(List.of(other));
        new ClassPathFiles(cacheDirectory, LATER).entries(List.of(other));
        Digests read = new Digests(digests);
        assertThat(read.find(Digests.key(FileStamp.of(other).parts(other.toString()))))
                .isEqualTo(new Digests.Digest(sha256(other), 3));
        // A line that was changed is no line.
        Files.writeString(digests, Files.readString(digests).replace(sha256(other), "0".repeat(64)));
        assertThat(new Digests(digests).find(Digests.key(FileStamp.of(other).parts(other.toString()))))
                .isNull();
        // A packed jar that is gone is packed again.
        Files.delete(first.get(1).path());
        assertThat(next.entries(List.of(classes)).get(0)).isEqualTo(first.get(1));
        assertThat(first.get(1).path()).exists();
    }

    @Test
    @DisplayName("a cache directory that can't be used is replaced by a temporary one, which one line in the log says")
    void notWritable() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "x");
        Path classes = write(dir.resolve("classes/A.class"), "one").getParent();
        Path packed;
        try (ClassPathFiles other = new ClassPathFiles(file.resolve("cache"))) {
            packed = other.entries(List.of(classes)).get(0).path();
            other.entries(List.of(classes));
            assertThat(packed).exists();
        }
        assertThat(packed).doesNotExist();
        assertThat(packed.getParent().getParent()).doesNotExist();
        assertThat(RecordedLogs.with(file.resolve("cache").toString())).hasSize(1);
    }

    @Test
    @DisplayName("a class path of 100 jars: the second look takes milliseconds, and another process needs no hashing")
    void fast() throws Exception {
        List<Path> jars = new ArrayList<>();
        byte[] content = new byte[300_000];
        for (int i = 0; i < 100; i++) {
            new Random(i).nextBytes(content);
            Path jar = jar("lib" + i + ".jar", null);
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), new Manifest())) {
                out.putNextEntry(new JarEntry("A.class"));
                out.write(content);
            }
            jars.add(jar);
        }
        files = new ClassPathFiles(cacheDirectory, LATER);
        long begun = System.nanoTime();
        List<ClassPathEntry> first = files.entries(jars);
        long cold = System.nanoTime() - begun;
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            begun = System.nanoTime();
            assertThat(files.entries(jars)).isEqualTo(first);
            best = Math.min(best, System.nanoTime() - begun);
        }
        begun = System.nanoTime();
        assertThat(new ClassPathFiles(cacheDirectory).entries(jars)).isEqualTo(first);
        long other = System.nanoTime() - begun;
        System.out.printf(
                "class path of 100 jars, 30 MB: first %.1f ms, again %.2f ms, another process %.1f ms%n",
                cold / 1e6, best / 1e6, other / 1e6);
        assertThat(best).isLessThan(Duration.ofMillis(50).toNanos());
    }

    @Test
    @DisplayName("an interrupt ends the hashing")
    void interrupted() throws Exception {
        Path jar = write(dir.resolve("a.jar"), "one");
        Thread.currentThread().interrupt();
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> files.entries(List.of(jar)))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    @DisplayName("a file that can't be read is an error that names it")
    void unreadable() throws Exception {
        Path jar = write(dir.resolve("a.jar"), "one");
        Files.setPosixFilePermissions(jar, java.util.Set.of());
        Assumptions.assumeFalse(Files.isReadable(jar), "root reads everything");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> files.entries(List.of(jar)))
                .isInstanceOf(io.clustrix.spi.ConfigurationException.class)
                .hasMessageContaining(jar.toString());
    }
}
