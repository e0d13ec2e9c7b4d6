package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.MapFuture;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Slurm whose administrator has chosen otherwise. Not beside other tests. */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@Timeout(120)
class SlurmSettingsTest {
    private static final int TASKS = 45;
    private static final int LARGEST = 11;
    private static final int AT_ONCE = 2;

    @Test
    @DisplayName(
            "a map over MaxArraySize is several arrays: results in order, each task once, each array within its limit (R22)")
    void splitArrays(@TempDir Path directory) throws Exception {
        try (SlurmCluster slurm = new SlurmCluster(directory, Map.of("limited", "concurrent-elements = " + AT_ONCE))) {
            try {
                slurm.bed.fault("slurm-conf", "MaxArraySize=" + LARGEST);
                Marks marks = slurm.marks("split");
                MapFuture<Integer> map = slurm.on("limited")
                        .withName("split")
                        .withChunkSize(1)
                        .map(0, TASKS, i -> {
                            String array = System.getenv("SLURM_ARRAY_JOB_ID");
                            marks.add("+ " + array + " " + i);
                            Thread.sleep(200);
                            marks.add("- " + array + " " + i);
                            return i * i;
                        });

                assertThat(value(map))
                        .isEqualTo(IntStream.range(0, TASKS)
                                .map(i -> i * i)
                                .boxed()
                                .toList());
                Map<String, List<String>> arrays = new TreeMap<>();
                for (String id : slurm.ids(map)) {
                    arrays.computeIfAbsent(id.replaceFirst("_.*", ""), a -> new ArrayList<>())
                            .add(id);
                }
                assertThat(arrays.values().stream().map(List::size)).containsExactlyInAnyOrder(11, 11, 11, 11, 1);
                assertThat(marks.counts().keySet()).hasSize(2 * TASKS);
                assertThat(marks.lines()).hasSize(2 * TASKS);
                assertThat(atOnce(marks.lines()))
                        .allSatisfy((array, most) -> assertThat(most)
                                .as("elements of array " + array + " at once")
                                .isLessThanOrEqualTo(AT_ONCE));
            } finally {
                slurm.bed.fault("slurm-conf");
            }
        }
    }

    /** How many elements of each array ran at once at most. */
    private static Map<String, Integer> atOnce(List<String> lines) {
        Map<String, Integer> now = new TreeMap<>();
        Map<String, Integer> most = new TreeMap<>();
        for (String line : lines) {
            String array = line.split(" ", -1)[1];
            int running = now.merge(array, line.startsWith("+") ? 1 : -1, Integer::sum);
            most.merge(array, running, Math::max);
        }
        return most;
    }
}
