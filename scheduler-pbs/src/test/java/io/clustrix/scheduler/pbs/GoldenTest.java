package io.clustrix.scheduler.pbs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How they are read is in {@link PbsDialectContractTest}. */
@DisplayName("What a real OpenPBS answered")
class GoldenTest {
    @Test
    @DisplayName("is all there: so many submits, questions, cancels and look-ups")
    void count() {
        Map<String, Long> kinds =
                Golden.all().stream().collect(Collectors.groupingBy(Golden::kind, Collectors.counting()));
        assertThat(kinds).isEqualTo(Map.of("submit", 155L, "status", 136L, "cancel", 10L, "find", 2L));
    }
}
