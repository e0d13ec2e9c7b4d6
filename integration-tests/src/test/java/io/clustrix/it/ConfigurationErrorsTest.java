package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.spi.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A configuration with mistakes, as the user of the local executor makes them (W-E3). */
@Timeout(60)
class ConfigurationErrorsTest {

    @TempDir
    private Path directory;

    private Path write(String... lines) throws IOException {
        return Files.write(directory.resolve("clustrix.conf"), List.of(lines));
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(Path file) {
        return assertThatThrownBy(() -> {
                    try (Clustrix clustrix = Clustrix.builder().configFile(file).open()) {
                        var unused = clustrix.submit(() -> 1).join();
                    }
                })
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    @DisplayName("a good file is read")
    void good() throws IOException {
        Path file = write("clustrix.clusters.local {", "  mode = threads", "  workers = 1", "}");

        try (Clustrix clustrix = Clustrix.builder().configFile(file).open()) {
            assertThat(clustrix.submit(() -> Thread.currentThread().getName()).join())
                    .startsWith("clustrix-local-");
        }
    }

    @Test
    @DisplayName("a value of the wrong type is told with key, file and line")
    void wrongType() throws IOException {
        Path file = write("clustrix.clusters.local {", "  mode = threads", "  workers = many", "}");

        assertRefused(file)
                .hasMessageContaining("clusters.local.workers")
                .hasMessageContaining("many")
                .hasMessageContaining(file + ":3");
    }

    @Test
    @DisplayName("a word that is none of the choices is told with the choices")
    void wrongChoice() throws IOException {
        Path file = write("clustrix.clusters.local {", "  mode = fibers", "}");

        assertRefused(file)
                .hasMessageContaining("clusters.local.mode")
                .hasMessageContaining("threads")
                .hasMessageContaining("processes")
                .hasMessageContaining(file + ":2");
    }

    @Test
    @DisplayName("a number out of range is told with the range")
    void outOfRange() throws IOException {
        Path file = write("clustrix.clusters.local {", "", "  workers = 0", "}");

        assertRefused(file)
                .hasMessageContaining("workers must be 1 to 4096, not 0")
                .hasMessageContaining("clusters.local");
    }

    @Test
    @DisplayName("an unknown key is told with the nearest that there is")
    void unknownKey() throws IOException {
        Path file = write("clustrix.clusters.local {", "  mode = threads", "  worker = 2", "}");

        assertRefused(file)
                .hasMessageContaining("worker")
                .hasMessageContaining("workers")
                .hasMessageContaining(file + ":3");
    }

    @Test
    @DisplayName("all mistakes are told at once")
    void several() throws IOException {
        Path file =
                write("clustrix.clusters.local {", "  workers = many", "  idle-timeout = later", "  unknown = 1", "}");

        assertRefused(file)
                .hasMessageContaining(file + ":2")
                .hasMessageContaining(file + ":3")
                .hasMessageContaining(file + ":4");
    }

    @Test
    @DisplayName("a file that is not there is told by its name")
    void missing() {
        Path file = directory.resolve("nothing.conf");

        assertRefused(file).hasMessageContaining(file.toString());
    }

    @Test
    @DisplayName("a reference that leads back to itself is told with its place")
    void cycle() throws IOException {
        Path file = write(
                "clustrix.clusters.local {",
                "  workers = ${clustrix.clusters.local.io-threads}",
                "  io-threads = ${clustrix.clusters.local.workers}",
                "}");

        assertRefused(file).hasMessageContaining(file.toString()).hasMessageContaining("refers to itself");
    }

    @Test
    @DisplayName("a file that is no HOCON is told with its line")
    void syntax() throws IOException {
        Path file = write("clustrix.clusters.local {", "  workers = 2", "  mode = [", "}");

        assertRefused(file).hasMessageContaining(file.toString());
    }

    @Test
    @DisplayName("jvm-options that would take the place of the class path are refused")
    void classPathOption() throws IOException {
        for (String option : List.of("-cp", "-classpath", "--class-path", "--class-path=x", "-jar", "x")) {
            Path file = write(
                    "clustrix.clusters.local {", "  mode = processes", "  jvm-options = [\"" + option + "\"]", "}");

            assertRefused(file).hasMessageContaining("jvm-options").hasMessageContaining("'" + option + "'");
        }
    }
}
