package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.MapException;
import io.clustrix.examples.FailingTasks.BadLineException;
import io.clustrix.examples.FailingTasks.Mishap;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.SerializationException;
import io.clustrix.spi.TaskTimeoutException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailingTasksTest {
    private static final Map<Mishap, Class<? extends Throwable>> EXPECTED = Map.of(
            Mishap.THROWS, BadLineException.class,
            Mishap.FAILS_IN_MAP, MapException.class,
            Mishap.EXITS, WorkerDiedException.class,
            Mishap.FILLS_MEMORY, WorkerDiedException.class,
            Mishap.TAKES_TOO_LONG, TaskTimeoutException.class,
            Mishap.CAPTURES_TOO_MUCH, SerializationException.class,
            Mishap.MISSPELT, ConfigurationException.class);

    private Clustrix clustrix;

    @BeforeAll
    void open() {
        clustrix = Clustrix.builder().set("clusters.local.mode", "processes").open();
    }

    @AfterAll
    void close() {
        clustrix.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("each mishap reaches its caller as the right exception, and the cluster goes on working")
    void failures(Mishap mishap) {
        assertThat(FailingTasks.failure(mishap, clustrix)).isExactlyInstanceOf(EXPECTED.get(mishap));
        assertThat(clustrix.submit(() -> 6 * 7).join()).isEqualTo(42);
    }

    @Test
    @DisplayName("a task's own exception keeps its fields and its stack trace")
    void ownException() {
        Throwable failure = FailingTasks.failure(Mishap.THROWS, clustrix);

        assertThat(((BadLineException) failure).fields()).isEqualTo(3);
        assertThat(failure.getStackTrace()[0].getMethodName()).isEqualTo("parse");
    }

    @Test
    @DisplayName("how a worker died is told")
    void deaths() {
        WorkerDiedException exit = (WorkerDiedException) FailingTasks.failure(Mishap.EXITS, clustrix);
        WorkerDiedException memory = (WorkerDiedException) FailingTasks.failure(Mishap.FILLS_MEMORY, clustrix);

        assertThat(exit.death()).isEqualTo(Death.EXIT);
        assertThat(exit.exitCode()).hasValue(3);
        assertThat(exit).hasMessageContaining("can't go on").hasMessageContaining("System.exit was called at");
        assertThat(memory.death()).isEqualTo(Death.OUT_OF_MEMORY);
    }

    @Test
    @DisplayName("the field that can't be sent is named")
    void captured() {
        assertThat(FailingTasks.failure(Mishap.CAPTURES_TOO_MUCH, clustrix))
                .hasMessageContaining("java.lang.Thread")
                .hasMessageContaining("alarm");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("docs/errors.md quotes the message as it is")
    void quoted(Mishap mishap) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "errors.md"));

        assertThat(masked(page))
                .contains(masked(FailingTasks.failure(mishap, clustrix).toString()));
    }

    /** Without what differs from run to run and from compiler to compiler: keys of jobs, names of lambdas, lines. */
    private static String masked(String text) {
        return text.replaceAll("\\b01[0-9a-z]{24}\\b", "KEY")
                .replaceAll("lambda\\$\\w+\\$[\\w$]+", "LAMBDA")
                .replaceAll("\\.java:\\d+", ".java");
    }
}
