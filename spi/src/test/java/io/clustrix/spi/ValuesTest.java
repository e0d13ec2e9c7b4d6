package io.clustrix.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The SPI's values")
final class ValuesTest {

    @Test
    @DisplayName("a job key prints as 26 characters, is read back, and sorts as text as it does as a key (W-D1)")
    void jobKey() {
        long seed = 5;
        Random random = new Random(seed);
        JobKey before = new JobKey(random.nextLong(), random.nextLong());
        for (int i = 0; i < 10_000; i++) {
            JobKey key = new JobKey(random.nextLong(), random.nextLong());
            assertThat(JobKey.parse(key.toString())).as("seed %d", seed).isEqualTo(key);
            assertThat(key.toString()).matches("[0-9a-hjkmnp-tv-z]{26}");
            assertThat(Integer.signum(key.toString().compareTo(before.toString())))
                    .isEqualTo(Integer.signum(key.compareTo(before)));
            before = key;
        }
        assertThat(new JobKey(-1, -1).toString()).isEqualTo("7" + "z".repeat(25));
        assertThatThrownBy(() -> JobKey.parse("8" + "z".repeat(25))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> JobKey.parse("abc")).hasMessageContaining("'abc' is no job key");
    }

    @Test
    @DisplayName("resources: what is set wins over the defaults, options are merged by name")
    void resources() {
        Resources mine = Resources.builder().cores(4).option("qos", "high").build();
        Resources defaults = Resources.builder()
                .cores(1)
                .memory("8GiB")
                .time("01:00:00")
                .partition("debug")
                .option("qos", "low")
                .option("exclusive", "")
                .build();
        Resources merged = mine.orElse(defaults);
        assertThat(merged.cores()).hasValue(4);
        assertThat(merged.memory()).contains(Memory.ofGibibytes(8));
        assertThat(merged.walltime()).contains(Duration.ofHours(1));
        assertThat(merged.queue()).contains("debug");
        assertThat(merged.options()).isEqualTo(Map.of("qos", "high", "exclusive", ""));
        assertThat(mine.orElse(Resources.none())).isSameAs(mine);
    }

    @Test
    @DisplayName("resources: each wrong value is refused by name")
    void wrongResources() {
        assertThatThrownBy(() -> Resources.builder().cores(0).build()).hasMessage("cores must be at least 1, not 0");
        assertThatThrownBy(() -> Resources.builder().gpus(-1).build()).hasMessage("gpus must be at least 1, not -1");
        assertThatThrownBy(() -> Resources.builder().nodes(0).build()).hasMessage("nodes must be at least 1, not 0");
        assertThatThrownBy(() -> Resources.builder().time(Duration.ofMillis(1)).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Resources.builder().partition("a").queue("b"))
                .hasMessageContaining("partition and queue are the same thing");
        assertThatThrownBy(() -> Resources.builder().option("--qos", "x").build())
                .hasMessageContaining("no dashes in front");
        assertThatThrownBy(() ->
                        Resources.builder().option("qos", "x\n#SBATCH --uid=0").build())
                .hasMessageContaining("option qos has a control character (code 10)");
    }

    @ParameterizedTest(name = "a queue named ''{0}'' is refused (W-D5)")
    @ValueSource(strings = {"", " ", "a\nb", "a\0b", "a\tb", "\u001b[0m"})
    void queueNames(String name) {
        assertThatThrownBy(() -> Resources.builder().queue(name).build()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("job options: names of variables, chunk size and name are checked")
    void jobOptions() {
        JobOptions good = JobOptions.named("a job");
        assertThatThrownBy(() -> JobOptions.named("two\nlines")).hasMessageContaining("control character");
        assertThatThrownBy(() -> new JobOptions(
                        "x", good.resources(), OptionalInt.of(0), good.onError(), Map.of(), Optional.empty()))
                .hasMessageContaining("chunk size must be at least 1");
        assertThatThrownBy(() -> new JobOptions(
                        "x", good.resources(), good.chunkSize(), good.onError(), Map.of("A;B", "1"), Optional.empty()))
                .hasMessageContaining("variable name 'A;B'");
        assertThatThrownBy(() -> new JobOptions(
                        "x", good.resources(), good.chunkSize(), good.onError(), Map.of("A", "1\0"), Optional.empty()))
                .hasMessageContaining("NUL");
    }

    @Test
    @DisplayName("a native id, a path and a command are one thing each, never an option or two words")
    void wordsForHosts() {
        assertThatThrownBy(() -> NativeId.of("-rf")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NativeId.of("1 2")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RemotePath("relative")).hasMessageContaining("must be absolute");
        assertThatThrownBy(() -> new RemotePath("/a\nb")).hasMessageContaining("control character");
        assertThat(new RemotePath("/a").resolve("b c").value()).isEqualTo("/a/b c");
        assertThatThrownBy(() -> Command.of()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Command.of("a\0b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Command(List.of("a"), out -> {}, Duration.ZERO))
                .hasMessageContaining("timeout");
    }

    @Test
    @DisplayName("a range can't be turned round or hold more than 2^31 - 1 numbers")
    void ranges() {
        assertThat(new Work.Range(i -> i, -3, 4).tasks()).isEqualTo(7);
        assertThatThrownBy(() -> new Work.Range(i -> i, 1, 0)).hasMessageContaining("turned round");
        assertThatThrownBy(() -> new Work.Range(i -> i, Integer.MIN_VALUE, 0)).hasMessageContaining("more than");
    }

    @Test
    @DisplayName("every state is alive or ended, and unknown counts as alive (R38)")
    void states() {
        assertThat(JobState.values())
                .filteredOn(s -> !s.ended())
                .containsExactly(JobState.PENDING, JobState.RUNNING, JobState.UNKNOWN);
    }

    @Test
    @DisplayName(
            "an exception as data keeps class, message, trace, causes and suppressed, and survives cycles (W-C2, R53)")
    void throwableData() {
        IllegalStateException top = new IllegalStateException("top", new IOException("cause"));
        top.addSuppressed(new Exception("suppressed"));
        ThrowableData data = ThrowableData.of(top);
        assertThat(data).hasToString("java.lang.IllegalStateException: top");
        assertThat(data.trace()).containsExactly(top.getStackTrace());
        assertThat(data.cause()).hasToString("java.io.IOException: cause");
        assertThat(data.suppressed()).hasSize(1);

        Exception a = new Exception("a");
        Exception b = new Exception("b", a);
        a.initCause(b);
        assertThat(ThrowableData.of(a).cause()).hasToString("java.lang.Exception: b");

        RemoteTaskException rebuilt = new RemoteTaskException(data, "its class is not here");
        assertThat(rebuilt)
                .hasMessageStartingWith("java.lang.IllegalStateException: top")
                .hasMessageContaining("its class is not here")
                .hasCauseInstanceOf(RemoteTaskException.class);
        assertThat(rebuilt.getStackTrace()).containsExactly(top.getStackTrace());
        assertThat(rebuilt.getSuppressed()).hasSize(1);
    }

    @Test
    @DisplayName("an exception whose own methods throw is told nevertheless")
    void hostileThrowable() {
        class Hostile extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new IllegalStateException("no");
            }

            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("no");
            }
        }
        assertThat(ThrowableData.of(new Hostile()).text())
                .hasValueSatisfying(
                        m -> assertThat(m).contains("getMessage() threw", "getCause() or getStackTrace() threw"));
    }

    @Test
    @DisplayName("a message and a stack without end are cut")
    void hugeThrowable() {
        Exception huge = new Exception("x".repeat(1_000_000));
        StackTraceElement[] frames = new StackTraceElement[5000];
        Arrays.fill(frames, new StackTraceElement("C", "m", "C.java", 1));
        huge.setStackTrace(frames);
        ThrowableData data = ThrowableData.of(huge);
        assertThat(data.message()).hasSizeLessThan(70_000).endsWith("(1000000 characters)");
        assertThat(data.trace()).hasSize(1024);
    }

    @Test
    @DisplayName("an exception's message has what to do on lines of its own")
    void hints() {
        ClustrixException e = new ConfigurationException("it is wrong", "do this", "or that");
        assertThat(e).hasMessage("it is wrong\n  -> do this\n  -> or that");
        assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
        assertThat(e.retryable()).isFalse();
        assertThat(new HostException("gone").retryable()).isTrue();
    }
}
