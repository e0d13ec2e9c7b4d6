package io.clustrix.internal.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Command;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import io.clustrix.testlog.RecordedLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TimeoutProvisionerTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(400);

    /** So that the log of one test is told from that of others. */
    private final String name = "p" + UUID.randomUUID();

    @TempDir
    private Path dir;

    private Bench bench;

    @BeforeEach
    void begin() throws IOException {
        bench = new Bench(dir);
    }

    @AfterEach
    void end() throws IOException {
        bench.close();
    }

    private static Environment environment(String java) {
        return new Environment(List.of(java), false, List.of(), 17, List.of(), List.of(), Map.of(), "the " + java);
    }

    private static EnvironmentProvisioner giving(String java) {
        return (r, c) -> Optional.of(environment(java));
    }

    private Environment provision(EnvironmentProvisioner primary, EnvironmentProvisioner fallback, Duration timeout)
            throws Exception {
        return TimeoutProvisioner.named(name, primary, fallback, timeout, LONG)
                .provision(Bench.any(List.of()), bench)
                .orElseThrow();
    }

    private List<String> log() {
        return RecordedLogs.with(name.substring(1));
    }

    @Test
    @DisplayName("A9, A12, A13: what is done in time is taken, and the log says what it is; the fallback is not asked")
    void inTime() throws Exception {
        Environment made = provision(
                giving("good"),
                (r, c) -> {
                    throw new AssertionError("the fallback must not be asked");
                },
                LONG);
        assertThat(made).isEqualTo(environment("good"));
        assertThat(log()).hasSize(2);
        assertThat(log().get(0)).startsWith("INFO").contains("setup is enabled");
        assertThat(log().get(1)).startsWith("INFO").contains("setup successful").contains("using: the good");
    }

    @Test
    @DisplayName("A4, A7: what takes too long is given up, with a warning")
    void tooLong() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        Environment made = provision(
                (r, c) -> {
                    try {
                        Thread.sleep(LONG.toMillis());
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return Optional.of(environment("late"));
                },
                giving("basic"),
                SHORT);
        assertThat(made).isEqualTo(environment("basic"));
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(log().get(1)).startsWith("WARN").contains("timed out, falling back to basic setup");
    }

    @Test
    @DisplayName("A5: what throws is given up, with a warning that has the cause")
    void throwing() throws Exception {
        assertThat(provision(
                        (r, c) -> {
                            throw new ProvisioningException("no room on the device");
                        },
                        giving("basic"),
                        LONG))
                .isEqualTo(environment("basic"));
        assertThat(log().get(1))
                .startsWith("WARN")
                .contains("failed, falling back to basic setup: no room on the device");
        assertThat(provision(
                        (r, c) -> {
                            throw new NoClassDefFoundError("a/b/C");
                        },
                        giving("basic"),
                        LONG))
                .isEqualTo(environment("basic"));
    }

    @Test
    @DisplayName("A6: what returns nothing is given up, with a warning")
    void nothing() throws Exception {
        assertThat(provision((r, c) -> Optional.empty(), giving("basic"), LONG)).isEqualTo(environment("basic"));
        assertThat(log().get(1)).startsWith("WARN").contains("returned no result, falling back to basic setup");
    }

    @Test
    @DisplayName("A11: what the fallback throws is the outcome, and tells of the first failure too")
    void fallbackThrows() {
        ProvisioningException no = new ProvisioningException("there is no Java");
        assertThatThrownBy(() -> provision(
                        (r, c) -> {
                            throw new IllegalStateException("first");
                        },
                        (r, c) -> {
                            throw no;
                        },
                        LONG))
                .isSameAs(no)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    @DisplayName("A16: the fallback has a limit of its own")
    void fallbackHangs() {
        TimeoutProvisioner both = TimeoutProvisioner.named(
                name,
                (r, c) -> Optional.empty(),
                (r, c) -> {
                    Thread.sleep(LONG.toMillis());
                    return Optional.empty();
                },
                LONG,
                SHORT);
        assertThatThrownBy(() -> both.provision(Bench.any(List.of()), bench))
                .isInstanceOf(ProvisioningException.class)
                .hasMessageContaining("did not end within 400 ms")
                .hasMessageContaining("environment.fallback.timeout");
    }

    @Test
    @DisplayName("A1, A13: basic alone is told of as disabled")
    void disabled() throws Exception {
        int before = RecordedLogs.with("Two-runtime setup is disabled").size();
        assertThat(TimeoutProvisioner.basic(giving("basic"), LONG).provision(Bench.any(List.of()), bench))
                .contains(environment("basic"));
        assertThat(RecordedLogs.with("Two-runtime setup is disabled")).hasSize(before + 1);
    }

    @Test
    @DisplayName("A3, A14, A15, A17: one that ignores interruption, floods its output and leaves processes behind in"
            + " sessions of their own: the fallback is had in time, its processes and its directory go, its thread is a"
            + " daemon, and it gets no further command through")
    void hopeless() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        AtomicReference<RemotePath> attempt = new AtomicReference<>();
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        String mark = "mark-" + UUID.randomUUID();
        EnvironmentProvisioner hopeless = (r, c) -> {
            thread.set(Thread.currentThread());
            attempt.set(c.attemptDirectory());
            while (true) {
                try {
                    c.host()
                            .run(Command.of(
                                    "sh",
                                    "-c",
                                    "mkdir -p \"$1\" && trap '' TERM HUP INT PIPE; MARK=$2; export MARK; touch \"$1/file\"; "
                                            + "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' >/dev/null 2>&1 & "
                                            + "sleep 1000 >/dev/null 2>&1 & "
                                            + "while :; do echo flood flood flood flood flood flood flood; done",
                                    "sh",
                                    c.attemptDirectory().value(),
                                    mark));
                } catch (InterruptedException e) {
                    // ignored: that is the point
                } catch (HostException e) {
                    refused.complete(e);
                    return Optional.of(environment("late"));
                }
            }
        };
        assertThat(provision(hopeless, giving("basic"), Duration.ofSeconds(3))).isEqualTo(environment("basic"));
        assertThat(thread.get().isDaemon()).isTrue();
        assertThat(refused.get(20, TimeUnit.SECONDS)).hasMessageContaining("given up");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < end
                && (!Bench.processes(mark).isEmpty() || !bench.leftovers().isEmpty())) {
            Thread.sleep(50);
        }
        assertThat(Bench.processes(mark)).isEmpty();
        assertThat(bench.leftovers()).isEmpty();
        thread.get().join(TimeUnit.SECONDS.toMillis(10));
        assertThat(thread.get().isAlive()).isFalse();
    }

    @Test
    @DisplayName("A command that prints 100 MB stalls nothing")
    void flood() throws Exception {
        EnvironmentProvisioner loud = (r, c) -> {
            c.host().run(Command.of("sh", "-c", "head -c 100000000 /dev/zero; head -c 100000000 /dev/zero >&2"));
            return Optional.of(environment("loud"));
        };
        assertThat(provision(loud, giving("basic"), LONG)).isEqualTo(environment("loud"));
    }

    @Test
    @DisplayName("Who waits for it can be interrupted, and leaves nothing behind")
    void interrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            try {
                provision(
                        (r, c) -> {
                            begun.countDown();
                            Thread.sleep(LONG.toMillis());
                            return Optional.empty();
                        },
                        giving("basic"),
                        LONG);
            } catch (Exception e) {
                outcome.complete(e);
            }
        });
        waiter.start();
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        waiter.interrupt();
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
    }

    @Test
    @DisplayName("A17: attempts work in directories of their own")
    void directories() throws Exception {
        AtomicReference<RemotePath> first = new AtomicReference<>();
        AtomicReference<RemotePath> second = new AtomicReference<>();
        provision(
                (r, c) -> {
                    first.set(c.attemptDirectory());
                    c.host().run(Command.of("mkdir", "-p", c.attemptDirectory().value()));
                    throw new ProvisioningException("in the middle");
                },
                (r, c) -> {
                    second.set(c.attemptDirectory());
                    return Optional.of(environment("basic"));
                },
                LONG);
        assertThat(second.get()).isNotEqualTo(first.get());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Files.exists(Path.of(first.get().value())) && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        assertThat(Path.of(first.get().value())).doesNotExist();
    }
}
