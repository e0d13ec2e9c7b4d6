package io.clustrix.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContractTableTest {
    private static final Map<Scenario, String> GOOD =
            Map.of(Scenario.RESULTS, "pass", Scenario.REATTACH, "not supported: REATTACH is not among its traits");

    @TempDir
    private Path directory;

    @Test
    @DisplayName("a column that was written is found again, beside others and between the text of the page")
    void written() throws Exception {
        Path page = directory.resolve("page.md");
        ContractTable table = new ContractTable(page);
        Files.writeString(page, "# Title\n\nbefore\n\n| scenario | old |\n|---|---|\n| results | pass |\n\nafter\n");

        table.write("mine", GOOD);
        table.write("another", Map.of(Scenario.RESULTS, "pass"));

        List<String> lines = Files.readAllLines(page);
        assertThat(lines)
                .startsWith("# Title", "", "before", "", "| scenario | another | mine | old |")
                .contains("| results | pass | pass | pass |")
                .contains("| reattach | not tried | not supported: REATTACH is not among its traits | not tried |")
                .endsWith("", "after");
        assertThatCode(() -> table.check("mine", GOOD)).doesNotThrowAnyException();
        table.write("mine", GOOD);
        assertThat(Files.readAllLines(page)).isEqualTo(lines);
    }

    @Test
    @DisplayName("a page that says something else, or nothing, is an error that says what; a failure is not told twice")
    void compared() throws Exception {
        ContractTable table = new ContractTable(directory.resolve("page.md"));
        assertThatThrownBy(() -> table.check("mine", GOOD))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("results: the page says nothing, this build 'pass'");

        table.write("mine", GOOD);
        assertThatThrownBy(() -> table.check("mine", Map.of(Scenario.REATTACH, "pass")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("'mine'")
                .hasMessageContaining("this build 'pass'")
                .hasMessageContaining("-Dclustrix.contracts.write=true");
        assertThatCode(() -> table.check("mine", Map.of(Scenario.RESULTS, "fail")))
                .doesNotThrowAnyException();
    }
}
