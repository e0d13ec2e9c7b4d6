package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.PluginException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clusters with a scheduler's dialect: its own keys, those of all batch clusters and the transport's block. */
class BatchSectionTest {
    record Dialect(Optional<String> constraint, int retries) {}

    record Clash(String workDirectory) {}

    record ClashWithBlock(String ssh) {}

    record Transport(int port, Optional<String> user, List<String> identity) {}

    private Sandbox sandbox;

    @BeforeEach
    void begin(@TempDir Path dir) {
        sandbox = new Sandbox(dir).plugins(plugins(Dialect.class));
        sandbox.classPath("reference.conf", """
                clustrix.executors.slurm.retries = 3
                clustrix.hosts.ssh { port = 22, identity = [] }
                """);
        sandbox.user("clustrix { default-cluster = hpc, clusters { local = null, hpc.executor = slurm } }");
    }

    private static ExecutorPlugins plugins(Class<? extends Record> dialect) {
        SortedMap<String, Class<? extends Record>> hosts = new TreeMap<>(Map.of("ssh", Transport.class));
        SortedMap<String, SectionShape> shapes =
                new TreeMap<>(Map.of("slurm", new SectionShape(List.of(BatchSettings.class, dialect), hosts)));
        return new ExecutorPlugins(shapes, hosts, name -> List.of());
    }

    private BatchSettings batch() {
        Configuration configuration = sandbox.load();
        return configuration.pluginSettings(configuration.cluster("hpc"), BatchSettings.class);
    }

    private Transport transport() {
        Configuration configuration = sandbox.load();
        return configuration.innerSettings(configuration.cluster("hpc"), "ssh", Transport.class);
    }

    @Test
    @DisplayName("A cluster that names its executor only has the defaults of all three")
    void defaults() {
        Configuration configuration = sandbox.load();
        assertThat(batch().workDirectory()).isEqualTo("~/.clustrix");
        assertThat(batch().poll().statusMin()).isEqualTo(Duration.ofSeconds(2));
        assertThat(configuration
                        .pluginSettings(configuration.cluster("hpc"), Dialect.class)
                        .retries())
                .isEqualTo(3);
        assertThat(transport()).isEqualTo(new Transport(22, Optional.empty(), List.of()));
    }

    @Test
    @DisplayName("Each layer lies over the next: defaults, executor, cluster; hosts under a cluster's own block")
    void layers() {
        sandbox.project("""
                clustrix {
                  batch-defaults { map-elements = 3, poll.status-min = 7s, patience.result = 1m }
                  executors.slurm { poll.status-min = 8s, patience.result = 2m }
                  hosts.ssh { user = everybody, port = 2222 }
                  clusters.hpc { patience.result = 3m, ssh { user = me } }
                }
                """);
        assertThat(batch().mapElements()).isEqualTo(3);
        assertThat(batch().poll().statusMin()).isEqualTo(Duration.ofSeconds(8));
        assertThat(batch().patience().result()).isEqualTo(Duration.ofMinutes(3));
        assertThat(transport()).isEqualTo(new Transport(2222, Optional.of("me"), List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "clusters.hpc.work-directori = /x            | clustrix.clusters.hpc.work-directori     | work-directory",
                "clusters.hpc.constrain = x                  | clustrix.clusters.hpc.constrain    | constraint",
                "clusters.hpc.poll.status-mim = 3s           | clustrix.clusters.hpc.poll.status-mim | status-min",
                "clusters.hpc.ssh.prot = 22                  | clustrix.clusters.hpc.ssh.prot     | port",
                "clusters.hpc.shs.port = 22                  | clustrix.clusters.hpc.shs          | ssh",
                "hosts.ssh.usr = x                           | clustrix.hosts.ssh.usr             | user",
                "batch-defaults.retry.atempts = 2            | clustrix.batch-defaults.retry.atempts | attempts",
                "executors.slurm.work-directry = /x          | clustrix.executors.slurm.work-directry | work-directory",
                "batch-default.requeue = true                | clustrix.batch-default             | batch-defaults",
            })
    @DisplayName("A key that does not exist is an error that says where and names the nearest")
    void unknown(String line, String path, String nearest) {
        sandbox.project("clustrix." + line);
        assertThat(sandbox.failure())
                .contains(path)
                .contains("'" + nearest + "'")
                .contains("clustrix.conf:1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "work-directory = relative               | must begin with / or ~/",
                "poll.status-min = 1ms                   | status-min must be at least 100ms",
                "poll { status-min = 9s, status-max = 8s } | status-max no less than status-min",
                "poll.status-per-minute = 0              | status-per-minute must be at least 1",
                "retry.attempts = 0                      | attempts must be 1 to 1000",
                "retry.memory-factor = 0.5               | memory-factor must be 1 to 100",
                "map-elements = 0                        | map-elements must be at least 1",
                "environment.modules = [\"a; rm\"]       | no name of a module",
                "environment.jvm-options = [x.jar]       | no option of a worker's JVM",
                "environment.variables { \"A B\" = x }   | is not of the form",
                "clean-up = sometimes                    | on-success",
                "ssh = login1                            | must be a block",
            })
    @DisplayName("A value that can't be is an error that says what is allowed")
    void values(String line, String message) {
        sandbox.project("clustrix.clusters.hpc { " + line + " }");
        assertThat(sandbox.failure()).contains("hpc").contains(message);
    }

    @Test
    @DisplayName("Variables reach batch settings, the dialect's and the transport's")
    void variables() {
        sandbox.variable("CLUSTRIX_CLUSTERS_HPC_POLL_STATUS_MIN", "9s")
                .variable("CLUSTRIX_CLUSTERS_HPC_SSH_USER", "me")
                .variable("CLUSTRIX_CLUSTERS_HPC_RETRIES", "5")
                .variable("CLUSTRIX_BATCH_DEFAULTS_MAP_ELEMENTS", "17")
                .variable("CLUSTRIX_HOSTS_SSH_PORT", "2222");
        Configuration configuration = sandbox.load();
        assertThat(batch().poll().statusMin()).isEqualTo(Duration.ofSeconds(9));
        assertThat(batch().mapElements()).isEqualTo(17);
        assertThat(transport()).isEqualTo(new Transport(2222, Optional.of("me"), List.of()));
        assertThat(configuration
                        .pluginSettings(configuration.cluster("hpc"), Dialect.class)
                        .retries())
                .isEqualTo(5);
    }

    @Test
    @DisplayName("A variable with a slip in its name is an error that names the nearest")
    void slip() {
        sandbox.variable("CLUSTRIX_CLUSTERS_HPC_POLL_STATUS_MIM", "9s");
        assertThat(sandbox.failure()).contains("CLUSTRIX_CLUSTERS_HPC_POLL_STATUS_MIN");
    }

    @Test
    @DisplayName(
            "A dialect with a key that all batch clusters have is the plugin's fault, and so is a transport's name")
    void clashes() {
        sandbox.plugins(plugins(Clash.class));
        assertThatThrownBy(sandbox::load)
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("'slurm'")
                .hasMessageContaining("'work-directory'")
                .hasMessageContaining("Clash");
        sandbox.plugins(plugins(ClashWithBlock.class));
        assertThatThrownBy(sandbox::load).isInstanceOf(PluginException.class).hasMessageContaining("'ssh'");
    }
}
