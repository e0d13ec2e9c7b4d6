package io.clustrix.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.RunListener;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.OutputChannel;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What tasks in worker processes print. */
@ExtendWith(SharedClusters.class)
@Timeout(60)
class OutputTest {

    /** Collects by task and channel. */
    private static final class Prints implements RunListener {
        private final Map<String, StringBuilder> texts = new TreeMap<>();
        private final AtomicLong dropped = new AtomicLong();
        private boolean ended;

        @Override
        public synchronized void output(JobKey key, int task, OutputChannel channel, String text) {
            texts.computeIfAbsent(task + " " + channel, k -> new StringBuilder())
                    .append(text);
        }

        @Override
        public void dropped(JobKey key, long events) {
            dropped.addAndGet(events);
        }

        @Override
        public synchronized void stateChanged(JobKey key, io.clustrix.spi.JobStatus status) {
            ended |= status.state().ended();
        }

        synchronized boolean ended() {
            return ended;
        }

        synchronized String of(int task, OutputChannel channel) {
            StringBuilder text = texts.get(task + " " + channel);
            return text == null ? "" : text.toString();
        }
    }

    @Test
    @DisplayName("output and errors of each task of a map reach the listener under its own number")
    void attributed(Clustrix clustrix) throws Exception {
        Prints prints = new Prints();
        clustrix.on("processes")
                .withListener(prints)
                .map(0, 200, i -> {
                    System.out.println("out " + i);
                    System.err.print("err ");
                    System.err.print(i);
                    return i;
                })
                .join();
        Await.until("the listener is told of the end", prints::ended);

        assertThat(prints.dropped).hasValue(0);
        for (int i = 0; i < 200; i++) {
            assertThat(prints.of(i, OutputChannel.STDOUT)).isEqualTo("out " + i + System.lineSeparator());
            assertThat(prints.of(i, OutputChannel.STDERR)).isEqualTo("err " + i);
        }
    }

    @Test
    @DisplayName("what comes without a line break, in single bytes and cut characters arrives whole")
    void cutCharacters(Clustrix clustrix) throws Exception {
        String text = "aäß€𝄞 ".repeat(50);
        Prints prints = new Prints();
        clustrix.on("processes")
                .withListener(prints)
                .submit(() -> {
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    for (byte b : bytes) {
                        System.out.write(b);
                    }
                    for (int i = 0; i < bytes.length; i += 7) {
                        System.err.write(bytes, i, Math.min(7, bytes.length - i));
                    }
                })
                .join();
        Await.until("the listener is told of the end", prints::ended);

        assertThat(prints.of(0, OutputChannel.STDOUT)).isEqualTo(text);
        assertThat(prints.of(0, OutputChannel.STDERR)).isEqualTo(text);
    }

    @Test
    @DisplayName("100 MB arrive in order, as far as the listener keeps up, and the rest is counted")
    void much(Clustrix clustrix) throws Exception {
        AtomicLong lines = new AtomicLong();
        AtomicLong disorder = new AtomicLong();
        AtomicLong dropped = new AtomicLong();
        AtomicLong last = new AtomicLong(-1);
        StringBuilder rest = new StringBuilder();
        java.util.concurrent.CountDownLatch end = new java.util.concurrent.CountDownLatch(1);
        RunListener listener = new RunListener() {
            @Override
            public void output(JobKey key, int task, OutputChannel channel, String text) {
                rest.append(text);
                int from = 0;
                for (int to = rest.indexOf("\n"); to >= 0; to = rest.indexOf("\n", from)) {
                    String line = rest.substring(from, to);
                    if (line.length() == 99) {
                        long n = Long.parseLong(line.substring(0, 10));
                        disorder.addAndGet(n > last.get() ? 0 : 1);
                        last.set(n);
                        lines.incrementAndGet();
                    }
                    from = to + 1;
                }
                rest.delete(0, from);
            }

            @Override
            public void dropped(JobKey key, long events) {
                dropped.addAndGet(events);
                rest.setLength(0);
            }

            @Override
            public void stateChanged(JobKey key, io.clustrix.spi.JobStatus status) {
                if (status.state().ended()) {
                    end.countDown();
                }
            }
        };
        JobFuture<Integer> future = clustrix.on("processes")
                .withListener(listener)
                .submit(() -> {
                    PrintStream out = System.out;
                    StringBuilder block = new StringBuilder();
                    for (int i = 0; i < 1_000_000; i++) {
                        block.append("%010d".formatted(i))
                                .append("x".repeat(89))
                                .append('\n');
                        if (i % 200 == 199) {
                            out.print(block);
                            block = new StringBuilder();
                        }
                    }
                    return 1;
                });

        assertThat(future.join()).isEqualTo(1);
        end.await();
        assertThat(disorder).hasValue(0);
        assertThat(last).hasValue(999_999);
        if (dropped.get() == 0) {
            assertThat(lines).hasValue(1_000_000);
        }
    }

    /** A driver with a listener that can't keep up. */
    static final class Driver {
        private Driver() {}

        public static void main(String[] args) {
            RunListener slow = new RunListener() {
                @Override
                public void output(JobKey key, int task, OutputChannel channel, String text) {
                    try {
                        Thread.sleep(10);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            };
            try (Clustrix clustrix =
                    SharedClusters.builder(Path.of(args[0]), "processes").open()) {
                int result = clustrix.withListener(slow)
                        .submit(() -> {
                            String text = "x".repeat(30_000);
                            for (int i = 0; i < 4000; i++) {
                                System.out.print(text);
                            }
                            return 42;
                        })
                        .join();
                System.out.println("result " + result);
            }
        }
    }

    @Test
    @DisplayName("a listener that can't keep up with 120 MB costs the driver a bounded amount of memory")
    void slowListener(@TempDir Path directory) throws Exception {
        try (OtherJvm driver =
                OtherJvm.start(directory, List.of("-Xmx64m"), Map.of(), Driver.class, directory.toString())) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output()).contains("result 42");
        }
    }

    @Test
    @DisplayName("a task that closes System.out or replaces it does not silence the tasks after it")
    @SuppressWarnings({"DefaultCharset", "ClosingStandardOutputStreams"}) // as people do
    void closedOut(Clustrix clustrix, @TempDir Path directory) throws Exception {
        Prints prints = new Prints();
        clustrix.on("processes")
                .withListener(prints)
                .withChunkSize(3)
                .map(0, 3, i -> {
                    if (i == 0) {
                        try (PrintWriter out = new PrintWriter(System.out)) {
                            out.println("first");
                        }
                    } else if (i == 1) {
                        System.setOut(
                                new PrintStream(directory.resolve("elsewhere").toFile()));
                        System.out.println("second");
                    } else {
                        System.out.println("third");
                    }
                    return i;
                })
                .join();
        Await.until("the listener is told of the end", prints::ended);

        assertThat(prints.of(0, OutputChannel.STDOUT)).isEqualToIgnoringNewLines("first");
        assertThat(prints.of(1, OutputChannel.STDOUT)).isEmpty();
        assertThat(prints.of(2, OutputChannel.STDOUT)).isEqualToIgnoringNewLines("third");
    }

    @Test
    @DisplayName("what a child process prints that inherits the output belongs to the task that started it")
    void childProcesses(Clustrix clustrix) throws Exception {
        Prints prints = new Prints();
        clustrix.on("processes")
                .withListener(prints)
                .map(0, 40, i -> {
                    new ProcessBuilder("sh", "-c", "echo child of " + i + "; echo errs >&2")
                            .inheritIO()
                            .start()
                            .waitFor();
                    return i;
                })
                .join();
        Await.until("the listener is told of the end", prints::ended);

        for (int i = 0; i < 40; i++) {
            assertThat(prints.of(i, OutputChannel.STDOUT)).isEqualTo("child of " + i + "\nerrs\n");
        }
    }

    @Test
    @DisplayName("a child process that inherits the input finds it empty, and takes no orders from the driver")
    void inputIsEmpty(Clustrix clustrix) throws Exception {
        JobFuture<Integer> future = clustrix.on("processes")
                .submit(() -> new ProcessBuilder("cat").inheritIO().start().waitFor() + System.in.read());

        assertThat(future.get(20, java.util.concurrent.TimeUnit.SECONDS)).isEqualTo(-1);
    }
}
