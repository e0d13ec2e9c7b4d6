package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.Ended;
import io.clustrix.it.Marks;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.JobKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * A work directory of a test's own on the test bed, and drivers that use it over SSH: in this JVM or in others, all
 * with the same state directory.
 */
final class RemoteSite implements AutoCloseable {
    /** What does not end within it hangs. */
    static final Duration BOUND = Duration.ofSeconds(100);

    private static final Duration COMMAND = Duration.ofSeconds(30);

    final TestBed bed = TestBed.get();

    /** The work directory, which the host and the nodes share with this machine. */
    final Path work;

    /** A directory that tasks may write to. */
    final Path shared;

    /** What the drivers keep: state, cache, settings. */
    final Path local;

    RemoteSite() throws IOException {
        work = bed.home(bed.value("ssh.user")).resolve("work").resolve("it-" + Long.toString(System.nanoTime(), 36));
        shared = Files.createTempDirectory("clustrix-it-shared-");
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
        local = Files.createTempDirectory("clustrix-it-driver-");
    }

    // ---------------------------------------------------------------- drivers

    /** How a cluster is reached, and what it is. */
    record Way(String executor, String user, int port, String ssh, String more) {
        Way through(int otherPort) {
            return new Way(executor, user, otherPort, ssh, more);
        }

        Way as(String otherUser) {
            return new Way(executor, otherUser, port, ssh, more);
        }

        /** Settings of the connection, over the usual ones. */
        Way ssh(String settings) {
            return new Way(executor, user, port, settings, more);
        }

        /** Settings of the cluster, over the usual ones. */
        Way with(String settings) {
            return new Way(executor, user, port, ssh, more + "\n" + settings);
        }
    }

    /** The usual one. */
    Way way(String executor) {
        TestBed.Login login = bed.login();
        return new Way(
                executor,
                login.user(),
                login.port(),
                "identity = [\"" + login.key() + "\"], known-hosts = [\"" + login.knownHosts()
                        + "\"], config-file = none, agent = false",
                "");
    }

    /**
     * Writes a configuration with one cluster, {@code it}.
     *
     * @return the file
     */
    Path configuration(Way way) throws IOException {
        String text = """
                clustrix {
                  default-cluster = it
                  cache-directory = "%s"
                  state-directory = "%s"
                  clusters.it {
                    executor = %s
                    host = "%s@%s:%d"
                    work-directory = "%s"
                    ssh { %s, keep-alive = 2s, reconnect-pause = 200ms, longest-reconnect-pause = 2s }
                    min-poll-interval = 1s
                    resources { cores = 1, memory = 300MiB }
                    environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                    poll { results-max = 1s, status-min = 1s, status-max = 3s, status-per-minute = 60 }
                    patience { unknown = 10s, hopeless = 20s, result = 20s }
                    retry { delay = 100ms }
                    %s
                  }
                }
                """.formatted(
                        local.resolve("cache"),
                        local.resolve("state"),
                        way.executor,
                        way.user,
                        bed.value("ssh.host"),
                        way.port,
                        workOf(way.user),
                        way.ssh,
                        way.more);
        Path file = Files.createTempFile(local, "clustrix", ".conf");
        Files.writeString(file, text);
        return file;
    }

    /** The work directory of a user. */
    Path workOf(String user) {
        return bed.home(user).resolve("work").resolve(work.getFileName());
    }

    Clustrix open(Way way) throws IOException {
        return open(configuration(way));
    }

    static Clustrix open(Path configuration) {
        return Clustrix.builder().configFile(configuration).open();
    }

    /** A driver in a JVM of its own; the first argument is the configuration. */
    OtherJvm drive(Path configuration, Class<?> main, String... more) throws IOException {
        return drive(configuration, 256, Map.of(), main, more);
    }

    /** A driver with a heap of so many MiB, and these environment variables. */
    OtherJvm drive(Path configuration, int heap, Map<String, String> variables, Class<?> main, String... more)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of(configuration.toString()));
        arguments.addAll(List.of(more));
        return OtherJvm.start(
                local,
                List.of("-Xmx" + heap + "m", "-XX:TieredStopAtLevel=1"),
                variables,
                main,
                arguments.toArray(String[]::new));
    }

    /** A file that tasks may append to. */
    Marks marks(String name) {
        return new Marks(shared.resolve(name));
    }

    // ---------------------------------------------------------------- outcomes

    static <T> T value(JobFuture<T> job) throws Exception {
        return value(job, BOUND);
    }

    static <T> T value(JobFuture<T> job, Duration bound) throws Exception {
        return Ended.value(job, bound);
    }

    static Throwable failure(JobFuture<?> job) throws Exception {
        try {
            throw new AssertionError("job " + job.name() + " should have failed, and returned " + value(job));
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (CancellationException e) {
            return e;
        }
    }

    // ---------------------------------------------------------------- Slurm as its administrator sees it

    String slurm(String program, String... arguments) throws Exception {
        List<String> words =
                new ArrayList<>(List.of(bed.path("slurm.bin").resolve(program).toString()));
        words.addAll(List.of(arguments));
        Ran ran = Ran.run(COMMAND, "", words);
        assertThat(ran.exitCode()).as(words + ": " + ran.errors()).isZero();
        return ran.output().strip();
    }

    /** The ids that Slurm has given to submissions of a job, whatever has become of them. */
    List<String> ids(JobKey key) throws Exception {
        return slurm("squeue", "-h", "-S", "i", "-t", "all", "-o", "%F %j")
                .lines()
                .filter(l -> l.contains(key.toString()))
                .map(l -> l.substring(0, l.indexOf(' ')))
                .distinct()
                .toList();
    }

    /** What Slurm still has of this work directory, waiting or running. */
    List<String> left() throws Exception {
        return slurm("squeue", "-h", "-t", "PD,R,S,CF", "-o", "%A %Z")
                .lines()
                .filter(l -> l.substring(l.indexOf(' ') + 1).startsWith(work.toString()))
                .map(l -> l.substring(0, l.indexOf(' ')))
                .distinct()
                .toList();
    }

    /** Removes what drivers and jobs have left behind. */
    @Override
    public void close() {
        try {
            clear();
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("the test bed could not be cleaned", e);
        }
    }

    private void clear() throws Exception {
        try {
            if (bed.isUp("slurm")) {
                List<String> left = left();
                if (!left.isEmpty()) {
                    slurm("scancel", left.toArray(String[]::new));
                }
            }
        } finally {
            remove(shared);
            remove(local);
            remove(work);
            for (String habit : List.of("csh", "fish", "banner")) {
                remove(workOf(bed.userWith(habit)));
            }
        }
    }

    /** Jobs that are just ending write into it until they have. */
    static void remove(Path directory) throws Exception {
        Await.until("the end of " + directory, () -> {
            if (!Files.exists(directory)) {
                return true;
            }
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                return true;
            } catch (IOException | UncheckedIOException e) {
                return false;
            }
        });
    }
}
