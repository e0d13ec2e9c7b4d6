package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true);

    @Test
    @DisplayName("on a terminal one line is written over again, and left when it is over")
    void terminal() {
        ProgressBar bar = new ProgressBar(out, true, 3);
        bar.show(1, "a long text");
        bar.show(3, "b");
        bar.end();

        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r[##########--------------------] 1/3 a long text"
                        + "\r[##############################] 3/3 b          " + System.lineSeparator());
    }

    @Test
    @DisplayName("in a file a quick job leaves no trace")
    void file() {
        ProgressBar bar = new ProgressBar(out, false, 3);
        bar.show(1, "a");
        bar.show(3, "b");
        bar.end();

        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
