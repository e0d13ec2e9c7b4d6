package io.clustrix.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Walltime (R49)")
final class WalltimeTest {

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "01:30:00, PT1H30M",
        "1:00:05, PT1H5S",
        "100:00:00, PT100H",
        "2-12:00:00, PT60H",
        "2-12:30, PT60H30M",
        "14-0, PT336H",
        "90m, PT1H30M",
        "90 min, PT1H30M",
        "1h30m, PT1H30M",
        "1h 30m 5s, PT1H30M5S",
        "2d, PT48H",
        "2D, PT48H",
        "45s, PT45S",
        "PT1H30M, PT1H30M",
        "p1d, PT24H",
        "000001:00:00, PT1H",
    })
    void isRead(String text, Duration expected) {
        assertThat(Walltime.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "''{0}'' is refused, and the message says what is allowed")
    @ValueSource(
            strings = {
                "",
                " ",
                "90",
                "1:30",
                "00:00:00",
                "0m",
                "1:60:00",
                "1:00:60",
                "1-24:00:00",
                "1-00:60",
                "-1h",
                "PT-1H",
                "PT0S",
                "PT0.5S",
                "P",
                "PT",
                "1.5h",
                "1h30",
                "30m1h",
                "abc",
                "1:2:3:4",
                "1:00:00;ls",
                "1h\n2h",
                "1w",
                "9999999:00:00",
                "PT99999999999999999999H",
                "P1Y",
                "UNLIMITED"
            })
    void isRefused(String text) {
        assertThatThrownBy(() -> Walltime.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write ");
    }

    @Test
    @DisplayName("a bare number and MM:SS are refused with both readings told")
    void ambiguous() {
        assertThatThrownBy(() -> Walltime.parse("90"))
                .hasMessageContaining("'90' has no unit (Slurm reads minutes, PBS and Grid Engine seconds)");
        assertThatThrownBy(() -> Walltime.parse("10:30"))
                .hasMessageContaining("'10:30' is ambiguous (hours:minutes or minutes:seconds?)");
    }

    @Test
    @DisplayName("what format() prints is read back exactly, for 20,000 durations")
    void roundTrip() {
        long seed = 20261122;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            Duration d = Duration.ofSeconds(1 + random.nextLong(1L << (1 + random.nextInt(32))));
            assertThat(Walltime.parse(Walltime.format(d)))
                    .as("seed %d, %s", seed, d)
                    .isEqualTo(d);
        }
    }

    @Test
    @DisplayName("any text gives a duration or an IllegalArgumentException, never anything else")
    void isTotal() {
        long seed = 11;
        Random random = new Random(seed);
        String alphabet = "0123456789:- dhmsPTDHMS.\n\0";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(14); n > 0; n--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                assertThat(Walltime.parse(text.toString())).isPositive();
            } catch (IllegalArgumentException e) {
                assertThat(e).as("seed %d, text '%s'", seed, text).hasMessageContaining("write ");
            }
        }
    }

    @Test
    @DisplayName("format() is exact and refuses fractions of a second")
    void format() {
        assertThat(Walltime.format(Duration.ofMinutes(90))).isEqualTo("01:30:00");
        assertThat(Walltime.format(Duration.ofHours(60))).isEqualTo("2-12:00:00");
        assertThatThrownBy(() -> Walltime.format(Duration.ofMillis(1500))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Walltime.format(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }
}
