package io.clustrix.it.slurm;

import static io.clustrix.it.slurm.SlurmCluster.failure;
import static io.clustrix.it.slurm.SlurmCluster.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.JobState;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of a real Slurm that go down. Not beside other tests: their jobs would go down too. */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@Timeout(120)
class SlurmNodesTest {

    @Test
    @DisplayName(
            "jobs of a node that goes down run again elsewhere, started by Slurm or by the engine, or fail as that (R32, R35)")
    void nodeDown(@TempDir Path directory) throws Exception {
        Map<String, String> clusters =
                Map.of("engine", "requeue = false", "once", "requeue = false\nretry.attempts = 1");
        try (SlurmCluster slurm = new SlurmCluster(directory, clusters)) {
            Marks started = slurm.marks("by-slurm");
            JobFuture<Integer> bySlurm = slurm.on("slurm").withName("by-slurm").submit(() -> hangsAtFirst(started, 0));
            Marks submitted = slurm.marks("by-engine");
            MapFuture<Integer> byEngine = slurm.on("engine")
                    .withName("by-engine")
                    .withChunkSize(3)
                    .map(0, 3, i -> i == 1 ? hangsAtFirst(submitted, i) : marked(submitted, i));
            Marks lost = slurm.marks("once");
            JobFuture<Integer> once = slurm.on("once").withName("once").submit(() -> hangsAtFirst(lost, 0));
            Await.until(
                    "all have begun",
                    () -> started.lines().size() == 1
                            && submitted.lines().size() == 2
                            && lost.lines().size() == 1);
            Set<String> nodes = new TreeSet<>(List.of(slurm.node(bySlurm), slurm.node(byEngine), slurm.node(once)));
            assertThat(nodes).as("there is another node left").hasSizeLessThan(slurm.bed.number("slurm.nodes"));
            try {
                for (String node : nodes) {
                    slurm.bed.fault("node", node, "down");
                }
                assertThat(failure(once)).isInstanceOfSatisfying(WorkerDiedException.class, e -> {
                    assertThat(e.death()).isEqualTo(Death.NODE_LOST);
                    assertThat(e.retryable()).isTrue();
                    assertThat(e)
                            .hasMessageContaining("the node was lost")
                            .hasMessageContaining("slurm says NODE_FAIL");
                });
                assertThat(once.status().state()).isEqualTo(JobState.NODE_FAILED);
                assertThat(value(byEngine)).containsExactly(0, 1, 2);
                assertThat(value(bySlurm)).isZero();
            } finally {
                for (String node : nodes) {
                    slurm.bed.fault("node", node, "resume");
                }
            }
            assertThat(started.lines()).containsExactly("0", "0");
            assertThat(slurm.ids(bySlurm)).as("started again by Slurm").hasSize(1);
            assertThat(submitted.counts())
                    .as("the task that had finished is not run again")
                    .containsExactly(Map.entry("0", 1L), Map.entry("1", 2L), Map.entry("2", 1L));
            assertThat(slurm.squeue(byEngine, "%T")).startsWith("NODE_FAIL").hasSize(2);
            assertThat(lost.lines()).hasSize(1);
        }
    }

    @Test
    @DisplayName("elements that are lost together with their node are submitted again as one array")
    void elementsOfNode(@TempDir Path directory) throws Exception {
        try (SlurmCluster slurm = new SlurmCluster(directory, Map.of("engine", "requeue = false"))) {
            Marks marks = slurm.marks("elements");
            MapFuture<Integer> map =
                    slurm.on("engine").withName("elements").withChunkSize(1).map(0, 5, i -> hangsAtFirst(marks, i));
            Await.until("all have begun", () -> marks.lines().size() == 5);
            String node = slurm.node(map);
            long lost = slurm.squeue(map, "%N").stream().filter(node::equals).count();
            try {
                slurm.bed.fault("node", node, "down");
                if (lost < 5) {
                    return; // Slurm has spread them: nothing can be seen
                }
                assertThat(value(map)).containsExactly(0, 1, 2, 3, 4);
            } finally {
                slurm.bed.fault("node", node, "resume");
            }
            assertThat(slurm.ids(map).stream()
                            .map(id -> id.replaceFirst("_.*", ""))
                            .distinct())
                    .hasSize(2);
        }
    }

    private static int marked(Marks marks, int task) throws InterruptedException {
        marks.add(task);
        Thread.sleep(50); // until its result is written
        return task;
    }

    private static int hangsAtFirst(Marks marks, int task) throws InterruptedException {
        marks.add(task);
        if (marks.counts().get(Integer.toString(task)) == 1) {
            Thread.sleep(300_000);
        }
        return task;
    }
}
