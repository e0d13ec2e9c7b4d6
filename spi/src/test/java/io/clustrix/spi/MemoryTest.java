package io.clustrix.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Memory (W-D10, R48)")
final class MemoryTest {

    @ParameterizedTest(name = "{0} is {1} bytes")
    @CsvSource({
        "8GB, 8000000000",
        "8GiB, 8589934592",
        "8G, 8589934592",
        "512M, 536870912",
        "512 MiB, 536870912",
        "512mb, 512000000",
        "1.5GiB, 1610612736",
        "1T, 1099511627776",
        "4k, 4096",
        "4kB, 4000",
        "17B, 17",
        "0.1kB, 100",
        "0.3B, 1",
    })
    void isRead(String text, long bytes) {
        assertThat(Memory.parse(text)).isEqualTo(new Memory(bytes));
    }

    @ParameterizedTest(name = "''{0}'' is refused, and the message says what is allowed")
    @ValueSource(
            strings = {
                "",
                " ",
                "8",
                "1024",
                "GB",
                "-1G",
                "+1G",
                "8 G B",
                "8Gb/s",
                "8XB",
                "0G",
                "0.0MB",
                "1e3M",
                "8,5G",
                "٣G",
                "8388608T",
                "999999999999999999T",
                "1G\nrm",
                "0x10M",
                "NaN",
                "8GB;ls"
            })
    void isRefused(String text) {
        assertThatThrownBy(() -> Memory.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write ");
    }

    @Test
    @DisplayName("a bare number is refused as ambiguous")
    void bareNumber() {
        assertThatThrownBy(() -> Memory.parse("4096")).hasMessageContaining("'4096' has no unit (bytes? mebibytes?)");
    }

    @Test
    @DisplayName("what it prints is read back exactly, for 20,000 amounts")
    void roundTrip() {
        long seed = 20261122;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            long bytes =
                    Math.max(1, (random.nextLong() >>> (1 + random.nextInt(62))) & ~((1L << random.nextInt(40)) - 1));
            if (bytes > 999_999_999_999_999_999L) {
                continue; // not written in so many digits
            }
            Memory memory = new Memory(bytes);
            assertThat(Memory.parse(memory.toString()))
                    .as("seed %d, %d bytes", seed, bytes)
                    .isEqualTo(memory);
        }
    }

    @Test
    @DisplayName("any text gives an amount or an IllegalArgumentException, never anything else")
    void isTotal() {
        long seed = 7;
        Random random = new Random(seed);
        String alphabet = "0123456789.,:- kKmMgGtTiIbB\n\0é";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                assertThat(Memory.parse(text.toString()).bytes()).isPositive();
            } catch (IllegalArgumentException e) {
                assertThat(e).as("seed %d, text '%s'", seed, text).hasMessageContaining("write ");
            }
        }
    }

    @Test
    @DisplayName("whole mebibytes are rounded up, never down")
    void mebibytes() {
        assertThat(new Memory(1).toMebibytes()).isEqualTo(1);
        assertThat(Memory.ofMebibytes(3).toMebibytes()).isEqualTo(3);
        assertThat(new Memory((3L << 20) + 1).toMebibytes()).isEqualTo(4);
        assertThat(Memory.parse("16GB").toMebibytes()).isEqualTo(15259);
        assertThat(new Memory(Long.MAX_VALUE).toMebibytes()).isEqualTo(1L << 43);
    }
}
