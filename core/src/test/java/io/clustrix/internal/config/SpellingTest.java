package io.clustrix.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Names and the names that may have been meant")
final class SpellingTest {
    @ParameterizedTest
    @CsvSource({
        "pollInterval, poll-interval",
        "name, name",
        "LIGHT_BLUE, light-blue",
        "maxURLLength, max-url-length",
        "tls13Only, tls13-only"
    })
    @DisplayName("a component's or a constant's name in configuration has dashes and no capitals")
    void kebab(String name, String expected) {
        assertThat(Spelling.kebab(name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"abc, abc, 0", "abc, acb, 1", "abc, ab, 1", "abc, abcd, 1", "abc, xyz, 3", "'', abc, 3", "hcp, hpc, 1"})
    @DisplayName("the distance counts insertions, deletions, replacements and swaps")
    void distance(String a, String b, int expected) {
        assertThat(Spelling.distance(a, b)).isEqualTo(expected);
        assertThat(Spelling.distance(b, a)).isEqualTo(expected);
    }

    @Test
    @DisplayName("nothing is suggested that is too far away; then all are listed")
    void suggestion() {
        assertThat(Spelling.suggestion("partiton", List.of("queue", "partition")))
                .isEqualTo("; did you mean 'partition'?");
        assertThat(Spelling.suggestion("x", List.of("queue", "partition"))).isEqualTo("; known: partition, queue");
        assertThat(Spelling.suggestion("x", List.of())).isEqualTo("; none is known here");
    }
}
