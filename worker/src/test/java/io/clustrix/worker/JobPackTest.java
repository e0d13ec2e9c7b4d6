package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.worker.JobPack.ClassPathFile;
import io.clustrix.worker.JobPack.Layout;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A job's pack")
@Timeout(60)
final class JobPackTest {
    private static final JobPack.Setup SETUP = new JobPack.Setup(
            new JobKey(1, 2),
            "größe ☃",
            JdkSerializerProvider.class.getName(),
            new SerializerOptions("!com.acme.Bad", Map.of("a", "1", "ß", "x".repeat(70_000))),
            61,
            true,
            3,
            List.of(new ClassPathFile("0a.jar", 12), new ClassPathFile("0b.jar", 1L << 40)));
    private static final byte[] FUNCTION = "the function".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private static byte[] items(int element, int length) {
        byte[] bytes = new byte[length];
        new Random(element).nextBytes(bytes);
        return bytes;
    }

    private static byte[] each(Layout layout, int bytesPerTask) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JobPack.Writer w = JobPack.Writer.each(out, SETUP, layout, FUNCTION)) {
            for (int e = 0; e < layout.elements(); e++) {
                w.items(items(e, layout.count(e) * bytesPerTask));
            }
            assertThat(w.finish()).isEqualTo(out.size());
        }
        return out.toByteArray();
    }

    private JobPack.Part read(byte[] bytes, int element) throws IOException {
        Path file = directory.resolve("job.pack");
        Files.write(file, bytes);
        return JobPack.read(file.toFile(), element);
    }

    @Test
    @DisplayName("gives each element its own items and the job's set-up")
    void items() throws IOException {
        Layout layout = Layout.ofChunks(100, 7);
        byte[] bytes = each(layout, 13);
        for (int e = 0; e < layout.elements(); e++) {
            JobPack.Part part = read(bytes, e);
            assertThat(part.setup()).isEqualTo(SETUP);
            assertThat(part.kind()).isEqualTo(JobPack.EACH);
            assertThat(part.function()).isEqualTo(FUNCTION);
            assertThat(part.first()).isEqualTo(layout.first(e));
            assertThat(part.count()).isEqualTo(layout.count(e));
            assertThat(part.items()).isEqualTo(items(e, layout.count(e) * 13));
        }
    }

    @Test
    @DisplayName("a call and a range need no items")
    void callAndRange() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JobPack.Writer w = JobPack.Writer.call(out, SETUP, FUNCTION)) {
            w.finish();
        }
        JobPack.Part call = read(out.toByteArray(), 0);
        assertThat(call.kind()).isEqualTo(JobPack.CALL);
        assertThat(call.count()).isEqualTo(1);
        out.reset();
        try (JobPack.Writer w = JobPack.Writer.range(out, SETUP, Layout.ofElements(1000, 3), -5, FUNCTION)) {
            w.finish();
        }
        JobPack.Part range = read(out.toByteArray(), 2);
        assertThat(range.kind()).isEqualTo(JobPack.RANGE);
        assertThat(range.rangeStart()).isEqualTo(-5);
        assertThat(range.first()).isEqualTo(666);
        assertThat(range.count()).isEqualTo(334);
    }

    /** Every byte at both ends, and some of the long set-up between. */
    private static int next(int i, int length) {
        return i < 300 || i >= length - 300 ? i + 1 : Math.min(i + 997, length - 300);
    }

    @Test
    @DisplayName("cut at any byte it is refused, with the file's name")
    void cutAnywhere() throws IOException {
        byte[] bytes = each(Layout.ofChunks(4, 2), 3);
        for (int length = 0; length < bytes.length; length = next(length, bytes.length)) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> read(cut, 1))
                    .as("cut at %d", length)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("job.pack")
                    .hasMessageContaining("is cut");
        }
    }

    @Test
    @DisplayName("with any byte changed that an element reads, that element is refused; others' items do not matter")
    void damagedAnywhere() throws IOException {
        byte[] bytes = each(Layout.ofChunks(4, 2), 30);
        byte[] second = items(1, 60);
        int refused = 0;
        for (int i = 0; i < bytes.length; i = next(i, bytes.length)) {
            bytes[i] ^= 0x10;
            try {
                JobPack.Part part = read(bytes, 1);
                assertThat(part.setup()).isEqualTo(SETUP);
                assertThat(part.function()).isEqualTo(FUNCTION);
                assertThat(part.items()).isEqualTo(second);
                assertThat(part.first()).isEqualTo(2);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("job.pack");
                refused++;
            }
            bytes[i] ^= 0x10;
        }
        // all but the first element's 60 bytes of items and 28 bytes of the table
        assertThat(refused).isGreaterThan(500);
        assertThat(read(bytes, 1).items()).isEqualTo(second);
    }

    @Test
    @DisplayName("a foreign file, a newer version, a missing file and a missing element are told apart")
    void foreign() throws IOException {
        assertThatThrownBy(() -> read("#!/bin/sh and something more".repeat(9).getBytes(StandardCharsets.UTF_8), 0))
                .hasMessageContaining("is no job pack");
        byte[] bytes = each(Layout.ofChunks(4, 2), 3);
        bytes[7] = 9;
        assertThatThrownBy(() -> read(bytes, 0))
                .hasMessageContaining("version 9")
                .hasMessageContaining("version 1");
        bytes[7] = 1;
        assertThatThrownBy(() -> read(bytes, 2)).hasMessageContaining("elements 0 to 1, and not 2");
        assertThatThrownBy(() -> JobPack.read(directory.resolve("none").toFile(), 0))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    @Test
    @DisplayName("a writer that was not finished leaves nothing that can be read, and misuse is told")
    void notFinished() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JobPack.Writer w = JobPack.Writer.each(out, SETUP, Layout.ofChunks(2, 1), FUNCTION)) {
            w.items(new byte[40]);
            assertThatThrownBy(w::finish)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("element 1");
        }
        assertThatThrownBy(() -> read(out.toByteArray(), 0)).hasMessageContaining("is cut");
        try (JobPack.Writer w = JobPack.Writer.call(out, SETUP, FUNCTION)) {
            assertThatThrownBy(() -> w.items(new byte[1])).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @DisplayName("layouts cover every task once, whatever the numbers")
    void layouts() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int tasks = 1 + random.nextInt(random.nextBoolean() ? 20 : 5000);
            int other = 1 + random.nextInt(random.nextBoolean() ? 20 : 5000);
            Layout layout = random.nextBoolean() ? Layout.ofChunks(tasks, other) : Layout.ofElements(tasks, other);
            assertThat(layout.tasks()).isEqualTo(tasks);
            int next = 0;
            for (int e = 0; e < layout.elements(); e++) {
                assertThat(layout.first(e)).as("seed %d", seed).isEqualTo(next);
                assertThat(layout.count(e)).as("seed %d", seed).isPositive();
                assertThat(layout.elementOf(next)).as("seed %d", seed).isEqualTo(e);
                next += layout.count(e);
                assertThat(layout.elementOf(next - 1)).as("seed %d", seed).isEqualTo(e);
            }
            assertThat(next).isEqualTo(tasks);
        }
        assertThat(Layout.ofChunks(Integer.MAX_VALUE, Integer.MAX_VALUE - 1).elements())
                .isEqualTo(2);
        assertThat(Layout.ofElements(Integer.MAX_VALUE, 3).first(2)).isEqualTo(1431655764);
        assertThatThrownBy(() -> Layout.ofChunks(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
