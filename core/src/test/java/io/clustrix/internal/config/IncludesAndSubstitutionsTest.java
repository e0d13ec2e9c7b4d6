package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Includes and substitutions")
final class IncludesAndSubstitutionsTest {
    private Sandbox sandbox;

    @BeforeEach
    void sandbox(@TempDir Path directory) {
        sandbox = new Sandbox(directory);
    }

    @Test
    @DisplayName("a file includes others beside it, on the class path, and within a block")
    void include() {
        sandbox.user("""
                include "more/first"
                clustrix { include classpath("site.conf") }
                clustrix.clusters.local { include file("more/local.conf") }
                """);
        Sandbox.write(
                sandbox.userFile().resolveSibling("more/first.conf"),
                "include \"second.conf\"\nclustrix.serializer.name = jdk");
        Sandbox.write(sandbox.userFile().resolveSibling("more/second.conf"), "clustrix.serializer.properties.a = b");
        Sandbox.write(sandbox.userFile().resolveSibling("more/local.conf"), "threads = ${THREADS}");
        sandbox.classPath("site.conf", "cluster-defaults.timeout = 1h").variable("THREADS", "5");

        Configuration configuration = sandbox.load();

        assertThat(configuration.settings().serializer().name()).isEqualTo("jdk");
        assertThat(configuration.settings().serializer().properties()).containsEntry("a", "b");
        assertThat(configuration.defaultCluster().common().timeout()).isPresent();
        assertThat(configuration
                        .pluginSettings(configuration.defaultCluster(), Sandbox.Local.class)
                        .threads())
                .isEqualTo(5);
    }

    @Test
    @DisplayName("a mistake in an included file is told with that file and line")
    void mistakeInIncluded() {
        sandbox.user("include \"more.conf\"");
        Path more =
                Sandbox.write(sandbox.userFile().resolveSibling("more.conf"), "\n\nclustrix.clusters.local.colour = 1");

        assertThat(sandbox.failure()).contains("colour: unknown key").contains(more + ":3");
    }

    @Test
    @DisplayName("an include may be missing unless it is required")
    void missingInclude() {
        sandbox.user("include \"gone.conf\"");
        sandbox.load();

        sandbox.user("\n\ninclude required(\"gone.conf\")");
        assertThat(sandbox.failure())
                .contains(sandbox.userFile().resolveSibling("gone.conf") + " does not exist")
                .contains(sandbox.userFile() + ":3");
    }

    @Test
    @DisplayName("includes in a circle are one clear error")
    void includeCycle() {
        sandbox.user("\ninclude \"b.conf\"");
        Path b = Sandbox.write(sandbox.userFile().resolveSibling("b.conf"), "include \"./clustrix.conf\"");

        assertThat(sandbox.failure())
                .contains("1 problem")
                .contains("includes itself: " + sandbox.userFile() + " -> " + b + " -> " + sandbox.userFile())
                .contains(b + ":1");
    }

    @Test
    @DisplayName("includes that multiply end in an error and not in an endless load")
    void includeBomb() {
        sandbox.user("include \"0.conf\"");
        for (int i = 0; i < 30; i++) {
            String next = "include \"" + (i + 1) + ".conf\"\n";
            Sandbox.write(sandbox.userFile().resolveSibling(i + ".conf"), next + next);
        }

        assertThat(sandbox.failure()).contains("more than 100 includes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"include url(\"http://127.0.0.1:9/x.conf\")", "include \"https://anna:hunter2@x/y.conf\""})
    @DisplayName("nothing is fetched over the network (W-F)")
    void url(String include) {
        sandbox.user("\n" + include);

        assertThat(sandbox.failure())
                .contains("not fetched over the network")
                .contains(sandbox.userFile().toString())
                .doesNotContain("hunter2");
    }

    @Test
    @DisplayName("a substitution that refers to itself is one clear error with file and line")
    void substitutionCycle() {
        sandbox.user("_a = 1\n_b = ${_c}\n").project("_c = ${_b}");

        assertThat(sandbox.failure())
                .contains("1 problem")
                .contains("refers to itself, through ")
                .contains("${_b}")
                .contains("${_c}")
                .containsAnyOf(sandbox.userFile() + ":2", sandbox.projectFile() + ":1");
    }

    @Test
    @DisplayName("a substitution that means nothing is told with file and line and with how to make it optional")
    void unresolved() {
        sandbox.user("clustrix {\n  cache-directory = ${SCRATCH}/x\n}");

        assertThat(sandbox.failure())
                .contains("${SCRATCH} is not set")
                .contains("write ${?SCRATCH} if it may be absent")
                .contains(sandbox.userFile() + ":2");
    }

    @Test
    @DisplayName("substitutions see the surroundings given and not the real process")
    void noRealProcess() {
        assertThat(System.getenv()).containsKey("PATH");
        sandbox.user("clustrix.cache-directory = ${PATH}");
        assertThat(sandbox.failure()).contains("${PATH} is not set");

        sandbox.user("clustrix.cache-directory = ${java.home}");
        assertThat(sandbox.failure()).contains("${java.home} is not set");
    }

    @Test
    @DisplayName("one cluster may be another with a change")
    void inheritance() {
        sandbox.user("""
                clustrix.clusters {
                  small { executor = batch, resources { cores = 2, memory = 4GiB } }
                  large = ${clustrix.clusters.small} { resources.memory = 64GiB }
                }
                """);

        ResourcesBlock large =
                sandbox.settings().clusters().get("large").common().resources();
        assertThat(large.cores()).hasValue(2);
        assertThat(large.memory()).hasToString("Optional[64GiB]");
    }

    @Test
    @DisplayName("joining a text with a list is an error that shows neither")
    void join() {
        sandbox.user("clustrix {\n\n  cache-directory = x${SCRATCH} [1]\n}").variable("SCRATCH", "hunter2");

        assertThat(sandbox.failure())
                .contains("joined with one that can't be joined to it")
                .contains(sandbox.userFile() + ":3")
                .doesNotContain("hunter2");
    }
}
