package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.Memory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Environment variables CLUSTRIX_...")
final class EnvironmentLayerTest {
    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    @Test
    @DisplayName("set global keys, keys of clusters, of plugins, of executors and of the defaults of all")
    void set() {
        sandbox.user("clustrix.clusters.big-one { executor = batch, ssh.host = h }")
                .variable("CLUSTRIX_DEFAULT_CLUSTER", "big-one")
                .variable("CLUSTRIX_SERIALIZER_FILTER", "")
                .variable("CLUSTRIX_CLUSTERS_BIG_ONE_RESOURCES_MEMORY", "4GiB")
                .variable("CLUSTRIX_CLUSTERS_BIG_ONE_SSH_PORT", "2222")
                .variable("CLUSTRIX_CLUSTERS_BIG_ONE_MODULES", "[gcc, java/17]")
                .variable("CLUSTRIX_CLUSTERS_BIG_ONE_VARIABLES", "{A = 1, B = 2}")
                .variable("CLUSTRIX_EXECUTORS_BATCH_POLL_INTERVAL", "7s")
                .variable("CLUSTRIX_CLUSTER_DEFAULTS_TIMEOUT", "1h");

        ClustrixSettings settings = sandbox.settings();
        CommonSettings common = settings.clusters().get("big-one").common();
        Sandbox.Batch batch = sandbox.batch("big-one");

        assertThat(settings.defaultCluster()).isEqualTo("big-one");
        assertThat(common.resources().memory()).contains(Memory.ofGibibytes(4));
        assertThat(common.timeout()).contains(Duration.ofHours(1));
        assertThat(batch.pollInterval()).isEqualTo(Duration.ofSeconds(7));
        assertThat(batch.ssh().map(Sandbox.Ssh::port)).contains(2222);
        assertThat(batch.modules()).containsExactly("gcc", "java/17");
        assertThat(batch.variables()).isEqualTo(Map.of("A", "1", "B", "2"));
    }

    @Test
    @DisplayName("may choose a cluster's executor and set that executor's keys")
    void executor() {
        sandbox.user("clustrix.clusters.hpc { executor = local }")
                .variable("CLUSTRIX_CLUSTERS_HPC_EXECUTOR", "batch")
                .variable("CLUSTRIX_CLUSTERS_HPC_MODE", "safe-and-slow")
                .variable("CLUSTRIX_CLUSTERS_HPC_SSH_HOST", "h");

        assertThat(sandbox.batch("hpc").mode()).isEqualTo(Sandbox.Mode.SAFE_AND_SLOW);
    }

    @Test
    @DisplayName("that name no key are errors which name the nearest, and never show the value (W-E3, W-F)")
    void unknown() {
        sandbox.variable("CLUSTRIX_DEFAULT_CLUSTRE", "hunter2").variable("CLUSTRIX_CLUSTERS_LOCAL_THREAD", "hunter2");

        assertThat(sandbox.failure())
                .contains("2 problems")
                .contains("names no key; did you mean 'CLUSTRIX_DEFAULT_CLUSTER'?\n      environment variable"
                        + " CLUSTRIX_DEFAULT_CLUSTRE")
                .contains("did you mean 'CLUSTRIX_CLUSTERS_LOCAL_THREADS'?")
                .doesNotContain("hunter2");
    }

    @Test
    @DisplayName("that may mean two keys are errors, but only when they are set")
    void ambiguous() {
        sandbox.user("clustrix.clusters { a-b.executor = batch, a_b.executor = batch }");
        sandbox.load();

        sandbox.variable("CLUSTRIX_CLUSTERS_A_B_MODE", "fast");
        assertThat(sandbox.failure())
                .contains("may mean clusters.a-b.mode or clusters.a_b.mode")
                .contains("environment variable CLUSTRIX_CLUSTERS_A_B_MODE");
    }

    @Test
    @DisplayName("of the worker and of tests are left alone, and others are not ours")
    void ignored() {
        sandbox.variable("CLUSTRIX_WORKER_ANYTHING", "1")
                .variable("CLUSTRIX_TEST_ANYTHING", "1")
                .variable("CLUSTRIXX", "1")
                .variable("clustrix_x", "1");

        assertThat(sandbox.settings().defaultCluster()).isEqualTo("local");
    }

    @Test
    @DisplayName("for a cluster whose plugin is missing are as little an error as its other keys")
    void unknowable() {
        sandbox.user("clustrix.clusters.hpc.executor = slurm").variable("CLUSTRIX_CLUSTERS_HPC_POLL_INTERVAL", "1s");

        assertThat(sandbox.settings().clusters()).containsOnlyKeys("hpc", "local");
    }

    @Test
    @DisplayName("have wrong values that are told with the variable")
    void wrongValue() {
        sandbox.user("clustrix.clusters.hpc { executor = batch }")
                .variable("CLUSTRIX_CLUSTERS_LOCAL_THREADS", "many")
                .variable("CLUSTRIX_CLUSTERS_HPC_MODULES", "gcc")
                .variable("CLUSTRIX_CLUSTERS_HPC_VARIABLES", "{a = ");

        assertThat(sandbox.failure())
                .contains("clustrix.clusters.local.threads: 'many' is not a number\n      environment variable"
                        + " CLUSTRIX_CLUSTERS_LOCAL_THREADS")
                .contains("clusters.hpc.modules is a list or a map; write it as in a file: [a, b] or {a = 1}")
                .contains("environment variable CLUSTRIX_CLUSTERS_HPC_VARIABLES");
    }

    @Test
    @DisplayName("are told together with the mistakes in files")
    void together() {
        sandbox.user("clustrix.x = 1").variable("CLUSTRIX_Y", "1");

        assertThat(sandbox.failure())
                .contains("2 problems")
                .contains("clustrix.x")
                .contains("CLUSTRIX_Y");
    }

    @Test
    @DisplayName("may be what another key refers to")
    void referred() {
        sandbox.user("clustrix.cache-directory = /c/${clustrix.serializer.name}")
                .variable("CLUSTRIX_SERIALIZER_NAME", "jdk");

        assertThat(sandbox.settings().cacheDirectory()).isEqualTo(Path.of("/c/jdk"));
    }
}
