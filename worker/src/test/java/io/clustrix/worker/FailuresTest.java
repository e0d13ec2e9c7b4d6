package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.RemoteTaskException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.SerializerOptions;
import io.clustrix.spi.ThrowableData;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Exceptions on their way from a worker (W-C2, R53)")
final class FailuresTest {
    private final WorkerCodec codec =
            new WorkerCodec("jdk", new JdkSerializerProvider().create(SerializerOptions.none()));

    private byte[] written(Throwable t, boolean withObject) {
        ByteSink sink = new ByteSink();
        byte[] object = null;
        if (withObject) {
            codec.encode(t, sink);
            object = sink.toByteArray();
            sink.reset();
        }
        Failures.write(ThrowableData.of(t), object, sink);
        return sink.toByteArray();
    }

    private static Exception sample() {
        Exception e = new IllegalStateException("höchst \u2603 unfortunate", new IOException((String) null));
        e.addSuppressed(new Error("also"));
        return e;
    }

    @Test
    @DisplayName("the object itself comes back, with trace, cause and suppressed")
    void object() throws IOException {
        Exception e = sample();
        byte[] bytes = written(e, true);
        Throwable back = Failures.read(bytes, bytes.length, codec::decode);
        assertThat(back).isExactlyInstanceOf(IllegalStateException.class).hasMessage(e.getMessage());
        assertThat(back.getStackTrace()).containsExactly(e.getStackTrace());
        assertThat(back.getCause()).isExactlyInstanceOf(IOException.class);
        assertThat(back.getSuppressed()).hasSize(1);
    }

    @Test
    @DisplayName("without the object, all of the data comes back and it says why")
    void data() throws IOException {
        Exception e = sample();
        byte[] bytes = written(e, false);
        Throwable back = Failures.read(bytes, bytes.length, codec::decode);
        assertThat(back).isInstanceOf(RemoteTaskException.class);
        assertThat(((RemoteTaskException) back).data()).isEqualTo(ThrowableData.of(e));
        assertThat(back).hasMessageContaining("could not be rebuilt here: the worker could not serialize it");
    }

    @Test
    @DisplayName("an object that can't be read here falls back to the data")
    void unreadable() throws IOException {
        byte[] bytes = written(sample(), true);
        Throwable back = Failures.read(bytes, bytes.length, (b, o, l) -> {
            throw new SerializationException("class com.acme.Lost is missing");
        });
        assertThat(back)
                .isInstanceOf(RemoteTaskException.class)
                .hasMessageContaining("java.lang.IllegalStateException: höchst \u2603 unfortunate")
                .hasMessageContaining("class com.acme.Lost is missing");
    }

    @Test
    @DisplayName("an object that comes back as another class is not believed")
    void somethingElse() throws IOException {
        byte[] bytes = written(sample(), true);
        assertThat(Failures.read(bytes, bytes.length, (b, o, l) -> "no exception"))
                .isInstanceOf(RemoteTaskException.class)
                .hasMessageContaining("came back as something else");
    }

    @Test
    @DisplayName("bytes that are cut are an IOException, at every length")
    void cut() {
        byte[] bytes = written(sample(), false);
        for (int length = 0; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> Failures.read(part, part.length, codec::decode))
                    .as("%d of %d bytes", length, bytes.length)
                    .isInstanceOf(IOException.class);
        }
    }
}
