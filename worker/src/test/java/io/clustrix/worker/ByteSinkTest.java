package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.SerializationException;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A byte sink")
class ByteSinkTest {

    @Test
    @DisplayName("holds what was written to it, in whatever pieces, for 200 seeds")
    void content() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            byte[] all = new byte[random.nextInt(100_000)];
            random.nextBytes(all);
            ByteSink sink = new ByteSink(random.nextInt(100));
            for (int at = 0; at < all.length; ) {
                int n = Math.min(all.length - at, random.nextInt(5_000));
                if (n == 1) {
                    sink.write(all[at]);
                } else {
                    sink.write(all, at, n);
                }
                at += n;
            }
            assertThat(sink.toByteArray()).as("seed %d", seed).isEqualTo(all);
        }
    }

    @Test
    @DisplayName("lets numbers be filled in later, most significant byte first")
    void patched() throws IOException {
        ByteSink sink = new ByteSink(16);
        int position = sink.skip(4);
        sink.writeInt(-2);
        sink.setInt(position, 0x01020304);
        assertThat(sink.toByteArray()).isEqualTo(new byte[] {1, 2, 3, 4, -1, -1, -1, -2});
        assertThat(sink.toInput(6).readAllBytes()).isEqualTo(new byte[] {-1, -2});
        assertThatThrownBy(() -> sink.setInt(5, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @DisplayName("forgets what comes after a position, and all of it, and keeps no huge array")
    void forgets() {
        ByteSink sink = new ByteSink();
        sink.write(new byte[10]);
        sink.truncate(4);
        assertThat(sink.size()).isEqualTo(4);
        assertThatThrownBy(() -> sink.truncate(5)).isInstanceOf(IndexOutOfBoundsException.class);
        sink.write(new byte[5_000_000]);
        sink.reset();
        assertThat(sink.size()).isZero();
        assertThat(sink.array().length).isLessThan(1 << 20);
        sink.write(new byte[10_000]);
        byte[] kept = sink.array();
        sink.reset();
        assertThat(sink.array()).isSameAs(kept);
    }

    @Test
    @DisplayName("says what is too much for an array")
    void tooMuch() {
        ByteSink sink = new ByteSink();
        sink.write(new byte[100]);
        assertThatThrownBy(() -> sink.skip(Integer.MAX_VALUE - 10))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("2 GiB");
        assertThat(sink.size()).isEqualTo(100);
    }
}
