package io.clustrix.it.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.it.Await;
import io.clustrix.it.Ended;
import io.clustrix.it.Marks;
import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Clustrix on the test bed's Slurm, reached through its sshd, and Slurm itself as its administrator sees it. It has
 * the cluster {@code slurm} and what is added to it: clusters that differ from it in a few settings and share its work
 * directory, so that the class path is sent once.
 */
final class SlurmCluster implements AutoCloseable {
    /** No task takes as long as this, so what does not end within it hangs. */
    static final Duration BOUND = Duration.ofSeconds(60);

    private static final Duration COMMAND = Duration.ofSeconds(20);

    final TestBed bed = TestBed.get();

    /** The work directory, which this machine and the nodes share. */
    final Path work;

    /** A directory that tasks may write to. */
    final Path marks;

    private final Path local;
    private final Map<String, String> clusters;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Clustrix clustrix;

    /**
     * Opens it.
     *
     * @param local a directory for what the driver keeps
     * @param clusters more clusters: their names, and the settings in which they differ
     */
    SlurmCluster(Path local, Map<String, String> clusters) throws IOException {
        this.local = local;
        this.clusters = clusters;
        work = bed.slurmWorkDirectory().resolve("it-" + Long.toString(System.nanoTime(), 36));
        marks = Files.createTempDirectory("clustrix-it-marks-");
        Files.setPosixFilePermissions(marks, PosixFilePermissions.fromString("rwxrwxrwx"));
        clustrix = builder().open();
    }

    /** A Clustrix of its own for a test that closes it, on the same work directory. */
    Clustrix.Builder builder() {
        return Clustrix.builder()
                .config(ConfigFactory.parseString(configuration()).resolve())
                .set("cache-directory", local.resolve("cache"))
                .set("state-directory", local.resolve("state" + numbers.incrementAndGet()));
    }

    /** The clusters as text, for a program of its own. */
    String configuration() {
        TestBed.Login login = bed.login();
        String slurm = """
                executor = slurm
                host = "%s@%s:%d"
                work-directory = "%s"
                ssh { identity = ["%s"], known-hosts = ["%s"], config-file = none, agent = false }
                min-poll-interval = 1s
                resources { cores = 1, memory = 300MiB }
                poll { results-max = 1s, status-min = 1s, status-max = 2s, status-per-minute = 60 }
                patience { unknown = 4s, hopeless = 3s, result = 10s }
                retry { delay = 100ms }
                """.formatted(login.user(), login.host(), login.port(), work, login.key(), login.knownHosts());
        StringBuilder text =
                new StringBuilder("clustrix.default-cluster = slurm\nclustrix.clusters.slurm {\n" + slurm + "}\n");
        clusters.forEach((name, settings) -> text.append("clustrix.clusters.")
                .append(name)
                .append(" = ${clustrix.clusters.slurm} {\n")
                .append(settings)
                .append("\n}\n"));
        return text.toString();
    }

    Clustrix clustrix() {
        return clustrix;
    }

    Submitter on(String cluster) {
        return clustrix.on(cluster);
    }

    /** A file that tasks may append to. */
    Marks marks(String name) {
        return new Marks(marks.resolve(name));
    }

    // ---------------------------------------------------------------- Slurm as its administrator sees it

    /** A command of Slurm's, run as root on this machine; its output. */
    String slurm(String program, String... arguments) throws Exception {
        List<String> words = new ArrayList<>();
        words.add(bed.path("slurm.bin").resolve(program).toString());
        words.addAll(List.of(arguments));
        Ran ran = Ran.run(COMMAND, "", words);
        assertThat(ran.exitCode()).as(words + ": " + ran.errors()).isZero();
        return ran.output().strip();
    }

    /** What squeue says of a job's elements: a line for each submission that it knows, oldest first. */
    List<String> squeue(JobFuture<?> job, String format) throws Exception {
        // Beside the name, which ends it, because there is no filter for a part of a name.
        return slurm("squeue", "-h", "-r", "-S", "i", "-t", "all", "-o", format + "|%j")
                .lines()
                .filter(l -> l.contains(job.key().toString()))
                .map(l -> l.substring(0, l.lastIndexOf('|')))
                .toList();
    }

    /** The ids under which Slurm knows a job, oldest first: one for each submission, or element of an array. */
    List<String> ids(JobFuture<?> job) throws Exception {
        return squeue(job, "%i");
    }

    /** The id of a job's last submission, once Slurm has it. */
    String id(JobFuture<?> job) throws Exception {
        Await.until("Slurm has job " + job.name(), () -> !ids(job).isEmpty());
        List<String> ids = ids(job);
        return ids.get(ids.size() - 1);
    }

    /** Waits until the last submission of a job is in this state by Slurm's word. */
    void await(JobFuture<?> job, String state) throws Exception {
        Await.until(job.name() + " is " + state, () -> {
            List<String> states = squeue(job, "%T");
            return !states.isEmpty() && states.get(states.size() - 1).equals(state);
        });
    }

    /** Waits until nothing of a job is waiting or running by Slurm's word. */
    void awaitGone(JobFuture<?> job) throws Exception {
        Await.until(
                job.name() + " is gone",
                () -> squeue(job, "%T").stream().noneMatch(s -> s.matches("PENDING|RUNNING|CONFIGURING|SUSPENDED")));
    }

    /** The node that the last submission of a job runs on. */
    String node(JobFuture<?> job) throws Exception {
        await(job, "RUNNING");
        List<String> nodes = squeue(job, "%N");
        return nodes.get(nodes.size() - 1);
    }

    // ---------------------------------------------------------------- the job's directory

    /** The directory of a job; it is there once it has been submitted. */
    Path directory(JobFuture<?> job) throws IOException {
        try (Stream<Path> days = Files.list(work.resolve("jobs"))) {
            return days.map(day -> day.resolve(job.key().toString()))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElse(work.resolve("jobs/none/" + job.key()));
        }
    }

    // ---------------------------------------------------------------- verdicts

    /** What a job fails with, within the bound. */
    static Throwable failure(JobFuture<?> job) throws Exception {
        return failure(job, BOUND);
    }

    /** What a job fails with, within this time. */
    static Throwable failure(JobFuture<?> job, Duration bound) throws Exception {
        return Ended.failure(job, bound);
    }

    /** What a job returns, within the bound. */
    static <T> T value(JobFuture<T> job) throws Exception {
        return Ended.value(job, BOUND);
    }

    /** Ends it and what it has left in Slurm, and removes its files. */
    @Override
    public void close() {
        clustrix.close();
        try {
            cancelWhatIsLeft();
            remove(marks);
            remove(work);
        } catch (Exception e) {
            throw new IllegalStateException("the test bed could not be cleaned", e);
        }
    }

    private void cancelWhatIsLeft() throws Exception {
        String[] left = slurm("squeue", "-h", "-t", "PD,R,S,CF", "-o", "%A %Z")
                .lines()
                .filter(l -> l.substring(l.indexOf(' ') + 1).startsWith(work.toString()))
                .map(l -> l.substring(0, l.indexOf(' ')))
                .distinct()
                .toArray(String[]::new);
        if (left.length > 0) {
            slurm("scancel", left);
        }
    }

    /** Jobs that are just ending write into it until they have. */
    private static void remove(Path directory) throws Exception {
        Await.until("the end of " + directory, () -> {
            if (!Files.exists(directory)) {
                return true;
            }
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
                return true;
            } catch (IOException | java.io.UncheckedIOException e) {
                return false;
            }
        });
    }

    /** The names of a directory's entries. */
    static Set<String> entries(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
