package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Memory;
import io.clustrix.spi.RemotePath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A section becomes a record")
final class RecordReaderTest {
    private static final Path HOME = Path.of("/home/anna");

    enum Colour {
        RED,
        LIGHT_BLUE
    }

    record Inner(String name, int count) {}

    record All(
            String text,
            int i,
            Long l,
            double d,
            Boolean yes,
            Colour colour,
            Duration pollInterval,
            Memory memory,
            Path path,
            RemotePath workDir,
            Inner inner,
            Optional<Inner> maybe,
            Optional<Colour> maybeColour,
            OptionalInt oi,
            OptionalLong ol,
            OptionalDouble od,
            List<Integer> numbers,
            List<Inner> inners,
            Map<String, String> map,
            Map<String, Inner> named) {}

    record One<T>(T value) {}

    record Text(String value) {}

    record Int(int value) {}

    record Long1(long value) {}

    record Real(double value) {}

    record Truth(boolean value) {}

    record Time(Duration value) {}

    record Amount(Memory value) {}

    record Place(Path value) {}

    record Word(Colour value) {}

    record Words(List<String> value) {}

    record Pairs(Map<String, String> value) {}

    record Maybe(Optional<String> value) {}

    record Tree(Optional<Tree> child, int depth) {}

    private static <R extends Record> R read(String hocon, Class<R> type) {
        Problems problems = new Problems();
        RecordReader reader =
                new RecordReader(new Surroundings(Map.of(), Map.of(), HOME, HOME), RecordReader.Purpose.USE, problems);
        Optional<R> result =
                reader.read(ConfigFactory.parseString(hocon).resolve().root(), type, "x");
        problems.throwIfAny();
        return result.orElseThrow();
    }

    private static String refusal(String hocon, Class<? extends Record> type) {
        try {
            throw new AssertionError("was read as " + read(hocon, type));
        } catch (ConfigurationException e) {
            return e.getMessage();
        }
    }

    @Test
    @DisplayName("with every type of component there is")
    void all() {
        All all = read("""
                text = 1.10, i = -3, l = 9000000000, d = 2.5e-3, yes = on, colour = light-blue
                poll-interval = 5m, memory = 16 GiB, path = ~/data, work-dir = /scratch/anna
                inner { name = a, count = 1 }, maybe { name = b, count = 2 }, maybe-colour = red
                oi = 1, ol = 2, od = 3
                numbers = [1, 2], inners = [{ name = c, count = 3 }]
                map { a = 1, b.c = two, "d.e" = true }, named { x { name = d, count = 4 } }
                """, All.class);

        assertThat(all)
                .isEqualTo(new All(
                        "1.10",
                        -3,
                        9_000_000_000L,
                        0.0025,
                        true,
                        Colour.LIGHT_BLUE,
                        Duration.ofMinutes(5),
                        Memory.ofGibibytes(16),
                        HOME.resolve("data"),
                        new RemotePath("/scratch/anna"),
                        new Inner("a", 1),
                        Optional.of(new Inner("b", 2)),
                        Optional.of(Colour.RED),
                        OptionalInt.of(1),
                        OptionalLong.of(2),
                        OptionalDouble.of(3),
                        List.of(1, 2),
                        List.of(new Inner("c", 3)),
                        Map.of("a", "1", "b.c", "two", "d.e", "true"),
                        Map.of("x", new Inner("d", 4))));
    }

    @Test
    @DisplayName("where optionals, lists and maps may be absent or null and nothing else may")
    void absent() {
        assertThat(read("text = null, maybe = null", Nothing.class))
                .isEqualTo(new Nothing(
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        OptionalDouble.empty(),
                        List.of(),
                        Map.of(),
                        new Nested(Optional.empty())));
        assertThat(refusal("", Int.class)).contains("x.value: required, but not set");
        assertThat(refusal("value = null", Int.class)).contains("x.value: required, but not set");
        assertThat(refusal("inner.name = a", Whole.class)).contains("x.inner.count: required, but not set");
        assertThat(refusal("", Whole.class))
                .contains("x.inner.name: required, but not set")
                .contains("x.inner.count");
    }

    record Nested(Optional<String> text) {}

    record Nothing(
            Optional<String> text,
            Optional<Inner> maybe,
            OptionalInt oi,
            OptionalLong ol,
            OptionalDouble od,
            List<Inner> list,
            Map<String, Inner> map,
            Nested nested) {}

    record Whole(Inner inner) {}

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    300 s       | PT5M
                    300s        | PT5M
                    5m          | PT5M
                    5 minutes   | PT5M
                    1h30m       | PT1H30M
                    "01:30:00"  | PT1H30M
                    "100:00:00" | PT100H
                    "2-12:00:00"| PT60H
                    2d          | PT48H
                    PT90S       | PT1M30S
                    250ms       | PT0.25S
                    1.5h        | PT1H30M
                    0s          | PT0S
                    10us        | PT0.00001S
                    """)
    @DisplayName("with durations in HOCON's units and in the forms of walltimes")
    void durations(String text, Duration expected) {
        assertThat(read("value = " + text, Time.class).value()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    300           | HOCON reads milliseconds, Slurm minutes, PBS and Grid Engine seconds
                    1.5           | has no unit
                    "1:30"        | ambiguous
                    5 parsecs     | is not a duration; write a number and a unit
                    -5s           | out of range
                    99999999999d  | out of range
                    999999999d    | out of range
                    ""            | is not a duration
                    [5s]          | must be a duration, not a list
                    """)
    @DisplayName("without guessing what a duration means")
    void wrongDurations(String text, String expected) {
        assertThat(refusal("value = " + text, Time.class)).contains(expected);
    }

    @Test
    @DisplayName("with memory read by Memory.parse from the text as written")
    void memory() {
        assertThat(read("value = 8GB", Amount.class).value()).isEqualTo(new Memory(8_000_000_000L));
        assertThat(read("value = 1.5G", Amount.class).value()).isEqualTo(Memory.ofMebibytes(1536));
        assertThat(refusal("value = 1024", Amount.class)).contains("'1024' has no unit");
        assertThat(refusal("value = 8 giga", Amount.class)).contains("unknown unit");
        assertThat(refusal("value {}", Amount.class)).contains("must be an amount of memory, not a block");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.5", "eight", "\"\"", "2147483648", "-2147483649", "1e999999999", "0x10", "1_000"})
    @DisplayName("without cutting or wrapping a whole number")
    void wrongNumbers(String text) {
        assertThat(refusal("value = " + text, Int.class)).contains("x.value: '").contains("is not a ");
    }

    @Test
    @DisplayName("with numbers in quotes and with exponents, exactly")
    void numbers() {
        assertThat(read("value = \"8\"", Int.class).value()).isEqualTo(8);
        assertThat(read("value = 1e3", Int.class).value()).isEqualTo(1000);
        assertThat(read("value = 9223372036854775807", Long1.class).value()).isEqualTo(Long.MAX_VALUE);
        assertThat(refusal("value = 9223372036854775808", Long1.class)).contains("not a whole number");
        assertThat(read("value = 1", Real.class).value()).isEqualTo(1.0);
        assertThat(refusal("value = NaN", Real.class)).contains("'NaN' is not a number");
        assertThat(refusal("value = " + "1".repeat(10_000), Real.class))
                .contains("is not a number")
                .hasSizeLessThan(300);
    }

    @Test
    @DisplayName("with the truths that HOCON has and no others")
    void truths() {
        assertThat(List.of("true", "yes", "on"))
                .allMatch(t -> read("value = " + t, Truth.class).value());
        assertThat(List.of("false", "no", "off"))
                .noneMatch(t -> read("value = " + t, Truth.class).value());
        assertThat(refusal("value = 1", Truth.class)).contains("'1' is not true or false");
    }

    @Test
    @DisplayName("with enums in lower case and dashes, and the allowed ones named")
    void enums() {
        assertThat(read("value = light-blue", Word.class).value()).isEqualTo(Colour.LIGHT_BLUE);
        assertThat(refusal("value = LIGHT_BLUE", Word.class))
                .contains("'LIGHT_BLUE' is none of red, light-blue; did you mean 'light-blue'?");
        assertThat(refusal("value = green", Word.class)).contains("'green' is none of red, light-blue\n");
    }

    @Test
    @DisplayName("with ~ for the home directory")
    void paths() {
        assertThat(read("value = \"~\"", Place.class).value()).isEqualTo(HOME);
        assertThat(read("value = ~/a b", Place.class).value()).isEqualTo(HOME.resolve("a b"));
        assertThat(read("value = a/~", Place.class).value()).isEqualTo(Path.of("a/~"));
        assertThat(refusal("value = ~bob/x", Place.class)).contains("only your own home directory");
        assertThat(refusal("value = \" \"", Place.class)).contains("blank");
        assertThat(refusal("value = \"a\\u0000b\"", Place.class)).contains("x.value: Nul character");
    }

    @Test
    @DisplayName("with lists and maps whose elements are checked one by one")
    void structures() {
        assertThat(read("value = [a, 1, true]", Words.class).value()).containsExactly("a", "1", "true");
        assertThat(refusal("value = [a, [b], {c = 1}]", Words.class))
                .contains("x.value[1]: must be a text, not a list")
                .contains("x.value[2]: must be a text, not a block");
        assertThat(refusal("value = a", Words.class)).contains("must be a list [ ... ], not a text");
        assertThat(refusal("value = a", Pairs.class)).contains("must be a block { ... }, not a text");
        assertThat(refusal("value { \"a.b\" = 1, a.b = 2 }", Pairs.class)).contains("x.value.a.b: is set twice");
        assertThat(refusal("value { a = [1] }", Pairs.class)).contains("x.value.a: must be a text, not a list");
        assertThat(read("value { a = null }", Pairs.class).value()).isEmpty();
    }

    @Test
    @DisplayName("which can't be changed afterwards")
    void immutable() {
        assertThatThrownBy(() -> read("value = [a]", Words.class).value().add("b"))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> read("value.a = b", Pairs.class).value().put("b", "c"))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    @DisplayName("that may hold its like")
    void recursive() {
        assertThat(read("depth = 1, child { depth = 2, child { depth = 3 } }", Tree.class)
                        .child()
                        .flatMap(Tree::child)
                        .map(Tree::depth))
                .contains(3);
        assertThat(Shape.leaves(Tree.class)).extracting(Shape.Leaf::path).containsExactly("child", "depth");
    }

    @Test
    @DisplayName("and a text that is a block is told so")
    void kinds() {
        assertThat(refusal("value { a = 1 }", Text.class)).contains("x.value: must be a text, not a block { ... }");
        assertThat(refusal("value = [1]", Maybe.class)).contains("x.value: must be a text, not a list [ ... ]");
    }

    record Range(int low, int high) {
        Range {
            if (low > high) {
                throw new IllegalArgumentException("low is " + low + ", but must not be above high, " + high);
            }
        }
    }

    @Test
    @DisplayName("whose own check is told at the key that it names first")
    void ownCheck() {
        assertThat(refusal("low = 2\nhigh = 1", Range.class))
                .contains("x.low: low is 2")
                .contains("String:1");
    }

    @Test
    @DisplayName("unless the record has a component that no text can fill")
    void unsupported() {
        assertThatThrownBy(() -> read("value = 1", One.class))
                .isInstanceOf(io.clustrix.spi.PluginException.class)
                .hasMessageContaining("settings can't have a value of type T");
    }
}
