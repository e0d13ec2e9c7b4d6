package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.RunListener;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.OutputChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A task that prints more than the driver has memory. */
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(150)
class MuchOutputTest {
    private static final int LINES = 2_000_000;
    private static final int LINE = 100;
    private static final int HEAP_MEBIBYTES = 64;

    /** Of what waits when a job ends, a listener is told so much. */
    private static final long LEAST_TOLD = 16 << 20;

    private static int talk() throws InterruptedException {
        String rest = "x".repeat(LINE - 9);
        StringBuilder block = new StringBuilder();
        for (int i = 0; i < LINES; i++) {
            block.append("%08d".formatted(i)).append(rest).append('\n');
            if (i % 10_000 == 9_999) {
                System.out.print(block);
                System.out.flush();
                block.setLength(0);
                Thread.sleep(20);
            }
        }
        return 4711;
    }

    /** Sees that lines come in their order, and keeps none. */
    private static final class Counter implements RunListener {
        private long characters;
        private boolean more;
        private long dropped;
        private int next;
        private int gaps;
        private String begun = "";
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void output(JobKey key, int task, OutputChannel channel, String text) {
            if (channel == OutputChannel.STDERR) {
                more |= text.contains("more output");
                return;
            }
            characters += text.length();
            String all = begun + text;
            int from = 0;
            for (int end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', from)) {
                String line = all.substring(from, end);
                if (line.length() != LINE - 1 || Integer.parseInt(line.substring(0, 8)) != next++) {
                    gaps++;
                }
                from = end + 1;
            }
            begun = all.substring(from);
        }

        @Override
        public void dropped(JobKey key, long events) {
            dropped += events;
        }

        @Override
        public void stateChanged(JobKey key, JobStatus status) {
            if (status.state().ended()) {
                ended.countDown();
            }
        }
    }

    /** The driver. Arguments: the configuration, the file for what it finds, whether it listens. */
    static final class Listening {
        private Listening() {}

        public static void main(String[] args) throws Exception {
            Marks found = new Marks(Path.of(args[1]));
            Counter counter = new Counter();
            try (Clustrix clustrix = RemoteSite.open(Path.of(args[0]))) {
                JobFuture<Integer> job = Boolean.parseBoolean(args[2])
                        ? clustrix.withListener(counter).submit(MuchOutputTest::talk)
                        : clustrix.submit(MuchOutputTest::talk);
                found.add("result " + job.get(RemoteSite.BOUND.toSeconds(), TimeUnit.SECONDS));
                if (Boolean.parseBoolean(args[2])) {
                    found.add("told " + counter.ended.await(30, TimeUnit.SECONDS));
                }
                Await.until("memory is given back", () -> {
                    System.gc();
                    return used() < HEAP_MEBIBYTES / 2;
                });
                found.add("characters " + counter.characters);
                found.add("dropped " + counter.dropped);
                found.add("gaps " + counter.gaps);
                found.add("more " + counter.more);
            }
        }

        private static long used() {
            return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
        }
    }

    @ParameterizedTest(name = "with a listener: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("a task prints 200 MB: a driver with 64 MiB gets its result, and a listener the lines in their order")
    void muchOutput(boolean listens) throws Exception {
        try (RemoteSite site = new RemoteSite()) {
            Path configuration = site.configuration(site.way("slurm"));
            Marks found = site.marks("found");
            try (OtherJvm driver = site.drive(
                    configuration,
                    HEAP_MEBIBYTES,
                    Map.of(),
                    Listening.class,
                    found.file().toString(),
                    Boolean.toString(listens))) {
                Await.until("the driver ends", RemoteSite.BOUND, () -> !driver.isAlive());
                assertThat(driver.await()).as(driver.output()).isZero();
                assertThat(driver.output()).doesNotContain("OutOfMemoryError");
            }
            Map<String, String> facts = found.lines().stream()
                    .collect(Collectors.toMap(l -> l.split(" ", -1)[0], l -> l.split(" ", -1)[1]));
            System.out.println("listening: " + listens + ": " + facts);
            assertThat(facts).containsEntry("result", "4711");
            long characters = Long.parseLong(facts.get("characters"));
            if (listens) {
                assertThat(facts).containsEntry("told", "true");
                assertThat(characters).isBetween(LEAST_TOLD, (long) LINES * LINE);
                assertThat(facts).containsEntry("more", Boolean.toString(characters < (long) LINES * LINE));
                if (facts.get("dropped").equals("0")) {
                    assertThat(facts).containsEntry("gaps", "0");
                }
            } else {
                assertThat(characters).isZero();
            }
        }
    }
}
