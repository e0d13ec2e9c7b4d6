package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.Serializer;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.SerializerProvider;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What needs nothing but this module; the round trips of all values are tested with those of Kryo, in its module. */
@DisplayName("The serializer jdk")
class JdkSerializerTest {

    private final Serializer serializer = new JdkSerializerProvider().create(SerializerOptions.none());

    record Plain(int n, Optional<String> text, List<Plain> inner) {}

    private static final class NotSerializable {}

    private static final class Holder implements Serializable {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings({"serial", "UnusedVariable"}) // only written
        final Object held;

        Holder(Object held) {
            this.held = held;
        }
    }

    @SuppressWarnings("unchecked")
    private <T> T roundTrip(T value) {
        byte[] bytes = Envelope.seal("jdk", 61, serializer, value);
        return (T) Envelope.open(bytes).read(bytes, serializer, JdkSerializerTest.class.getClassLoader());
    }

    @Test
    @DisplayName("is found by ServiceLoader")
    void service() {
        assertThat(ServiceLoader.load(SerializerProvider.class).stream()
                        .map(p -> p.get().name()))
                .contains("jdk");
    }

    @Test
    @DisplayName("carries records that are not serializable, and Optional in them")
    void records() {
        Plain plain =
                new Plain(1, Optional.of("x"), new ArrayList<>(List.of(new Plain(2, Optional.empty(), List.of()))));
        assertThat(roundTrip(plain)).isEqualTo(plain);
    }

    @Test
    @DisplayName("carries lambdas with what they captured")
    void lambdas() throws Exception {
        Optional<String> captured = Optional.of("x");
        @SuppressWarnings("unchecked")
        Callable<String> lambda = (Callable<String> & Serializable) captured::get;
        assertThat(roundTrip(lambda).call()).isEqualTo("x");
    }

    @Test
    @DisplayName("names the class that is not serializable and not the one that holds it, and tells what to do (R54)")
    void named() {
        assertThatThrownBy(() -> roundTrip(new Holder(List.of(new NotSerializable()))))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("JdkSerializerTest$NotSerializable is not java.io.Serializable")
                .hasMessageContaining("transient");
    }

    @Test
    @DisplayName("refuses bytes that ask for more than they can hold")
    void bomb() {
        byte[] bytes = Envelope.seal("jdk", 61, serializer, new int[0]);
        int count = bytes.length - 4; // the length of the array ends the stream
        Envelope.Header header = Envelope.open(bytes);
        bytes[count] = 0x7f;
        assertThatThrownBy(() -> header.read(bytes, serializer, JdkSerializerTest.class.getClassLoader()))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("too few for the 2130706432 elements");
    }
}
