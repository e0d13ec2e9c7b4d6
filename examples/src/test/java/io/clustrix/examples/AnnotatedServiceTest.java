package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.examples.AnnotatedService.Result;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AnnotatedServiceTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    @DisplayName("annotated methods of an interface run in worker processes, others here")
    void proxy() {
        try (Clustrix clustrix = Clustrix.open()) {
            List<Result> results = AnnotatedService.byProxy(clustrix, new PrintStream(printed));

            assertThat(results.get(0).digits()).startsWith("3.14159265358979").endsWith("2164201989");
            assertThat(results.get(1).digits()).startsWith("2.71828182845904");
            assertThat(results)
                    .extracting(Result::pid)
                    .doesNotContain(ProcessHandle.current().pid());
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("[pi, e]");
    }

    @Test
    @DisplayName("annotated methods of an object that Guice has made run in worker processes")
    void guice() {
        try (Clustrix clustrix = Clustrix.open()) {
            List<Result> results = AnnotatedService.byGuice(clustrix, new PrintStream(printed));

            assertThat(results.get(0).digits()).startsWith("1.41421356237309");
            assertThat(results.get(1).digits()).startsWith("1.73205080756887");
            assertThat(results)
                    .extracting(Result::pid)
                    .doesNotContain(ProcessHandle.current().pid());
        }
    }
}
