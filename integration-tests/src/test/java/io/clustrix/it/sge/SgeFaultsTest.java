package io.clustrix.it.sge;

import static io.clustrix.it.sge.SgeCluster.failure;
import static io.clustrix.it.sge.SgeCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.TaskTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Grid Engine whose parts are late, or away for a while. Not beside other tests. */
@Tag("faults")
@NeedsTestBed(
        value = {"sge", "ssh", "faults"},
        alone = true)
@Timeout(180)
@DisplayName("on a Grid Engine that is disturbed")
class SgeFaultsTest {

    @Test
    @DisplayName("of 200 tasks none is lost or run twice while the qmaster is away in their middle (R1, R38)")
    void qmasterAway(@TempDir Path directory) throws Exception {
        try (SgeCluster sge = new SgeCluster(directory, Map.of("once", "retry.attempts = 1"))) {
            Marks marks = sge.marks("qmaster");
            MapFuture<Integer> map = sge.on("once")
                    .withName("qmaster-away")
                    .withChunkSize(10)
                    .map(0, 200, i -> {
                        marks.add(Integer.toString(i));
                        Thread.sleep(1500); // stopping the qmaster takes a while, and some must still run then
                        return i;
                    });
            Await.until("some have run", () -> marks.lines().size() > 10);
            sge.bed.fault("qmaster", "stop");
            try {
                assertThat(map).isNotDone();
                Thread.sleep(6000); // longer than what is unknown is waited for
            } finally {
                sge.bed.fault("qmaster", "start");
            }
            assertThat(value(map))
                    .containsExactlyElementsOf(IntStream.range(0, 200).boxed().toList());
            assertThat(marks.lines()).hasSize(200).doesNotHaveDuplicates();
        }
    }

    @Test
    @DisplayName("what ends is judged as what it was, though the accounting knows it only 15 s later")
    void lateAccounting(@TempDir Path directory) throws Exception {
        Map<String, String> clusters = Map.of("patient", "retry.attempts = 1\npatience.unknown = 20s");
        try (SgeCluster sge = new SgeCluster(directory, clusters)) {
            sge.bed.fault("sge-accounting", "late");
            try {
                JobFuture<Integer> slow = sge.on("patient")
                        .withName("walltime")
                        .withResources(r -> r.time(Duration.ofSeconds(6)))
                        .submit(() -> {
                            Thread.sleep(120_000);
                            return 1;
                        });
                MapFuture<Integer> map =
                        sge.on("patient").withName("late").withChunkSize(10).map(0, 200, i -> i);
                assertThat(value(map))
                        .containsExactlyElementsOf(
                                IntStream.range(0, 200).boxed().toList());
                assertThat(failure(slow))
                        .isInstanceOf(TaskTimeoutException.class)
                        .hasMessageContaining("failed 37");
            } finally {
                sge.bed.fault("sge-accounting", "prompt");
            }
        }
    }
}
