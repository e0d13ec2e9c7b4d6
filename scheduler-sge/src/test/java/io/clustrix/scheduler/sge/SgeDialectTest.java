package io.clustrix.scheduler.sge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Memory;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Grid Engine's language")
class SgeDialectTest {
    private static final SgeDialect SGE = new SgeDialect(settings(Optional.of("smp"), true));

    static SgeSettings settings(Optional<String> parallelEnvironment, boolean perSlot) {
        return new SgeSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                parallelEnvironment,
                List.of("h_vmem"),
                perSlot,
                Memory.ofMebibytes(512),
                Optional.empty(),
                true,
                Duration.ofSeconds(2));
    }

    private static JobPlan plan(Resources resources) {
        return new JobPlan("key-1", resources, "logs/a", 1, OptionalInt.empty(), false);
    }

    private static JobStatus of(Map<NativeId, JobStatus> states, String id) {
        return Objects.requireNonNull(states.get(NativeId.of(id)), id);
    }

    @Test
    @DisplayName("is found by the ServiceLoader under its name")
    void provider() {
        Iterator<?> found = ServiceLoader.load(DialectProvider.class).iterator();
        assertThat(found.next()).isInstanceOf(SgeDialectProvider.class);
        assertThat(found.hasNext()).isFalse();
        assertThat(new SgeDialectProvider().name()).isEqualTo("sge");
    }

    // ---------------------------------------------------------------- submitting

    @Test
    @DisplayName("says resources as directives (B18, R48, R49)")
    void directives() {
        Resources r = Resources.builder()
                .cores(3)
                .memory(Memory.ofMebibytes(1000))
                .time(Duration.ofHours(2))
                .queue("all.q@@fast*")
                .account("physics")
                .build();
        JobPlan plan = new JobPlan("key-1", r, "logs/p0", 5, OptionalInt.of(2), true);
        assertThat(SGE.directives(plan))
                .containsExactly(
                        "#$ -N key-1",
                        "#$ -S /bin/sh",
                        "#$ -cwd",
                        "#$ -o logs/p0.$TASK_ID.out",
                        "#$ -e logs/p0.$TASK_ID.err",
                        "#$ -j n",
                        "#$ -r y",
                        "#$ -w e",
                        "#$ -t 1-5",
                        "#$ -tc 2",
                        "#$ -pe smp 3",
                        "#$ -l h_rt=7200,h_vmem=334M",
                        "#$ -q \"all.q@@fast*\"",
                        "#$ -P physics");
        assertThat(SGE.directives(plan(Resources.none())))
                .contains("#$ -o logs/a.out", "#$ -e logs/a.err", "#$ -r n")
                .noneMatch(l -> l.matches("#\\$ -(t|tc|pe|l|q|P) .*"));
    }

    @Test
    @DisplayName("memory is divided among slots, unless the site counts it for the job, and is enough for a JVM (R48)")
    void memory() {
        Resources r = Resources.builder().cores(4).memory(Memory.ofGibibytes(4)).build();
        assertThat(SGE.directives(plan(r))).contains("#$ -l h_vmem=1024M");
        assertThat(new SgeDialect(settings(Optional.of("smp"), false)).directives(plan(r)))
                .contains("#$ -l h_vmem=4096M");
        assertThat(SGE.directives(
                        plan(Resources.builder().memory(Memory.ofMebibytes(100)).build())))
                .contains("#$ -l h_vmem=512M");
    }

    @Test
    @DisplayName("refuses with reasons what it can't say, all at once")
    void refusals() {
        SgeDialect bare = new SgeDialect(settings(Optional.empty(), true));
        Resources r = Resources.builder()
                .cores(2)
                .nodes(3)
                .gpus(1)
                .queue("a b")
                .time(Duration.ofMinutes(1))
                .memory(Memory.ofGibibytes(1))
                .option("o", "x")
                .option("q", "other.q")
                .option("l", "foo=1,h_rt=5,h_vmem=1G")
                .build();
        assertThatThrownBy(() -> bare.directives(plan(r)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'parallel-environment'")
                .hasMessageContaining("nodes = 3")
                .hasMessageContaining("'gpu-resource'")
                .hasMessageContaining("queue = 'a b'")
                .hasMessageContaining("option o is set by Clustrix")
                .hasMessageContaining("option q and the resource 'queue'")
                .hasMessageContaining("the resource 'time'")
                .hasMessageContaining("the resource 'memory'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "tc", "N", "e", "j", "i", "terse", "b", "S", "C", "v", "V", "cwd", "wd", "sync", "r"})
    @DisplayName("refuses options that the engine depends on")
    void reserved(String option) {
        assertThatThrownBy(() -> SGE.directives(
                        plan(Resources.builder().option(option, "").build())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("option " + option + " is set by Clustrix");
    }

    @Test
    @DisplayName("hands the user's options on as words, with every letter that they have (R41)")
    void options() {
        Resources r = Resources.builder()
                .option("ac", "k=it's a \"#\" $(x)")
                .option("notify", "")
                .option("pe", "mpi 8")
                .option("l", "exclusive=true")
                .build();
        assertThat(SGE.submit("p0.sh", plan(r)).words())
                .containsExactly(
                        "qsub",
                        "-terse",
                        "-b",
                        "n",
                        "-sync",
                        "n",
                        "-C",
                        "#$",
                        "-ac",
                        "k=it's a \"#\" $(x)",
                        "-l",
                        "exclusive=true",
                        "-notify",
                        "-pe",
                        "mpi",
                        "8",
                        "p0.sh");
    }

    @Test
    @DisplayName("calls the configured programs with the configured surroundings")
    void surroundings() {
        SgeDialect there = new SgeDialect(new SgeSettings(
                Optional.of(new RemotePath("/opt/sge bin")),
                Optional.of(new RemotePath("/opt/sge")),
                Optional.of("lab"),
                Optional.of(new RemotePath("/opt/settings.sh")),
                Optional.empty(),
                List.of(),
                true,
                Memory.ofMebibytes(1),
                Optional.empty(),
                false,
                Duration.ofSeconds(1)));
        assertThat(there.cancel(List.of(NativeId.of("5.2"), NativeId.of("6"))).words())
                .containsExactly(
                        "env",
                        "SGE_ROOT=/opt/sge",
                        "SGE_CELL=lab",
                        "sh",
                        "-c",
                        ". \"$0\" >&2 && exec \"$@\"",
                        "/opt/settings.sh",
                        "/opt/sge bin/qdel",
                        "5.2",
                        "6");
    }

    @Test
    @DisplayName("reads the id of what was submitted (R24)")
    void submitted() {
        assertThat(SGE.parseSubmit(Golden.result("qsub-terse")).value()).matches("[0-9]+");
        assertThat(SGE.parseSubmit(Golden.result("qsub-plain")).value()).matches("[0-9]+");
        assertThat(SGE.parseSubmit(Golden.result("qsub-array")).value()).matches("[0-9]+");
        assertThat(SGE.parseSubmit(
                        CommandResult.of(Command.of("qsub"), 0, "Project 77 is charged\n5.1-10:1\nThanks\n", "")))
                .isEqualTo(NativeId.of("5"));
        assertThatThrownBy(() -> SGE.parseSubmit(CommandResult.of(Command.of("qsub"), 0, "hello\n", "")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("printed no job id");
    }

    @ParameterizedTest
    @DisplayName("a refusal quotes Grid Engine's words and names what to change (R26, W-D4)")
    @CsvSource({
        "qsub-refused-queue, 'queue', unknown queue",
        "qsub-refused-nowhere, 'memory', no suitable queues",
        "qsub-refused-resource, option 'l', unknown resource",
        "qsub-refused-environment, 'parallel-environment', does not exist",
        "qsub-refused-project, 'account', does not exist",
        "qsub-refused-time, option 'l', not a time value",
        "qsub-refused-tasks, larger chunks, 75000 tasks",
        "qsub-refused-option, 'options', nosuchopt",
        "qsub-refused-value, 'options', Error reading answer list",
        "qsub-refused-script, directory was changed, No such file"
    })
    void refused(String golden, String hint, String words) {
        assertThatThrownBy(() -> SGE.parseSubmit(Golden.result(golden)))
                .isInstanceOfSatisfying(
                        SchedulerException.class,
                        e -> assertThat(String.join(" ", e.hints())).contains(hint))
                .hasMessageContaining(words)
                .hasMessageContaining("exit code");
        assertThat(SGE.isTransient(Golden.result(golden))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"qsub-down", "qstat-down", "qdel-down"})
    @DisplayName("a qmaster that does not answer is transient, and says nothing of jobs (R1, R5)")
    void down(String golden) {
        CommandResult result = Golden.result(golden);
        assertThat(SGE.isTransient(result)).isTrue();
        assertThat(SGE.cancelled(result)).isFalse();
        assertThatThrownBy(() -> SGE.parseStatus(result)).isInstanceOf(SchedulerException.class);
        assertThatThrownBy(() -> SGE.parseFind(result)).isInstanceOf(SchedulerException.class);
    }

    // ---------------------------------------------------------------- states

    @Test
    @DisplayName("reads all states of one list, ranges of waiting elements too, and errors with their reasons (R16)")
    void states() {
        Map<NativeId, JobStatus> states = SGE.parseStatus(Golden.result("qstat-states"));
        assertThat(states).hasSize(25);
        assertThat(of(states, "22.3"))
                .isEqualTo(new JobStatus(
                        JobState.RUNNING,
                        OptionalInt.empty(),
                        "r",
                        Optional.of("vm"),
                        Optional.of(Instant.parse("2026-11-22T08:43:13Z")),
                        Optional.empty()));
        assertThat(of(states, "22.4")).isEqualTo(JobStatus.of(JobState.PENDING, "qw"));
        assertThat(of(states, "22.20").state()).isEqualTo(JobState.PENDING);
        assertThat(of(states, "24")).isEqualTo(JobStatus.of(JobState.PENDING, "hqw (held)"));
        assertThat(of(states, "25").state()).isEqualTo(JobState.RUNNING);
        assertThat(of(states, "25").detail()).isEqualTo("dr (being deleted)");
        JobStatus error = of(states, "23.2");
        assertThat(error.state()).isEqualTo(JobState.PENDING);
        assertThat(error.detail()).isEqualTo("Eqw (can't chdir to /nosuchdir: No such file or directory)");
        assertThat(SGE.hopeless(error)).isPresent();
        assertThat(SGE.hopeless(of(states, "22.4"))).isEmpty();
        assertThat(SGE.hopeless(of(states, "24"))).isEmpty();
    }

    @Test
    @DisplayName("an empty list is an answer; what is not whole is none (R1)")
    void nothing() {
        assertThat(SGE.parseStatus(Golden.result("qstat-none"))).isEmpty();
        String out = Golden.result("qstat-states").out();
        for (String part : List.of("", out.substring(0, out.length() / 2), "hello\nclustrix:end\n")) {
            assertThatThrownBy(() -> SGE.parseStatus(CommandResult.of(Command.of("qstat"), 0, part, "")))
                    .isInstanceOf(SchedulerException.class);
        }
    }

    @Test
    @DisplayName("no entity of an answer is ever fetched")
    void entities() {
        String evil = "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
                + "<job_info><queue_info><job_list><JB_job_number>1</JB_job_number><state>&e;</state></job_list>"
                + "</queue_info></job_info>\nclustrix:end\n";
        assertThatThrownBy(() -> SGE.parseStatus(CommandResult.of(Command.of("qstat"), 0, evil, "")))
                .isInstanceOf(SchedulerException.class);
    }

    @ParameterizedTest
    @DisplayName("letters of states")
    @CsvSource({
        "qw,PENDING",
        "hqw,PENDING",
        "Eqw,PENDING",
        "Rq,PENDING",
        "hRwq,PENDING",
        "r,RUNNING",
        "t,RUNNING",
        "Rr,RUNNING",
        "dr,RUNNING",
        "dt,RUNNING",
        "s,RUNNING",
        "S,RUNNING",
        "T,RUNNING",
        "N,RUNNING",
        "x,UNKNOWN"
    })
    void letters(String letters, JobState state) {
        String xml = "<?xml version='1.0'?><job_info><queue_info><job_list><JB_job_number>1</JB_job_number><state>"
                + letters + "</state></job_list></queue_info></job_info>\nclustrix:end\n";
        assertThat(of(SGE.parseStatus(CommandResult.of(Command.of("qstat"), 0, xml, "")), "1")
                        .state())
                .isEqualTo(state);
    }

    @Test
    @DisplayName(
            "the accounting: 'failed' goes before the exit code, and a limit is told by what was asked and used (R2)")
    void accounting() {
        Map<NativeId, JobStatus> states = SGE.parseHistory(Golden.result("qacct-states"));
        assertThat(of(states, "17").state()).isEqualTo(JobState.FAILED);
        assertThat(of(states, "17").exit()).hasValue(7);
        assertThat(of(states, "17").ended()).contains(Instant.parse("2026-11-22T08:28:34Z"));
        assertThat(of(states, "17").host()).contains("vm");
        assertThat(of(states, "16").state()).isEqualTo(JobState.FAILED);
        assertThat(of(states, "16").exit()).hasValue(137);
        assertThat(of(states, "16").detail()).isEqualTo("failed 100 : assumedly after job, exit_status 137 (Killed)");
        assertThat(of(states, "14").state()).isEqualTo(JobState.TIMED_OUT);
        assertThat(of(states, "21").state()).as("failed 28 / 0").isEqualTo(JobState.FAILED);
        assertThat(of(states, "21").exit()).isEmpty();
        assertThat(of(states, "13.4").state()).isEqualTo(JobState.FAILED);
        assertThat(SGE.parseHistory(Golden.result("qacct-one"))).containsOnlyKeys(NativeId.of("17"));
    }

    private static JobState accounted(String failed, String exit, String used, String category) {
        String block = "==============================================================\nhostname vm\njobnumber 5\n"
                + "taskid undefined\nstart_time Sat Nov 21 22:15:24 2026\nend_time Sat Nov 21 22:15:30 2026\nfailed "
                + failed + "\nexit_status " + exit + "\nru_wallclock 6s\nmaxvmem " + used + "\ncategory " + category
                + "\nclustrix:end\n";
        return of(SGE.parseHistory(CommandResult.of(Command.of("qacct"), 0, block, "")), "5")
                .state();
    }

    @Test
    @DisplayName("the rows of the table of outcomes")
    void outcomes() {
        assertThat(accounted("0", "0", "1M", "NONE")).isEqualTo(JobState.SUCCEEDED);
        assertThat(accounted("0", "127", "1M", "NONE")).isEqualTo(JobState.FAILED);
        assertThat(accounted("25 : rescheduling", "99", "1M", "NONE")).isEqualTo(JobState.UNKNOWN);
        assertThat(accounted("26 : opening input/output file", "0", "1M", "NONE"))
                .isEqualTo(JobState.FAILED);
        assertThat(accounted("30 : application error returned", "100", "1M", "NONE"))
                .isEqualTo(JobState.FAILED);
        String limit = "37 : qmaster enforced h_rt, h_cpu, or h_vmem limit";
        assertThat(accounted(limit, "137  (Killed)", "1.0MB", "-l h_rt=6")).isEqualTo(JobState.TIMED_OUT);
        assertThat(accounted(limit, "137  (Killed)", "299.0MB", "-l h_rt=60,h_vmem=300M"))
                .isEqualTo(JobState.OUT_OF_MEMORY);
        assertThat(accounted(limit, "137  (Killed)", "1.0MB", "NONE")).isEqualTo(JobState.FAILED);
    }

    @Test
    @DisplayName("of several runs the last one counts")
    void runs() {
        String one = """
                ==========
                jobnumber 5
                taskid 2
                start_time Sat Nov 21 22:15:24 2026
                end_time Sat Nov 21 22:15:30 2026
                failed 25 : rescheduling
                exit_status 99
                """;
        String two = one.replace("25 : rescheduling", "0").replace("99", "4");
        CommandResult result = CommandResult.of(Command.of("qacct"), 0, one + one + two + "clustrix:end\n", "");
        assertThat(of(SGE.parseHistory(result), "5.2").exit()).hasValue(4);
    }

    @Test
    @DisplayName("what is not in the accounting yet is absent; an accounting that can't be read is a failed question")
    void lag() {
        assertThat(SGE.parseHistory(Golden.result("qacct-unknown"))).isEmpty();
        assertThatThrownBy(() -> SGE.parseHistory(CommandResult.of(
                        Command.of("qacct"), 0, "clustrix:end\n", "/x/accounting: No such file or directory\n")))
                .isInstanceOf(SchedulerException.class);
    }

    // ---------------------------------------------------------------- the rest

    @Test
    @DisplayName("finds jobs by their name, arrays once (R20)")
    void find() {
        assertThat(SGE.parseFind(Golden.result("find-array"))).containsExactly(NativeId.of("2"), NativeId.of("6"));
        assertThat(SGE.parseFind(Golden.result("find-none"))).isEmpty();
        assertThatThrownBy(() -> SGE.parseFind(CommandResult.of(Command.of("qstat"), 0, "", "")))
                .isInstanceOf(SchedulerException.class);
    }

    @Test
    @DisplayName("unknown and ended ids of qdel do no harm, though its exit code is 1")
    void cancelled() {
        assertThat(SGE.cancelled(Golden.result("qdel-unknown"))).isTrue();
        assertThat(SGE.cancelled(Golden.result("qdel-bad"))).isFalse();
        for (String line : List.of(
                "hpc has deleted job 24",
                "hpc has registered the job 34 for deletion",
                "hpc has registered the job-array task 13.2 for deletion",
                "hpc has deleted job-array task 18.2",
                "job 13 is already in deletion",
                "job \"13\" task \"2\" does not exist",
                "denied: job \"99999\" does not exist")) {
            assertThat(SGE.cancelled(CommandResult.of(Command.of("qdel"), 1, line + "\n", "")))
                    .as(line)
                    .isTrue();
        }
        assertThat(SGE.cancelled(CommandResult.of(Command.of("qdel"), 1, "", "")))
                .isFalse();
    }

    @Test
    @DisplayName("knows its version and its largest array")
    void info() {
        assertThat(SGE.parseInfo(Golden.result("info")))
                .satisfies(i -> assertThat(i.version()).isEqualTo("Grid Engine (SGE 8.1.9)"))
                .satisfies(i -> assertThat(i.largestArray()).hasValue(75_000))
                .satisfies(i -> assertThat(i.history()).isTrue());
    }

    @Test
    @DisplayName("lists the queues")
    void queues() {
        Command question = SGE.queues().orElseThrow();

        assertThat(question.words()).endsWith("qconf", "-sql");
        assertThat(SGE.parseQueues(CommandResult.of(question, 0, "all.q\nlong.q\n", "")))
                .containsExactly("all.q", "long.q");
        for (CommandResult bad : List.of(
                CommandResult.of(question, 1, "all.q\n", "error: commlib error"),
                CommandResult.of(question, 0, "no cluster queue defined\n", ""))) {
            assertThatThrownBy(() -> SGE.parseQueues(bad))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("qconf does not tell");
        }
    }
}
