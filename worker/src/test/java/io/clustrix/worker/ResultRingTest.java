package io.clustrix.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The ring of results in shared memory")
@Timeout(60)
final class ResultRingTest {
    @TempDir
    Path directory;

    private Path file;
    private ResultRing reader;
    private ResultRing writer;
    private final byte[] scratch = new byte[ResultRing.LARGEST_PAYLOAD];

    @BeforeEach
    void open() throws IOException {
        file = directory.resolve("ring");
        reader = ResultRing.create(file);
        writer = ResultRing.open(file);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Seen(int type, int unit, int item, byte[] payload) {}

    private List<Seen> drain() throws IOException {
        List<Seen> seen = new ArrayList<>();
        reader.drain(
                scratch,
                (type, unit, item, payload, length) ->
                        seen.add(new Seen(type, unit, item, Arrays.copyOf(payload, length))));
        return seen;
    }

    @Test
    @DisplayName("hands over records as they were written, of every length, round and round")
    void wrapsAround() throws IOException {
        long seed = 42;
        Random random = new Random(seed);
        for (int i = 0; i < 3000; i++) {
            byte[] payload = new byte
                    [random.nextInt(20) == 0 ? random.nextInt(ResultRing.LARGEST_PAYLOAD + 1) : random.nextInt(100)];
            random.nextBytes(payload);
            assertThat(writer.hasRoom(payload.length)).isTrue();
            writer.write(1 + i % 8, i, i * 7, payload, 0, payload.length);
            List<Seen> seen = drain();
            assertThat(seen).as("seed %d, record %d", seed, i).hasSize(1);
            assertThat(seen.get(0).type()).isEqualTo(1 + i % 8);
            assertThat(seen.get(0).unit()).isEqualTo(i);
            assertThat(seen.get(0).item()).isEqualTo(i * 7);
            assertThat(seen.get(0).payload()).isEqualTo(payload);
        }
    }

    @Test
    @DisplayName("says when it is full, and loses nothing")
    void full() throws IOException {
        byte[] payload = new byte[1000];
        int written = 0;
        while (writer.hasRoom(payload.length)) {
            payload[0] = (byte) written;
            writer.write(Wire.RESULT, written++, 0, payload, 0, payload.length);
        }
        assertThat(written).isBetween(1000, 1040);
        List<Seen> seen = drain();
        assertThat(seen).hasSize(written);
        for (int i = 0; i < written; i++) {
            assertThat(seen.get(i).payload()[0]).isEqualTo((byte) i);
        }
        assertThat(writer.hasRoom(ResultRing.LARGEST_PAYLOAD)).isTrue();
    }

    @Test
    @DisplayName("two threads at full speed: every record comes once and in order, and no sleep misses a bell")
    void concurrent() throws Exception {
        int records = 400_000;
        Semaphore bells = new Semaphore(0);
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            byte[] payload = new byte[64];
            for (int i = 0; i < records; i++) {
                while (!writer.hasRoom(i % 64)) {
                    if (writer.wakeReader()) {
                        bells.release();
                    }
                    Thread.onSpinWait();
                }
                payload[0] = (byte) i;
                writer.write(Wire.RESULT, i, 0, payload, 0, i % 64);
                if (writer.wakeReader()) {
                    bells.release();
                }
            }
        });
        int[] next = {0};
        while (next[0] < records) {
            reader.drain(scratch, (type, unit, item, payload, length) -> {
                assertThat(unit).isEqualTo(next[0]);
                assertThat(length).isEqualTo(unit % 64);
                next[0]++;
            });
            if (next[0] < records && reader.sleep()) {
                assertThat(bells.tryAcquire(20, TimeUnit.SECONDS))
                        .as("a bell after record %d", next[0])
                        .isTrue();
            }
        }
        writing.get(10, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("tells which task runs")
    void current() {
        assertThat(reader.current()).isZero();
        writer.current(7, 0);
        assertThat(ResultRing.unitOf(reader.current())).isEqualTo(7);
        assertThat(ResultRing.itemOf(reader.current())).isZero();
        writer.current(Integer.MAX_VALUE, 16_383);
        assertThat(ResultRing.unitOf(reader.current())).isEqualTo(Integer.MAX_VALUE);
        assertThat(ResultRing.itemOf(reader.current())).isEqualTo(16_383);
        writer.idle();
        assertThat(reader.current()).isZero();
    }

    @Test
    @DisplayName("is never made over a file that is there, nor opened on one of another length")
    void files() throws IOException {
        assertThatThrownBy(() -> ResultRing.create(file)).isInstanceOf(FileAlreadyExistsException.class);
        Path other = directory.resolve("other");
        Files.write(other, new byte[10]);
        assertThatThrownBy(() -> ResultRing.open(other)).hasMessageContaining("has 10 bytes");
    }
}
