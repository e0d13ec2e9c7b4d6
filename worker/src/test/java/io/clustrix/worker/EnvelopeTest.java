package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An envelope")
class EnvelopeTest {

    private final Serializer serializer = new JdkSerializerProvider().create(SerializerOptions.none());
    private final byte[] envelope = Envelope.seal("jdk", 61, serializer, List.of("a", 1));

    @Test
    @DisplayName("tells the serializer, the class-file level and where the payload is, and gives the value back")
    void whole() {
        Envelope.Header header = Envelope.open(envelope);
        assertThat(header.serializerName()).isEqualTo("jdk");
        assertThat(header.classFileLevel()).isEqualTo(61);
        assertThat(header.payloadOffset() + header.payloadLength()).isEqualTo(envelope.length);
        assertThat(read(header, envelope)).isEqualTo(List.of("a", 1));
    }

    private Object read(Envelope.Header header, byte[] bytes) {
        return header.read(bytes, serializer, EnvelopeTest.class.getClassLoader());
    }

    @Test
    @DisplayName("starts with the letters CLTX and adds twenty bytes or so")
    void form() {
        assertThat(Arrays.copyOf(envelope, 5)).isEqualTo(new byte[] {'C', 'L', 'T', 'X', 1});
        assertThat(Envelope.open(envelope).payloadOffset()).isEqualTo(19);
    }

    @Test
    @DisplayName("may stand anywhere in an array and in a sink that has other things before it")
    void anywhere() {
        ByteSink sink = new ByteSink(16);
        sink.write(new byte[] {1, 2, 3});
        Envelope.seal(sink, "jdk", 69, serializer, null);
        int second = sink.size();
        Envelope.seal(sink, "other-name", 0, serializer, "b");
        Envelope.Header first = Envelope.open(sink.array(), 3, second - 3);
        assertThat(first.classFileLevel()).isEqualTo(69);
        assertThat(read(first, sink.array())).isNull();
        Envelope.Header other = Envelope.open(sink.array(), second, sink.size() - second);
        assertThat(other.serializerName()).isEqualTo("other-name");
        assertThat(read(other, sink.array())).isEqualTo("b");
    }

    @Test
    @DisplayName("can be made of bytes that were serialized before, and those are not touched (W-C4)")
    void ofBytes() {
        Envelope.Header header = Envelope.open(envelope);
        ByteSink sink = new ByteSink();
        Envelope.seal(sink, "jdk", 61, envelope, header.payloadOffset(), header.payloadLength());
        assertThat(sink.toByteArray()).isEqualTo(envelope);
    }

    @Test
    @DisplayName("cut at any length is refused as cut, with both lengths")
    void cut() {
        for (int length = 0; length < envelope.length; length++) {
            byte[] part = Arrays.copyOf(envelope, length);
            assertThatThrownBy(() -> Envelope.open(part))
                    .as("%d bytes", length)
                    .isInstanceOf(SerializationException.class)
                    .hasMessageContaining("the envelope is cut")
                    .hasMessageContaining(String.valueOf(length));
        }
    }

    @Test
    @DisplayName("with anything behind it is refused as too long")
    void tooLong() {
        assertThatThrownBy(() -> Envelope.open(Arrays.copyOf(envelope, envelope.length + 1)))
                .isInstanceOf(SerializationException.class)
                .hasMessage("the envelope is too long: it says " + envelope.length + " bytes, there are "
                        + (envelope.length + 1));
    }

    @Test
    @DisplayName("is refused when any bit of it is flipped")
    void damaged() {
        for (int bit = 0; bit < envelope.length * 8; bit++) {
            byte[] flipped = envelope.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> Envelope.open(flipped))
                    .as("bit %d of byte %d", bit % 8, bit / 8)
                    .isInstanceOf(SerializationException.class)
                    .hasMessageMatching("(?s).*(damaged|no Clustrix envelope|version|cut|too long).*");
        }
        byte[] payload = envelope.clone();
        payload[payload.length - 1]++;
        assertThatThrownBy(() -> Envelope.open(payload))
                .hasMessageContaining("the envelope is damaged: its checksum is 0x");
    }

    @Test
    @DisplayName("of something else is called foreign, with what it starts with")
    void foreign() {
        assertThatThrownBy(() -> Envelope.open(
                        "Segmentation fault (core dumped)".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("no Clustrix envelope")
                .hasMessageContaining("0x5365676d");
    }

    @Test
    @DisplayName("of a newer version is refused as such, whatever follows")
    void newer() {
        byte[] other = new byte[9];
        System.arraycopy(envelope, 0, other, 0, 4);
        other[4] = 2;
        assertThatThrownBy(() -> Envelope.open(other))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("has version 2, this Clustrix reads version 1");
    }

    @Test
    @DisplayName("of random bytes is refused and never anything else, for 20,000 seeds")
    void random() {
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] garbage = new byte[random.nextInt(64)];
            random.nextBytes(garbage);
            if (seed % 2 == 0) { // a good start, so that the rest is looked at
                System.arraycopy(envelope, 0, garbage, 0, Math.min(garbage.length, random.nextInt(16)));
            }
            assertThatThrownBy(() -> Envelope.open(garbage))
                    .as("seed %d", seed)
                    .isInstanceOf(SerializationException.class);
        }
    }

    @Test
    @DisplayName("of a value that can't be written leaves the sink as it was")
    void notWritten() {
        ByteSink sink = new ByteSink();
        sink.writeInt(7);
        Object bad = List.of("a", new Object[] {Thread.currentThread()});
        assertThatThrownBy(() -> Envelope.seal(sink, "jdk", 61, serializer, bad))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("java.lang.Thread is not java.io.Serializable");
        assertThat(sink.toByteArray()).isEqualTo(new byte[] {0, 0, 0, 7});
    }

    @Test
    @DisplayName("takes no name and no level that it could not give back")
    void wrongNames() {
        for (String name : List.of("", "x".repeat(256), "kr yo", "kry\u00f6")) {
            ByteSink sink = new ByteSink();
            assertThatThrownBy(() -> Envelope.seal(sink, name, 61, serializer, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(sink.size()).isZero();
        }
        assertThatThrownBy(() -> Envelope.seal("jdk", 0x10000, serializer, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
