package io.clustrix.serializer.kryo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("A value that was written and read")
class RoundTripTest {

    @TestFactory
    @DisplayName("by the serializer kryo is the same, whatever it is")
    Stream<DynamicTest> kryo() {
        Serializer serializer = Subjects.kryo(); // one for all, as in a worker
        return Values.all().stream().map(c -> DynamicTest.dynamicTest(c.name(), () -> assertSame(serializer, c)));
    }

    @TestFactory
    @DisplayName("by the serializer jdk is the same, or was refused by the name of the class that is not serializable")
    Stream<DynamicTest> jdk() {
        Serializer serializer = Subjects.create(Subjects.providers().get(1), "");
        return Values.all().stream()
                .map(c -> DynamicTest.dynamicTest(c.name(), () -> {
                    if (c.serializable()) {
                        assertSame(serializer, c);
                    } else {
                        assertThatThrownBy(() -> Subjects.write(serializer, c.value()))
                                .isInstanceOf(SerializationException.class)
                                .hasMessageMatching(
                                        "(?s)io\\.clustrix\\.serializer\\.kryo\\.\\S+ is not java\\.io\\.Serializable\n.*");
                    }
                }));
    }

    private static void assertSame(Serializer serializer, Values.Case c) throws Exception {
        byte[] bytes = Subjects.write(serializer, c.value());
        Object actual = Subjects.read(serializer, bytes);
        assertThat(c.check().same(c.value(), actual))
                .as(
                        "%s -> %s",
                        c.value() == null ? null : c.value().getClass(), actual == null ? null : actual.getClass())
                .isTrue();
    }

    @Test
    @DisplayName("carries at least the 77 values that were the measure when the serializers were chosen")
    void enough() {
        List<Values.Case> all = Values.all();
        assertThat(all).hasSizeGreaterThan(200);
        assertThat(all.stream().map(Values.Case::name)).doesNotHaveDuplicates();
        assertThat(all.stream().filter(Values.Case::serializable)).hasSizeGreaterThan(180);
    }

    @TestFactory
    @DisplayName("as an exception has its stack trace, cause and suppressed exceptions (R53, W-C2)")
    Stream<DynamicTest> exceptions() {
        return Subjects.providers().stream()
                .map(p -> DynamicTest.dynamicTest(p.name(), () -> {
                    Exception e = new IllegalStateException("top", new java.io.IOException("cause"));
                    e.addSuppressed(new Exception("suppressed"));
                    Exception r = Subjects.roundTrip(Subjects.create(p, ""), e);
                    assertThat(r.getStackTrace()).isEqualTo(e.getStackTrace()).isNotEmpty();
                    assertThat(r.getCause().getStackTrace())
                            .isEqualTo(e.getCause().getStackTrace());
                    assertThat(r.getSuppressed()[0].getStackTrace()).isEqualTo(e.getSuppressed()[0].getStackTrace());
                }));
    }

    @Test
    @DisplayName("many times by one instance takes the same bytes each time")
    void repeatable() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            for (Values.Case c : Values.all()) {
                if (c.serializable() && !c.name().startsWith("TreeMap with")) {
                    byte[] first = Subjects.write(serializer, c.value());
                    assertThat(Subjects.write(serializer, c.value()))
                            .as(c.name())
                            .isEqualTo(first);
                }
            }
        }
    }

    @Test
    @DisplayName("as a large array is the same: 100 MB and 200 MB, each within seconds")
    void largeArrays() {
        for (SerializerProvider provider : Subjects.providers()) {
            Serializer serializer = Subjects.create(provider, "");
            double[] doubles = new double[12_500_000];
            Arrays.setAll(doubles, i -> i * 0.25);
            assertThat(Arrays.equals(Subjects.roundTrip(serializer, doubles), doubles))
                    .isTrue();
        }
        byte[] bytes = new byte[200_000_000];
        bytes[bytes.length - 1] = 7;
        for (SerializerProvider provider : Subjects.providers()) {
            assertThat(Arrays.equals(Subjects.roundTrip(Subjects.create(provider, ""), bytes), bytes))
                    .isTrue();
        }
    }

    @Test
    @DisplayName("keeps an array that two fields share shared, also when it is large")
    void sharedArray() {
        long[] array = new long[1000];
        List<Object> list = new ArrayList<>(List.of(array, new Object[] {array}));
        for (SerializerProvider provider : Subjects.providers()) {
            List<Object> r = Subjects.roundTrip(Subjects.create(provider, ""), list);
            assertThat(r.get(0)).isSameAs(((Object[]) r.get(1))[0]);
        }
    }

    @Test
    @DisplayName("by kryo is small: an Integer two bytes, a lambda about two hundred")
    void small() {
        Serializer serializer = Subjects.kryo();
        assertThat(Subjects.write(serializer, 7)).hasSize(2);
        assertThat(Subjects.write(serializer, UserTypes.capturing(1, "a"))).hasSizeLessThan(220);
    }
}
