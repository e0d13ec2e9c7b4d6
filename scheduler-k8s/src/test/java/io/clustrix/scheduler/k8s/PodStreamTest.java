package io.clustrix.scheduler.k8s;

import static io.clustrix.scheduler.k8s.LocalPod.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.scheduler.k8s.LocalPod.Fault;
import io.clustrix.scheduler.k8s.LocalPod.Way;
import io.clustrix.scheduler.k8s.PodStream.End;
import io.clustrix.scheduler.k8s.PodStream.Outcome;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream to a pod, with processes of this machine in its place. */
@Timeout(180)
@SuppressWarnings("NullAway.Init")
class PodStreamTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final PodScripts.Run RUN =
            new PodScripts.Run("script", "logs/p0", false, Duration.ZERO, LONG, LONG, Duration.ofSeconds(2));

    @TempDir
    Path directory;

    private Path job;
    private ScheduledExecutorService alarm;
    private ExecutorService threads;
    private final AtomicInteger changes = new AtomicInteger();
    private final List<String> leases = new ArrayList<>();
    private final List<LocalPod> pods = new ArrayList<>();
    private Path tools;

    @BeforeEach
    void setUp() throws IOException {
        job = Files.createDirectories(directory.resolve("driver/jobs/20261122/job"));
        alarm = Executors.newSingleThreadScheduledExecutor();
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        for (LocalPod pod : pods) {
            pod.end();
        }
        alarm.shutdownNow();
        threads.shutdownNow();
    }

    private LocalPod pod(String shell, PodScripts.Run run) throws IOException {
        assumeTrue(LocalPod.has(shell), () -> "this machine has no " + shell);
        tools = LocalPod.tools(directory.resolve("tools"), shell);
        LocalPod pod = new LocalPod(directory, tools, run);
        pods.add(pod);
        return pod;
    }

    /** Whether the door looks often. */
    private boolean quick = true;

    private final AtomicBoolean answers = new AtomicBoolean(true);

    private PodStream stream(LocalPod pod) {
        return stream(pod, pod.place(), () -> pod.first().isAlive(), LONG);
    }

    private PodStream stream(Exec exec, PodScripts.Place place, BooleanSupplier isAlive, Duration silence) {
        return new PodStream(
                exec,
                new PodScripts(),
                new PodStream.Target("pod", "worker", place),
                job,
                new PodStream.Times(Duration.ofSeconds(1), silence, LONG, quick),
                () -> leases,
                isAlive,
                answers::get,
                changes::incrementAndGet,
                alarm);
    }

    private CompletableFuture<End> started(PodStream stream, List<Path> archives) {
        CompletableFuture<End> end = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                end.complete(stream.run(() -> archives));
            } catch (InterruptedException | RuntimeException | Error e) {
                end.completeExceptionally(e);
            }
        });
        return end;
    }

    private static End end(CompletableFuture<End> future) throws Exception {
        return future.get(120, TimeUnit.SECONDS);
    }

    /** Two archives: one with a jar, one with the job's script. */
    private List<Path> archives(String script) throws Exception {
        Path base = directory.resolve("base");
        Files.createDirectories(base.resolve("store"));
        Files.write(base.resolve("store/a.jar"), new byte[300_000]);
        Path own = directory.resolve("own");
        Path at = Files.createDirectories(own.resolve("jobs").resolve(LocalPod.PLACE_JOB.job()));
        // As workers do it: what is in results is whole.
        String put = "put() { cat > .put && mv .put results/$1; }\n";
        Files.writeString(at.resolve("script"), put + "echo ran >> ran\n" + script);
        return List.of(
                LocalPod.tar(directory.resolve("base.tar"), base), LocalPod.tar(directory.resolve("own.tar"), own));
    }

    private PodStream.Feed fed(String script) throws Exception {
        List<Path> archives = archives(script);
        return () -> archives;
    }

    private String local(String path) throws IOException {
        return Files.readString(job.resolve(path));
    }

    private void noTemporaryFiles() throws IOException {
        try (var files = Files.walk(job)) {
            assertThat(files.filter(f -> f.getFileName().toString().startsWith(".")))
                    .isEmpty();
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    // ---------------------------------------------------------------- the way it should be

    @ParameterizedTest
    @CsvSource({"dash, true", "bash, true", "busybox, true", "dash, false"})
    @DisplayName("what the script leaves comes here, and the pod ends with its exit code")
    void everything(String shell, boolean often) throws Exception {
        quick = often;
        LocalPod pod = pod(
                shell, new PodScripts.Run("script", "logs/p0", true, Duration.ZERO, LONG, LONG, Duration.ofSeconds(2)));
        End end = stream(pod).run(fed("""
                        mkdir claims/4.0.0
                        echo text; echo problem >&2
                        put 3 < /dev/null
                        printf x | put 4
                        echo left > attempts/4.0.0.part
                        echo other > attempts/5.0.0.part
                        printf 'code=7\\n' > exits/5.0.0
                        wc -c < "../../../store/a.jar"
                        exit 7
                        """));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 7, "ended"));
        assertThat(pod.exit()).isEqualTo(7);
        assertThat(pod.told()).isEmpty();
        assertThat(local("logs/p0.4.out")).isEqualTo("text\n300000\n");
        assertThat(local("logs/p0.4.err")).isEqualTo("problem\n");
        assertThat(local("results/3")).isEmpty();
        assertThat(local("results/4")).isEqualTo("x");
        assertThat(local("exits/5.0.0")).isEqualTo("code=7\n");
        assertThat(local("attempts/5.0.0.part")).isEqualTo("other\n");
        assertThat(job.resolve("attempts/4.0.0.part")).doesNotExist();
        assertThat(job.resolve("claims/4.0.0")).isDirectory();
        assertThat(changes.get()).isGreaterThanOrEqualTo(4);
        assertThat(pod.connections()).isEqualTo(1);
        noTemporaryFiles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a result of 200 MB of any bytes arrives as it is")
    void large(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        End end = stream(pod).run(fed("""
                        head -c 209715200 /dev/urandom > attempts/0.0.0.part
                        sha256sum attempts/0.0.0.part | head -c 64
                        mv attempts/0.0.0.part results/0
                        """));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 0, "ended"));
        assertThat(job.resolve("results/0")).hasSize(209_715_200);
        assertThat(sha256(job.resolve("results/0"))).isEqualTo(local("logs/p0.out"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("output comes while the script runs, also much of it, and each byte once")
    void output(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        CompletableFuture<End> end = started(stream(pod), archives("""
                        i=0
                        while [ ! -e stop ]; do i=$((i+1)); printf 'line %s\\n' $i; printf '\\303\\244\\000' >&2; done
                        printf 'all %s\\n' $i
                        """));
        await(() -> Files.exists(job.resolve("logs/p0.out")) && Files.size(job.resolve("logs/p0.out")) > 3_000_000);
        Files.createFile(pod.job().resolve("stop"));
        assertThat(end(end).outcome()).isEqualTo(Outcome.DONE);
        assertThat(pod.exit()).isZero();
        assertThat(job.resolve("logs/p0.out")).hasSameBinaryContentAs(pod.job().resolve("logs/p0.out"));
        assertThat(job.resolve("logs/p0.err")).hasSameBinaryContentAs(pod.job().resolve("logs/p0.err"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a result is here as soon as it is published, and slow output as it comes")
    void early(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        CompletableFuture<End> end = started(stream(pod), archives("""
                        until [ -e one ]; do sleep 0.05; done
                        echo one
                        until [ -e two ]; do sleep 0.05; done
                        echo two > .two; mv .two results/0
                        until [ -e three ]; do sleep 0.05; done
                        """));
        await(() -> Files.exists(pod.job().resolve("ran")));
        Files.createFile(pod.job().resolve("one"));
        await(() -> "one\n".equals(LocalPod.read(job.resolve("logs/p0.out"))));
        Files.createFile(pod.job().resolve("two"));
        await(() -> "two\n".equals(LocalPod.read(job.resolve("results/0"))));
        assertThat(end).isNotDone();
        Files.createFile(pod.job().resolve("three"));
        assertThat(end(end).outcome()).isEqualTo(Outcome.DONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"}) // busybox takes a wc of its own
    @DisplayName(
            "what was printed before a result is here before it, also if both come while the door looks at the logs")
    void outputFirst(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        // Between the door's look at the size of the log, and its look at the results.
        Path wc = Files.writeString(tools.resolve("wc"), """
                        #!/bin/sh
                        size=$(/usr/bin/wc -c)
                        if [ "$size" -gt 0 ] && [ ! -e results/0 ]; then
                            echo late >> logs/p0.out
                            echo result > .result
                            mv .result results/0
                        fi
                        echo "$size"
                        """);
        assertThat(wc.toFile().setExecutable(true)).isTrue();
        CompletableFuture<End> end =
                started(stream(pod), archives("echo early; until [ -e stop ]; do sleep 0.05; done\n"));
        await(() -> Files.exists(job.resolve("results/0")));
        assertThat(local("logs/p0.out")).isEqualTo("early\nlate\n");
        Files.createFile(pod.job().resolve("stop"));
        assertThat(end(end).outcome()).isEqualTo(Outcome.DONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("R28: leases are renewed as long as a driver is connected")
    void lease(String shell) throws Exception {
        leases.add("run_1-a");
        LocalPod pod = pod(shell, RUN);
        CompletableFuture<End> end = started(stream(pod), archives("until [ -e stop ]; do sleep 0.05; done\n"));
        Path lease = pod.work().resolve("leases/run_1-a");
        await(() -> Files.exists(lease));
        String before = Files.readString(lease);
        await(() -> !before.equals(Files.readString(lease)));
        Files.createFile(pod.job().resolve("stop"));
        assertThat(end(end).outcome()).isEqualTo(Outcome.DONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a pod that is not needed ends at once, with success and without running anything")
    void dismissed(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        assertThat(stream(pod).dismiss().outcome()).isEqualTo(Outcome.DISMISSED);
        assertThat(pod.exit()).isZero();
    }

    // ---------------------------------------------------------------- connections that are cut

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("feeding that was cut starts nothing, and is done again")
    void cutFeed(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        pod.fault(new Fault(50_000, -1, Way.CUT));
        pod.fault(new Fault(310_000, -1, Way.LEFT));
        pod.fault(new Fault(-1, 22, Way.CUT));
        End end = stream(pod).run(fed("exit 3\n"));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 3, "ended"));
        assertThat(pod.connections()).isEqualTo(4);
        assertThat(pod.job().resolve("ran")).hasContent("ran");
        assertThat(pod.exit()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a result that was cut does not appear half; the next connection brings the whole")
    void cutResult(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        List<Path> archives = archives("""
                        seq 1 20000
                        seq 1 500000 | put 0
                        echo done > exits/1.0.0
                        """);
        pod.fault(new Fault(-1, 30_000, Way.LEFT));
        pod.fault(new Fault(-1, 1_500_000, Way.LEFT));
        pod.fault(new Fault(-1, 2_000_000, Way.CUT));
        End end = stream(pod).run(() -> archives);
        assertThat(end).isEqualTo(new End(Outcome.DONE, 0, "ended"));
        assertThat(pod.connections()).isEqualTo(4);
        assertThat(pod.exit()).isZero();
        for (String file : List.of("logs/p0.out", "results/0", "exits/1.0.0")) {
            assertThat(job.resolve(file)).hasSameBinaryContentAs(pod.job().resolve(file));
        }
        assertThat(pod.job().resolve("ran")).hasContent("ran");
        noTemporaryFiles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a new door ends the one that a cut connection left behind, and nobody else")
    void twoDoors(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        List<Path> archives = archives("echo here; until [ -e stop ]; do sleep 0.05; done; echo there | put 0\n");
        PodStream first = stream(pod);
        pod.fault(new Fault(-1, -1, Way.LEFT));
        CompletableFuture<End> one = started(first, archives);
        await(() -> "here\n".equals(LocalPod.read(job.resolve("logs/p0.out"))));
        assertThat(pod.isDoorAlive(0)).isTrue();
        // A fifo by the number of a process that is no door.
        Path wrong = pod.work().resolve(".pod/door." + ProcessHandle.current().pid());
        assertThat(new ProcessBuilder("mkfifo", wrong.toString()).start().waitFor())
                .isZero();
        CompletableFuture<End> two = started(stream(pod), archives);
        await(() -> !pod.isDoorAlive(0));
        first.stop();
        assertThat(end(one).outcome()).isEqualTo(Outcome.STOPPED);
        assertThat(wrong).doesNotExist();
        await(() -> pod.connections() >= 2);
        Files.createFile(pod.job().resolve("stop"));
        assertThat(end(two).outcome()).isEqualTo(Outcome.DONE);
        assertThat(local("results/0")).isEqualTo("there\n");
        assertThat(local("logs/p0.out")).isEqualTo("here\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("another driver goes on where the first has stopped, also after the script's end")
    void attach(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        PodStream first = stream(pod);
        CompletableFuture<End> one =
                started(first, archives("echo here; until [ -e stop ]; do sleep 0.05; done; echo there; exit 5\n"));
        await(() -> "here\n".equals(LocalPod.read(job.resolve("logs/p0.out"))));
        first.stop();
        assertThat(end(one).outcome()).isEqualTo(Outcome.STOPPED);
        Files.createFile(pod.job().resolve("stop"));
        await(() -> Files.exists(pod.work().resolve(".pod/over")));
        assertThat(pod.first().isAlive()).isTrue();
        assertThat(stream(pod).run(List::of)).isEqualTo(new End(Outcome.DONE, 5, "ended"));
        assertThat(local("logs/p0.out")).isEqualTo("here\nthere\n");
        assertThat(pod.exit()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a file that arrives damaged is fetched again; after three times that is told")
    void damaged(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        List<Path> archives = archives("head -c 1000000 /dev/zero | put 0; until [ -e stop ]; do sleep 0.05; done\n");
        pod.fault(new Fault(-1, 500_000, Way.SPOILED));
        PodStream stream = stream(pod);
        CompletableFuture<End> end = started(stream, archives);
        await(() -> Files.exists(job.resolve("results/0")));
        assertThat(pod.connections()).isEqualTo(2);
        assertThat(sha256(job.resolve("results/0"))).isEqualTo(sha256(pod.job().resolve("results/0")));
        Files.delete(job.resolve("results/0"));
        stream.stop();
        assertThat(end(end).outcome()).isEqualTo(Outcome.STOPPED);
        for (int i = 0; i < 3; i++) {
            pod.fault(new Fault(-1, 500_000, Way.SPOILED));
        }
        End failed = stream(pod).run(() -> archives);
        assertThat(failed.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(failed.reason()).contains("results/0").contains("checksum");
        assertThat(job.resolve("results/0")).doesNotExist();
        noTemporaryFiles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("an archive that can't be unpacked is told with tar's own words")
    void noArchive(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        Path archive = directory.resolve("bad.tar");
        Files.writeString(archive, "This is no archive. ".repeat(1000));
        End end = stream(pod).run(() -> List.of(archive));
        assertThat(end.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(end.reason()).contains("can't be unpacked in the pod").contains("tar");
    }

    // ---------------------------------------------------------------- ends

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a pod that nobody feeds ends by itself and says so")
    void nobody(String shell) throws Exception {
        LocalPod pod = pod(
                shell,
                new PodScripts.Run(
                        "script", "logs/p0", false, Duration.ZERO, Duration.ofSeconds(1), LONG, Duration.ofSeconds(1)));
        assertThat(pod.exit()).isEqualTo(PodScripts.EXIT_NO_INPUT);
        assertThat(pod.told()).isEqualTo("clustrix: no driver has fed this pod within 1 s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("without a wait for input the script runs at once, and nothing is left beside its files")
    void direct(String shell) throws Exception {
        PodScripts.Place place = LocalPod.place(directory);
        Path at = Files.createDirectories(Path.of(place.work(), "jobs", place.job()));
        Files.createDirectories(at.resolve("logs"));
        Files.writeString(at.resolve("script"), "echo here; trap 'exit 8' TERM; while :; do sleep 0.1; done\n");
        LocalPod pod = pod(
                shell,
                new PodScripts.Run(
                        "script",
                        "logs/p0",
                        true,
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofSeconds(5)));
        assertThat(pod.exit()).isEqualTo(8);
        assertThat(pod.told()).isEqualTo(PodScripts.WALLTIME);
        assertThat(at.resolve("logs/p0.4.out")).hasContent("here");
        assertThat(at).isDirectoryContaining(f -> f.endsWith("logs")).isDirectoryNotContaining("glob:**/.*");
        assertThat(pod.work().resolve(".pod")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("results that nobody fetches are kept for as long as was said")
    void keep(String shell) throws Exception {
        LocalPod pod = pod(
                shell,
                new PodScripts.Run(
                        "script", "logs/p0", false, Duration.ZERO, LONG, Duration.ofSeconds(1), Duration.ofSeconds(1)));
        PodStream stream = stream(pod);
        CompletableFuture<End> end = started(stream, archives("until [ -e stop ]; do sleep 0.05; done; exit 9\n"));
        await(() -> Files.exists(pod.job().resolve("ran")));
        stream.stop();
        assertThat(end(end).outcome()).isEqualTo(Outcome.STOPPED);
        Files.createFile(pod.job().resolve("stop"));
        assertThat(pod.exit()).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a pod that is told to end tells its script, and what that still writes comes here")
    void terminated(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        CompletableFuture<End> end = started(stream(pod), archives("""
                        trap 'echo last; echo rest > exits/0.0.0; exit 143' TERM
                        echo here
                        while :; do sleep 0.05; done
                        """));
        await(() -> "here\n".equals(LocalPod.read(job.resolve("logs/p0.out"))));
        pod.first().destroy();
        assertThat(end(end)).isEqualTo(new End(Outcome.DONE, 143, "stopped"));
        assertThat(local("logs/p0.out")).isEqualTo("here\nlast\n");
        assertThat(local("exits/0.0.0")).isEqualTo("rest\n");
        assertThat(pod.exit()).isEqualTo(143);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a pod that is told to end waits for no driver: not before its input, and 5 s after its script")
    void terminatedAlone(String shell) throws Exception {
        LocalPod unfed = pod(shell, RUN);
        await(() -> Files.exists(unfed.work().resolve(".pod/ready")));
        unfed.first().destroy();
        assertThat(unfed.exit()).isEqualTo(143);

        Path second = Files.createDirectories(directory.resolve("second"));
        LocalPod last = new LocalPod(second, tools, RUN);
        pods.add(last);
        PodStream cut = stream(last);
        CompletableFuture<End> stopped = started(cut, archives("until [ -e stop ]; do sleep 0.05; done; exit 4\n"));
        await(() -> Files.exists(last.job().resolve("ran")));
        cut.stop();
        assertThat(end(stopped).outcome()).isEqualTo(Outcome.STOPPED);
        Files.createFile(last.job().resolve("stop"));
        await(() -> Files.exists(last.work().resolve(".pod/over")));
        last.first().destroy();
        assertThat(last.exit()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("R55: at its wall time a script is told to end, and all of it is killed if it does not")
    void walltime(String shell) throws Exception {
        LocalPod pod = pod(
                shell,
                new PodScripts.Run(
                        "script", "logs/p0", false, Duration.ofSeconds(1), LONG, LONG, Duration.ofSeconds(1)));
        End end = stream(pod).run(fed("""
                        trap 'echo told' TERM
                        sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 0.2; done' &
                        while :; do wait; done
                        """));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 137, "walltime"));
        assertThat(local("logs/p0.out")).startsWith("told\n");
        assertThat(pod.told()).isEqualTo(PodScripts.WALLTIME);
        long child = Long.parseLong(Files.readString(pod.job().resolve("child")).strip());
        await(() -> ProcessHandle.of(child).isEmpty());
        assertThat(pod.exit()).isEqualTo(137);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("a script that is killed does not take the pod with it")
    void killed(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        End end = stream(pod).run(fed("echo some > attempts/0.0.0.part; echo here; kill -9 $$\n"));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 137, "ended"));
        assertThat(local("attempts/0.0.0.part")).isEqualTo("some\n");
        assertThat(local("logs/p0.out")).isEqualTo("here\n");
        assertThat(pod.exit()).isEqualTo(137);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash", "busybox"})
    @DisplayName("what had been written when a pod vanished is here")
    void gone(String shell) throws Exception {
        LocalPod pod = pod(shell, RUN);
        CompletableFuture<End> end =
                started(stream(pod), archives("echo some > attempts/0.0.0.part; while :; do sleep 0.1; done\n"));
        await(() -> "some\n".equals(LocalPod.read(job.resolve("attempts/0.0.0.part"))));
        pod.end();
        assertThat(end(end).outcome()).isEqualTo(Outcome.GONE);
        assertThat(local("attempts/0.0.0.part")).isEqualTo("some\n");
    }

    // ---------------------------------------------------------------- without a door

    @Test
    @DisplayName("while the API does not answer, a pod that can't be reached is not given up; then after the patience")
    void apiAway() throws Exception {
        answers.set(false);
        Exec nobody = (pod, container, command) -> {
            throw new HostException("Kubernetes can't be reached");
        };
        PodStream stream = new PodStream(
                nobody,
                new PodScripts(),
                new PodStream.Target("pod", "worker", new PodScripts.Place("/none", "none")),
                job,
                new PodStream.Times(Duration.ofSeconds(1), LONG, Duration.ofMillis(500), quick),
                () -> leases,
                () -> true,
                answers::get,
                changes::incrementAndGet,
                alarm);
        CompletableFuture<End> end = started(stream, List.of());
        Thread.sleep(2500);
        assertThat(end).isNotDone();
        answers.set(true);
        assertThat(end.get(30, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    @DisplayName("names that lead out of the job's directory are refused")
    void escape() throws Exception {
        PodScripts.Place place = new PodScripts.Place("/w", "d/k");
        for (String frame : List.of(
                "file results/../../x 1 00",
                "file ../x 1 00",
                "file logs/x 1 00",
                "file results/.x 1 00",
                "data results/0 0 1",
                "data /tmp/x 0 1",
                "data logs/a/b 0 1",
                "dir claims/..",
                "dir results/0")) {
            Exec liar = new LocalPod.Liar("clustrix-door 1 fed", "ok", "ok", frame, "x");
            End end = stream(liar, place, () -> true, LONG).run(List::of);
            assertThat(end.outcome()).as(frame).isEqualTo(Outcome.FAILED);
            assertThat(end.reason()).as(frame).contains("not allowed");
        }
        try (var files = Files.walk(directory.resolve("driver"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    @DisplayName("what is not in the stream's language ends the connection, and is told when the pod is gone")
    void gibberish() throws Exception {
        PodScripts.Place place = new PodScripts.Place("/w", "d/k");
        for (String line :
                List.of("OCI runtime exec failed", "clustrix-door 1 fed\nok\nok\ndata logs/x 5", "x".repeat(9999))) {
            AtomicInteger asked = new AtomicInteger();
            Exec liar = new LocalPod.Liar(line.split("\n", -1));
            End end =
                    stream(liar, place, () -> asked.incrementAndGet() < 2, LONG).run(List::of);
            assertThat(end.outcome()).isEqualTo(Outcome.GONE);
            assertThat(end.reason()).contains("not in the stream's language");
        }
    }

    @Test
    @DisplayName("a result that is there is never overwritten")
    void twin() throws Exception {
        Files.createDirectories(job.resolve("results"));
        Files.writeString(job.resolve("results/0"), "first");
        String sum = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest("later".getBytes(StandardCharsets.US_ASCII)));
        Exec door = new LocalPod.Liar(
                "clustrix-door 1 over", "ok", "ok", "file results/0 5 " + sum, "laterend 0 ended", "bye");
        End end = stream(door, new PodScripts.Place("/w", "d/k"), () -> true, LONG)
                .run(List::of);
        assertThat(end.outcome()).isEqualTo(Outcome.DONE);
        assertThat(local("results/0")).isEqualTo("first");
        noTemporaryFiles();
    }

    @Test
    @DisplayName("a connection without any sign counts as cut")
    void silence() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        End end = stream(
                        new LocalPod.Silence(),
                        new PodScripts.Place("/w", "d/k"),
                        () -> asked.incrementAndGet() < 2,
                        Duration.ofMillis(100))
                .run(List::of);
        assertThat(end.outcome()).isEqualTo(Outcome.GONE);
        assertThat(asked).hasValue(2);
    }
}
