package io.clustrix.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Resources;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Parts of the local executor")
final class PartsTest {

    private static LocalSettings settings(OptionalInt workers, List<String> jvmOptions) {
        return new LocalSettings(
                LocalSettings.Mode.AUTO,
                workers,
                64,
                Optional.empty(),
                jvmOptions,
                Map.of("A", "1", "B", "1"),
                Optional.empty(),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                0,
                true);
    }

    @Nested
    @DisplayName("Chunking")
    final class ChunkingTest {

        private List<Integer> sizes(Chunking chunking, int tasks, double nanosPerTask) {
            List<Integer> sizes = new ArrayList<>();
            for (int left = tasks; left > 0; left -= sizes.get(sizes.size() - 1)) {
                int size = chunking.next(left);
                sizes.add(size);
                chunking.took(size, (long) (size * nanosPerTask));
            }
            return sizes;
        }

        @Test
        @DisplayName("keeps to the size that was asked for: 5 by 2 is 2, 2, 1 (B8)")
        void asked() {
            assertThat(sizes(new Chunking(OptionalInt.of(2), 2), 5, 1000)).containsExactly(2, 2, 1);
        }

        @Test
        @DisplayName("gives long tasks out one by one")
        void longTasks() {
            assertThat(sizes(new Chunking(OptionalInt.empty(), 2), 50, 100e6))
                    .containsOnly(1)
                    .hasSize(50);
        }

        @Test
        @DisplayName("gives short tasks out in few chunks, which shrink towards the end")
        void shortTasks() {
            List<Integer> sizes = sizes(new Chunking(OptionalInt.empty(), 2), 10_000, 300);
            assertThat(sizes).hasSizeLessThan(50);
            assertThat(sizes.get(0)).isEqualTo(1);
            assertThat(sizes.get(1)).isGreaterThan(1000);
            assertThat(sizes.get(sizes.size() - 1)).isEqualTo(1);
            assertThat(sizes.stream().mapToInt(i -> i).sum()).isEqualTo(10_000);
        }

        @Test
        @DisplayName("never gives out nothing or more than is left, whatever the tasks take")
        void isTotal() {
            long seed = 3;
            Random random = new Random(seed);
            for (int i = 0; i < 2000; i++) {
                Chunking chunking = new Chunking(OptionalInt.empty(), 1 + random.nextInt(64));
                for (int left = random.nextInt(2_000_000) + 1; left > 0; ) {
                    int size = chunking.next(left);
                    assertThat(size).as("seed %d", seed).isBetween(1, left);
                    chunking.took(size, random.nextLong(1L << random.nextInt(1, 40)));
                    left -= Math.max(size, left / 3);
                }
            }
        }
    }

    @Nested
    @DisplayName("Text from bytes")
    final class Utf8TextTest {

        @Test
        @DisplayName("characters that are cut are put together, wherever the cut is")
        void cuts() {
            String text = "aé€😀\nz";
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            long seed = 9;
            Random random = new Random(seed);
            for (int i = 0; i < 500; i++) {
                Utf8Text decoder = new Utf8Text();
                StringBuilder out = new StringBuilder();
                for (int at = 0; at < bytes.length; ) {
                    int n = 1 + random.nextInt(bytes.length - at);
                    out.append(decoder.decode(Arrays.copyOfRange(bytes, at, at + n), n));
                    at += n;
                }
                assertThat(out).as("seed %d", seed).hasToString(text);
            }
        }

        @Test
        @DisplayName("bytes that are no text are replaced, not lost and not fatal")
        void malformed() {
            assertThat(new Utf8Text().decode(new byte[] {'a', (byte) 0xff, 'b', (byte) 0xc0, (byte) 0x80, 'c'}, 6))
                    .startsWith("a\ufffdb")
                    .endsWith("c");
        }
    }

    @Nested
    @DisplayName("The tail of a worker's output")
    final class TailTest {

        @Test
        @DisplayName("keeps the last lines, bounded, however much was printed")
        void bounded() {
            Tail tail = new Tail();
            for (int i = 0; i < 100_000; i++) {
                tail.add("line " + i + "\n");
            }
            tail.add("x".repeat(1_000_000));
            assertThat(tail.quote()).hasSizeLessThan(10_000);
            Tail lines = new Tail();
            for (int i = 0; i < 100; i++) {
                lines.add("line " + i + "\n");
            }
            assertThat(lines.quote().lines()).hasSize(22).last().isEqualTo("  | line 99");
            lines.clear();
            assertThat(lines.quote()).isEmpty();
        }
    }

    @Nested
    @DisplayName("Kinds of workers")
    final class WorkerSpecTest {

        @Test
        @DisplayName("memory becomes -Xmx, cores the number of processors and of slots, variables are merged (W-E4)")
        void resources() {
            JobOptions options = new JobOptions(
                    "x",
                    Resources.builder().cores(2).memory("1.5GiB").build(),
                    OptionalInt.empty(),
                    ErrorPolicy.FAIL_FAST,
                    Map.of("B", "2"),
                    Optional.of(Path.of("/tmp")));
            WorkerSpec spec =
                    WorkerSpec.of(settings(OptionalInt.of(4), List.of("-Xss2m")), Path.of("/jdk/bin/java"), options);
            assertThat(spec.jvmOptions()).containsExactly("-Xss2m", "-Xmx1536m", "-XX:ActiveProcessorCount=2");
            assertThat(spec.slots()).isEqualTo(2);
            assertThat(spec.variables()).isEqualTo(Map.of("A", "1", "B", "2"));
            assertThat(spec.directory()).contains(Path.of("/tmp"));
        }

        @Test
        @DisplayName("more cores than there are workers count for all of them")
        void tooManyCores() {
            JobOptions options = new JobOptions(
                    "x",
                    Resources.builder().cores(99).build(),
                    OptionalInt.empty(),
                    ErrorPolicy.FAIL_FAST,
                    Map.of(),
                    Optional.empty());
            assertThat(WorkerSpec.of(settings(OptionalInt.of(4), List.of()), Path.of("/j"), options)
                            .slots())
                    .isEqualTo(4);
        }

        @Test
        @DisplayName("jobs that ask for the same share workers")
        void shared() {
            LocalSettings settings = settings(OptionalInt.of(2), List.of());
            assertThat(WorkerSpec.of(settings, Path.of("/j"), JobOptions.named("a")))
                    .isEqualTo(WorkerSpec.of(settings, Path.of("/j"), JobOptions.named("b")));
        }
    }

    @Nested
    @DisplayName("Settings")
    final class SettingsTest {

        @Test
        @DisplayName("each wrong value is refused by its key")
        void refused() {
            assertThatThrownBy(() -> settings(OptionalInt.of(0), List.of()))
                    .hasMessageContaining("workers must be 1 to 4096");
            assertThatThrownBy(() -> settings(OptionalInt.empty(), List.of("Xmx1g")))
                    .hasMessageContaining("jvm-options: 'Xmx1g'");
            assertThatThrownBy(() -> settings(OptionalInt.empty(), List.of("-cp")))
                    .hasMessageContaining("jvm-options: '-cp'");
        }
    }
}
