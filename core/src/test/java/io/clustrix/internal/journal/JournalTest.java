package io.clustrix.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalTest {
    @TempDir
    private Path dir;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> read(Path path) {
        List<String> records = new ArrayList<>();
        Journal.read(path, r -> records.add(new String(r, StandardCharsets.UTF_8)));
        return records;
    }

    private Path written(String... records) {
        Path path = dir.resolve("journal");
        try (Journal journal = Journal.open(path, r -> {})) {
            for (String record : records) {
                journal.append(bytes(record));
            }
        }
        return path;
    }

    @Test
    @DisplayName("records come back in order, also after opening again; closing can be repeated")
    void roundTrip() throws Exception {
        Path path = written("one", "two");
        List<String> seen = new ArrayList<>();
        Journal journal = Journal.open(path, r -> seen.add(new String(r, StandardCharsets.UTF_8)));
        assertThat(seen).containsExactly("one", "two");
        assertThat(journal.cutOff()).isEqualTo(new Journal.Tail(2, Files.size(path), 0));
        journal.append(bytes("three"));
        journal.sync();
        assertThat(read(path)).containsExactly("one", "two", "three");
        journal.close();
        journal.close();
        assertThatThrownBy(() -> journal.append(bytes("x")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> journal.append(new byte[0])).isInstanceOf(IllegalArgumentException.class);
        assertThat(Files.getPosixFilePermissions(path)).hasSize(2);
    }

    @Test
    @DisplayName("wherever writing was cut off, the whole records are read, the rest is counted and cut off (R31)")
    void torn() throws Exception {
        Path path = written("one", "a longer record", "three");
        byte[] whole = Files.readAllBytes(path);
        int[] ends = {8, 8 + 8 + 3, 8 + 8 + 3 + 8 + 15, whole.length};
        for (int length = 0; length <= whole.length; length++) {
            for (byte[] tail : List.of(new byte[0], new byte[1], new byte[4096], new byte[8192])) {
                byte[] cut = Arrays.copyOf(Arrays.copyOf(whole, length), length + tail.length);
                Files.write(path, cut);
                int records = 0;
                while (records < 3 && ends[records + 1] <= length) {
                    records++;
                }
                long end = length < 8 ? 0 : ends[records];
                assertThat(Journal.read(path, r -> {})).isEqualTo(new Journal.Tail(records, end, cut.length - end));
                try (Journal journal = Journal.open(path, r -> {})) {
                    assertThat(journal.cutOff().lost()).isEqualTo(cut.length - end);
                    journal.append(bytes("next"));
                }
                assertThat(read(path)).hasSize(records + 1).endsWith("next");
            }
        }
    }

    @Test
    @DisplayName("damage with sound records behind it is an error that tells where; repairing keeps all that is sound")
    void damaged() throws Exception {
        Random random = new Random(7);
        String[] records = new String[50];
        Arrays.setAll(records, i -> "record " + i + " " + "x".repeat(random.nextInt(300)));
        Path path = written(records);
        byte[] whole = Files.readAllBytes(path);
        for (int round = 0; round < 20; round++) {
            byte[] bytes = whole.clone();
            int from = 8 + random.nextInt(whole.length / 2);
            int to = from + 1 + random.nextInt(500);
            if (round % 2 == 0) {
                Arrays.fill(bytes, from, to, (byte) 0);
            } else {
                byte[] noise = new byte[to - from];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, bytes, from, noise.length);
            }
            Files.write(path, bytes);
            List<String> before = new ArrayList<>();
            assertThatThrownBy(() -> Journal.read(path, r -> before.add(new String(r, StandardCharsets.UTF_8))))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("is damaged from byte ")
                    .hasMessageContaining("move the directory " + path.getParent() + " away");
            assertThatThrownBy(() -> Journal.open(path, r -> {})).isInstanceOf(JournalException.class);
            assertThat(Files.readAllBytes(path)).as("an error changes nothing").isEqualTo(bytes);

            Journal.Repair repair = Journal.repair(path);
            List<String> after = read(path);
            assertThat(repair.records()).isEqualTo(after.size());
            assertThat(repair.lost()).isPositive();
            assertThat(repair.damaged()).hasBinaryContent(bytes);
            assertThat(after).isSubsetOf(records).endsWith(records[49]);

            assertThat(after.subList(0, before.size())).isEqualTo(before);
            assertThat(after.size()).isGreaterThanOrEqualTo(50 - 2 - (to - from) / 16);
            Files.delete(repair.damaged());
        }
        Files.write(path, whole);
        assertThat(Journal.repair(path)).isEqualTo(new Journal.Repair(50, 0, null));
        assertThat(Files.readAllBytes(path)).isEqualTo(whole);
    }

    @Test
    @DisplayName("a file that is no journal is refused and left alone")
    void noJournal() throws Exception {
        Path path = Files.writeString(dir.resolve("notes.txt"), "these are my notes");
        assertThatThrownBy(() -> Journal.open(path, r -> {}))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(path.toString());
        assertThat(path).hasContent("these are my notes");
        assertThatThrownBy(() -> Journal.open(dir.resolve("no/such/dir"), r -> {}))
                .isInstanceOf(JournalException.class);
    }

    @Test
    @DisplayName("many threads append and sync at once: nothing is lost, and an interrupt breaks nothing")
    void threads() throws Exception {
        Path path = dir.resolve("journal");
        Set<String> expected = new TreeSet<>();
        try (Journal journal = Journal.open(path, r -> {})) {
            List<FutureTask<Integer>> writers = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                int writer = w;
                for (int i = 0; i < 200; i++) {
                    expected.add(writer + "." + i);
                }
                FutureTask<Integer> task = new FutureTask<>(() -> {
                    for (int i = 0; i < 200; i++) {
                        if (i % 50 == 7) {
                            Thread.currentThread().interrupt();
                        }
                        journal.append(bytes(writer + "." + i));
                        journal.sync();
                    }
                    return Thread.interrupted() ? 1 : 0;
                });
                writers.add(task);
                new Thread(task).start();
            }
            for (FutureTask<Integer> writer : writers) {
                assertThat(writer.get(30, TimeUnit.SECONDS))
                        .as("the interrupt is kept")
                        .isEqualTo(1);
            }
        }
        assertThat(read(path)).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    @DisplayName("a process that is killed loses nothing that append had taken (R27)")
    void killed() throws Exception {
        Path path = dir.resolve("journal");
        Process process = JournalProcess.start("write", path.toString());
        String last = "";
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i < 500; i++) {
                last = out.readLine();
            }
            // Not the process's own method, which closes its output.
            process.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = line.isEmpty() ? last : line;
            }
        }
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        int appended = Integer.parseInt(last.strip());
        List<String> records = new ArrayList<>();
        try (Journal journal = Journal.open(path, r -> records.add(new String(r, StandardCharsets.UTF_8)))) {
            journal.append(bytes("after"));
        }
        assertThat(records.size()).isGreaterThanOrEqualTo(appended).isGreaterThanOrEqualTo(500);
        for (int i = 0; i < records.size(); i++) {
            assertThat(records.get(i)).isEqualTo("record " + (i + 1));
        }
        assertThat(read(path)).hasSize(records.size() + 1);
    }

    @Test
    @DisplayName("a full disk is a clear error, the journal stays whole, and goes on once there is room")
    void full() throws Exception {
        Path mount = Files.createDirectories(dir.resolve("small"));
        Process process = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount.toString())
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        Assumptions.assumeTrue(process.waitFor() == 0, "no right to mount");
        try {
            Path filler = Files.write(mount.resolve("filler"), new byte[150_000]);
            try (Journal journal = Journal.open(mount.resolve("journal"), r -> {})) {
                int[] appended = {0};
                assertThatThrownBy(() -> {
                            while (appended[0] < 100) {
                                journal.append(new byte[10_000]);
                                appended[0]++;
                            }
                        })
                        .isInstanceOf(JournalException.class)
                        .hasMessageContaining("No space left")
                        .hasMessageContaining(mount.toString());
                assertThat(appended[0]).isBetween(5, 15);
                assertThat(Journal.read(mount.resolve("journal"), r -> {}))
                        .isEqualTo(new Journal.Tail(appended[0], 8 + appended[0] * 10_008L, 0));
                Files.delete(filler);
                journal.append(bytes("more"));
                journal.sync();
                assertThat(read(mount.resolve("journal")))
                        .hasSize(appended[0] + 1)
                        .endsWith("more");
            }
        } finally {
            new ProcessBuilder("umount", mount.toString()).start().waitFor();
        }
    }

    @Test
    @DisplayName("a reader beside the writer sees whole records only, and never damage")
    void besideTheWriter() throws Exception {
        Path path = dir.resolve("journal");
        try (Journal journal = Journal.open(path, r -> {})) {
            Thread writer = new Thread(() -> {
                for (int i = 0; i < 3000; i++) {
                    journal.append(new byte[1 + i % 2000]);
                }
            });
            writer.start();
            long last = 0;
            while (writer.isAlive()) {
                long records = Journal.read(path, r -> {}).records();
                assertThat(records).isGreaterThanOrEqualTo(last);
                last = records;
            }
            assertThat(Journal.read(path, r -> {}).records()).isEqualTo(3000);
        }
    }

    @Test
    @DisplayName("appending costs microseconds, and threads that sync at once share the flushes")
    void fast() throws Exception {
        byte[] record = new byte[200];
        Path path = dir.resolve("journal");
        try (Journal journal = Journal.open(path, r -> {})) {
            long begun = System.nanoTime();
            for (int i = 0; i < 20_000; i++) {
                journal.append(record);
            }
            double append = (System.nanoTime() - begun) / 20_000e3;
            begun = System.nanoTime();
            for (int i = 0; i < 50; i++) {
                journal.append(record);
                journal.sync();
            }
            double alone = (System.nanoTime() - begun) / 50e3;
            begun = System.nanoTime();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 16; t++) {
                Thread thread = new Thread(() -> {
                    for (int i = 0; i < 50; i++) {
                        journal.append(record);
                        journal.sync();
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            double together = (System.nanoTime() - begun) / 800e3;
            begun = System.nanoTime();
            Journal.read(path, r -> {});
            double read = (System.nanoTime() - begun) / 20_850e3;
            System.out.printf(
                    "journal, us a record: append %.1f, with sync %.0f, with sync by 16 threads %.0f, read %.1f%n",
                    append, alone, together, read);
        }
    }

    static void flip(Path path, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        bytes[(int) at] ^= 1;
        Files.write(path, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Test
    @DisplayName("one changed bit anywhere is never read as a record")
    void bits() throws Exception {
        Path path = written("one", "two", "three");
        long size = Files.size(path);
        for (long at = 8; at < size; at++) {
            flip(path, at);
            List<String> seen = new ArrayList<>();
            try {
                Journal.read(path, r -> seen.add(new String(r, StandardCharsets.UTF_8)));
            } catch (JournalException e) {
                assertThat(e).hasMessageContaining("damaged");
            }
            assertThat(seen).isEqualTo(List.of("one", "two", "three").subList(0, seen.size()));
            assertThat(seen).hasSizeLessThan(3);
            flip(path, at);
        }
        assertThat(read(path)).hasSize(3);
    }
}
