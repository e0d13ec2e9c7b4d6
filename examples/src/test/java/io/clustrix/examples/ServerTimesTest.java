package io.clustrix.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.examples.ServerTimes.Answer;
import io.clustrix.examples.ServerTimes.SlowServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ServerTimesTest {
    @Test
    @DisplayName("all servers answer, asked at once by threads of this JVM, and the reason for threads is told")
    void asks() throws IOException {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (SlowServers servers = new SlowServers(6);
                Clustrix clustrix = Clustrix.open()) {
            List<Answer> answers = ServerTimes.ask(clustrix, servers.addresses(), new PrintStream(printed));

            assertThat(answers).extracting(Answer::address).containsExactlyInAnyOrderElementsOf(servers.addresses());
            assertThat(answers).extracting(Answer::status).containsOnly(200);
            assertThat(answers).extracting(Answer::thread).doesNotHaveDuplicates();
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("On threads, because it does I/O or waits: java.net.");
    }
}
