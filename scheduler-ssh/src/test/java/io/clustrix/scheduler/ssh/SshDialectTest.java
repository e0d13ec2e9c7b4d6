package io.clustrix.scheduler.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Resources;
import java.time.Duration;
import java.util.Iterator;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The dialect of a host without a scheduler")
class SshDialectTest {
    private static final SshDialect PLAIN =
            new SshDialect(new SshSettings(OptionalInt.empty(), Duration.ofSeconds(1), 7));

    @Test
    @DisplayName("is found by the ServiceLoader under its name")
    void provider() {
        Iterator<?> found = ServiceLoader.load(DialectProvider.class).iterator();
        assertThat(found.next()).isInstanceOf(SshDialectProvider.class);
        assertThat(found.hasNext()).isFalse();
        assertThat(new SshDialectProvider().name()).isEqualTo("ssh");
    }

    @Test
    @DisplayName("refuses what nobody is there to read, all at once (W-E3)")
    void refuses() {
        Resources r = Resources.builder()
                .nodes(2)
                .gpus(1)
                .queue("q")
                .account("a")
                .option("qos", "x")
                .build();
        assertThatThrownBy(() -> PLAIN.directives(new JobPlan("j", r, "x", 1, OptionalInt.empty(), false)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("nodes = 2", "gpus", "queue", "account = a", "option qos");
        Resources fine =
                Resources.builder().cores(2).memory("1G").time("1h").nodes(1).build();
        assertThat(PLAIN.directives(new JobPlan("j", fine, "x", 1, OptionalInt.empty(), false)))
                .isEmpty();
    }

    @Test
    @DisplayName("does not promise a limit of memory")
    void traits() {
        assertThat(PLAIN.traits().has(Feature.MEMORY_LIMIT)).isFalse();
        assertThat(PLAIN.traits().has(Feature.ARRAYS)).isTrue();
        assertThat(PLAIN.variables().index()).isEqualTo("CLUSTRIX_SSH_INDEX");
    }

    @Test
    @DisplayName("settings out of range are named")
    void settings() {
        assertThatThrownBy(() -> new SshSettings(OptionalInt.of(0), Duration.ofSeconds(1), 7))
                .hasMessageContaining("max-running");
        assertThatThrownBy(() -> new SshSettings(OptionalInt.empty(), Duration.ofMillis(1), 7))
                .hasMessageContaining("min-poll-interval");
        assertThatThrownBy(() -> new SshSettings(OptionalInt.empty(), Duration.ofSeconds(1), 0))
                .hasMessageContaining("keep-days");
    }
}
