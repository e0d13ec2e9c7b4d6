package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The link to the host breaks, or the host is not what it was: jobs live on, or futures fail, and none hangs. */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@Timeout(150)
class LinkTest {
    private static final int MEGA = 1 << 20;

    private final TestBed bed = TestBed.get();
    private RemoteSite site;
    private Relay relay;
    private Marks runs;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
        relay = new Relay(bed.login().port());
        runs = site.marks("runs");
    }

    @AfterEach
    void close() throws Exception {
        relay.close();
        site.close();
    }

    private RemoteSite.Way throughRelay() throws IOException {
        return throughRelay(bed.login().key());
    }

    private RemoteSite.Way throughRelay(Path key) throws IOException {
        TestBed.Login login = bed.login();
        Path known = relay.knownHosts(login.knownHosts(), login.port(), site.local);
        return site.way("slurm")
                .through(relay.port())
                .ssh("identity = [\"" + key + "\"], known-hosts = [\"" + known
                        + "\"], config-file = none, agent = false");
    }

    /** Bytes that can't be compressed, always the same. */
    private static byte[] bytes(int size, int seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static int ran(String file, int i, int millis) throws InterruptedException {
        new Marks(Path.of(file)).add(i);
        Thread.sleep(millis);
        return i * i;
    }

    @Test
    @DisplayName("the link is cut in the middle of the class path's upload: nothing half-written is used")
    void upload() throws Exception {
        Path jar = site.local.resolve("large.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            out.putNextEntry(new JarEntry("large.bin"));
            out.write(bytes(20 * MEGA, 1));
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            relay.cutAfterSending(12 * MEGA);
            try (Clustrix clustrix = site.open(throughRelay())) {
                JobFuture<Integer> job = clustrix.submit(() -> {
                    try (var in = ClassLoader.getSystemResourceAsStream("large.bin")) {
                        return in == null ? -1 : Arrays.hashCode(in.readAllBytes());
                    }
                });
                assertThat(RemoteSite.value(job)).isEqualTo(Arrays.hashCode(bytes(20 * MEGA, 1)));
                assertThat(relay.cuts()).isEqualTo(1);
            }
        } finally {
            thread.setContextClassLoader(before);
        }
        try (Stream<Path> files = Files.list(site.work.resolve("store"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(file).hasFileName(sha256(file) + ".jar");
            }
        }
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    @DisplayName("the link is cut in the middle of a result of 20 MB: it is fetched again, the task is not run again")
    void download() throws Exception {
        String file = runs.file().toString();
        try (Clustrix clustrix = site.open(throughRelay())) {
            JobFuture<byte[]> job = clustrix.submit(() -> {
                ran(file, 0, 0);
                return bytes(20 * MEGA, 2);
            });
            relay.cutAfterReceiving(6 * MEGA);

            assertThat(Arrays.equals(RemoteSite.value(job), bytes(20 * MEGA, 2)))
                    .isTrue();
            assertThat(relay.cuts()).isEqualTo(1);
            assertThat(runs.lines()).hasSize(1);
        }
    }

    @Test
    @DisplayName("sshd is started again and again while jobs run and results come: each task runs once")
    void restarts() throws Exception {
        String file = runs.file().toString();
        try (Clustrix clustrix = site.open(site.way("slurm"))) {
            List<JobFuture<byte[]>> singles = new ArrayList<>();
            MapFuture<Integer> map = clustrix.map(0, 24, i -> ran(file, i, 400));
            for (int n = 0; n < 6; n++) {
                int i = 100 + n;
                singles.add(clustrix.submit(() -> {
                    ran(file, i, 500);
                    return bytes(MEGA, i);
                }));
            }
            for (int n = 0; n < 4; n++) {
                Thread.sleep(1500);
                bed.sshd("restart");
            }
            assertThat(RemoteSite.value(map)).hasSize(24).last().isEqualTo(23 * 23);
            for (int n = 0; n < singles.size(); n++) {
                assertThat(Arrays.equals(RemoteSite.value(singles.get(n)), bytes(MEGA, 100 + n)))
                        .isTrue();
            }
        }
        assertThat(runs.counts()).hasSize(30);
        assertThat(runs.counts().values()).containsOnly(1L);
    }

    private void unreachable(int seconds) throws Exception {
        String file = runs.file().toString();
        try (Clustrix clustrix = site.open(throughRelay())) {
            JobFuture<Integer> running = clustrix.submit(() -> ran(file, 3, 1000));
            Await.until("it runs", RemoteSite.BOUND, () -> runs.lines().size() == 1);
            relay.refuse(true);
            relay.cut();
            JobFuture<Integer> later = clustrix.submit(() -> ran(file, 4, 0));
            Thread.sleep(seconds * 1000L);
            assertThat(running).isNotDone();
            assertThat(later).isNotDone();
            relay.refuse(false);

            assertThat(RemoteSite.value(running)).isEqualTo(9);
            assertThat(RemoteSite.value(later)).isEqualTo(16);
            assertThat(runs.lines()).hasSize(2);
        }
    }

    @Test
    @DisplayName("the host can't be reached for some seconds: jobs end after that")
    void away() throws Exception {
        unreachable(5);
    }

    @Tag("slow")
    @Test
    @DisplayName("the host can't be reached for half a minute: jobs end after that")
    void longAway() throws Exception {
        unreachable(30);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("the host shows another key, at once or while a job runs: futures fail and say so")
    void otherKey(boolean running) throws Exception {
        try (Clustrix clustrix = site.open(throughRelay())) {
            String file = runs.file().toString();
            JobFuture<Integer> job;
            if (running) {
                job = clustrix.submit(() -> ran(file, 0, 60_000));
                Await.until("it runs", RemoteSite.BOUND, () -> runs.lines().size() == 1);
                relay.lead(bed.number("ssh.password.port"));
                relay.cut();
            } else {
                relay.lead(bed.number("ssh.password.port"));
                job = clustrix.submit(() -> ran(file, 0, 0));
            }
            assertThat(RemoteSite.failure(job)).isInstanceOfSatisfying(HostException.class, e -> {
                assertThat(e.retryable()).isFalse();
                assertThat(e).hasMessageContaining("key").hasMessageContaining("127.0.0.1");
            });
            // Nor does a later one wait.
            assertThat(RemoteSite.failure(clustrix.submit(() -> ran(file, 1, 0))))
                    .isInstanceOf(HostException.class);
        }
    }

    @Test
    @DisplayName("a log-in that is refused fails the jobs, and is tried three times at most, whatever is submitted")
    void refused() throws Exception {
        Path log = bed.path("testbed.directory").resolve("log/sshd-main.log");
        // Connections through the relay are told from those of others by its local ports.
        try (Clustrix clustrix = site.open(throughRelay(bed.path("ssh.key.stranger")))) {
            List<JobFuture<Integer>> jobs = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int n = i;
                jobs.add(clustrix.submit(() -> n));
            }
            for (JobFuture<Integer> job : jobs) {
                assertThat(RemoteSite.failure(job)).isInstanceOfSatisfying(HostException.class, e -> {
                    assertThat(e.retryable()).isFalse();
                    assertThat(e.fault()).isNotEqualTo(Fault.BUG);
                    assertThat(e).hasMessageContaining(bed.value("ssh.key.stranger"));
                });
            }
        }
        List<String> lines = Files.readAllLines(log);
        long seen = relay.ports().stream()
                .filter(port -> lines.stream()
                        .anyMatch(l -> l.contains("authenticating user") && l.contains("port " + port + " ")))
                .count();
        assertThat(seen).isBetween(1L, 3L);
        assertThat(relay.ports()).hasSizeLessThanOrEqualTo(3);
    }
}
