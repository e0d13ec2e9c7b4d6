package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class FirstStepsTest {
    @Test
    @DisplayName("the program of the README runs and finds the prime numbers")
    void runs() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            FirstSteps.main(new String[0]);
        } finally {
            System.setOut(before);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "The answer is 42",
                        "2^1277 - 1 is composite",
                        "2^1279 - 1 is prime",
                        "2^2203 - 1 is prime",
                        "2^2207 - 1 is composite",
                        "2^2281 - 1 is prime",
                        "2^3217 - 1 is prime");
    }
}
