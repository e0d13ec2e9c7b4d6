package io.clustrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TerminalProgressTest {
    private static final JobKey ONE = new JobKey(1, 1);
    private static final JobKey TWO = new JobKey(1, 2);
    private static final String CLEAR = "\r\u001b[K";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final AtomicLong now = new AtomicLong(1_000_000_000L);

    private TerminalProgress progress(boolean colours, int width) {
        return new TerminalProgress(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), colours, () -> width, now::get, false);
    }

    private void later(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** What has been printed since the last call. */
    private String printed() {
        String text = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        return text;
    }

    private static JobStatus state(JobState state, String detail) {
        return JobStatus.of(state, detail);
    }

    @Test
    @DisplayName(
            "One job: what it waits for, what was sent, how many ended, how fast, how long still; a clean last line")
    void oneJob() {
        TerminalProgress p = progress(false, 200);
        p.submitted(ONE, "hpc", "price", 100);
        p.draw();
        assertThat(printed()).isEmpty();

        later(600);
        p.staged(ONE, 3 << 20);
        p.stateChanged(ONE, state(JobState.PENDING, "Priority"));
        p.draw();
        assertThat(printed()).isEqualTo(CLEAR + "price: 0/100 tasks, waiting: Priority, 3.0 MiB sent, 0 s");
        p.draw();
        assertThat(printed()).as("not drawn again without a change").isEmpty();

        p.stateChanged(ONE, state(JobState.RUNNING, ""));
        later(4000);
        p.progress(ONE, new Progress(100, 18, 2, 0));
        p.retried(ONE, 3, state(JobState.NODE_FAILED, ""));
        p.draw();
        assertThat(printed())
                .isEqualTo(CLEAR + "price: 20/100 tasks, 2 failed, 3 tried again, running, 5.00/s, 16 s left");

        p.progress(ONE, new Progress(100, 98, 2, 0));
        later(400);
        p.stateChanged(ONE, state(JobState.FAILED, "x"));
        assertThat(printed())
                .isEqualTo(CLEAR + "price: failed, 98 of 100 tasks returned, 2 failed, 3 tried again, in 5 s"
                        + System.lineSeparator());
        p.progress(ONE, new Progress(100, 98, 2, 0));
        p.draw();
        assertThat(printed()).isEmpty();
    }

    @Test
    @DisplayName("Several jobs are summed up in one line, which ends with the last of them")
    void several() {
        TerminalProgress p = progress(true, 200);
        p.submitted(ONE, "hpc", "a", 10);
        p.submitted(TWO, "hpc", "b", 30);
        later(1000);
        p.stateChanged(ONE, state(JobState.RUNNING, ""));
        p.progress(ONE, new Progress(10, 8, 1, 0));
        p.draw();
        assertThat(printed())
                .isEqualTo(CLEAR + "2 jobs: 9/40 tasks, \u001b[31m1 failed\u001b[0m, 1 running, 1 waiting, 1 s");
        p.stateChanged(ONE, state(JobState.FAILED, ""));
        assertThat(printed()).isEmpty();
        p.progress(TWO, new Progress(30, 30, 0, 0));
        p.stateChanged(TWO, state(JobState.SUCCEEDED, ""));
        assertThat(printed()).contains("2 jobs: 38 of 40 tasks returned, 1 failed, in 1 s");
        p.submitted(ONE, "hpc", "next", 3);
        later(1000);
        p.draw();
        assertThat(printed()).isEqualTo(CLEAR + "next: 0/3 tasks, waiting, 1 s");
    }

    @Test
    @DisplayName("Jobs that end at once leave no line; the next one begins anew")
    void quick() {
        TerminalProgress p = progress(false, 80);
        for (int i = 0; i < 3; i++) {
            p.submitted(ONE, "hpc", "quick", 1);
            later(100);
            p.draw();
            p.progress(ONE, new Progress(1, 1, 0, 0));
            p.stateChanged(ONE, state(JobState.SUCCEEDED, ""));
        }
        assertThat(printed()).isEmpty();
    }

    @Test
    @DisplayName("The line is no wider than the terminal, and a hostile name moves no cursor")
    void hostileNames() {
        TerminalProgress p = progress(false, 40);
        p.submitted(ONE, "hpc", "a\n\u001b[2J\u202e漢漢漢漢漢漢" + "x".repeat(300), 1000);
        later(1000);
        p.draw();
        String line = printed().substring(CLEAR.length());
        assertThat(line).startsWith("a??[2J?漢").doesNotContain("\u001b", "\n", "\u202e");
        int wide = (int) line.chars().filter(c -> c == '漢').count();
        assertThat(line.length() + wide).isLessThanOrEqualTo(39);
    }

    @Test
    @DisplayName("Whoever prints takes the line away, and it comes again")
    void hidden() {
        TerminalProgress p = progress(false, 80);
        p.submitted(ONE, "hpc", "a", 2);
        later(1000);
        p.draw();
        assertThat(printed()).startsWith(CLEAR + "a: 0/2");
        TerminalProgress.Hidden hidden = p.hide();
        assertThat(printed()).isEqualTo(CLEAR);
        later(1000);
        p.draw();
        assertThat(printed()).isEmpty();
        hidden.close();
        hidden.close();
        p.draw();
        assertThat(printed()).startsWith(CLEAR + "a: 0/2");
    }

    @Test
    @DisplayName("Without a terminal nothing is printed, and no thread is started")
    void noTerminal() {
        TerminalProgress p = TerminalProgress.none();
        p.submitted(ONE, "hpc", "a", 2);
        p.stateChanged(ONE, state(JobState.SUCCEEDED, ""));
        assertThat(p.isShown()).isFalse();
        assertThat(printed()).isEmpty();
    }

    @Test
    @Timeout(30)
    @DisplayName("Its thread draws by itself, and ends with the last job")
    void thread() throws Exception {
        TerminalProgress p = new TerminalProgress(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), false, () -> 80, System::nanoTime, true);
        p.submitted(ONE, "hpc", "alone", 2);
        while (!bytes.toString(StandardCharsets.UTF_8).contains("alone: 0/2 tasks")) {
            Thread.sleep(20);
        }
        p.stateChanged(ONE, state(JobState.SUCCEEDED, ""));
        p.awaitEnd(ONE, 1000);
        assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("alone: succeeded");
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals("clustrix-terminal") && t.isAlive())) {
            Thread.sleep(20);
        }
    }
}
