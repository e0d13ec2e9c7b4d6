package io.clustrix.it.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program is told whose login node does not answer. */
@Timeout(60)
class UnreachableHostTest {
    @TempDir
    private Path directory;

    @Test
    @DisplayName("the timeout of a job that could not be submitted says why it was not")
    void timeout() throws IOException, InterruptedException {
        Programs programs = new Programs(directory, """
                clustrix {
                  default-cluster = hpc
                  clusters.hpc {
                    executor = slurm, timeout = 8s
                    host = "anna@127.0.0.1:1", ssh { config-file = none, agent = false, reconnect-pause = 100ms, longest-reconnect-pause = 200ms }
                  }
                }
                """);
        programs.compile(Stream.of(Checkout.examples().resolve("FirstSteps.java")));

        assertThat(programs.runToFailure(40, "io.clustrix.examples.FirstSteps"))
                .contains("did not end within its timeout of 8s; it was waiting, not submitted yet:")
                .contains("anna@127.0.0.1:1 can't be reached: Connection refused")
                .contains("-> try: ssh ssh://anna@127.0.0.1:1 true");
    }
}
