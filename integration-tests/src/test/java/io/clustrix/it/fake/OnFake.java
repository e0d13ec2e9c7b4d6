package io.clustrix.it.fake;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Ended;
import io.clustrix.it.Marks;
import io.clustrix.it.Pids;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.WorkerDiedException;
import io.clustrix.testkit.fake.FakeScheduler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What users see of a cluster with a scheduler, whichever it is. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
abstract class OnFake<F extends FakeScheduler> {
    private static final Duration BOUND = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    F fake;
    Clustrix clustrix;

    private final String executor;

    OnFake(String executor) {
        this.executor = executor;
    }

    abstract F scheduler();

    /** Settings of the dialect beside those that all have. */
    abstract String settings();

    /** The submit command. */
    abstract String submit();

    /** What it may say when the answer of the daemon was lost. */
    abstract String lost();

    /** How it says that there is no queue {@code nosuch}. */
    abstract String refusal();

    @BeforeEach
    void open() {
        fake = scheduler();
        clustrix = builder("").open();
    }

    @AfterEach
    void close() {
        clustrix.close();
        fake.close();
    }

    Clustrix.Builder builder(String more) {
        String text = """
                clustrix.default-cluster = fake
                clustrix.clusters.fake {
                  executor = %s
                  work-directory = "%s"
                  bin-directory = "%s"
                  min-poll-interval = 1s
                  poll { results-min = 20ms, results-max = 200ms, status-min = 1s, status-max = 1s, status-per-minute = 60 }
                  patience { unknown = 3s, hopeless = 2s, result = 5s }
                  retry { delay = 100ms }
                  %s
                  %s
                }
                """.formatted(executor, directory.resolve("work"), fake.bin(), settings(), more);
        return Clustrix.builder()
                .config(ConfigFactory.parseString(text).resolve())
                .set("cache-directory", directory.resolve("cache"))
                .set("state-directory", directory.resolve("state"));
    }

    static <T> T value(JobFuture<T> job) throws Exception {
        return Ended.value(job, BOUND);
    }

    static Throwable failure(JobFuture<?> job) throws Exception {
        return Ended.failure(job, BOUND);
    }

    Marks marks() throws IOException {
        return new Marks(directory.resolve("marks"));
    }

    @Test
    @DisplayName("results and exceptions come as they are; a map is one array")
    void results() throws Exception {
        JobFuture<String> one = clustrix.submit(() -> "value");
        JobFuture<Integer> bad = clustrix.submit(() -> Integer.parseInt("none"));
        JobFuture<List<Integer>> map = clustrix.withChunkSize(2).map(0, 6, i -> i * i);

        assertThat(value(one)).isEqualTo("value");
        assertThat(failure(bad)).isInstanceOf(NumberFormatException.class).hasMessageContaining("none");
        assertThat(value(map))
                .isEqualTo(IntStream.range(0, 6).map(i -> i * i).boxed().toList());
        assertThat(fake.calls().stream().filter(c -> c.startsWith(submit() + " ")))
                .hasSize(3);
    }

    @Test
    @DisplayName("a job is cancelled while it waits, and while it runs")
    void cancel() throws Exception {
        Marks marks = marks();
        String file = marks.file().toString();
        fake.slots(1);
        JobFuture<Integer> runs = clustrix.submit(() -> {
            new Marks(Path.of(file)).add(ProcessHandle.current().pid());
            Thread.sleep(100_000);
            return 1;
        });
        Await.until("it runs", () -> marks.lines().size() == 1);
        JobFuture<Integer> waits = clustrix.submit(() -> 2);
        Await.until("it is in the queue", () -> fake.jobsKnown() == 2);

        assertThat(waits.cancel(true)).isTrue();
        assertThat(runs.cancel(true)).isTrue();

        assertThat(failure(waits)).isInstanceOf(CancellationException.class);
        assertThat(failure(runs)).isInstanceOf(CancellationException.class);
        long pid = Long.parseLong(marks.lines().get(0));
        Await.until("its process is gone", () -> !Pids.isAlive(pid));
    }

    @Test
    @DisplayName("a job that was accepted and yet answered with an error runs once (R20)")
    void lostAnswer() throws Exception {
        Marks marks = marks();
        String file = marks.file().toString();
        fake.spoilNext(submit(), 1, lost());

        assertThat(value(clustrix.submit(() -> {
                    new Marks(Path.of(file)).add("run");
                    return 5;
                })))
                .isEqualTo(5);

        assertThat(marks.lines()).containsExactly("run");
        assertThat(fake.calls().stream().filter(c -> c.startsWith(submit() + " ")))
                .hasSize(1);
    }

    @Test
    @DisplayName("a job that nobody could submit is submitted again, once")
    void refusedForNow() throws Exception {
        fake.refuseNext(submit(), 1, lost());

        assertThat(value(clustrix.submit(() -> 5))).isEqualTo(5);

        assertThat(fake.calls().stream().filter(c -> c.startsWith(submit() + " ")))
                .hasSize(2);
    }

    @Test
    @DisplayName("a worker that ends itself is told from one that the scheduler has ended at its walltime")
    void deaths() throws Exception {
        Marks marks = marks();
        String file = marks.file().toString();
        JobFuture<Integer> exits = clustrix.submit(() -> {
            Runtime.getRuntime().halt(7);
            return 1;
        });
        JobFuture<Integer> late = clustrix.withResources(r -> r.time(Duration.ofHours(1)))
                .submit(() -> {
                    new Marks(Path.of(file)).add(ProcessHandle.current().pid());
                    Thread.sleep(100_000);
                    return 1;
                });
        Await.until("it runs", () -> marks.lines().size() == 1);

        assertThat(failure(exits)).isInstanceOf(WorkerDiedException.class).hasMessageContaining("exit code 7");

        fake.advance(Duration.ofMinutes(70));

        assertThat(failure(late)).hasMessageContaining("walltime");
    }

    @Test
    @DisplayName("a scheduler that is down for a while costs no job")
    void down() throws Exception {
        Marks marks = marks();
        String file = marks.file().toString();
        JobFuture<Integer> job = clustrix.submit(() -> {
            new Marks(Path.of(file)).add("run");
            Thread.sleep(2500);
            return 3;
        });
        Await.until("it runs", () -> marks.lines().size() == 1);
        fake.down();
        JobFuture<Integer> next = clustrix.submit(() -> 4);
        assertThat(value(job)).isEqualTo(3);
        fake.up();
        assertThat(value(next)).isEqualTo(4);
        assertThat(marks.lines()).containsExactly("run");
    }

    @Test
    @DisplayName("what the scheduler refuses is told in its words, with what to change")
    void refused() throws Exception {
        try (Clustrix other = builder("resources { queue = nosuch }")
                .set("state-directory", directory.resolve("state2"))
                .open()) {
            assertThat(failure(other.submit(() -> 1)))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining(refusal())
                    .hasMessageContaining("Change '");
        }
    }

    @Test
    @DisplayName("a job whose node is lost is run again")
    void lostNode() throws Exception {
        Marks marks = marks();
        String file = marks.file().toString();
        fake.nextJob(71);
        JobFuture<Integer> job = clustrix.submit(() -> {
            Marks m = new Marks(Path.of(file));
            m.add("run");
            if (m.lines().size() == 1) {
                Thread.sleep(100_000);
            }
            return 6;
        });
        Await.until("it runs", () -> marks.lines().size() == 1);
        fake.loseNode("71");
        assertThat(value(job)).isEqualTo(6);
        assertThat(marks.lines()).hasSize(2);
    }
}
