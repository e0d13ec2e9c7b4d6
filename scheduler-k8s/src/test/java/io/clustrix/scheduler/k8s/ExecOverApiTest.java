package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Commands in pods of a real Kubernetes")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
@Tag("k8s")
class ExecOverApiTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String pod = Bed.unique("exec");
    private @Nullable Api made;

    @BeforeAll
    void pod() throws Exception {
        Bed bed = Bed.get();
        Api api = new Api(bed.connection());
        made = api;
        api.createPod(bed.sleeper(pod));
        Bed.awaitRunning(api, pod);
    }

    @AfterAll
    void delete() throws InterruptedException {
        if (made != null) {
            made.deletePod(pod, Duration.ZERO);
            made.connection().close();
        }
    }

    private Api api() {
        if (made == null) {
            throw new IllegalStateException();
        }
        return made;
    }

    private PodCommand start(String... words) throws InterruptedException {
        return new ExecOverApi(api()).start(pod, "worker", List.of(words));
    }

    @Test
    @DisplayName("words, input, both outputs and the exit code pass")
    void passes() throws Exception {
        try (PodCommand command = start(
                "sh",
                "-c",
                "head -c 8; printf '[%s]' \"$@\"; echo why >&2; exit 7",
                "sh",
                "two words",
                "a&b=c%#+",
                "é")) {
            command.input().write("through\n".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(command.output().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("through\n[two words][a&b=c%#+][é]");
            assertThat(command.exit(LIMIT)).isEqualTo(7);
            assertThat(command.errors()).isEqualTo("why\n");
        }
        try (PodCommand command = start("true")) {
            assertThat(command.exit(LIMIT)).isZero();
            assertThat(command.output().read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("200 MB come out to a slow reader in little memory")
    void muchOutput() throws Exception {
        long size = 200_000_000;
        try (PodCommand command = start("sh", "-c", "head -c " + size + " /dev/zero")) {
            InputStream out = command.output();
            byte[] buffer = new byte[1 << 16];
            long read = out.readNBytes(buffer, 0, 1000);
            // As much as is going to come while nobody reads.
            Thread.sleep(1500);
            assertThat(out.available()).isBetween(1, 1 << 20);
            for (int n = out.read(buffer); n >= 0; n = out.read(buffer)) {
                read += n;
            }
            assertThat(read).isEqualTo(size);
            assertThat(command.exit(LIMIT)).isZero();
        }
    }

    @Test
    @DisplayName("much input goes in byte by byte, also where the command reads slowly")
    void muchInput() throws Exception {
        byte[] block = new byte[1_000_000];
        new Random(3).nextBytes(block);
        int blocks = 60;
        try (PodCommand command =
                start("sh", "-c", "sleep 2; head -c " + (long) block.length * blocks + " | tail -c 1000000; exit 3")) {
            CompletableFuture<Void> feed = CompletableFuture.runAsync(() -> {
                try {
                    OutputStream in = command.input();
                    for (int i = 0; i < blocks; i++) {
                        in.write(block);
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            byte[] back = command.output().readAllBytes();
            feed.get(60, TimeUnit.SECONDS);
            assertThat(Arrays.equals(back, block))
                    .as("the last block, " + back.length + " bytes")
                    .isTrue();
            assertThat(command.exit(LIMIT)).isEqualTo(3);
        }
    }

    @Test
    @DisplayName("a lot on standard error is drained, and its end kept")
    void muchOnError() throws Exception {
        try (PodCommand command = start("sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x >&2; echo END >&2")) {
            assertThat(command.output().read()).isEqualTo(-1);
            assertThat(command.exit(LIMIT)).isZero();
            assertThat(command.errors()).endsWith("xEND\n").hasSizeLessThan(1 << 20);
        }
    }

    @Test
    @DisplayName("a program that is not there is an error with words, no exit code")
    void noProgram() throws Exception {
        try (PodCommand command = start("clustrix-no-such-program")) {
            assertThatThrownBy(() -> command.exit(LIMIT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("clustrix-no-such-program");
            assertThatThrownBy(() -> command.output().read()).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("a pod that is not there, or has no such container, is an error with words")
    void noPod() {
        assertThatThrownBy(() -> new ExecOverApi(api()).start(pod + "-x", "worker", List.of("true")))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("there is no such pod");
        assertThatThrownBy(() -> new ExecOverApi(api()).start(pod, "other", List.of("true")))
                .isInstanceOf(HostException.class)
                .hasMessageContaining("the container 'other' is not running");
    }

    @Test
    @DisplayName("a command that has ended takes no more input, and one that was let go gives no more output")
    void ends() throws Exception {
        try (PodCommand command = start("true")) {
            assertThat(command.exit(LIMIT)).isZero();
            assertThatThrownBy(() -> command.input().write(1)).isInstanceOf(IOException.class);
        }
        PodCommand sleeping = start("sleep", "5");
        assertThatThrownBy(() -> sleeping.exit(Duration.ofMillis(50)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has not ended within");
        sleeping.close();
        sleeping.close();
        assertThatThrownBy(() -> sleeping.output().read()).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("a connection that is cut is an error, and no clean end")
    void cut(@TempDir Path directory) throws Exception {
        Bed bed = Bed.get();
        try (Relay relay = bed.relay()) {
            try (Connection connection = bed.through(relay, directory);
                    PodCommand command = new ExecOverApi(new Api(connection))
                            .start(pod, "worker", List.of("sh", "-c", "echo first; sleep 30; echo last"))) {
                byte[] first = command.output().readNBytes(6);
                assertThat(new String(first, StandardCharsets.UTF_8)).isEqualTo("first\n");
                relay.cut();
                assertThatThrownBy(() -> command.output().read())
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("was cut");
                assertThatThrownBy(() -> command.exit(LIMIT))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("was cut");
            }
        }
    }
}
