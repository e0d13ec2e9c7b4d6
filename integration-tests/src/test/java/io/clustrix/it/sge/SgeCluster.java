package io.clustrix.it.sge;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Clustrix on the test bed's Grid Engine, reached through its sshd, and Grid Engine as its administrator sees it. */
final class SgeCluster implements AutoCloseable {
    static final Duration BOUND = Duration.ofSeconds(90);
    private static final Duration COMMAND = Duration.ofSeconds(20);
    private static final Pattern NUMBER = Pattern.compile("<JB_job_number>([0-9]+)</JB_job_number>");
    private static final Pattern STATE = Pattern.compile("<state>([A-Za-z]+)</state>");

    final TestBed bed = TestBed.get();

    /** A directory that tasks may write to. */
    final Path marks;

    private final Path work;
    private final Path local;
    private final Map<String, String> clusters;
    private final Clustrix clustrix;

    /**
     * Opens it.
     *
     * @param local a directory for what the driver keeps
     * @param clusters more clusters: their names, and the settings in which they differ
     */
    SgeCluster(Path local, Map<String, String> clusters) throws IOException {
        this.local = local;
        this.clusters = clusters;
        work = bed.path("sge.work-directory").resolve("sge-" + Long.toString(System.nanoTime(), 36));
        marks = Files.createTempDirectory("clustrix-it-sge-");
        Files.setPosixFilePermissions(marks, PosixFilePermissions.fromString("rwxrwxrwx"));
        clustrix = builder("state").open();
    }

    /** A Clustrix of its own, on the same work directory. */
    Clustrix.Builder builder(String state) {
        TestBed.Login login = bed.login();
        String sge = """
                executor = sge
                host = "%s@%s:%d"
                work-directory = "%s"
                ssh { identity = ["%s"], known-hosts = ["%s"], config-file = none, agent = false }
                bin-directory = "%s"
                parallel-environment = "%s"
                min-poll-interval = 1s
                resources { cores = 1, memory = 512MiB, queue = "%s" }
                poll { results-max = 1s, status-min = 1s, status-max = 2s, status-per-minute = 60 }
                patience { unknown = 4s, hopeless = 2s, result = 10s }
                retry { delay = 100ms }
                """.formatted(
                        login.user(),
                        login.host(),
                        login.port(),
                        work,
                        login.key(),
                        login.knownHosts(),
                        bed.value("sge.bin"),
                        bed.value("sge.parallel-environment"),
                        bed.value("sge.queue"));
        StringBuilder text =
                new StringBuilder("clustrix.default-cluster = sge\nclustrix.clusters.sge {\n" + sge + "}\n");
        clusters.forEach((name, settings) -> text.append("clustrix.clusters.")
                .append(name)
                .append(" = ${clustrix.clusters.sge} {\n")
                .append(settings)
                .append("\n}\n"));
        return Clustrix.builder()
                .config(ConfigFactory.parseString(text.toString()).resolve())
                .set("cache-directory", local.resolve("cache"))
                .set("state-directory", local.resolve(state));
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

    /** A command of Grid Engine's, run as root on this machine. */
    Ran sge(String program, String... arguments) throws Exception {
        List<String> words =
                new ArrayList<>(List.of(bed.path("sge.bin").resolve(program).toString()));
        words.addAll(List.of(arguments));
        return Ran.run(COMMAND, "", words);
    }

    private record Job(String id, String state) {}

    private List<Job> queue(JobFuture<?> job) throws Exception {
        Ran ran = sge("qstat", "-u", "*", "-xml");
        assertThat(ran.exitCode()).as(ran.errors()).isZero();
        List<Job> found = new ArrayList<>();
        for (String entry : ran.output().split("</job_list>", -1)) {
            Matcher id = NUMBER.matcher(entry);
            Matcher state = STATE.matcher(entry);
            if (entry.contains(job.key().toString()) && id.find() && state.find()) {
                found.add(new Job(id.group(1), state.group(1)));
            }
        }
        return found;
    }

    /** The states of what the queue has of a job. */
    List<String> states(JobFuture<?> job) throws Exception {
        return queue(job).stream().map(Job::state).toList();
    }

    /** The id of a job that is in the queue. */
    String id(JobFuture<?> job) throws Exception {
        Await.until("Grid Engine has job " + job.name(), () -> !queue(job).isEmpty());
        return queue(job).get(0).id();
    }

    void await(JobFuture<?> job, String state) throws Exception {
        Await.until(job.name() + " is " + state, () -> states(job).contains(state));
    }

    void awaitGone(JobFuture<?> job) throws Exception {
        Await.until(job.name() + " is gone", () -> queue(job).isEmpty());
    }

    /** The directory of a job; it is there once it has been submitted. */
    Path directory(JobFuture<?> job) throws IOException {
        try (Stream<Path> days = Files.list(work.resolve("jobs"))) {
            return days.map(day -> day.resolve(job.key().toString()))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What a job fails with, within the bound. */
    static Throwable failure(JobFuture<?> job) throws Exception {
        return Ended.failure(job, BOUND);
    }

    /** What a job returns, within the bound. */
    static <T> T value(JobFuture<T> job) throws Exception {
        return Ended.value(job, BOUND);
    }

    /** Ends it, and removes its files. */
    @Override
    public void close() {
        clustrix.close();
        try {
            remove(marks);
            remove(work);
        } catch (Exception e) {
            throw new IllegalStateException("the test bed could not be cleaned", e);
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
}
