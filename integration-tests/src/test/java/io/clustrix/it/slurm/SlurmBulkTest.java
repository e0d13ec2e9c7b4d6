package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.it.bed.NeedsTestBed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Much of everything on a real Slurm: tasks, bytes of results, output. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class SlurmBulkTest {
    @SuppressWarnings("NullAway.Init") // before the first test
    private SlurmCluster slurm;

    @BeforeAll
    void open(@TempDir Path directory) throws Exception {
        slurm = new SlurmCluster(directory, Map.of("keeps-all", "clean-up = never"));
    }

    @AfterAll
    void close() {
        slurm.close();
    }

    @Scenario
    @DisplayName("1,000 trivial tasks are one array of eight elements, and their results have the items' order (W-D3)")
    void manyTasks() throws Exception {
        MapFuture<Integer> map = slurm.clustrix().withName("many").map(0, 1000, i -> i * 3);

        assertThat(value(map))
                .isEqualTo(IntStream.range(0, 1000).map(i -> i * 3).boxed().toList());
        assertThat(slurm.ids(map)).hasSize(8);
        assertThat(map.progress().succeeded()).isEqualTo(1000);
    }

    @Scenario
    @DisplayName("a result of no bytes and one of 50 MB come back whole, and so does an argument of 20 MB")
    void largeValues() throws Exception {
        byte[] argument = new byte[20_000_000];
        Arrays.fill(argument, (byte) 7);
        JobFuture<byte[]> none = slurm.clustrix().withName("no-bytes").submit(() -> new byte[0]);
        JobFuture<byte[]> large = slurm.clustrix()
                .withName("50-MB")
                .withResources(r -> r.memory("700MiB"))
                .submit(() -> {
                    byte[] bytes = new byte[50_000_000];
                    for (int i = 0; i < bytes.length; i++) {
                        bytes[i] = (byte) (i ^ i >> 8 ^ i >> 16);
                    }
                    return bytes;
                });
        JobFuture<Integer> sum = slurm.clustrix()
                .withName("20-MB")
                .withResources(r -> r.memory("700MiB"))
                .submit(() -> {
                    int total = 0;
                    for (byte b : argument) {
                        total += b;
                    }
                    return total;
                });

        assertThat(value(none)).isEmpty();
        assertThat(value(sum)).isEqualTo(140_000_000);
        byte[] bytes = value(large);
        assertThat(bytes).hasSize(50_000_000);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != (byte) (i ^ i >> 8 ^ i >> 16)) {
                throw new AssertionError("byte " + i + " is " + bytes[i]);
            }
        }
    }

    @Scenario
    @DisplayName(
            "200 MB of output that nobody listens to stay on the host; of a failure only the end comes with the message")
    void muchOutput() throws Exception {
        JobFuture<@Nullable Void> good = slurm.on("keeps-all")
                .withName("200-MB")
                .submit(() -> {
                    byte[] block = new byte[1_000_000];
                    Arrays.fill(block, (byte) 'x');
                    for (int i = 0; i < 200; i++) {
                        System.out.write(block, 0, block.length);
                    }
                });
        JobFuture<Integer> bad = slurm.on("keeps-all").withName("bad-20-MB").submit(() -> {
            String line = "y".repeat(99);
            for (int i = 0; i < 200_000; i++) {
                System.err.println(line);
            }
            System.err.println("the last line");
            System.exit(4);
            return 1;
        });

        value(good);
        assertThat(Files.size(slurm.directory(good).resolve("logs/p0.out"))).isEqualTo(200_000_000);
        assertThat(SlurmCluster.failure(bad).getMessage())
                .contains("exit code 4", "the last line")
                .hasSizeLessThan(4000);
    }
}
