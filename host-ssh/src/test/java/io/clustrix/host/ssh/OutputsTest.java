package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutputsTest {
    @Test
    @DisplayName("Everything up to the marker's line is dropped, however the pieces are cut")
    void marker() throws Exception {
        byte[] all = "Welcome!\nno newline MARK 4711\nthe output\nMARK 1\n".getBytes(StandardCharsets.UTF_8);
        for (int size = 1; size <= all.length; size++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            AfterMarker after = new AfterMarker("MARK", out);
            for (int at = 0; at < all.length; at += size) {
                assertThat(after.accept(java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + size))))
                        .isTrue();
            }
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("the output\nMARK 1\n");
            assertThat(after.rest()).isEqualTo("4711");
        }
    }

    @Test
    @DisplayName("A shell that prints more than 1 MiB before the marker is given up")
    void endless() throws Exception {
        AfterMarker after = new AfterMarker("MARK", new ByteArrayOutputStream());
        byte[] piece = new byte[100_000];
        int pieces = 0;
        while (after.accept(piece)) {
            pieces++;
        }
        assertThat(pieces).isEqualTo(10);
    }

    @Test
    @DisplayName("The beginning of an output is kept, and whether something is missing")
    void beginning() {
        Beginning kept = new Beginning(5);
        kept.write("abc".getBytes(StandardCharsets.UTF_8), 0, 3);
        assertThat(kept.truncated()).isFalse();
        kept.write("defg".getBytes(StandardCharsets.UTF_8), 0, 4);
        assertThat(kept.toString()).isEqualTo("abcde");
        assertThat(kept.truncated()).isTrue();
    }

    @Test
    @DisplayName("The end of the errors is kept, whole characters only")
    void ending() throws Exception {
        StringBuilder all = new StringBuilder();
        Ending kept = new Ending(10);
        for (int i = 0; i < 50; i++) {
            all.append(i);
            kept.write(Integer.toString(i).getBytes(StandardCharsets.UTF_8));
            String text = all.toString();
            assertThat(kept.toString()).isEqualTo(text.substring(Math.max(0, text.length() - 10)));
        }
        kept.write("0123456789abcdefghijklm".getBytes(StandardCharsets.UTF_8));
        assertThat(kept.toString()).isEqualTo("defghijklm");
        kept.write("ü12345678\u00e4".getBytes(StandardCharsets.UTF_8));
        assertThat(kept.toString()).isEqualTo("12345678ä");
    }

    @Test
    @DisplayName("Times are written as people do")
    void times() {
        assertThat(Words.of(Duration.ofMillis(250))).isEqualTo("250ms");
        assertThat(Words.of(Duration.ofSeconds(15))).isEqualTo("15s");
        assertThat(Words.of(Duration.ofSeconds(3905))).isEqualTo("1h 5m 5s");
    }
}
