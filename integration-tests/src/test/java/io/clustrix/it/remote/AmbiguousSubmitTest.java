package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.TestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nobody knows whether a job was submitted; it runs once nevertheless (R20). */
@Tag("faults")
@NeedsTestBed(
        value = {"slurm", "ssh", "faults"},
        alone = true)
@Timeout(150)
class AmbiguousSubmitTest {
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
        TestBed.Login login = bed.login();
        return site.way("slurm")
                .through(relay.port())
                .ssh("identity = [\"" + login.key() + "\"], known-hosts = [\""
                        + relay.knownHosts(login.knownHosts(), login.port(), site.local)
                        + "\"], config-file = none, agent = false");
    }

    /**
     * Slurm's commands, but for the first and second call of sbatch.
     *
     * @param first what is done in the first call instead; {@code $sbatch "$@"} is the real command
     * @param second the same of the second
     */
    private String commands(String first, String second) throws IOException {
        Path directory = Files.createDirectory(site.shared.resolve("bin"));
        Path real = bed.path("slurm.bin");
        for (String name : List.of("squeue", "scancel", "scontrol", "sacct")) {
            Files.createSymbolicLink(directory.resolve(name), real.resolve(name));
        }
        Path sbatch = directory.resolve("sbatch");
        Files.writeString(sbatch, """
                #!/bin/sh
                sbatch=%s
                shared=%s
                if mkdir "$shared/first" 2>/dev/null; then
                    %s
                elif mkdir "$shared/second" 2>/dev/null; then
                    %s
                else
                    exec $sbatch "$@"
                fi
                """.formatted(real.resolve("sbatch"), site.shared, first, second));
        Files.setPosixFilePermissions(sbatch, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        return "bin-directory = \"" + directory + "\"\n";
    }

    private JobFuture<Integer> submit(Clustrix clustrix, int seconds) {
        String file = runs.file().toString();
        return clustrix.submit(() -> {
            new Marks(Path.of(file)).add("ran");
            Thread.sleep(seconds * 1000L);
            return 42;
        });
    }

    private void awaitFile(String name) throws Exception {
        Await.until(name, RemoteSite.BOUND, () -> Files.exists(site.shared.resolve(name)));
    }

    @Test
    @DisplayName("the link is cut between the submission and its answer: the job is looked up, not submitted again")
    void answerLost() throws Exception {
        String bin =
                commands("$sbatch \"$@\" > $shared/answer; mkdir $shared/reached; sleep 5; cat $shared/answer", ":");
        try (Clustrix clustrix = site.open(throughRelay().with(bin))) {
            JobFuture<Integer> job = submit(clustrix, 1);
            awaitFile("reached");
            relay.cut();

            assertThat(RemoteSite.value(job)).isEqualTo(42);
            assertThat(site.ids(job.key())).hasSize(1);
            assertThat(runs.lines()).hasSize(1);
        }
    }

    @Test
    @DisplayName(
            "the submission before the cut arrives after it was repeated: one of the two does the work, and gets time")
    void twins() throws Exception {
        // The driver knows the id of the second, but the first has begun.
        String bin = commands(
                "mkdir $shared/reached; while [ ! -d $shared/second ]; do sleep 0.2; done; $sbatch \"$@\";"
                        + " while [ ! -s $shared/runs ]; do sleep 0.2; done; mkdir $shared/runs-now",
                "while [ ! -d $shared/runs-now ]; do sleep 0.2; done; exec $sbatch \"$@\"");
        try (Clustrix clustrix = site.open(throughRelay().with(bin + "patience.result = 2s, patience.unknown = 2s"))) {
            JobFuture<Integer> job = submit(clustrix, 15);
            awaitFile("reached");
            relay.cut();

            assertThat(RemoteSite.value(job)).isEqualTo(42);
            assertThat(site.ids(job.key())).hasSize(2);
            assertThat(runs.lines()).hasSize(1);
        }
    }

    @Test
    @DisplayName("a job that was submitted twice is cancelled twice")
    void twinsCancelled() throws Exception {
        String bin = commands(
                "mkdir $shared/reached; while [ ! -d $shared/second ]; do sleep 0.2; done; $sbatch \"$@\";"
                        + " while [ ! -s $shared/runs ]; do sleep 0.2; done; mkdir $shared/runs-now",
                "while [ ! -d $shared/runs-now ]; do sleep 0.2; done; $sbatch -H \"$@\"");
        try (Clustrix clustrix = site.open(throughRelay().with(bin))) {
            JobFuture<Integer> job = submit(clustrix, 60);
            awaitFile("reached");
            relay.cut();
            Await.until("both are there", RemoteSite.BOUND, () -> site.left().size() == 2);
            Thread.sleep(500); // until the driver has the answer

            job.cancel(true);

            Await.until("both are gone", () -> site.left().isEmpty());
            assertThat(RemoteSite.failure(job)).isInstanceOf(CancellationException.class);
        }
    }

    @Test
    @DisplayName("the controller is frozen when sbatch calls it, and takes the job when it wakes up")
    void frozen() throws Exception {
        try (Clustrix clustrix = site.open(site.way("slurm"))) {
            assertThat(RemoteSite.value(submit(clustrix, 0))).isEqualTo(42);
            JobFuture<Integer> job;
            bed.fault("slurmctld", "freeze");
            try {
                job = submit(clustrix, 1);
                Thread.sleep(12_000);
            } finally {
                bed.fault("slurmctld", "thaw");
            }

            assertThat(RemoteSite.value(job)).isEqualTo(42);
            assertThat(site.ids(job.key())).hasSize(1);
            assertThat(runs.lines()).hasSize(2);
        }
    }

    @Tag("slow")
    @Test
    @DisplayName("the controller is away for 20 s while jobs run and are submitted")
    void stopped() throws Exception {
        try (Clustrix clustrix = site.open(site.way("slurm"))) {
            JobFuture<Integer> running = submit(clustrix, 10);
            Await.until("it runs", () -> runs.lines().size() == 1);
            JobFuture<Integer> job;
            bed.fault("slurmctld", "stop");
            try {
                job = submit(clustrix, 1);
                Thread.sleep(20_000);
                // Its result lies in a file, for which nobody needs the controller.
                assertThat(RemoteSite.value(running, Duration.ofSeconds(5))).isEqualTo(42);
                assertThat(job).isNotDone();
            } finally {
                bed.fault("slurmctld", "start");
            }

            assertThat(RemoteSite.value(job)).isEqualTo(42);
            assertThat(site.ids(job.key())).hasSize(1);
            assertThat(runs.lines()).hasSize(2);
        }
    }

    @Test
    @DisplayName(
            "what is just being submitted when a driver closes with on-close = detach goes on, and can be attached to")
    void detachedWhileSubmitted() throws Exception {
        String bin = commands("mkdir $shared/reached; sleep 1; exec $sbatch \"$@\"", "exec $sbatch \"$@\"");
        Path configuration = site.configuration(site.way("slurm").with(bin + "on-close = detach"));
        String run;
        JobFuture<Integer> left;
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            left = submit(clustrix, 2);
            awaitFile("reached");
            run = clustrix.runId().orElseThrow();
        }
        assertThat(RemoteSite.failure(left))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining(run);
        try (Clustrix clustrix = RemoteSite.open(configuration)) {
            assertThat(RemoteSite.<Object>value(cast(clustrix.attach(run).jobs().get(0))))
                    .isEqualTo(42);
            assertThat(runs.lines()).hasSize(1);
        }
    }

    @SuppressWarnings("unchecked") // the type is not known any more
    private static JobFuture<Object> cast(JobFuture<?> job) {
        return (JobFuture<Object>) job;
    }
}
