package io.clustrix.internal.codec;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Memory;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import io.clustrix.testlog.RecordedLogs;
import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.Envelope;
import io.clustrix.worker.JdkSerializerProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PooledCodecTest {

    /** The JDK's serializer, counted. */
    private static final class Counted implements SerializerProvider {
        private final AtomicInteger made = new AtomicInteger();
        private final SerializerProvider jdk = new JdkSerializerProvider();

        @Override
        public String name() {
            return "counted";
        }

        @Override
        public Serializer create(SerializerOptions options) {
            made.incrementAndGet();
            return jdk.create(options);
        }
    }

    private final Counted provider = new Counted();
    private final PooledCodec codec = codec(provider, Memory.ofMebibytes(1));

    private static PooledCodec codec(SerializerProvider provider, Memory warnAbove) {
        return new PooledCodec(provider, SerializerOptions.none(), PooledCodecTest.class.getClassLoader(), warnAbove);
    }

    private Object through(Object value) {
        byte[] bytes = codec.encode(value);
        return codec.decode(bytes, 0, bytes.length);
    }

    @Test
    @DisplayName("values come back, in a part of an array too; one thread needs one serializer")
    void roundTrip() {
        for (int i = 0; i < 1000; i++) {
            assertThat(through(List.of("a", i))).isEqualTo(List.of("a", i));
        }
        assertThat(codec.decode(codec.encode(null), 0, codec.encode(null).length))
                .isNull();
        byte[] bytes = codec.encode("x");
        byte[] more = new byte[bytes.length + 7];
        System.arraycopy(bytes, 0, more, 3, bytes.length);
        assertThat(codec.decode(more, 3, bytes.length)).isEqualTo("x");
        assertThat(provider.made).hasValue(1);
    }

    @Test
    @DisplayName("many threads share few serializers")
    void manyThreads() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < 200; t++) {
            int n = t;
            all.add(threads.submit(() -> {
                for (int i = 0; i < 100; i++) {
                    assertThat(through("value " + n + " " + i)).isEqualTo("value " + n + " " + i);
                }
            }));
        }
        for (Future<?> f : all) {
            f.get(15, SECONDS);
        }
        threads.shutdown();
        assertThat(provider.made.get()).isLessThan(200);
    }

    @Test
    @DisplayName(
            "the envelope says which class-file level the user's class needs: also of a lambda, and within our wrappers")
    void classFileLevel() {
        RemoteCallable<Integer> lambda = () -> 1;
        int own = Envelope.open(codec.encode(lambda)).classFileLevel();
        assertThat(own).isGreaterThanOrEqualTo(61);
        assertThat(Envelope.open(codec.encode(new Wrapped(lambda))).classFileLevel())
                .isEqualTo(own);
        assertThat(Envelope.open(codec.encode(new Wrapped[0])).classFileLevel()).isEqualTo(own);
        assertThat(Envelope.open(codec.encode("text")).classFileLevel()).isZero();
        assertThat(Envelope.open(codec.encode(new int[3])).classFileLevel()).isZero();
        assertThat(Envelope.open(codec.encode(null)).classFileLevel()).isZero();
    }

    private record Wrapped(Object carried) implements CarriesFunction, java.io.Serializable {}

    @Test
    void foreignEnvelopes() {
        PooledCodec jdk = codec(new JdkSerializerProvider(), Memory.ofMebibytes(1));
        byte[] foreign = jdk.encode("x");
        assertThatThrownBy(() -> codec.decode(foreign, 0, foreign.length))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("serializer 'jdk'")
                .hasMessageContaining("'counted'");
        byte[] newer = Envelope.seal("counted", 44 + 99, provider.create(SerializerOptions.none()), "x");
        assertThatThrownBy(() -> codec.decode(newer, 0, newer.length))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("needs Java 99");
        byte[] bytes = codec.encode("x");
        assertThatThrownBy(() -> codec.decode(bytes, 0, bytes.length - 1)).hasMessageContaining("cut");
    }

    private static final class Connection {}

    @Test
    @DisplayName(
            "R54: what can't be shipped is told with the path to the culprit, again and again, and others still go")
    void culprit() {
        Connection connection = new Connection();
        RemoteCallable<String> task = () -> Objects.toString(connection);
        String first = null;
        for (int i = 0; i < 3; i++) {
            try {
                codec.encode(task);
                throw new AssertionError("it was shipped");
            } catch (SerializationException e) {
                assertThat(e).hasMessageContaining("connection").hasMessageContaining("Connection");
                assertThat(e.getCause()).isInstanceOf(SerializationException.class);
                first = first == null ? e.getMessage() : first;
                assertThat(e.getMessage()).isEqualTo(first);
            }
        }
        assertThatThrownBy(() -> codec.encode(new Object[] {"a", connection}))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("item 1");
        assertThat(through("fine")).isEqualTo("fine");
        assertThat(provider.made.get()).isLessThan(10);
    }

    @Test
    @DisplayName("a task above the size that is worth a warning is logged once, with its largest parts")
    void large() {
        PooledCodec strict = codec(provider, new Memory(10_000));
        byte[] data = new byte[50_000];
        String text = "x".repeat(20_000);
        for (int i = 0; i < 3; i++) {
            RemoteCallable<Integer> task = () -> data.length + text.length();
            strict.encode(task);
        }
        assertThat(RecordedLogs.with("lambda in " + PooledCodecTest.class.getName()))
                .singleElement()
                .asString()
                .contains("takes 69 KiB")
                .contains("10000B")
                .contains("data")
                .contains("48 KiB")
                .contains("19 KiB");
    }
}
