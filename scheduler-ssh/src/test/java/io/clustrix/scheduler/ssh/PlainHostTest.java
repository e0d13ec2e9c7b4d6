package io.clustrix.scheduler.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@DisplayName("A host without a scheduler")
@Execution(ExecutionMode.CONCURRENT)
class PlainHostTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Path directory;
    private Shell shell;
    private final List<NativeId> submitted = new ArrayList<>();

    PlainHostTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        shell = shell(directory, System.getenv("PATH"));
    }

    private static Shell shell(Path directory, String path) throws IOException {
        // Names that a shell would take apart.
        Path home = Files.createDirectories(directory.resolve("ho me $HOME 'q\" ;&"));
        return new Shell(home, Files.createDirectories(home.resolve("jo bs * `x`")), path);
    }

    @BeforeEach
    void linux() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "the host is Linux");
    }

    @AfterEach
    void endAll() throws Exception {
        if (!submitted.isEmpty()) {
            shell.run(dialect(64).cancel(submitted));
            await(
                    submitted,
                    all -> all.values().stream().allMatch(s -> s.state().ended()));
        }
    }

    private static SshDialect dialect(int maxRunning) {
        return new SshDialect(new SshSettings(OptionalInt.of(maxRunning), Duration.ofSeconds(1), 7));
    }

    private static JobPlan plan(String name, int elements, Resources resources) {
        return new JobPlan(name, resources, "logs/x", elements, OptionalInt.empty(), false);
    }

    private NativeId submit(SshDialect dialect, JobPlan plan, String script) throws Exception {
        Files.createDirectories(shell.jobs().resolve("logs"));
        Files.writeString(shell.jobs().resolve(plan.jobName() + ".sh"), script);
        NativeId id = dialect.parseSubmit(shell.run(dialect.submit(plan.jobName() + ".sh", plan)));
        submitted.add(id);
        return id;
    }

    private Map<NativeId, JobStatus> status(List<NativeId> ids) throws Exception {
        SshDialect dialect = dialect(1);
        return dialect.parseStatus(shell.run(dialect.status(ids)));
    }

    private JobStatus status(NativeId id) throws Exception {
        return status(List.of(new NativeId(id.value().replaceFirst("_.*", ""), id.cluster())))
                .getOrDefault(id, JobStatus.of(JobState.LOST, "absent"));
    }

    private Map<NativeId, JobStatus> await(List<NativeId> ids, Predicate<Map<NativeId, JobStatus>> wanted)
            throws Exception {
        Instant end = Instant.now().plus(DEADLINE);
        while (true) {
            Map<NativeId, JobStatus> now = status(ids);
            if (wanted.test(now)) {
                return now;
            }
            assertThat(Instant.now()).as("still %s", now).isBefore(end);
            Thread.sleep(50);
        }
    }

    private JobStatus awaitEnd(NativeId job) throws Exception {
        return await(List.of(job), all -> all.get(job).state().ended()).get(job);
    }

    private JobStatus awaitState(NativeId id, JobState state) throws Exception {
        NativeId job = new NativeId(id.value().replaceFirst("_.*", ""), id.cluster());
        return await(List.of(job), all -> all.get(id).state() == state).get(id);
    }

    private Path awaitFile(String name) throws Exception {
        Path file = shell.jobs().resolve(name);
        Instant end = Instant.now().plus(DEADLINE);
        while (!Files.exists(file) || Files.size(file) == 0) {
            assertThat(Instant.now()).as("no file %s", name).isBefore(end);
            Thread.sleep(20);
        }
        return file;
    }

    private static boolean lives(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private static void awaitDeath(long pid) throws Exception {
        Instant end = Instant.now().plus(DEADLINE);
        while (lives(pid)) {
            assertThat(Instant.now()).as("%s lives", pid).isBefore(end);
            Thread.sleep(20);
        }
    }

    @Test
    @DisplayName("starts a job detached: submitting returns at once while the job goes on (W-D2)")
    void detached() throws Exception {
        SshDialect dialect = dialect(64);
        Files.writeString(shell.jobs().resolve("d.sh"), "echo started; sleep 20; echo done");
        Files.createDirectories(shell.jobs().resolve("logs"));
        CommandResult r = shell.run(dialect.submit("d.sh", plan("d", 1, Resources.none())));
        NativeId id = dialect.parseSubmit(r);
        submitted.add(id);
        assertThat(r.took()).isLessThan(Duration.ofSeconds(10));
        assertThat(Files.readString(awaitFile("logs/x.out"))).isEqualTo("started\n");
        JobStatus running = awaitState(id, JobState.RUNNING);
        assertThat(running.started()).isPresent();
        assertThat(running.exit()).isEmpty();
    }

    @Test
    @DisplayName("keeps stdout and stderr apart, and tells exit codes, of signals 128 + n")
    void exitCodes() throws Exception {
        NativeId ok = submit(
                dialect(64),
                plan("ok", 1, Resources.none()),
                "echo out; echo err >&2; echo $CLUSTRIX_SSH_JOB ${CLUSTRIX_SSH_INDEX-none}");
        JobStatus good = awaitEnd(ok);
        assertThat(good.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(good.exit()).hasValue(0);
        assertThat(good.ended()).isPresent();
        assertThat(shell.jobs().resolve("logs/x.out")).hasContent("out\n" + ok.value() + " none\n");
        assertThat(shell.jobs().resolve("logs/x.err")).hasContent("err\n");
        NativeId seven = submit(dialect(64), plan("seven", 1, Resources.none()), "exit 7");
        NativeId killed = submit(dialect(64), plan("killed", 1, Resources.none()), "kill -9 $$");
        assertThat(awaitEnd(seven))
                .extracting(JobStatus::state, JobStatus::exit)
                .containsExactly(JobState.FAILED, OptionalInt.of(7));
        assertThat(awaitEnd(killed))
                .extracting(JobStatus::state, JobStatus::exit)
                .containsExactly(JobState.FAILED, OptionalInt.of(137));
    }

    /** Notes when it starts and ends, so that the number of those that ran at once can be counted. */
    private static final String TRACED =
            "echo + >>trace; sleep 0.3; echo - >>trace; exit $((${CLUSTRIX_SSH_INDEX:-0} % 2))";

    private int mostAtOnce() throws IOException {
        int now = 0;
        int most = 0;
        for (String line : Files.readAllLines(shell.jobs().resolve("trace"))) {
            now += line.equals("+") ? 1 : -1;
            most = Math.max(most, now);
        }
        return most;
    }

    @Test
    @DisplayName("runs an array of 20 with at most 3 at once, and knows each element's end")
    void arrays() throws Exception {
        NativeId array = submit(dialect(3), plan("array", 20, Resources.none()), TRACED);
        Map<NativeId, JobStatus> all = await(
                List.of(array), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(all).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(all.get(dialect(3).element(array, i)).state())
                    .isEqualTo(i % 2 == 0 ? JobState.SUCCEEDED : JobState.FAILED);
        }
        assertThat(mostAtOnce()).isBetween(2, 3);
        assertThat(shell.jobs().resolve("logs/x.7.out")).exists();
    }

    @Test
    @DisplayName("runs no more of an array at once than the plan allows")
    void concurrent() throws Exception {
        JobPlan plan = new JobPlan("few", Resources.none(), "logs/x", 5, OptionalInt.of(1), false);
        NativeId array = submit(dialect(8), plan, TRACED);
        await(List.of(array), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(mostAtOnce()).isEqualTo(1);
    }

    @Test
    @DisplayName("shares the host's slots among all jobs; what waits is pending, and cores count")
    void sharedSlots() throws Exception {
        NativeId one = submit(dialect(3), plan("one", 6, Resources.none()), TRACED);
        NativeId two = submit(dialect(3), plan("two", 6, Resources.none()), TRACED);
        await(
                List.of(one, two),
                s -> s.values().stream()
                        .anyMatch(
                                e -> e.state() == JobState.PENDING && e.detail().contains("waiting for a slot")));
        Map<NativeId, JobStatus> all = await(
                List.of(one, two),
                s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(all).hasSize(12);
        assertThat(mostAtOnce()).isBetween(2, 3);
        Files.delete(shell.jobs().resolve("trace"));
        NativeId wide =
                submit(dialect(3), plan("wide", 3, Resources.builder().cores(2).build()), TRACED);
        await(List.of(wide), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(mostAtOnce()).isEqualTo(1);
    }

    @Test
    @DisplayName("cancels what waits and what runs, with all of its children")
    void cancel() throws Exception {
        NativeId array = submit(dialect(1), plan("c", 4, Resources.none()), "sleep 60 & echo $! >child; wait");
        NativeId first = dialect(1).element(array, 0);
        NativeId last = dialect(1).element(array, 3);
        awaitState(first, JobState.RUNNING);
        long child = Long.parseLong(Files.readString(awaitFile("child")).strip());
        assertThat(lives(child)).isTrue();
        CommandResult one = shell.run(dialect(1).cancel(List.of(last)));
        assertThat(dialect(1).cancelled(one)).isTrue();
        assertThat(status(last).state()).isEqualTo(JobState.CANCELLED);
        assertThat(status(first).state()).isEqualTo(JobState.RUNNING);
        assertThat(dialect(1)
                        .cancelled(shell.run(
                                dialect(1).cancel(List.of(array, NativeId.of("1-2-3"), NativeId.of("nonsense"))))))
                .isTrue();
        Map<NativeId, JobStatus> all = await(
                List.of(array), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(all.values()).extracting(JobStatus::state).containsOnly(JobState.CANCELLED);
        awaitDeath(child);
        // Once more does no harm.
        assertThat(dialect(1).cancelled(shell.run(dialect(1).cancel(List.of(array)))))
                .isTrue();
        assertThat(status(first).state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    @DisplayName("kills what does not heed SIGTERM after 5 s")
    void deafToTerm() throws Exception {
        NativeId job = submit(
                dialect(4), plan("deaf", 1, Resources.none()), "trap '' TERM; echo $$ >pid; while :; do sleep 1; done");
        long pid = Long.parseLong(Files.readString(awaitFile("pid")).strip());
        awaitState(job, JobState.RUNNING);
        shell.run(dialect(4).cancel(List.of(job)));
        JobStatus end = awaitEnd(job);
        assertThat(end.state()).isEqualTo(JobState.CANCELLED);
        assertThat(lives(pid)).isFalse();
    }

    @Test
    @DisplayName("ends what runs longer than its walltime, and says so")
    void walltime() throws Exception {
        NativeId job = submit(
                dialect(4),
                plan("slow", 1, Resources.builder().time(Duration.ofSeconds(1)).build()),
                "sleep 60 & echo $! >child; wait");
        assertThat(awaitEnd(job).state()).isEqualTo(JobState.TIMED_OUT);
        awaitDeath(Long.parseLong(Files.readString(awaitFile("child")).strip()));
        NativeId quick = submit(
                dialect(4),
                plan("quick", 1, Resources.builder().time(Duration.ofHours(1)).build()),
                "exit 124");
        assertThat(awaitEnd(quick).state()).isEqualTo(JobState.FAILED);
    }

    private String read(NativeId job, String file) throws Exception {
        Path path = shell.state().resolve("jobs").resolve(job.value()).resolve(file);
        Instant end = Instant.now().plus(DEADLINE);
        while (!Files.exists(path)) {
            assertThat(Instant.now()).as("no %s", path).isBefore(end);
            Thread.sleep(20);
        }
        return Files.readString(path).strip();
    }

    private static void kill(String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "kill \"$@\"", "kill"));
        words.addAll(List.of(arguments));
        new ProcessBuilder(words).inheritIO().start().waitFor();
    }

    @Test
    @DisplayName("a killed launcher: what waited has failed with its node, what ran is still watched")
    void killedLauncher() throws Exception {
        NativeId array = submit(dialect(1), plan("k", 3, Resources.none()), "sleep 60");
        NativeId first = dialect(1).element(array, 0);
        awaitState(first, JobState.RUNNING);
        kill("-KILL", "-" + read(array, "launcher").split(" ", -1)[0]);
        awaitState(dialect(1).element(array, 2), JobState.NODE_FAILED);
        assertThat(status(first).state()).isEqualTo(JobState.RUNNING);
        assertThat(status(dialect(1).element(array, 1)).detail()).contains("never started");
        // Its slot is still taken; when it dies, the slot is free for others and it is reported.
        NativeId next = submit(dialect(1), plan("next", 1, Resources.none()), "true");
        Thread.sleep(600);
        assertThat(status(next).state()).isEqualTo(JobState.PENDING);
        kill("-KILL", "-" + read(array, "0.run").split(" ", -1)[0]);
        JobStatus dead = awaitState(first, JobState.NODE_FAILED);
        assertThat(dead.detail()).contains("somebody killed them");
        assertThat(awaitEnd(next).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    @DisplayName("a process number that was given out again is not the job, and is not killed")
    void recycledPid() throws Exception {
        NativeId job = submit(dialect(4), plan("r", 1, Resources.none()), "sleep 60");
        awaitState(job, JobState.RUNNING);
        String[] run = read(job, "0.run").split(" ", -1);
        kill("-KILL", "-" + read(job, "launcher").split(" ", -1)[0]);
        Path file = shell.state().resolve("jobs").resolve(job.value()).resolve("0.run");
        // The same number, but the process is another: it was started at another time.
        Files.writeString(file, run[0] + " 12345 " + run[2] + " " + run[3] + "\n");
        awaitState(job, JobState.NODE_FAILED);
        shell.run(dialect(4).cancel(List.of(job)));
        assertThat(lives(Long.parseLong(run[0]))).isTrue();
        // The host has been restarted since.
        Files.writeString(file, run[0] + " " + run[1] + " another-boot " + run[3] + "\n");
        assertThat(status(job).detail()).contains("restarted");
        kill("-KILL", "-" + run[0]);
    }

    @Test
    @DisplayName("what a job leaves running ends with it")
    void leftovers() throws Exception {
        NativeId job = submit(dialect(4), plan("l", 1, Resources.none()), "sleep 60 & echo $! >child; exit 0");
        assertThat(awaitEnd(job).state()).isEqualTo(JobState.SUCCEEDED);
        awaitDeath(Long.parseLong(Files.readString(awaitFile("child")).strip()));
    }

    @Test
    @DisplayName("is found by its name, also when it has ended (R20); unknown ids are absent")
    void find() throws Exception {
        SshDialect dialect = dialect(4);
        assertThat(dialect.parseFind(shell.run(dialect.find("nobody")))).isEmpty();
        NativeId job = submit(dialect, plan("mine.1", 2, Resources.none()), "true");
        await(List.of(job), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(dialect.parseFind(shell.run(dialect.find("mine.1")))).containsExactly(job);
        assertThat(dialect.parseFind(shell.run(dialect.find("mine")))).isEmpty();
        assertThat(status(List.of(NativeId.of("1-1-0"), NativeId.of("../../x"))))
                .isEmpty();
    }

    @Test
    @DisplayName("keeps its records from others, and removes them when they are old and nobody runs")
    void records() throws Exception {
        NativeId old = submit(dialect(4), plan("old", 1, Resources.none()), "true");
        NativeId busy = submit(dialect(4), plan("busy", 1, Resources.none()), "sleep 60");
        awaitEnd(old);
        awaitState(busy, JobState.RUNNING);
        Path jobs = shell.state().resolve("jobs");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(jobs.getParent().getParent())))
                .isEqualTo("rwx------");
        FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofDays(9)));
        Files.setLastModifiedTime(jobs.resolve(old.value()), longAgo);
        Files.setLastModifiedTime(jobs.resolve(busy.value()), longAgo);
        awaitEnd(submit(dialect(4), plan("new", 1, Resources.none()), "true"));
        Instant end = Instant.now().plus(DEADLINE);
        while (Files.exists(jobs.resolve(old.value()))) {
            assertThat(Instant.now()).isBefore(end);
            Thread.sleep(20);
        }
        submitted.remove(old);
        assertThat(status(busy).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    @DisplayName("works with busybox alone, which may have no flock, as with the GNU programs")
    void busybox() throws Exception {
        Path busybox = Path.of("/usr/bin/busybox");
        assumeTrue(Files.isExecutable(busybox), "busybox is installed");
        Path bin = Files.createDirectories(directory.resolve("bin"));
        for (String applet : List.of(
                "sh",
                "sleep",
                "mv",
                "rm",
                "mkdir",
                "chmod",
                "date",
                "uname",
                "tr",
                "setsid",
                "ln",
                "readlink",
                "nproc",
                "find",
                "cat",
                "kill")) {
            Files.createSymbolicLink(bin.resolve(applet), busybox);
        }
        shell = shell(directory.resolve("b"), bin.toString());
        NativeId array = submit(dialect(2), plan("bb", 5, Resources.none()), TRACED);
        Map<NativeId, JobStatus> all = await(
                List.of(array), s -> s.values().stream().allMatch(e -> e.state().ended()));
        assertThat(all).hasSize(5);
        assertThat(mostAtOnce()).isBetween(1, 2);
        NativeId job = submit(dialect(2), plan("bc", 1, Resources.none()), "sleep 60");
        awaitState(job, JobState.RUNNING);
        shell.run(dialect(2).cancel(List.of(job)));
        assertThat(awaitEnd(job).state()).isEqualTo(JobState.CANCELLED);
        NativeId slow = submit(
                dialect(2),
                plan("bt", 1, Resources.builder().time(Duration.ofSeconds(1)).build()),
                "sleep 60");
        assertThat(awaitEnd(slow).state()).isEqualTo(JobState.TIMED_OUT);
        submitted.clear();
        try (var links = Files.list(bin)) {
            for (Path link : links.toList()) {
                Files.delete(link);
            }
        }
    }

    @Test
    @DisplayName("a submit that fails says why, and a silent host is not an empty answer (R1)")
    void failures() throws Exception {
        SshDialect dialect = dialect(4);
        CommandResult missing = shell.run(dialect.submit("nosuch.sh", plan("m", 1, Resources.none())));
        assertThatThrownBy(() -> dialect.parseSubmit(missing))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("there is no script 'nosuch.sh'")
                .hasMessageNotContaining("eval");
        Command question = dialect.status(List.of(NativeId.of("1-1-0")));
        assertThatThrownBy(() -> dialect.parseStatus(CommandResult.of(question, 0, "", "")))
                .isInstanceOf(SchedulerException.class);
        assertThatThrownBy(() -> dialect.parseFind(CommandResult.of(question, 0, "Welcome!\n", "")))
                .isInstanceOf(SchedulerException.class);
        assertThat(dialect.cancelled(CommandResult.of(question, 1, "", "sh: not found")))
                .isFalse();
        assertThat(dialect.parseInfo(shell.run(dialect.info().orElseThrow())).version())
                .startsWith("no scheduler, Linux ");
    }
}
