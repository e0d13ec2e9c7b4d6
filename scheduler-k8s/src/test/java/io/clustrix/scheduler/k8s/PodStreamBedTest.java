package io.clustrix.scheduler.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.scheduler.k8s.PodStream.End;
import io.clustrix.scheduler.k8s.PodStream.Outcome;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream to pods of a real Kubernetes. */
@DisplayName("The stream to a pod of a real Kubernetes")
@Timeout(240)
@SuppressWarnings("NullAway.Init")
@Tag("k8s")
class PodStreamBedTest {
    private static final PodScripts.Place PLACE = new PodScripts.Place("/clustrix", "20261122/job");
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private final List<String> pods = new ArrayList<>();
    private final PodScripts scripts = new PodScripts();
    private Bed bed;
    private Api api;
    private Path job;
    private ScheduledExecutorService alarm;
    private ExecutorService threads;

    @BeforeEach
    void setUp() throws Exception {
        bed = Bed.get();
        api = new Api(bed.connection());
        job = Files.createDirectories(directory.resolve("driver/jobs/20261122/job"));
        alarm = Executors.newSingleThreadScheduledExecutor();
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        if (alarm == null) {
            return; // the bed is not up
        }
        alarm.shutdownNow();
        threads.shutdownNow();
        for (String pod : pods) {
            api.deletePod(pod, Duration.ZERO);
        }
        api.connection().close();
    }

    private String pod(String image, Duration walltime, String memory) throws Exception {
        String name = Bed.unique("door");
        List<String> command = scripts.first(
                PLACE, new PodScripts.Run("script", "logs/p0", false, walltime, LONG, LONG, Duration.ofSeconds(3)));
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(15L)
                .withActiveDeadlineSeconds(400L)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withRunAsUser(Long.parseLong(bed.value("k8s.image.user")))
                .endSecurityContext()
                .addNewVolume()
                .withName("work")
                .withNewEmptyDir()
                .endEmptyDir()
                .endVolume()
                .addNewContainer()
                .withName("worker")
                .withImage(bed.value(image))
                .withCommand(command)
                .withNewSecurityContext()
                .withReadOnlyRootFilesystem(true)
                .withAllowPrivilegeEscalation(false)
                .endSecurityContext()
                .addNewVolumeMount()
                .withName("work")
                .withMountPath("/clustrix")
                .endVolumeMount()
                .withNewResources()
                .withLimits(memory.isEmpty() ? Map.of() : Map.of("memory", new Quantity(memory)))
                .endResources()
                .endContainer()
                .endSpec()
                .build();
        api.createPod(pod);
        pods.add(name);
        Bed.awaitRunning(api, name);
        return name;
    }

    private boolean runs(String pod) {
        try {
            return api.pod(pod)
                    .map(p -> !List.of("Succeeded", "Failed")
                            .contains(p.getStatus().getPhase()))
                    .orElse(false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private PodStream stream(String pod) {
        return stream(pod, new ExecOverApi(api));
    }

    private PodStream stream(String pod, Exec exec) {
        return new PodStream(
                exec,
                scripts,
                new PodStream.Target(pod, "worker", PLACE),
                job,
                new PodStream.Times(Duration.ofSeconds(5), Duration.ofSeconds(30), LONG),
                () -> List.of("run"),
                () -> runs(pod),
                () -> true,
                () -> {},
                alarm);
    }

    /** Connections, of which each of the first is closed when so many bytes have gone in or come out. */
    private Exec cutting(List<Long> in, List<Long> out) {
        ExecOverApi whole = new ExecOverApi(api);
        Queue<Long> ins = new ArrayDeque<>(in);
        Queue<Long> outs = new ArrayDeque<>(out);
        return (pod, container, command) -> {
            PodCommand made = whole.start(pod, container, command);
            return new Cut(
                    made,
                    Optional.ofNullable(ins.poll()).orElse(Long.MAX_VALUE),
                    Optional.ofNullable(outs.poll()).orElse(Long.MAX_VALUE));
        };
    }

    private static final class Cut implements PodCommand {
        private final PodCommand whole;
        private long in;
        private long out;

        Cut(PodCommand whole, long in, long out) {
            this.whole = whole;
            this.in = in;
            this.out = out;
        }

        private IOException cut() {
            whole.close();
            return new IOException("cut for the test");
        }

        @Override
        public OutputStream input() {
            OutputStream to = whole.input();
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] b, int offset, int length) throws IOException {
                    in -= length;
                    if (in < 0) {
                        throw cut();
                    }
                    to.write(b, offset, length);
                }

                @Override
                public void flush() throws IOException {
                    to.flush();
                }
            };
        }

        @Override
        public InputStream output() {
            return new FilterInputStream(whole.output()) {
                @Override
                public int read(byte[] b, int offset, int length) throws IOException {
                    if (out <= 0) {
                        throw cut();
                    }
                    int n = super.read(b, offset, (int) Math.min(length, out));
                    out -= n;
                    return n;
                }
            };
        }

        @Override
        public String errors() {
            return whole.errors();
        }

        @Override
        public int exit(Duration limit) throws IOException, InterruptedException {
            return whole.exit(limit);
        }

        @Override
        public void close() {
            whole.close();
        }
    }

    @Test
    @DisplayName(
            "connections that are cut while feeding and while a result comes are made again, and nothing is lost or twice")
    void cut() throws Exception {
        String pod = pod("k8s.image.base", Duration.ZERO, "");
        Exec exec = cutting(
                List.of(1_000_000L, 15_000_000L, Long.MAX_VALUE, Long.MAX_VALUE),
                List.of(Long.MAX_VALUE, Long.MAX_VALUE, 3_000_000L, 20_000_000L));
        End end = stream(pod, exec).run(archives("""
                        echo ran
                        seq 1 500000
                        seq 1 5000000 > .put && mv .put results/0
                        sha256sum results/0 | head -c 64 >&2
                        """));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 0, "ended"));
        assertThat(local("logs/p0.err")).isEqualTo(sha256(job.resolve("results/0")));
        assertThat(local("logs/p0.out").lines())
                .hasSize(500_001)
                .startsWith("ran", "1", "2")
                .endsWith("500000");
        assertThat(ended(pod)).isEqualTo("0 Completed null");
    }

    private CompletableFuture<End> started(PodStream stream, List<Path> archives) {
        CompletableFuture<End> end = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                end.complete(stream.run(archives));
            } catch (InterruptedException | RuntimeException | Error e) {
                end.completeExceptionally(e);
            }
        });
        return end;
    }

    private List<Path> archives(String script) throws Exception {
        Path own = directory.resolve("own");
        Files.createDirectories(own.resolve("store"));
        Files.write(own.resolve("store/a.jar"), new byte[20_000_000]);
        Path at = Files.createDirectories(own.resolve("jobs").resolve(PLACE.job()));
        Files.writeString(at.resolve("script"), script);
        return List.of(LocalPod.tar(directory.resolve("own.tar"), own));
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

    private String local(String path) throws Exception {
        return Files.readString(job.resolve(path));
    }

    /** The exit code, reason and message of the container once it has ended. */
    private String ended(String pod) throws Exception {
        StringBuilder ended = new StringBuilder();
        LocalPod.await(() -> {
            Pod p = api.pod(pod).orElseThrow();
            var state = p.getStatus().getContainerStatuses().get(0).getState().getTerminated();
            if (state == null) {
                return false;
            }
            ended.append(state.getExitCode()).append(' ').append(state.getReason());
            ended.append(' ').append(state.getMessage());
            return true;
        });
        return ended.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"k8s.image.base", "k8s.image.busybox", "k8s.image.jdk"})
    @DisplayName("input goes in, the script runs, and results of any bytes come out, also 200 MB")
    void everything(String image) throws Exception {
        String pod = pod(image, Duration.ZERO, "");
        End end = stream(pod).run(archives("""
                        mkdir claims/0.0.0
                        wc -c < ../../../store/a.jar
                        : > results/1
                        head -c 209715200 /dev/urandom > attempts/0.0.0.part
                        sha256sum attempts/0.0.0.part | head -c 64 >&2
                        mv attempts/0.0.0.part results/0
                        exit 7
                        """));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 7, "ended"));
        assertThat(local("logs/p0.out").strip()).isEqualTo("20000000");
        assertThat(local("results/1")).isEmpty();
        assertThat(job.resolve("results/0")).hasSize(209_715_200);
        assertThat(local("logs/p0.err")).isEqualTo(sha256(job.resolve("results/0")));
        assertThat(job.resolve("claims/0.0.0")).isDirectory();
        assertThat(ended(pod)).isEqualTo("7 Error null");
    }

    @Test
    @DisplayName("output comes while the script runs; another driver goes on; a deleted pod's last words come")
    void live() throws Exception {
        String pod = pod("k8s.image.base", Duration.ZERO, "");
        PodStream first = stream(pod);
        CompletableFuture<End> one = started(first, archives("""
                        trap 'echo last; exit 143' TERM
                        echo here
                        while :; do sleep 0.1; done
                        """));
        LocalPod.await(() -> "here\n".equals(LocalPod.read(job.resolve("logs/p0.out"))));
        first.stop();
        assertThat(one.get(30, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.STOPPED);
        CompletableFuture<End> two = started(stream(pod), List.of());
        Thread.sleep(1000);
        api.deletePod(pod, Duration.ofSeconds(15));
        assertThat(two.get(60, TimeUnit.SECONDS)).isEqualTo(new End(Outcome.DONE, 143, "stopped"));
        assertThat(local("logs/p0.out")).isEqualTo("here\nlast\n");
    }

    @Test
    @DisplayName("R55: the wall time ends the script, and the pod says that it was so")
    void walltime() throws Exception {
        String pod = pod("k8s.image.busybox", Duration.ofSeconds(1), "");
        assertThat(stream(pod).run(archives("trap '' TERM; while :; do sleep 0.2; done\n")))
                .isEqualTo(new End(Outcome.DONE, 137, "walltime"));
        assertThat(ended(pod)).isEqualTo("137 Error walltime");
    }

    @Test
    @DisplayName("a script whose process takes too much memory is told of, and the pod lives on for the results")
    void memory() throws Exception {
        String pod = pod("k8s.image.base", Duration.ZERO, "64Mi");
        End end = stream(pod).run(archives("echo before; tail /dev/zero; echo $? > exits/0.0.0; exit 1\n"));
        assertThat(end).isEqualTo(new End(Outcome.DONE, 1, "ended"));
        assertThat(local("exits/0.0.0")).isEqualTo("137\n");
        assertThat(local("logs/p0.out")).isEqualTo("before\n");
    }

    @Test
    @DisplayName("a pod that is not needed ends with success; one that vanishes is gone")
    void ends() throws Exception {
        String pod = pod("k8s.image.base", Duration.ZERO, "");
        assertThat(stream(pod).dismiss().outcome()).isEqualTo(Outcome.DISMISSED);
        assertThat(ended(pod)).isEqualTo("0 Completed null");
        String other = pod("k8s.image.base", Duration.ZERO, "");
        CompletableFuture<End> end =
                started(stream(other), archives("trap '' TERM; echo some > attempts/0.0.0.part; sleep 300\n"));
        LocalPod.await(() -> "some\n".equals(LocalPod.read(job.resolve("attempts/0.0.0.part"))));
        api.deletePod(other, Duration.ZERO);
        assertThat(end.get(60, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.GONE);
        assertThat(local("attempts/0.0.0.part")).isEqualTo("some\n");
    }
}
