package io.clustrix.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program is told that lacks a module which its configuration needs. */
@Timeout(60)
class MissingModulesTest {
    private static final String CONFIGURATION = """
            clustrix {
              default-cluster = hpc
              clusters.hpc { executor = slurm, host = login.invalid, ssh { user = anna } }
            }
            """;

    @TempDir
    private Path directory;

    private String without(String module) throws IOException, InterruptedException {
        Programs programs = new Programs(directory, CONFIGURATION, module);
        programs.compile(Stream.of(Checkout.examples().resolve("FirstSteps.java")));
        return programs.runToFailure(30, "io.clustrix.examples.FirstSteps");
    }

    @Test
    @DisplayName("without the transport, the artifact to add is told, and not that its block is unknown")
    void transport() throws Exception {
        assertThat(without("host-ssh"))
                .contains("there is no transport plugin named 'ssh'")
                .contains("add io.clustrix:clustrix-host-ssh to the class path")
                .doesNotContain("unknown key");
    }

    @Test
    @DisplayName("without the dialect, the artifact to add is told")
    void dialect() throws Exception {
        assertThat(without("scheduler-slurm"))
                .contains("no executor 'slurm' is installed")
                .contains("add io.clustrix:clustrix-scheduler-slurm to the class path");
    }
}
