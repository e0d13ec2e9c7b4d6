package io.clustrix.internal.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.clustrix.doctor.Doctor;
import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.doctor.Report;
import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.host.LocalShell;
import io.clustrix.setup.SettingInfo;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.Resources;
import io.clustrix.spi.WorkerDiedException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
@Timeout(60)
class ExaminationTest {
    private final LocalShell shell = new LocalShell();

    /** What becomes of commands, by a word of theirs; all others are run on this machine. */
    private final Map<String, Answer> answers = new HashMap<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private String work = "";
    private Optional<String> java = Optional.empty();
    private Resources resources = Resources.none();
    private List<SettingInfo> settings = List.of();
    private ToyDialect dialect = new ToyDialect("sh", true);
    private RoundTrip trip = (there, limit) -> "node=n1\njava=17\nmillis=" + System.currentTimeMillis() + "\nfree=9\n";

    private interface Answer {
        CommandResult to(Command command) throws InterruptedException;
    }

    private final class Scripted implements Host {
        @Override
        public String name() {
            return "login1";
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            for (Map.Entry<String, Answer> a : answers.entrySet()) {
                if (command.words().contains(a.getKey())) {
                    return a.getValue().to(command);
                }
            }
            return shell.run(command);
        }

        @Override
        public CommandResult run(Command command, OutputStream out) {
            throw new AssertionError("not asked for");
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() {
        shell.close();
    }

    private void answer(String word, int exit, String out, String err) {
        answers.put(word, command -> CommandResult.of(command, exit, out, err));
    }

    private void refuse(String word, HostException e) {
        answers.put(word, command -> {
            throw e;
        });
    }

    private static Environments environments(BatchSettings.EnvironmentSettings wanted) {
        return new Environments(wanted, (request, context) -> {
            if (request.java().isPresent()) {
                throw new ProvisioningException("no Java as " + request.java().get(), "name a module");
            }
            return Optional.of(new Environment(
                    List.of("java"), true, List.of(), 17, List.of(), List.of(), Map.of(), "basic: Java 17"));
        });
    }

    private BatchSettings batch() {
        Duration minute = Duration.ofMinutes(1);
        return new BatchSettings(
                Optional.of("login1"),
                "ssh",
                work.isEmpty() ? directory.resolve("work").toString() : work,
                new BatchSettings.EnvironmentSettings(
                        "basic",
                        minute,
                        new BatchSettings.EnvironmentSettings.Fallback(minute),
                        Map.of(),
                        java,
                        Optional.empty(),
                        List.of(),
                        true,
                        true,
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of()),
                10,
                OptionalInt.empty(),
                60,
                false,
                new BatchSettings.Poll(minute, minute, minute, minute, 10),
                new BatchSettings.Retry(1, false, false, 0, false, false, 1, 1, minute),
                new BatchSettings.Patience(minute, minute, minute, minute, minute, minute),
                BatchSettings.CleanUp.ON_SUCCESS,
                Duration.ofDays(1),
                BatchSettings.OnClose.CANCEL,
                Optional.empty());
    }

    private Doctor doctor() {
        answers.putIfAbsent("info", command -> CommandResult.of(command, 0, "1.2 1000 true\n", ""));
        answers.putIfAbsent("queues", command -> CommandResult.of(command, 0, "debug\nlong\n", ""));
        BatchSettings batch = batch();
        Patient.Site site = new Patient.Site(
                batch,
                new Scripted(),
                dialect,
                environments(batch.environment()),
                environments(batch.environment().withAnyJava()));
        return new Examination(
                new Patient("hpc", "toy", resources, settings, Optional.of(site)),
                (there, limit) -> trip.run(there, limit),
                Clock.systemUTC());
    }

    private Report examine() throws InterruptedException {
        return doctor().examine();
    }

    private static Finding of(Report report, String check) {
        return report.findings().stream()
                .filter(f -> f.check().equals(check))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing about " + check + " in " + report.findings()));
    }

    /** The one check that fails, with its mend; what needs it is skipped, and says why. */
    private static Finding assertFails(Report report, String check, String mend, String... skipped) {
        assertThat(report.findings())
                .filteredOn(f -> f.level() == Level.FAILURE)
                .extracting(Finding::check)
                .containsExactly(check);
        assertThat(report.worst()).isEqualTo(Level.FAILURE);
        for (String other : skipped) {
            assertThat(of(report, other).level()).as(other).isEqualTo(Level.SKIPPED);
            assertThat(of(report, other).what()).as(other).contains("because of " + check);
        }
        assertThat(of(report, check).mend()).contains(mend);
        return of(report, check);
    }

    private static void assertWarns(Report report, String check, String what, String mend) {
        assertThat(report.worst()).as(report.toString()).isEqualTo(Level.WARNING);
        Finding finding = of(report, check);
        assertThat(finding.level()).isEqualTo(Level.WARNING);
        assertThat(finding.what()).contains(what);
        assertThat(finding.mend()).contains(mend);
    }

    private static WorkerDiedException died(String problem, String... hints) {
        return new WorkerDiedException(WorkerDiedException.Death.NODE_LOST, -1, problem, List.of(hints), null);
    }

    @Test
    @DisplayName("all is well: each check says so as soon as it is known, and nothing is left on the host")
    void well() throws Exception {
        List<Finding> told = new ArrayList<>();
        List<String> asked = new ArrayList<>();
        trip = (there, limit) -> {
            asked.add(there);
            return "node=n1\njava=17\nmillis=" + System.currentTimeMillis() + "\nfree=9\n";
        };

        Report report = doctor().examine(told::add);

        assertThat(report.findings()).isEqualTo(told);
        assertThat(told).allSatisfy(f -> {
            assertThat(f.level()).as(f.toString()).isEqualTo(Level.OK);
            assertThat(f.what()).isNotBlank();
        });
        assertThat(told)
                .extracting(Finding::check)
                .containsExactly(
                        "connection",
                        "host-key",
                        "log-in",
                        "clock",
                        "work-directory",
                        "disk-space",
                        "file-latency",
                        "java",
                        "commands",
                        "scheduler",
                        "arrays",
                        "accounting",
                        "queue",
                        "shared-directory",
                        "node-clock",
                        "job");
        assertThat(report.worst()).isEqualTo(Level.OK);
        assertThat(of(report, "scheduler").what()).isEqualTo("Toy 1.2");
        assertThat(of(report, "arrays").what()).contains("1,000");
        assertThat(of(report, "queue").what()).contains("debug, long");
        assertThat(asked).containsExactly(directory.resolve("work").toRealPath().toString());
        assertThat(directory.resolve("work/tmp")).isEmptyDirectory();
    }

    @Test
    @DisplayName("a host that can't be reached: one failure with its own hint, all else is skipped, no job is made")
    void unreachable() throws Exception {
        refuse("true", new HostException("login1 does not answer", "see whether the VPN is on"));
        trip = (there, limit) -> {
            throw new AssertionError("no job was to be made");
        };

        Report report = examine();

        assertFails(report, "connection", "see whether the VPN is on", "clock", "work-directory", "commands", "queue");
        assertThat(of(report, "job").level()).isEqualTo(Level.SKIPPED);
        assertThat(of(report, "connection").what()).isEqualTo("login1 does not answer");
    }

    @Test
    @DisplayName("a wrong key and an unknown host key are told apart, with the hints of the transport")
    void doors() throws Exception {
        refuse("true", new HostException(Fault.USER, false, "anna is refused the log-in", List.of("add it"), null));
        assertFails(examine(), "log-in", "add it", "clock", "work-directory", "job");
        refuse("true", new HostException(Fault.USER, false, "anna is refused the log-in", List.of(), null));
        assertFails(examine(), "log-in", "ssh-setup");
        refuse(
                "true",
                new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "the host login1 is not known yet. Its key is ED25519",
                        List.of("compare"),
                        null));
        assertFails(examine(), "host-key", "compare", "work-directory", "job");
        refuse("true", new HostException(Fault.CONFIGURATION, false, "a jump is wrong", List.of("mend it"), null));
        assertFails(examine(), "connection", "mend it", "job");
        answers.remove("true");
        answer("true", 1, "", "This account is currently not available.");
        assertFails(examine(), "connection", "may run commands", "job");
    }

    @Test
    @DisplayName("a work directory that can't be made or used, and a proposal that can")
    void workDirectory() throws Exception {
        Files.createFile(directory.resolve("file"));
        work = directory.resolve("file").resolve("work").toString();
        settings = List.of(
                new SettingInfo("clustrix.clusters.hpc.work-directory", "\"" + work + "\"", "here"),
                new SettingInfo("clustrix.clusters.hpc.ssh.password", "\"***\"", "here"));

        Report report = examine();

        assertFails(report, "work-directory", "set work-directory", "java", "job");
        Config block = ConfigFactory.parseString(report.configuration());
        assertThat(block.getString("clustrix.clusters.hpc.work-directory")).isEqualTo("~/.clustrix");
        assertThat(block.getString("clustrix.clusters.hpc.executor")).isEqualTo("toy");
        assertThat(report.configuration()).contains("# was \"" + work).contains("# ssh.password: as it was");
        work = directory.resolve("100%").toString();
        assertFails(examine(), "work-directory", "set work-directory", "job");
    }

    @Test
    @DisplayName("a full disk: when a file can't be made, when 4 MiB can't be written, and before it is full")
    void disk() throws Exception {
        answer("clustrix-directory", 0, "path=/w\nwork=/w\nproblem=mkdir: No space left on device\nend=\n", "");
        assertFails(examine(), "disk-space", "make room", "java", "job");
        answer("clustrix-directory", 0, "work=/w\nfree=0\nfull=dd: Disk quota exceeded\nend=\n", "");
        assertThat(assertFails(examine(), "disk-space", "quota", "java", "job").what())
                .contains("Disk quota exceeded");
        answer("clustrix-directory", 0, "work=/w\nfree=2048\ninodes=12\nend=\n", "");
        assertWarns(examine(), "disk-space", "2 MiB are free, and 12 files", "make room");
        answer("clustrix-directory", 0, "work=/w\nfree=9999999999\nnanos=80000000\nkind=nfs\nend=\n", "");
        assertWarns(examine(), "file-latency", "80.00 ms, on nfs", "faster file system");
        answer("clustrix-directory", 1, "garbage", "sh: awful");
        assertFails(examine(), "work-directory", "set work-directory", "java", "job");
    }

    @Test
    @DisplayName("clocks that are an hour apart, on the host and on a node, either way")
    void clocks() throws Exception {
        for (long off : new long[] {3600, -3600}) {
            answer("date", 0, (System.currentTimeMillis() / 1000 + off) + "\n", "");
            assertWarns(examine(), "clock", off > 0 ? "ahead of" : "behind", "NTP");
            assertThat(of(examine(), "job").level()).isEqualTo(Level.OK);
        }
        answer("date", 127, "", "no date");
        assertThat(of(examine(), "clock").level()).isEqualTo(Level.SKIPPED);
        answers.remove("date");
        trip = (there, limit) -> "node=n3\njava=17\nmillis=" + (System.currentTimeMillis() - 3_600_000) + "\n";
        assertWarns(examine(), "node-clock", "the clock of n3 is 3", "NTP");
    }

    @Test
    @DisplayName("no Java: what was looked at, and a proposal if another one would do")
    void java() throws Exception {
        java = Optional.of("99");
        settings = List.of(new SettingInfo("clustrix.clusters.hpc.environment.java", "99", "here"));

        Report report = examine();

        assertFails(report, "java", "name a module", "job", "shared-directory");
        assertThat(ConfigFactory.parseString(report.configuration())
                        .getString("clustrix.clusters.hpc.environment.java"))
                .isEqualTo("any");
    }

    @Test
    @DisplayName("no scheduler's commands: those that are missing, and where they are instead")
    void commands() throws Exception {
        dialect = new ToyDialect("/nonexistent/bin/sh", true);
        Report there = examine();
        assertThat(assertFails(there, "commands", "set bin-directory = \"/", "scheduler", "arrays", "accounting", "job")
                        .what())
                .isEqualTo("login1 does not find /nonexistent/bin/sh");
        assertThat(ConfigFactory.parseString(there.configuration()).getString("clustrix.clusters.hpc.bin-directory"))
                .endsWith("/bin");
        dialect = new ToyDialect("no-such-program-at-all", true);
        assertFails(examine(), "commands", "command -v no-such-program-at-all", "queue", "job");
    }

    @Test
    @DisplayName("what a scheduler says of itself: nothing for now, nothing to anybody, no arrays, no accounting")
    void scheduler() throws Exception {
        answer("info", 1, "", "try later");
        assertFails(examine(), "scheduler", "try again", "arrays", "accounting", "queue", "job");
        answer("info", 1, "", "permission denied");
        assertWarns(examine(), "scheduler", "permission denied", "let nobody ask");
        assertThat(of(examine(), "accounting").level()).isEqualTo(Level.SKIPPED);
        answer("info", 0, "1.2 1 true", "");
        assertWarns(examine(), "arrays", "no job arrays", "larger chunks");
        answer("info", 0, "1.2 1000 false", "");
        assertWarns(examine(), "accounting", "it is off", "ask the site");
    }

    @Test
    @DisplayName("a partition that is not there: those that are, and a proposal; where nobody can tell, the job does")
    void queue() throws Exception {
        resources = Resources.builder().queue("long,lnog").build();
        settings = List.of(new SettingInfo("clustrix.clusters.hpc.resources.partition", "\"long,lnog\"", "here"));
        Report report = examine();
        assertThat(assertFails(report, "queue", "debug, long", "job").what()).endsWith("partition lnog");
        assertThat(ConfigFactory.parseString(report.configuration())
                        .getString("clustrix.clusters.hpc.resources.partition"))
                .isEqualTo("debug");

        resources = Resources.builder().queue("long").build();
        assertThat(of(examine(), "queue").level()).isEqualTo(Level.OK);
        answer("queues", 1, "", "not for you");
        assertThat(of(examine(), "queue").level()).isEqualTo(Level.SKIPPED);
        dialect = new ToyDialect("sh", false);
        assertThat(of(examine(), "queue").level()).isEqualTo(Level.SKIPPED);
        assertThat(of(examine(), "job").level()).isEqualTo(Level.OK);
    }

    @Test
    @DisplayName("a job that leaves nothing behind: the work directory is not shared; any other failure is the job's")
    void job() throws Exception {
        trip = (there, limit) -> {
            throw died("job x: it has left nothing", dialect.noRecordHint());
        };
        Report apart = examine();
        assertFails(apart, "shared-directory", "compute nodes see too");
        assertThat(of(apart, "shared-directory").mend()).contains(dialect.noRecordHint());
        assertThat(of(apart, "job").what()).contains("see shared-directory");

        trip = (there, limit) -> {
            throw died("the JVM crashed", "another Java");
        };
        assertFails(examine(), "job", "another Java");
        trip = (there, limit) -> {
            throw new RoundTrip.StillWaiting(status(JobState.PENDING, "PENDING (Priority)"));
        };
        assertWarns(examine(), "job", "PENDING (Priority)", "--job-limit");
        trip = (there, limit) -> {
            throw new RoundTrip.StillWaiting(status(JobState.RUNNING, ""));
        };
        assertFails(examine(), "job", "environment.setup");
        trip = (there, limit) -> {
            throw new IllegalStateException("odd");
        };
        assertThat(assertFails(examine(), "job", "").what()).contains("odd");
    }

    private static JobStatus status(JobState state, String detail) {
        return new JobStatus(state, OptionalInt.empty(), detail, Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Test
    @DisplayName("without a job none is made; a limit reaches it, and must be one")
    void limits() throws Exception {
        List<Duration> limits = new ArrayList<>();
        trip = (there, limit) -> {
            limits.add(limit);
            return "node=n1\n";
        };

        assertThat(of(doctor().withoutJob().examine(), "job").level()).isEqualTo(Level.SKIPPED);
        assertThat(limits).isEmpty();
        assertThat(doctor().withJobLimit(Duration.ofSeconds(7)).examine().worst())
                .isEqualTo(Level.OK);
        assertThat(limits).containsExactly(Duration.ofSeconds(7));
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> doctor().withJobLimit(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("a check that hangs, even one that no interrupt ends, fails at its deadline, and the round goes on")
    void deadline() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Check deaf = new Check(List.of("deaf", "other"), List.of(), Duration.ofMillis(50), () -> {
            while (end.getCount() > 0) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    // as some libraries do
                }
            }
            return List.of();
        });
        Check next = new Check(
                List.of("next"), List.of(), Duration.ofMinutes(1), () -> List.of(Findings.ok("next", "well")));
        Check needs = new Check(List.of("needs"), List.of("other"), Duration.ofMinutes(1), () -> {
            throw new AssertionError("what it needs is not known");
        });

        List<Finding> found = new Round(f -> {}).run(List.of(deaf, next, needs));
        end.countDown();

        assertThat(found).extracting(Finding::check).containsExactly("deaf", "other", "next", "needs");
        assertThat(found)
                .extracting(Finding::level)
                .containsExactly(Level.FAILURE, Level.SKIPPED, Level.OK, Level.SKIPPED);
        assertThat(found.get(0).what()).isEqualTo("it did not end within 50 ms");
        assertThat(found.get(3).what()).contains("because of deaf");
    }

    @Test
    @DisplayName("an interrupt ends it, and what was being looked at is interrupted too")
    void interrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Check hanging = new Check(List.of("hanging"), List.of(), Duration.ofMinutes(1), () -> {
            try {
                begun.countDown();
                new CountDownLatch(1).await();
            } finally {
                ended.countDown();
            }
            return List.of();
        });
        List<Throwable> thrown = new ArrayList<>();
        Thread caller = new Thread(() -> {
            try {
                new Round(f -> {}).run(List.of(hanging));
            } catch (InterruptedException e) {
                thrown.add(e);
            }
        });
        caller.start();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        caller.interrupt();
        caller.join(30_000);

        assertThat(thrown).hasOnlyElementsOfType(InterruptedException.class).hasSize(1);
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }
}
