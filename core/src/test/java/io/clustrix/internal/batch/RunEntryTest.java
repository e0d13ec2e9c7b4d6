package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RunEntryTest {
    private static final int ROUNDS = 2000;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    private String text(int most) {
        String alphabet = "abc XYZ 09 '\"\\$`\n\t\u0000äß漢\uD83D\uDE00é;,=%";
        int n = random.nextInt(most + 1);
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            s.appendCodePoint(
                    alphabet.codePoints().toArray()[random.nextInt(alphabet.codePointCount(0, alphabet.length()))]);
        }
        return s.toString();
    }

    private <E> E one(List<E> values) {
        return values.get(random.nextInt(values.size()));
    }

    private JobKey key() {
        return new JobKey(random.nextLong(), random.nextLong());
    }

    private Map<String, String> map() {
        Map<String, String> map = new TreeMap<>();
        for (int n = random.nextInt(4); n > 0; n--) {
            map.put("V" + random.nextInt(100), random.nextInt(50) == 0 ? text(70_000) : text(30));
        }
        return map;
    }

    private Resources resources() {
        Resources.Builder b = Resources.builder();
        if (random.nextBoolean()) {
            b.cores(1 + random.nextInt(1000));
        }
        if (random.nextBoolean()) {
            b.memory(new Memory(1L + random.nextInt(1 << 30) * 1000L));
        }
        if (random.nextBoolean()) {
            b.time(Duration.ofSeconds(1 + random.nextInt(1_000_000)));
        }
        if (random.nextBoolean()) {
            b.nodes(1 + random.nextInt(1000));
        }
        if (random.nextBoolean()) {
            b.gpus(1 + random.nextInt(16));
        }
        if (random.nextBoolean()) {
            b.queue("debug");
        }
        if (random.nextBoolean()) {
            b.account("physics");
        }
        if (random.nextBoolean()) {
            b.option("constraint", "avx512");
        }
        return b.build();
    }

    private ElementSet elements() {
        BitSet set = new BitSet();
        for (int n = 1 + random.nextInt(20); n > 0; n--) {
            set.set(random.nextInt(100_000));
        }
        return random.nextBoolean() ? ElementSet.of(set) : ElementSet.range(set.nextSetBit(0), set.length());
    }

    private RunEntry entry() {
        return switch (random.nextInt(10)) {
            case 0 -> {
                List<ClassPathEntry> classPath = new ArrayList<>();
                for (int n = random.nextInt(5); n > 0; n--) {
                    classPath.add(new ClassPathEntry(
                            Path.of("/lib/a b" + n + ".jar"),
                            Integer.toHexString(random.nextInt()),
                            random.nextInt(9999)));
                }
                yield new RunEntry.Taken(new JobRecord(
                        key(),
                        "hpc",
                        text(1024),
                        random.nextBoolean(),
                        one(List.of(ErrorPolicy.values())),
                        resources(),
                        map(),
                        text(20),
                        1 + random.nextInt(1 << 30),
                        1 + random.nextInt(1 << 30),
                        random.nextInt(100),
                        classPath));
            }
            case 1 ->
                new RunEntry.Submitting(
                        key(), random.nextInt(99), random.nextInt(99), elements(), resources(), text(99));
            case 2 ->
                new RunEntry.Accepted(
                        key(),
                        random.nextInt(99),
                        new NativeId(
                                Integer.toString(random.nextInt(9999)),
                                random.nextBoolean() ? Optional.of("cluster2") : Optional.empty()));
            case 3 -> new RunEntry.Fetched(key(), random.nextInt(9999), random.nextBoolean() ? "" : "1 3-5");
            case 4 ->
                new RunEntry.Failed(
                        key(),
                        random.nextInt(99),
                        random.nextInt(999),
                        new Verdict(
                                one(List.of(Verdict.Cause.values())),
                                random.nextInt(256) - 1,
                                text(random.nextInt(50) == 0 ? 70_000 : 100),
                                List.of(text(20), text(20))));
            case 5 ->
                new RunEntry.Worked(
                        key(),
                        random.nextInt(99),
                        random.nextInt(9),
                        random.nextInt(9),
                        new WorkerUse(text(20), random.nextLong(), random.nextLong(), random.nextLong(), -1),
                        random.nextBoolean() ? "" : "LOST",
                        text(99),
                        random.nextInt(256) - 1,
                        random.nextLong());
            case 6 ->
                new RunEntry.RanIn(
                        key(),
                        new RuntimeReport(
                                text(9),
                                text(9),
                                random.nextLong(),
                                text(9),
                                text(9),
                                text(9),
                                new EnvironmentReport(
                                        text(9), text(9), List.of(text(9)), List.of(), List.of(text(9), text(9)))));
            case 7 -> new RunEntry.Program(key(), text(random.nextInt(50) == 0 ? 70_000 : 100));
            case 8 -> new RunEntry.Threw(key(), text(99), random.nextInt(99), random.nextInt(99));
            default -> new RunEntry.Over(key(), one(List.of(JobState.values())), random.nextLong());
        };
    }

    @Test
    @DisplayName("Every entry of the journal is read as it was written")
    void roundTrips() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            RunEntry entry = entry();
            RunEntry read = RunEntry.read(entry.toBytes());
            assertThat(read.toBytes()).as("seed %d, round %d", seed, i).isEqualTo(entry.toBytes());
            assertThat(read.key()).isEqualTo(entry.key());
            if (entry instanceof RunEntry.Submitting s && read instanceof RunEntry.Submitting r) {
                assertThat(r.elements().listed()).isEqualTo(s.elements().listed());
            } else {
                assertThat(read).as("seed %d, round %d", seed, i).isEqualTo(entry);
            }
        }
    }

    @Test
    @DisplayName("An entry that is cut or of another kind is an IOException, not nonsense")
    void cut() {
        byte[] bytes = new RunEntry.Accepted(key(), 3, NativeId.of("12345")).toBytes();
        for (int length = 1; length < bytes.length; length++) {
            if (length == bytes.length - Long.BYTES) {
                continue; // as older builds have written it
            }
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> RunEntry.read(part)).isInstanceOf(java.io.IOException.class);
        }
        bytes[0] = 'Z';
        assertThatThrownBy(() -> RunEntry.read(bytes))
                .isInstanceOf(java.io.IOException.class)
                .hasMessageContaining("unknown type");
    }

    @Test
    @DisplayName("An entry of an older build, without the time, is read")
    void older() throws Exception {
        byte[] accepted = new RunEntry.Accepted(key(), 3, NativeId.of("12345"), 99).toBytes();
        byte[] submitting = new RunEntry.Submitting(key(), 1, 2, elements(), resources(), "-", 99).toBytes();

        assertThat(RunEntry.read(Arrays.copyOf(accepted, accepted.length - Long.BYTES)))
                .isInstanceOfSatisfying(
                        RunEntry.Accepted.class, a -> assertThat(a.millis()).isZero());
        assertThat(RunEntry.read(Arrays.copyOf(submitting, submitting.length - Long.BYTES)))
                .isInstanceOfSatisfying(
                        RunEntry.Submitting.class, s -> assertThat(s.millis()).isZero());
    }

    @Test
    @DisplayName("A verdict that is cut is no shorter verdict")
    void cutVerdict() {
        byte[] bytes = new RunEntry.Failed(
                        key(), 0, 1, new Verdict(Verdict.Cause.LOST, -1, "a long message", List.of("hint")))
                .toBytes();
        for (int length = 1; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> RunEntry.read(part))
                    .as("%d bytes", length)
                    .isInstanceOf(java.io.IOException.class);
        }
    }

    @Test
    @DisplayName("Elements: ranges and lists have positions, and are read as they were written")
    void elementSets() {
        ElementSet range = ElementSet.range(3, 7);
        assertThat(range.isRange()).isTrue();
        assertThat(range.size()).isEqualTo(4);
        assertThat(range.listed()).isEqualTo("3 4 5 6");
        BitSet bits = new BitSet();
        bits.set(2);
        bits.set(9);
        ElementSet list = ElementSet.of(bits);
        assertThat(list.isRange()).isFalse();
        assertThat(list.at(1)).isEqualTo(9);
        assertThat(ElementSet.parse(list.listed()).listed()).isEqualTo("2 9");
        Part inRange = new Part(0, 0, range, Resources.none(), "-");
        assertThat(inRange.position(5)).isEqualTo(2);
        assertThatThrownBy(() -> inRange.position(7)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> inRange.position(2)).isInstanceOf(IllegalArgumentException.class);
        Part inList = new Part(0, 0, list, Resources.none(), "-");
        assertThat(inList.position(9)).isEqualTo(1);
        assertThatThrownBy(() -> inList.position(3)).isInstanceOf(IllegalArgumentException.class);
        assertThat(inList.log(1, 1)).isEqualTo("p0.2");
        assertThat(new Part(4, 0, ElementSet.range(8, 9), Resources.none(), "-").log(0, 1))
                .isEqualTo("p4");
    }

    @Test
    @DisplayName("A job's elements cover its tasks once, up to the largest numbers")
    void covered() {
        for (int[] sizes : new int[][] {
            {1, 1},
            {1, Integer.MAX_VALUE},
            {7, 3},
            {9, 3},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE - 1},
            {Integer.MAX_VALUE, 1 << 28}
        }) {
            JobRecord r = new JobRecord(
                    key(),
                    "hpc",
                    "x",
                    false,
                    ErrorPolicy.COLLECT,
                    Resources.none(),
                    Map.of(),
                    "",
                    sizes[0],
                    sizes[1],
                    0,
                    List.of());
            int next = 0;
            for (int e = 0; e < r.elements(); e++) {
                assertThat(r.from(e)).isEqualTo(next);
                assertThat(r.to(e)).isGreaterThan(next);
                next = r.to(e);
            }
            assertThat(next).isEqualTo(sizes[0]);
        }
    }
}
