package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.PluginException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What is wrong is told at once, with file and line; nothing is ignored (W-E3)")
final class ProblemsTest {
    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    @Test
    @DisplayName("several mistakes in two files are one message, in the order of the files and lines")
    void several() {
        sandbox.user("""
                        clustrix {
                          clusters.hpc {
                            executor = batch
                            poll-intervall = 5s
                            poll-interval = 5 parsecs
                            mode = fasd
                            ssh { host = login1, port = many }
                            modules = gcc
                          }
                        }
                        """).project("""
                        clustrix {
                          default-cluster = hcp

                          clusters.hpc.resources { cores = 2.5 }
                        }
                        """);

        String file = sandbox.userFile().toString();
        assertThat(sandbox.failure().lines().toList())
                .containsExactly(
                        "7 problems in the configuration:",
                        "  clustrix.clusters.hpc.poll-intervall: unknown key; did you mean 'poll-interval'?",
                        "      " + file + ":4",
                        "  clustrix.clusters.hpc.poll-interval: '5 parsecs' is not a duration; write a number and a unit"
                                + " (300ms, 45s, 10m, 2h, 7d), several (1h30m), HH:MM:SS (01:30:00) or D-HH:MM:SS",
                        "      " + file + ":5",
                        "  clustrix.clusters.hpc.mode: 'fasd' is none of fast, safe-and-slow; did you mean 'fast'?",
                        "      " + file + ":6",
                        "  clustrix.clusters.hpc.ssh.port: 'many' is not a number",
                        "      " + file + ":7",
                        "  clustrix.clusters.hpc.modules: must be a list [ ... ], not a text",
                        "      " + file + ":8",
                        "  clustrix.default-cluster: there is no cluster 'hcp'; did you mean 'hpc'?",
                        "      " + sandbox.projectFile() + ":2",
                        "  clustrix.clusters.hpc.resources.cores: '2.5' is not a whole number between -2147483648 and"
                                + " 2147483647",
                        "      " + sandbox.projectFile() + ":4");
    }

    @Test
    @DisplayName("files that can't be parsed are told together")
    void unparsable() {
        sandbox.user("clustrix {\n  clusters {\n").project("clustrix.cache-directory = *\n");

        assertThat(sandbox.failure())
                .contains("2 problems")
                .contains("the '{' of this line is never closed\n      " + sandbox.userFile() + ":2")
                .contains("put texts with special characters in double quotes\n      " + sandbox.projectFile() + ":1");
    }

    @Test
    @DisplayName("a walltime without quotes is told to be quoted")
    void colon() {
        sandbox.user("clustrix {\n  cluster-defaults.resources {\n    time = 01:30:00\n  }\n}");

        assertThat(sandbox.failure()).contains("double quotes").contains(sandbox.userFile() + ":3");
    }

    @Test
    @DisplayName("keys outside of 'clustrix' are refused, but for those that begin with an underscore")
    void outside() {
        sandbox.user("_mine = 2\nclustrx.default-cluster = local\n");

        assertThat(sandbox.failure())
                .contains("1 problem in")
                .contains("clustrx: unknown key; all settings stand in a block 'clustrix { ... }'")
                .contains(":2");
    }

    @Test
    @DisplayName("unknown keys are found on every level")
    void everyLevel() {
        sandbox.user("""
                clustrix {
                  cluster = {}
                  serializer { class = kryo }
                  cluster-defaults { resource { cores = 1 }, resources { core = 1 } }
                  executors.batch { poll = 1s }
                  executors.slrum { poll = 1s }
                  clusters.local { colour = red, resources { time-limit = 1h } }
                }
                """);

        assertThat(sandbox.failure())
                .contains("8 problems")
                .contains("clustrix.cluster: unknown key; did you mean 'clusters'?")
                .contains("clustrix.serializer.class: unknown key; known: filter, name, properties")
                .contains("clustrix.cluster-defaults.resource: unknown key; did you mean 'resources'?")
                .contains("clustrix.cluster-defaults.resources.core: unknown key; did you mean 'cores'?")
                .contains("clustrix.executors.batch.poll: unknown key; known: max-task-size-warning, mode, modules")
                .contains("clustrix.executors.slrum: no executor of this name is installed and no cluster uses it")
                .contains("clustrix.clusters.local.colour: unknown key")
                .contains("clustrix.clusters.local.resources.time-limit: unknown key");
    }

    @Test
    @DisplayName("a key that is known one block deeper is found there; camel case and underscores are understood")
    void meant() {
        sandbox.user("""
                clustrix.clusters.hpc {
                  executor = batch
                  memory = 4GiB
                  pollInterval = 5s
                  max_task_size_warning = 1MiB
                }
                """);

        assertThat(sandbox.failure())
                .contains("hpc.memory: unknown key; did you mean 'resources.memory'?")
                .contains("hpc.pollInterval: unknown key; did you mean 'poll-interval'?")
                .contains("hpc.max_task_size_warning: unknown key; did you mean 'max-task-size-warning'?");
    }

    @Test
    @DisplayName("a default that is wrong is told once, where it stands, and not again for each cluster")
    void inherited() {
        sandbox.user("""
                clustrix.cluster-defaults.timeout = soon
                clustrix.executors.batch.mode = slow
                clustrix.clusters { a.executor = batch, b.executor = batch }
                """);

        assertThat(sandbox.failure())
                .contains("2 problems")
                .contains("clustrix.cluster-defaults.timeout: 'soon'")
                .contains("clustrix.executors.batch.mode: 'slow'");
    }

    @Test
    @DisplayName("what is missing is told with the block that lacks it")
    void missing() {
        sandbox.user("""
                clustrix.clusters.hpc {
                  ssh { user = x }
                }
                clustrix.clusters.two {
                  executor = batch, ssh { port = 1 }
                }
                """);

        assertThat(sandbox.failure())
                .contains("clustrix.clusters.hpc.executor: required, but not set\n      " + sandbox.userFile() + ":1")
                .contains("clustrix.clusters.two.ssh.host: required, but not set\n      " + sandbox.userFile() + ":5");
    }

    @Test
    @DisplayName("what a cluster lacks is told at the cluster, not at the defaults below it")
    void missingBelow() {
        sandbox.classPath("reference.conf", "clustrix.executors.local.threads = 2")
                .user("clustrix.executors.batch.mode = fast")
                .project("clustrix.clusters.hpc.executor = batch");

        assertThat(sandbox.failure())
                .endsWith("clustrix.clusters.hpc.poll-interval: required, but not set\n      " + sandbox.projectFile()
                        + ":1");
    }

    @Test
    @DisplayName("a record's own check is told with the line of the value that it names")
    void ownChecks() {
        sandbox.user("""
                clustrix.clusters.hpc {
                  executor = batch
                  ssh {
                    host = login1
                    port = 70000
                  }
                  resources { partition = a
                    queue = b }
                  timeout = 0s
                }
                """);

        assertThat(sandbox.failure())
                .contains("clustrix.clusters.hpc.ssh.port: port must be 1 to 65535, not 70000\n      "
                        + sandbox.userFile() + ":5")
                .contains("partition and queue are the same thing under two names")
                .contains("clustrix.clusters.hpc.resources.partition")
                .contains("clustrix.clusters.hpc.ssh.port");
        sandbox.user("clustrix.clusters.hpc {\n executor = batch\n timeout = 0s }");
        assertThat(sandbox.failure())
                .contains("hpc.timeout: timeout must be more than 0s")
                .contains(":3");
        sandbox.user("clustrix.serializer {\n name = kryo\n filter = \"maxdepth=deep\"\n}");
        assertThat(sandbox.failure())
                .contains("clustrix.serializer.filter: filter is not a pattern")
                .contains(":3");
        sandbox.user("clustrix.cluster-defaults.resources {\n cores = 0\n time = 500ms\n}");
        assertThat(sandbox.failure()).contains("clustrix.clusters.local.resources.time: time must be at least 1s");
        sandbox.user("clustrix.cluster-defaults.resources {\n cores = 0\n}");
        assertThat(sandbox.failure())
                .contains("resources.cores: cores must be at least 1, not 0")
                .contains(":2");
    }

    @Test
    @DisplayName("a block that is no block and a value that is one are told")
    void kinds() {
        sandbox.user(
                "clustrix { clusters.hpc = batch, executors = [1], serializer = kryo, default-cluster { a = 1 } }");

        assertThat(sandbox.failure())
                .contains("clustrix.clusters.hpc: must be a block { ... }, not a text")
                .contains("clustrix.executors: must be a block { ... }, not a list [ ... ]")
                .contains("clustrix.serializer: must be a block { ... }, not a text")
                .contains("clustrix.default-cluster: must be a text, not a block { ... }");

        sandbox.user("clustrix = 5");
        assertThat(sandbox.failure())
                .contains("clustrix: must be a block { ... }, not a number")
                .contains(":1");
    }

    @Test
    @DisplayName("a cluster's name may become a file's name, so it is checked")
    void names() {
        sandbox.user("clustrix.clusters { \"../x\" { executor = local }, \"7\" { executor = local } }");

        assertThat(sandbox.failure()).contains("2 problems").contains("[A-Za-z][A-Za-z0-9_-]*");
    }

    @Test
    @DisplayName("a cluster whose executor is not installed harms only who uses it")
    void missingPlugin() {
        sandbox.user("clustrix.executors.slurm.anything = 1\nclustrix.clusters.hpc { executor = slurm, whatever = 2 }");

        Configuration configuration = sandbox.load();

        assertThat(configuration.settings().clusters().get("hpc").executor()).isEqualTo("slurm");
        assertThatThrownBy(() -> configuration.cluster("hpc"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("cluster 'hpc' can't be used: no executor 'slurm' is installed; installed: batch, local\n"
                        + "  -> Add the artifact clustrix-slurm.");
    }

    @Test
    @DisplayName("the default cluster's executor must be installed")
    void missingPluginOfDefault() {
        sandbox.user("clustrix.default-cluster = hpc\nclustrix.clusters.hpc {\n executor = batsch\n}");

        assertThat(sandbox.failure())
                .isEqualTo("1 problem in the configuration:\n"
                        + "  clustrix.clusters.hpc.executor: no executor 'batsch' is installed; did you mean 'batch'?;"
                        + " installed: batch, local\n"
                        + "      " + sandbox.userFile() + ":3\n"
                        + "  -> Add the artifact clustrix-batsch.");
    }

    @Test
    @DisplayName("asking for a cluster that is not there names the nearest")
    void unknownCluster() {
        Configuration configuration = sandbox.load();

        assertThatThrownBy(() -> configuration.cluster("locla"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("there is no cluster 'locla'; did you mean 'local'?");
    }

    record Greedy(int timeout) {}

    record Odd(Thread thread) {}

    record Broken(int n) {
        Broken {
            if (n > 0) {
                throw new IllegalStateException("oh");
            }
        }
    }

    @Test
    @DisplayName("a plugin whose record can't be filled is the plugin's fault and says so")
    void pluginFaults() {
        sandbox.classPath("reference.conf", "clustrix { executors.local { thread = 1, n = 1 } }");

        sandbox.plugins(Map.of("local", Greedy.class));
        assertThatThrownBy(sandbox::load)
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("Greedy of plugin 'local' has a key 'timeout', which every cluster has already");
        sandbox.plugins(Map.of("local", Odd.class));
        assertThatThrownBy(sandbox::load).isInstanceOf(PluginException.class).hasMessageContaining("java.lang.Thread");
        sandbox.classPath("reference.conf", "clustrix { executors.local { n = 1 } }");
        sandbox.plugins(Map.of("local", Broken.class));
        assertThatThrownBy(sandbox::load)
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("Broken failed with java.lang.IllegalStateException: oh");
    }

    @Test
    @DisplayName("of hundreds of problems fifty are shown and all are counted")
    void very() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append("clustrix.clusters.local.x").append(i).append(" = 1\n");
        }
        sandbox.user(text.toString());

        assertThat(sandbox.failure())
                .contains("300 problems")
                .contains("... and 250 more")
                .hasLineCount(102);
    }
}
