package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.worker.RecordFile.State;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Files of records (R39)")
@Timeout(60)
final class RecordFileTest {
    private static final JobKey KEY = new JobKey(0x0123456789abcdefL, -2L);
    private static final RecordFile.Origin ORIGIN = new RecordFile.Origin(KEY, 7, 1, 2);
    private static final RuntimeReport RUNTIME = new RuntimeReport(
            "",
            "nöde-17",
            4711,
            "17.0.15+6",
            "Vendor",
            "Linux amd64",
            new EnvironmentReport("basic: Java", "", List.of("aa", "bb"), List.of("java/17"), List.of("Ä", "B")));

    @TempDir
    Path directory;

    /** What a visitor has seen, as text. */
    private static final class Seen implements RecordFile.Visitor {
        private final List<String> outcomes = new ArrayList<>();

        @Override
        public void result(int task, byte[] bytes, int offset, int length) {
            outcomes.add(task + " result " + Arrays.hashCode(Arrays.copyOfRange(bytes, offset, offset + length)));
        }

        @Override
        public void error(int task, byte[] bytes, int offset, int length) {
            outcomes.add(task + " error " + Arrays.hashCode(Arrays.copyOfRange(bytes, offset, offset + length)));
        }
    }

    private RecordWriter writer(String name) throws IOException {
        File file = directory.resolve(name).toFile();
        return new RecordWriter(file, ORIGIN, e -> {
            throw new AssertionError(e);
        });
    }

    private static byte[] payload(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A small file: task 0 has a result, 1 a failure, 2 a result. */
    private byte[] small(boolean sealed) throws IOException {
        try (RecordWriter w = writer("small" + sealed)) {
            byte[] report = RecordFile.runtimeBytes(RUNTIME);
            w.append(RecordFile.RUNTIME, 0, report, 0, report.length);
            for (int task = 0; task < 3; task++) {
                w.append(RecordFile.BEGAN, task);
                byte[] p = payload(new Random(task), 5 + task);
                w.append(task == 1 ? RecordFile.ERROR : RecordFile.RESULT, task, p, 0, p.length);
            }
            if (sealed) {
                w.seal();
            } else {
                w.append(RecordFile.BEGAN, 3);
                w.append(RecordFile.DYING, 0, new byte[] {'b', 'y', 'e'}, 0, 3);
            }
        }
        return Files.readAllBytes(directory.resolve("small" + sealed));
    }

    @Test
    @DisplayName("a sealed file gives its outcomes in order, who wrote it and in what")
    void sealed() throws IOException {
        Seen seen = new Seen();
        byte[] bytes = small(true);
        RecordFile.Summary s = RecordFile.read(bytes, 0, bytes.length, seen);
        assertThat(s.state()).isEqualTo(State.SEALED);
        assertThat(s.isSealed()).isTrue();
        assertThat(s.problem()).isEmpty();
        assertThat(s.origin()).contains(ORIGIN);
        assertThat(s.runtime()).contains(RUNTIME);
        assertThat(s.outcomes()).isEqualTo(3);
        assertThat(s.running()).isEmpty();
        assertThat(seen.outcomes)
                .extracting(o -> o.substring(0, 8))
                .containsExactly("0 result", "1 error ", "2 result");
    }

    @Test
    @DisplayName("a file that is not sealed tells which task was running and the worker's last words")
    void torn() throws IOException {
        byte[] bytes = small(false);
        RecordFile.Summary s = RecordFile.read(bytes, 0, bytes.length, new Seen());
        assertThat(s.state()).isEqualTo(State.CUT);
        assertThat(s.running()).hasValue(3);
        assertThat(s.lastWords()).contains("bye");
        assertThat(s.outcomes()).isEqualTo(3);
    }

    @Test
    @DisplayName("cut at any byte, a file gives what is whole before and never says that it is sealed")
    void cutAnywhere() throws IOException {
        byte[] bytes = small(true);
        Seen all = new Seen();
        RecordFile.read(bytes, 0, bytes.length, all);
        int last = 0;
        for (int length = 0; length < bytes.length; length++) {
            Seen seen = new Seen();
            RecordFile.Summary s = RecordFile.read(bytes, 0, length, seen);
            assertThat(s.state()).as("cut at %d", length).isEqualTo(State.CUT);
            assertThat(s.problem()).isNotEmpty();
            assertThat(seen.outcomes).isEqualTo(all.outcomes.subList(0, seen.outcomes.size()));
            assertThat(seen.outcomes.size()).isGreaterThanOrEqualTo(last);
            last = seen.outcomes.size();
            // and the same if the stream ends although the file was said to be longer
            Seen early = new Seen();
            RecordFile.Summary e = RecordFile.read(new ByteArrayInputStream(bytes, 0, length), bytes.length, early);
            assertThat(e.state()).as("stream ends at %d", length).isEqualTo(State.CUT);
            assertThat(early.outcomes).isEqualTo(seen.outcomes);
        }
        assertThat(last).isEqualTo(3);
    }

    @Test
    @DisplayName("with any bit of any byte changed, a file is not sealed, and what it still gives is right")
    void damagedAnywhere() throws IOException {
        byte[] bytes = small(true);
        Seen all = new Seen();
        RecordFile.read(bytes, 0, bytes.length, all);
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                bytes[i] ^= (byte) (1 << bit);
                Seen seen = new Seen();
                RecordFile.Summary s = RecordFile.read(bytes, 0, bytes.length, seen);
                assertThat(s.state()).as("byte %d bit %d", i, bit).isEqualTo(i < 4 ? State.FOREIGN : State.DAMAGED);
                assertThat(seen.outcomes).isEqualTo(all.outcomes.subList(0, seen.outcomes.size()));
                bytes[i] ^= (byte) (1 << bit);
            }
        }
    }

    @Test
    @DisplayName("random garbage in random places never yields a wrong outcome")
    void garbage() throws IOException {
        byte[] whole = small(true);
        Seen all = new Seen();
        RecordFile.read(whole, 0, whole.length, all);
        for (long seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length + 50));
            int from = random.nextInt(bytes.length + 1);
            for (int i = from; i < Math.min(bytes.length, from + 1 + random.nextInt(40)); i++) {
                bytes[i] = (byte) random.nextInt();
            }
            Seen seen = new Seen();
            RecordFile.Summary s = RecordFile.read(bytes, 0, bytes.length, seen);
            assertThat(seen.outcomes).as("seed %d", seed).isEqualTo(all.outcomes.subList(0, seen.outcomes.size()));
            if (s.isSealed()) {
                assertThat(bytes).as("seed %d", seed).isEqualTo(whole);
            }
        }
    }

    @Test
    @DisplayName("zeros where a file system has lost the end count as cut; bytes after the seal as damage")
    void zerosAndMore() throws IOException {
        byte[] bytes = small(false);
        byte[] zeros = Arrays.copyOf(bytes, bytes.length + 100);
        assertThat(RecordFile.read(zeros, 0, zeros.length, new Seen()).state()).isEqualTo(State.CUT);
        byte[] sealed = small(true);
        byte[] more = Arrays.copyOf(sealed, sealed.length + 1);
        assertThat(RecordFile.read(more, 0, more.length, new Seen()).state()).isEqualTo(State.DAMAGED);
    }

    @Test
    @DisplayName("random outcomes of every length come back, from a file, from memory and from a stream that goes on")
    void roundTrip() throws IOException {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            List<String> expected = new ArrayList<>();
            String name = "f" + seed;
            try (RecordWriter w = writer(name)) {
                int tasks = random.nextInt(60);
                for (int task = 0; task < tasks; task++) {
                    w.append(RecordFile.BEGAN, task);
                    int length = random.nextInt(8) == 0 ? random.nextInt(300_000) : random.nextInt(200);
                    length = random.nextInt(10) == 0 ? 65536 - 8 + random.nextInt(16) : length + 1;
                    byte[] p = payload(random, length + 9);
                    boolean good = random.nextBoolean();
                    w.append(good ? RecordFile.RESULT : RecordFile.ERROR, task, p, 9, length);
                    expected.add(task
                            + (good ? " result " : " error ")
                            + Arrays.hashCode(Arrays.copyOfRange(p, 9, p.length)));
                    if (random.nextInt(10) == 0) {
                        w.flush();
                    }
                }
                w.seal();
            }
            Path file = directory.resolve(name);
            Seen fromFile = new Seen();
            assertThat(RecordFile.read(file, fromFile).isSealed())
                    .as("seed %d", seed)
                    .isTrue();
            assertThat(fromFile.outcomes).as("seed %d", seed).isEqualTo(expected);
            byte[] bytes = Files.readAllBytes(file);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 10);
            InputStream in = new ByteArrayInputStream(longer);
            Seen fromStream = new Seen();
            assertThat(RecordFile.read(in, bytes.length, fromStream).isSealed()).isTrue();
            assertThat(fromStream.outcomes).as("seed %d", seed).isEqualTo(expected);
            assertThat(in.available()).isEqualTo(10);
        }
    }

    @Test
    @DisplayName("outcomes that are not wanted are checked but not given; a damaged file leaves the stream at its end")
    void notWanted() throws IOException {
        try (RecordWriter w = writer("large")) {
            byte[] p = payload(new Random(1), 500_000);
            w.append(RecordFile.RESULT, 0, p, 0, p.length);
            w.append(RecordFile.RESULT, 1, p, 0, 10);
            w.seal();
        }
        byte[] bytes = Files.readAllBytes(directory.resolve("large"));
        Seen seen = new Seen();
        RecordFile.Visitor second = new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] b, int offset, int length) {
                seen.result(task, b, offset, length);
            }

            @Override
            public void error(int task, byte[] b, int offset, int length) {
                throw new AssertionError();
            }

            @Override
            public boolean wants(int task, int length) {
                return length < 1000;
            }
        };
        RecordFile.Summary s = RecordFile.read(bytes, 0, bytes.length, second);
        assertThat(s.isSealed()).isTrue();
        assertThat(s.outcomes()).isEqualTo(2);
        assertThat(seen.outcomes).hasSize(1);
        bytes[1000] ^= 1;
        InputStream in = new ByteArrayInputStream(bytes);
        assertThat(RecordFile.read(in, bytes.length - 3, second).state()).isEqualTo(State.DAMAGED);
        assertThat(in.available()).isEqualTo(3);
    }

    @Test
    @DisplayName("a file of a newer version, of something else or of another job is foreign, and says so")
    void foreign() throws IOException {
        byte[] text =
                "#!/bin/sh\necho no records at all in this file\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(RecordFile.read(text, 0, text.length, new Seen()).state()).isEqualTo(State.FOREIGN);
        byte[] bytes = small(true);
        bytes[7] = 3;
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 0, 36);
        java.nio.ByteBuffer.wrap(bytes).putInt(36, (int) crc.getValue());
        RecordFile.Summary newer = RecordFile.read(bytes, 0, bytes.length, new Seen());
        assertThat(newer.state()).isEqualTo(State.FOREIGN);
        assertThat(newer.problem()).contains("version 3").contains("version 2");
        byte[] good = small(true);
        RecordFile.Summary other = RecordFile.read(good, 0, good.length, new RecordFile.Visitor() {
            @Override
            public boolean accepts(RecordFile.Origin origin) {
                return origin.element() != 7;
            }

            @Override
            public void result(int task, byte[] b, int offset, int length) {
                throw new AssertionError();
            }

            @Override
            public void error(int task, byte[] b, int offset, int length) {
                throw new AssertionError();
            }
        });
        assertThat(other.state()).isEqualTo(State.FOREIGN);
        assertThatThrownBy(() -> RecordFile.read(directory.resolve("none"), new Seen()))
                .isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("what is appended is on the disk shortly after, without anybody asking")
    void flushesByItself() throws Exception {
        try (RecordWriter w = writer("live")) {
            for (int round = 1; round <= 3; round++) {
                w.append(RecordFile.BEGAN, round);
                long deadline = System.nanoTime() + 5_000_000_000L;
                while (RecordFile.read(directory.resolve("live"), new Seen())
                                .running()
                                .orElse(-1)
                        != round) {
                    assertThat(System.nanoTime()).isLessThan(deadline);
                    Thread.sleep(2);
                }
            }
        }
    }

    @Test
    @DisplayName("a million small results are read in a few hundred milliseconds")
    void million() throws IOException {
        try (RecordWriter w = writer("million")) {
            byte[] p = payload(new Random(3), 60);
            for (int task = 0; task < 1_000_000; task++) {
                w.append(RecordFile.BEGAN, task);
                w.append(RecordFile.RESULT, task, p, 0, p.length);
            }
            w.seal();
        }
        long[] sum = new long[1];
        long start = System.nanoTime();
        RecordFile.Summary s = RecordFile.read(directory.resolve("million"), new RecordFile.Visitor() {
            @Override
            public void result(int task, byte[] b, int offset, int length) {
                sum[0] += task;
            }

            @Override
            public void error(int task, byte[] b, int offset, int length) {
                throw new AssertionError();
            }
        });
        assertThat(s.outcomes()).isEqualTo(1_000_000);
        assertThat(sum[0]).isEqualTo(499_999_500_000L);
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(10_000);
        Files.delete(directory.resolve("million"));
    }
}
