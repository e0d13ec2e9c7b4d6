package io.clustrix.internal.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Resources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceAndNamesTest {
    private static long ms(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    @Test
    @DisplayName("Waits grow from the shortest to the longest, begin anew after an event, and never crowd a slow host")
    void pace() {
        Pace pace = new Pace(Duration.ofMillis(100), Duration.ofSeconds(10), 0.1);
        long now = ms(5_000_000);
        pace.event(now);
        assertThat(pace.next(now, 0)).isEqualTo(ms(100));
        assertThat(pace.next(now + ms(30_000), 0)).isEqualTo(ms(3000));
        assertThat(pace.next(now + ms(3_600_000), 0)).isEqualTo(ms(10_000));
        pace.event(now + ms(3_600_000));
        assertThat(pace.next(now + ms(3_600_000), 0)).isEqualTo(ms(100));
        assertThat(pace.next(now + ms(3_600_000), ms(500))).isEqualTo(ms(4500));
        assertThat(pace.next(now + ms(3_600_000), ms(60_000))).isEqualTo(ms(10_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "train model",
                "42",
                "-rf /",
                "$(reboot)",
                "ÄÖÜ",
                "漢字",
                "\u0000\n",
                "a\"b'c`d",
                "_.x",
                "1job",
                "a234567890123456789012345678901234567890",
                "é1x",
                "%j_%A"
            })
    @DisplayName("Whatever a job is called, the scheduler's name for it is of its form, and unique by key and part")
    void names(String name) {
        JobRecord record = new JobRecord(
                FakeSite.key(),
                "hpc",
                name,
                false,
                ErrorPolicy.COLLECT,
                Resources.none(),
                Map.of(),
                "",
                10,
                1,
                0,
                List.of());
        BatchJob job = new BatchJob(record, new TaskLedger(record.key(), 10, (t, r) -> {}), null);
        for (int number : new int[] {0, 7, 1_000_000}) {
            Part part = new Part(number, 0, ElementSet.range(0, 10), Resources.none(), "-");
            JobPlan plan = new JobPlan(
                    job.nameOf(part), Resources.none(), part.logs(), part.elements.size(), OptionalInt.empty(), true);
            assertThat(plan.jobName()).endsWith("-" + record.key() + "-p" + number);
            assertThat(part.script()).matches("[A-Za-z0-9_.-]+");
        }
        assertThat(job.directory).matches("[0-9]{8}/[0-9a-z]{26}");
    }

    @Test
    @DisplayName("A part of a log that is cut within a character keeps that for the next time")
    void wholeCharacters() {
        byte[] text = "aé漢\uD83D\uDE00".getBytes(StandardCharsets.UTF_8); // 1 + 2 + 3 + 4 bytes
        int[] whole = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
        for (int n = 0; n <= text.length; n++) {
            assertThat(Harvest.wholeCharacters(java.util.Arrays.copyOf(text, n)))
                    .as("%d bytes", n)
                    .isEqualTo(whole[n]);
        }
        byte[] noText = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80};
        assertThat(Harvest.wholeCharacters(noText)).isEqualTo(5);
    }
}
