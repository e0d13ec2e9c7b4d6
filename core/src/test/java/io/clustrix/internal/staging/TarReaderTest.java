package io.clustrix.internal.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class TarReaderTest {
    @TempDir
    private Path dir;

    private final LocalShell shell = new LocalShell();

    @AfterEach
    void end() {
        shell.close();
    }

    static Stream<List<String>> tars() {
        return Stream.of(
                        List.of("tar"),
                        List.of("tar", "--format=ustar"),
                        List.of("tar", "--format=v7"),
                        List.of("busybox", "tar"))
                .filter(t -> Files.isExecutable(Path.of("/bin", t.get(0)))
                        || Files.isExecutable(Path.of("/usr/bin", t.get(0))));
    }

    private byte[] packed(List<String> tar, String... names) throws InterruptedException {
        List<String> words = new java.util.ArrayList<>(tar);
        words.addAll(List.of("-cf", "-", "-C", dir.toString()));
        words.addAll(List.of(names));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(shell.run(Command.of(words), out).exit()).isZero();
        return out.toByteArray();
    }

    private static Map<String, byte[]> read(byte[] archive) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        TarReader tar = new TarReader(new ByteArrayInputStream(archive));
        while (tar.next()) {
            byte[] content = tar.content().readAllBytes();
            assertThat(content).hasSize(Math.toIntExact(tar.size()));
            files.put(tar.name(), content);
        }
        return files;
    }

    private Map<String, byte[]> tree() throws IOException {
        Random random = new Random(5);
        Map<String, byte[]> files = new TreeMap<>();
        for (int size : new int[] {0, 1, 511, 512, 513, 10_240, 100_000}) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            String name = "jobs/day/" + "k".repeat(26) + "/f" + size;
            Files.createDirectories(dir.resolve(name).getParent());
            Files.write(dir.resolve(name), content);
            files.put(name, content);
        }
        Files.createSymbolicLink(dir.resolve("jobs/link"), Path.of("nowhere"));
        return files;
    }

    private static void assertSame(Map<String, byte[]> read, Map<String, byte[]> expected) {
        assertThat(read.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, content) -> assertThat(read.get(name)).as(name).isEqualTo(content));
    }

    @ParameterizedTest
    @MethodSource("tars")
    @DisplayName("Regular files come out as they went in; directories and links are skipped")
    void whole(List<String> tar) throws Exception {
        Map<String, byte[]> files = tree();
        assertSame(read(packed(tar, "jobs")), files);
    }

    @Test
    @DisplayName("What was not read of a file is skipped")
    void skipped() throws Exception {
        Map<String, byte[]> files = tree();
        TarReader tar = new TarReader(new ByteArrayInputStream(packed(List.of("tar"), "jobs")));
        int found = 0;
        while (tar.next()) {
            tar.content().readNBytes(found * 3);
            found++;
        }
        assertThat(found).isEqualTo(files.size());
    }

    @ParameterizedTest
    @MethodSource("tars")
    @DisplayName("A stream that is cut anywhere before its end is an error, never fewer files (R31)")
    void cut(List<String> tar) throws Exception {
        Files.writeString(dir.resolve("a"), "x".repeat(700));
        Files.writeString(dir.resolve("b"), "y".repeat(20));
        byte[] archive = packed(tar, "a", "b");
        int end = 512 + 1024 + 512 + 512;
        for (int length = 0; length < end + 512; length += 37) {
            byte[] part = Arrays.copyOf(archive, length);
            assertThat(catchThrowable(() -> read(part))).as("%d bytes", length).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("A damaged header is an IOException, and nothing else")
    void damaged() throws Exception {
        Files.writeString(dir.resolve("a"), "x".repeat(700));
        byte[] archive = packed(List.of("tar"), "a");
        for (int at = 0; at < 512; at = at == 153 ? 156 : at + 1) { // 154 and 155 only end the checksum
            byte[] bad = archive.clone();
            bad[at] ^= 0x11;
            assertThat(catchThrowable(() -> read(bad))).as("byte %d", at).isInstanceOf(IOException.class);
        }
        byte[] noise = new byte[5000];
        new Random(7).nextBytes(noise);
        assertThatThrownBy(() -> read(noise)).isInstanceOf(IOException.class);
        assertThatThrownBy(() ->
                        read("Welcome to login1!\n".repeat(50).getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("A size that is negative or larger than any file is an IOException")
    void sizes() throws Exception {
        Files.writeString(dir.resolve("a"), "x");
        for (byte[] size : List.of(
                new byte[] {(byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
                new byte[] {(byte) 0x80, 0, 0, 0, 0x7f, -1, -1, -1, -1, -1, -1, -1})) {
            byte[] archive = packed(List.of("tar"), "a");
            System.arraycopy(size, 0, archive, 124, 12);
            Arrays.fill(archive, 148, 156, (byte) ' ');
            int sum = 0;
            for (int i = 0; i < 512; i++) {
                sum += archive[i] & 0xff;
            }
            byte[] digits = String.format("%06o\0 ", sum).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            System.arraycopy(digits, 0, archive, 148, 8);
            assertThatThrownBy(() -> read(archive)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("What our own writer writes is read")
    void ownWriter() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        writer.directory("d", 0700);
        writer.file("d/ä", 0600, new byte[] {1, 2, 3});
        writer.finish();
        assertSame(read(out.toByteArray()), Map.of("d/ä", new byte[] {1, 2, 3}));
    }
}
