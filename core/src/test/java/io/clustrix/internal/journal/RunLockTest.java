package io.clustrix.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RunLockTest {
    private static final RunLock.Times QUICK = new RunLock.Times(Duration.ofMillis(100), Duration.ofMillis(1500));

    @TempDir
    private Path dir;

    private final List<Driver> drivers = new ArrayList<>();

    private record Driver(Process process, BufferedReader out) {
        String acquire() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            return out.readLine();
        }

        void signal(String name) throws Exception {
            assertThat(new ProcessBuilder("sh", "-c", "kill -s " + name + " " + process.pid())
                            .start()
                            .waitFor())
                    .isZero();
        }

        void kill() throws Exception {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @AfterEach
    void end() throws Exception {
        for (Driver driver : drivers) {
            driver.kill();
        }
    }

    /** Those with the same place can see each other. */
    private Driver driver(boolean systemLocks, String place, long staleMillis) throws Exception {
        Process process = JournalProcess.start(
                "lock", dir.toString(), Boolean.toString(systemLocks), place, Long.toString(staleMillis));
        Driver driver = new Driver(
                process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
        drivers.add(driver);
        return driver;
    }

    private static void ready(Driver driver) throws IOException {
        assertThat(driver.out().readLine()).isEqualTo("ready");
    }

    private static LockHolder elsewhere(String name, long pid) {
        return new LockHolder(name, name, pid, 0, false);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    @DisplayName("one at a time; given back, the next can have it; giving back can be repeated")
    void oneAtATime() throws Exception {
        RunLock lock = RunLock.acquire(dir, () -> {});
        assertThat(lock.isHeld()).isTrue();
        assertThatThrownBy(() -> RunLock.acquire(dir, () -> {}))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining(dir.toString());
        lock.close();
        lock.close();
        assertThat(lock.isHeld()).isFalse();
        for (int i = 0; i < 3; i++) {
            RunLock.acquire(dir, () -> {}).close();
        }
        assertThat(names()).containsExactly("lock", "lock.4");
        assertThatThrownBy(() -> RunLock.acquire(dir.resolve("none"), () -> {})).isInstanceOf(JournalException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a holder on this host that lives keeps it; once it is killed it is taken over at once")
    void killed(boolean systemLocks) throws Exception {
        Driver first = driver(systemLocks, "", 60_000);
        Driver second = driver(systemLocks, "", 60_000);
        ready(first);
        ready(second);
        assertThat(first.acquire()).isEqualTo("held");
        assertThat(second.acquire())
                .startsWith("locked")
                .contains("process " + first.process().pid());
        first.kill();
        assertThat(second.acquire()).isEqualTo("held");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("of many processes that take over at once, exactly one wins (R30)")
    void oneWins(boolean systemLocks) throws Exception {
        int count = 5;
        for (int i = 0; i < count; i++) {
            driver(systemLocks, systemLocks ? "" : "place" + i, 60_000);
        }
        for (Driver driver : drivers) {
            ready(driver);
        }
        // A dead one's, for the first round; then one that was given back.
        for (int round = 0; round < 2; round++) {
            Files.write(
                    dir.resolve("lock." + (round * 100 + 1)),
                    round == 0
                            ? elsewhere("gone", 1).text()
                            : elsewhere("gone", 1).asReleased().text());
            Files.setLastModifiedTime(
                    dir.resolve("lock." + (round * 100 + 1)),
                    FileTime.from(Instant.now().minus(Duration.ofMinutes(round == 0 ? 2 : 0))));
            List<FutureTask<String>> calls = new ArrayList<>();
            List<Driver> living =
                    drivers.stream().filter(d -> d.process().isAlive()).toList();
            for (Driver driver : living) {
                FutureTask<String> call = new FutureTask<>(driver::acquire);
                calls.add(call);
                new Thread(call).start();
            }
            int held = 0;
            Driver winner = null;
            for (int i = 0; i < calls.size(); i++) {
                String answer = calls.get(i).get(20, TimeUnit.SECONDS);
                assertThat(answer).matches("held|locked .*");
                if (answer.equals("held")) {
                    held++;
                    winner = living.get(i);
                }
            }
            // With system locks, all may be refused if the one that had it found it taken; not here.
            assertThat(held).isEqualTo(1);
            winner.kill();
        }
    }

    @Test
    @DisplayName("a holder elsewhere keeps it while it gives signs of life, and loses it without them")
    void elsewhere() throws Exception {
        RunLock lock = RunLock.acquire(dir, () -> {}, elsewhere("a", 1), QUICK, false);
        Thread.sleep(QUICK.stale().toMillis() + 300);
        assertThatThrownBy(() -> RunLock.acquire(dir, () -> {}, elsewhere("b", 1), QUICK, false))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("process 1 on a");
        assertThat(lock.isHeld()).isTrue();
        lock.close();
        Files.write(dir.resolve("lock.7"), elsewhere("c", 1).text());
        assertThatThrownBy(() -> RunLock.acquire(dir, () -> {}, elsewhere("b", 1), QUICK, true))
                .isInstanceOf(LockedException.class);
        Files.setLastModifiedTime(
                dir.resolve("lock.7"), FileTime.from(Instant.now().minusMillis(1600)));
        RunLock.acquire(dir, () -> {}, elsewhere("b", 1), QUICK, true).close();
        assertThat(names()).containsExactly("lock", "lock.8");
    }

    @Test
    @DisplayName("one that was suspended and lost it is told, and asking tells it at once")
    void suspended() throws Exception {
        Driver first = driver(false, "there", 1000);
        ready(first);
        assertThat(first.acquire()).isEqualTo("held");
        first.signal("STOP");
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        RunLock lock = null;
        while (lock == null) {
            assertThat(System.nanoTime()).isLessThan(until);
            try {
                lock = RunLock.acquire(
                        dir,
                        () -> {},
                        LockHolder.self(),
                        new RunLock.Times(Duration.ofMillis(100), Duration.ofSeconds(1)),
                        false);
            } catch (LockedException e) {
                Thread.sleep(50);
            }
        }
        first.signal("CONT");
        assertThat(first.out().readLine()).isEqualTo("lost");
        Thread.sleep(300);
        assertThat(lock.isHeld()).isTrue();
        lock.close();

        // Without the thread's help: its next turn is far away, but the last look is old.
        CountDownLatch lost = new CountDownLatch(1);
        RunLock slow = RunLock.acquire(
                dir,
                lost::countDown,
                elsewhere("a", 1),
                new RunLock.Times(Duration.ofMillis(400), Duration.ofHours(1)),
                false);
        Files.write(dir.resolve("lock.100"), elsewhere("b", 2).text());
        assertThat(lost.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(slow.isHeld()).isFalse();
        slow.close();
        assertThat(LockHolder.parse(Files.readAllLines(dir.resolve("lock.100"))).released())
                .as("what is another's is not given back")
                .isFalse();
    }

    @Test
    @DisplayName("a process id that is used again is not the holder")
    void reusedPid() {
        LockHolder self = LockHolder.self();
        assertThat(self.isDead(self)).isFalse();
        LockHolder earlier = new LockHolder(self.host(), self.place(), self.pid(), self.started() - 60_000, false);
        assertThat(earlier.isDead(self)).isTrue();
        assertThat(new LockHolder(self.host(), self.place() + "x", self.pid(), 1, false).isDead(self))
                .as("not seen from here")
                .isFalse();
        assertThat(LockHolder.parse(
                        new String(self.text(), StandardCharsets.UTF_8).lines().toList()))
                .isEqualTo(self);
        assertThat(LockHolder.parse(List.of("host=a", "pid="))).isNull();
    }
}
