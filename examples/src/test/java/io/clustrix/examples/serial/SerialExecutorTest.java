package io.clustrix.examples.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.Clustrix;
import io.clustrix.MapException;
import io.clustrix.MapFuture;
import io.clustrix.Progress;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.JobState;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {
    private final Clustrix.Builder builder = Clustrix.builder()
            .set("clusters.slow.executor", "serial")
            .set("clusters.slow.pause", "2ms")
            .defaultCluster("slow");

    @Test
    @DisplayName("the plugin is found, gets its settings, and runs jobs")
    void runs() {
        try (Clustrix clustrix = builder.open()) {
            assertThat(clustrix.submit(() -> Thread.currentThread().getName()).join())
                    .isEqualTo("serial-slow");
            assertThat(clustrix.map(0, 4, n -> n * n).join()).containsExactly(0, 1, 4, 9);
            assertThat(clustrix.explain(() -> 1).where()).isEqualTo("serial");
        }
    }

    @Test
    @DisplayName("errors, cancelling and closing end jobs as they should")
    void ends() {
        try (Clustrix clustrix = builder.open()) {
            MapFuture<Integer> all =
                    clustrix.onError(ErrorPolicy.COLLECT).map(List.of("1", "x", "3"), Integer::parseInt);
            assertThatThrownBy(all::join).hasCauseInstanceOf(MapException.class);
            assertThat(all.progress()).isEqualTo(new Progress(3, 2, 1, 0));

            MapFuture<Integer> first = clustrix.map(List.of("1", "x", "3"), Integer::parseInt);
            assertThatThrownBy(first::join).hasCauseInstanceOf(NumberFormatException.class);

            MapFuture<Integer> cancelled = clustrix.map(0, 100_000, n -> n);
            cancelled.cancel(true);
            assertThat(cancelled.status().state()).isEqualTo(JobState.CANCELLED);
        }
        MapFuture<Integer> closed;
        try (Clustrix clustrix = builder.open()) {
            closed = clustrix.map(0, 100_000, n -> n);
        }
        assertThatThrownBy(closed::join).isInstanceOf(CancellationException.class);
    }

    @Test
    @DisplayName("a wrong setting is told with the record's own words")
    void refuses() {
        assertThatThrownBy(() -> builder.set("clusters.slow.pause", "2h").open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("pause must be less than an hour");
    }
}
