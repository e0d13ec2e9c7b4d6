package io.clustrix.examples.background;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BackgroundDialectTest {
    @TempDir
    private Path directory;

    private Clustrix open() {
        return Clustrix.builder()
                .set("clusters.here.executor", "background")
                .set("clusters.here.work-directory", directory.resolve("work").toString())
                .set(
                        "clusters.here.environment.java",
                        ProcessHandle.current().info().command().orElseThrow())
                .defaultCluster("here")
                .open();
    }

    @Test
    @DisplayName("a dialect of a hundred lines is an executor: with results, exceptions and maps")
    void runs() {
        try (Clustrix clustrix = open()) {
            JobFuture<Long> pid = clustrix.submit(() -> ProcessHandle.current().pid());

            assertThat(clustrix.withChunkSize(2)
                            .map(List.of(1, 2, 3), n -> n * n)
                            .join())
                    .containsExactly(1, 4, 9);
            assertThat(pid.join()).isNotEqualTo(ProcessHandle.current().pid());
            assertThatThrownBy(
                            () -> clustrix.submit(() -> Integer.parseInt("x")).join())
                    .hasCauseInstanceOf(NumberFormatException.class);
        }
    }

    @Test
    @DisplayName("what is cancelled ends")
    void cancels() throws Exception {
        Path started = directory.resolve("started");
        String name = started.toString();
        try (Clustrix clustrix = open()) {
            JobFuture<?> sleeper = clustrix.submit(() -> {
                Files.writeString(
                        Path.of(name), Long.toString(ProcessHandle.current().pid()));
                Thread.sleep(60_000);
            });
            while (!Files.exists(started) || Files.size(started) == 0) {
                Thread.sleep(20);
            }
            sleeper.cancel(true);
            long pid = Long.parseLong(Files.readString(started));
            while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
                Thread.sleep(20);
            }
            assertThat(sleeper).isCancelled();
        }
    }

    @Test
    @DisplayName("a question that failed is no answer")
    void failedQuestion() {
        BackgroundDialect dialect = new BackgroundDialect("sh");
        Command status = dialect.status(List.of(NativeId.of("17")));

        assertThat(dialect.parseStatus(CommandResult.of(status, 1, "", ""))).isEmpty();
        assertThat(dialect.parseStatus(CommandResult.of(status, 0, "   17\n", "")))
                .containsOnlyKeys(NativeId.of("17"));
        assertThatThrownBy(() -> dialect.parseStatus(CommandResult.of(status, 127, "", "ps: not found")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("ps: not found");
    }
}
