package io.clustrix.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.it.bed.NeedsTestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the module examples, unchanged, on clusters: only {@code default-cluster} says where they run. */
@NeedsTestBed({"slurm", "ssh"})
@Timeout(240)
class ExamplesOnClustersTest {
    private static final String[] FIRST_STEPS = {
        "The answer is 42",
        "2^1277 - 1 is composite",
        "2^1279 - 1 is prime",
        "2^2203 - 1 is prime",
        "2^2207 - 1 is composite",
        "2^2281 - 1 is prime",
        "2^3217 - 1 is prime"
    };

    private final BedPlace place = BedPlace.make();

    @TempDir
    private Path directory;

    @AfterEach
    void cleanUp() throws IOException {
        place.close();
    }

    private Programs programs(String cluster) throws IOException {
        Programs programs = new Programs(directory, """
                clustrix {
                  default-cluster = %s
                  # One of them counts the bytecode of the JDK that it runs on, so it is to be the same one.
                  batch-defaults.environment.java = "%s"
                  clusters {
                    slurm { executor = slurm, host = "%s", work-directory = "%s", %s }
                    plain { executor = ssh, max-running = 2, host = "%s", work-directory = "%s", %s }
                  }
                }
                """.formatted(
                        cluster,
                        ProcessHandle.current().info().command().orElseThrow(),
                        place.host(),
                        place.workDirectory(),
                        place.ssh(),
                        place.host(),
                        place.workDirectory(),
                        place.ssh()));
        try (Stream<Path> sources = Files.list(Checkout.examples())) {
            programs.compile(
                    sources.filter(f -> f.toString().endsWith(".java")).filter(f -> !f.endsWith("package-info.java")));
        }
        return programs;
    }

    @Test
    @DisplayName("the README's program on Slurm")
    void firstStepsOnSlurm() throws Exception {
        assertThat(programs("slurm").run(120, "io.clustrix.examples.FirstSteps").lines())
                .containsExactly(FIRST_STEPS);
    }

    @Test
    @DisplayName("the README's program on a host without a scheduler")
    void firstStepsOnPlainHost() throws Exception {
        assertThat(programs("plain").run(120, "io.clustrix.examples.FirstSteps").lines())
                .containsExactly(FIRST_STEPS);
    }

    @Test
    @DisplayName("four parts of a histogram on Slurm are four elements, and each of the four workers is told of")
    void histogramOnSlurm() throws Exception {
        String output = programs("slurm")
                .run(120, "io.clustrix.examples.BytecodeHistogram", "java[.](logging|prefs|rmi|instrument)");

        assertThat(output)
                .contains("in 4 parts, on cluster 'slurm'")
                .contains("counted by 4 worker processes:")
                .contains("Checked: every class was counted once");
    }

    @Test
    @DisplayName("annotated methods on Slurm")
    void annotatedServiceOnSlurm() throws Exception {
        String output = programs("slurm").run(150, "io.clustrix.examples.AnnotatedService");

        assertThat(output)
                .contains("pi = 3.1415926535...1989 from process")
                .contains("e  = 2.7182818284...")
                .contains("square root of 2 = 1.4142135623...")
                .contains("square root of 3 = 1.7320508075...");
    }
}
