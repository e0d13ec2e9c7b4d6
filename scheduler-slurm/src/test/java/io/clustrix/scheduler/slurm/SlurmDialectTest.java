package io.clustrix.scheduler.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Slurm's language")
class SlurmDialectTest {
    private static final SlurmDialect SLURM = new SlurmDialect(settings(Optional.empty(), Optional.empty()));

    private static SlurmSettings settings(Optional<RemotePath> bin, Optional<String> cluster) {
        return new SlurmSettings(
                bin, cluster, Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofSeconds(2));
    }

    private static JobPlan plan(Resources resources) {
        return new JobPlan("key-1", resources, "logs/a", 1, OptionalInt.empty(), false);
    }

    private static NativeId on(String cluster, String id) {
        return new NativeId(id, Optional.of(cluster));
    }

    @Test
    @DisplayName("is found by the ServiceLoader under its name")
    void provider() {
        Iterator<?> found = ServiceLoader.load(DialectProvider.class).iterator();
        assertThat(found.next()).isInstanceOf(SlurmDialectProvider.class);
        assertThat(found.hasNext()).isFalse();
        assertThat(new SlurmDialectProvider().name()).isEqualTo("slurm");
    }

    @Test
    @DisplayName("reads the id from the last line back, with its cluster (R23, R24)")
    void submitted() {
        assertThat(SLURM.parseSubmit(Golden.result("sbatch-plain")).value()).matches("[0-9]+");
        assertThat(SLURM.parseSubmit(Golden.result("sbatch-parsable")).cluster())
                .isEmpty();
        assertThat(SLURM.parseSubmit(Golden.result("handmade-sbatch-wrapper"))).isEqualTo(on("main", "72"));
        assertThat(SLURM.parseSubmit(Golden.result("handmade-sbatch-cluster"))).isEqualTo(on("x", "42"));
        assertThatThrownBy(() -> SLURM.parseSubmit(CommandResult.of(Command.of("sbatch"), 0, "hello\n", "")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("printed no job id");
    }

    @ParameterizedTest
    @DisplayName("a refusal quotes Slurm's words and names what to change (R26, W-D4)")
    @CsvSource({
        "sbatch-refused-partition, 'partition', Invalid partition name specified",
        "sbatch-refused-memory, 'memory', Memory specification can not be satisfied",
        "sbatch-refused-cores, 'cores', CPU count per node",
        "sbatch-refused-time, 'time', Invalid --time",
        "sbatch-refused-array, MaxArraySize, Invalid job array",
        "sbatch-refused-constraint, 'constraint', Invalid feature",
        "sbatch-refused-gres, 'gpus', generic resource",
        "sbatch-refused-nodelist, 'nodelist', Invalid node name",
        "sbatch-refused-reservation, 'reservation', Requested reservation",
        "sbatch-refused-option, 'options', nosuchoption",
        "handmade-sbatch-submit-limit, fewer and larger chunks, QOSMaxSubmitJobPerUserLimit"
    })
    void refused(String golden, String hint, String words) {
        assertThatThrownBy(() -> SLURM.parseSubmit(Golden.result(golden)))
                .isInstanceOfSatisfying(
                        SchedulerException.class,
                        e -> assertThat(String.join(" ", e.hints())).contains(hint))
                .hasMessageContaining(words)
                .hasMessageContaining("exit code");
        assertThat(SLURM.isTransient(Golden.result(golden))).isEqualTo(golden.contains("submit-limit"));
    }

    @ParameterizedTest
    @DisplayName(
            "a controller, a database or a munge that does not answer is transient, and says nothing of jobs (R1, R5)")
    @ValueSource(
            strings = {
                "sbatch-timeout",
                "sbatch-controller-down",
                "sbatch-munge-down",
                "squeue-controller-down",
                "squeue-timeout",
                "squeue-munge-down",
                "sacct-dbd-down"
            })
    void down(String golden) {
        CommandResult result = Golden.result(golden);
        assertThat(SLURM.isTransient(result)).isTrue();
        if (golden.startsWith("squeue")) {
            assertThatThrownBy(() -> SLURM.parseStatus(result)).isInstanceOf(SchedulerException.class);
            assertThatThrownBy(() -> SLURM.parseFind(result)).isInstanceOf(SchedulerException.class);
        } else if (golden.startsWith("sacct")) {
            assertThatThrownBy(() -> SLURM.parseHistory(result)).isInstanceOf(SchedulerException.class);
        }
    }

    @Test
    @DisplayName("unknown ids are an answer, one or many (R5); silence and a banner are not (R1)")
    void unknownIds() {
        assertThat(SLURM.parseStatus(Golden.result("squeue-unknown-one"))).isEmpty();
        assertThat(SLURM.parseStatus(Golden.result("squeue-unknown-many"))).isEmpty();
        for (String out : List.of("", "Welcome | to | this | fine | old | login | node\n")) {
            assertThatThrownBy(() -> SLURM.parseStatus(CommandResult.of(Command.of("squeue"), 0, out, "")))
                    .isInstanceOf(SchedulerException.class);
            assertThatThrownBy(() -> SLURM.parseHistory(CommandResult.of(Command.of("sacct"), 0, out, "")))
                    .isInstanceOf(SchedulerException.class);
        }
    }

    @Test
    @DisplayName("reads all states of a real queue, with reason, node and times in epoch seconds (R2, R50)")
    void states() {
        Map<NativeId, JobStatus> found = SLURM.parseStatus(Golden.result("squeue-states"));
        assertThat(found).hasSize(22);
        assertState(found, "42_0", JobState.SUCCEEDED, "COMPLETED");
        assertState(found, "42_1", JobState.FAILED, "FAILED (NonZeroExitCode)");
        assertState(found, "42_8", JobState.RUNNING, "RUNNING");
        assertState(found, "44", JobState.FAILED, "ended by a signal");
        assertState(found, "52", JobState.OUT_OF_MEMORY, "OUT_OF_MEMORY (OutOfMemory)");
        assertState(found, "53", JobState.CANCELLED, "CANCELLED");
        assertState(found, "45", JobState.PENDING, "PENDING (JobHeldUser): held");
        JobStatus failed = found.get(NativeId.of("42_1"));
        assertThat(failed.host()).contains("n1");
        assertThat(failed.started()).contains(Instant.ofEpochSecond(1795319789));
        assertThat(failed.ended()).contains(Instant.ofEpochSecond(1795319792));
        assertThat(found.get(NativeId.of("42_8")).ended()).isEmpty();
        assertThat(found.get(NativeId.of("48")).started()).isEmpty();
        assertThat(SLURM.parseStatus(Golden.result("squeue-array-pending"))).hasSize(10);
    }

    private static void assertState(Map<NativeId, JobStatus> found, String id, JobState state, String detail) {
        assertThat(found.get(NativeId.of(id))).satisfies(s -> {
            assertThat(s.state()).isEqualTo(state);
            assertThat(s.detail()).contains(detail);
        });
    }

    @Test
    @DisplayName("the same number on two clusters is two jobs; unknown words are alive and quoted (R4, R23, R38)")
    void clusters() {
        Map<NativeId, JobStatus> found = SLURM.parseStatus(Golden.result("handmade-squeue-clusters"));
        assertThat(found.get(on("a", "7")).state()).isEqualTo(JobState.RUNNING);
        assertThat(found.get(on("b", "7")).state()).isEqualTo(JobState.UNKNOWN);
        assertThat(found.get(on("b", "7")).detail()).contains("TELEPORTED").contains("clustrix|7|");
        assertThat(found.get(on("b", "8")).state()).isEqualTo(JobState.PENDING);
        assertThat(found.get(on("b", "8")).detail()).contains("scontrol release");
        assertThat(found.get(on("b", "9")).state()).isEqualTo(JobState.UNKNOWN);
        assertThat(found).hasSize(4);
    }

    @Test
    @DisplayName("waiting that can't end is told from waiting that can")
    void hopeless() {
        Map<NativeId, JobStatus> found = SLURM.parseStatus(Golden.result("squeue-states"));
        assertThat(SLURM.hopeless(found.get(NativeId.of("49"))).orElseThrow())
                .contains("PartitionNodeLimit", "'nodes'");
        assertThat(SLURM.hopeless(found.get(NativeId.of("50"))).orElseThrow()).contains("PartitionTimeLimit", "'time'");
        assertThat(SLURM.hopeless(found.get(NativeId.of("51"))).orElseThrow()).contains("PartitionConfig");
        assertThat(SLURM.hopeless(found.get(NativeId.of("54"))).orElseThrow()).contains("'dependency'");
        assertThat(SLURM.hopeless(found.get(NativeId.of("45")))).isEmpty();
        assertThat(SLURM.hopeless(found.get(NativeId.of("48")))).isEmpty();
        for (String waits : List.of(
                "Resources",
                "Priority",
                "ReqNodeNotAvail",
                "QOSMaxCpuPerUserLimit",
                "AssocGrpCpuLimit",
                "BeginTime",
                "JobArrayTaskLimit")) {
            assertThat(SLURM.hopeless(JobStatus.of(JobState.PENDING, "PENDING (" + waits + ")")))
                    .isEmpty();
        }
        for (String never : List.of(
                "QOSMaxCpuPerJobLimit",
                "AssocMaxWallDurationPerJobLimit",
                "QOSMinGRES",
                "InvalidQOS",
                "BadConstraints")) {
            assertThat(SLURM.hopeless(JobStatus.of(JobState.PENDING, "PENDING (" + never + ")")))
                    .as(never)
                    .isPresent();
            assertThat(SLURM.hopeless(JobStatus.of(JobState.RUNNING, "RUNNING (" + never + ")")))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("the accounting's verdict is its state, never the exit code (0:0 stands beside all of them)")
    void history() {
        Map<NativeId, JobStatus> found = SLURM.parseHistory(Golden.result("sacct-states"));
        assertState(found, "61_0", JobState.SUCCEEDED, "COMPLETED (exit code 0:0)");
        assertState(found, "65", JobState.NODE_FAILED, "NODE_FAIL (exit code 0:0)");
        assertState(found, "66", JobState.CANCELLED, "CANCELLED by 1001");
        assertState(found, "623", JobState.TIMED_OUT, "TIMEOUT");
        assertState(found, "64", JobState.OUT_OF_MEMORY, "0:125");
        assertState(found, "68", JobState.RUNNING, "RUNNING");
        assertThat(found.get(NativeId.of("70")).exit()).hasValue(3);
        assertThat(found.get(NativeId.of("69")).exit()).hasValue(128 + 9);
        assertThat(found.get(NativeId.of("68")).exit()).isEmpty();
        assertThat(found.get(NativeId.of("67")).host()).isEmpty();
        assertThat(found).hasSize(10);
        assertThatThrownBy(() -> SLURM.parseHistory(Golden.result("sacct-disabled")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("accounting storage is disabled");
        assertThat(SLURM.isTransient(Golden.result("sacct-disabled"))).isFalse();
    }

    @ParameterizedTest
    @DisplayName("maps every state of Slurm's, long and compact (R4)")
    @CsvSource({
        "BOOT_FAIL,NODE_FAILED",
        "BF,NODE_FAILED",
        "CANCELLED,CANCELLED",
        "CA,CANCELLED",
        "CANCELLED by 0,CANCELLED",
        "CANCELLED+,CANCELLED",
        "COMPLETED,SUCCEEDED",
        "CD,SUCCEEDED",
        "CONFIGURING,PENDING",
        "CF,PENDING",
        "COMPLETING,RUNNING",
        "CG,RUNNING",
        "DEADLINE,TIMED_OUT",
        "DL,TIMED_OUT",
        "FAILED,FAILED",
        "F,FAILED",
        "NODE_FAIL,NODE_FAILED",
        "NF,NODE_FAILED",
        "OUT_OF_MEMORY,OUT_OF_MEMORY",
        "OOM,OUT_OF_MEMORY",
        "PENDING,PENDING",
        "PD,PENDING",
        "PREEMPTED,PREEMPTED",
        "PR,PREEMPTED",
        "RUNNING,RUNNING",
        "R,RUNNING",
        "RESV_DEL_HOLD,PENDING",
        "RD,PENDING",
        "REQUEUE_FED,PENDING",
        "RF,PENDING",
        "REQUEUE_HOLD,PENDING",
        "RH,PENDING",
        "REQUEUED,PENDING",
        "RQ,PENDING",
        "RESIZING,RUNNING",
        "RS,RUNNING",
        "REVOKED,UNKNOWN",
        "RV,UNKNOWN",
        "SIGNALING,RUNNING",
        "SI,RUNNING",
        "SPECIAL_EXIT,PENDING",
        "SE,PENDING",
        "STAGE_OUT,RUNNING",
        "SO,RUNNING",
        "STOPPED,RUNNING",
        "ST,RUNNING",
        "SUSPENDED,RUNNING",
        "S,RUNNING",
        "TIMEOUT,TIMED_OUT",
        "TO,TIMED_OUT",
        "LAUNCH_FAILED,FAILED",
        "RECONFIG_FAIL,NODE_FAILED",
        "NO_SUCH_STATE,UNKNOWN"
    })
    void allStates(String text, JobState state) {
        assertThat(SlurmStates.of(SlurmStates.word(text).orElseThrow())).isEqualTo(state);
    }

    @Test
    @DisplayName("asks for elements one by one, by id, past all filters of the user's own, in epoch seconds (R3, R50)")
    void questions() {
        List<String> words =
                SLURM.status(List.of(NativeId.of("4"), NativeId.of("5"))).words();
        assertThat(words).contains("SLURM_TIME_FORMAT=%s", "squeue", "--array", "--states=all", "--jobs=4,5");
        assertThat(words).containsSequence("-u", "SQUEUE_PARTITION");
        assertThat(words).noneMatch(w -> w.startsWith("--clusters"));
        assertThat(SLURM.element(on("c", "4"), 7)).isEqualTo(on("c", "4_7"));
        List<String> sacct =
                SLURM.history(List.of(NativeId.of("4"))).orElseThrow().words();
        assertThat(sacct).contains("--starttime=now-30days", "--jobs=4", "--allocations");
        Command two = SLURM.cancel(List.of(on("a", "1"), on("b", "1_2")));
        assertThat(two.words()).startsWith("sh", "-c").hasSize(3);
        assertThat(two.words().get(2)).contains("'--clusters=a' '1'", "'--clusters=b' '1_2'");
    }

    @Test
    @DisplayName("programs are called from the bin directory, clusters by name only where one is set (R56)")
    void program() {
        SlurmDialect there =
                new SlurmDialect(settings(Optional.of(new RemotePath("/opt/my slurm/bin")), Optional.of("main")));
        assertThat(there.submit("job.sh", plan(Resources.none())).words())
                .endsWith("/opt/my slurm/bin/sbatch", "--parsable", "--clusters=main", "job.sh");
        assertThat(there.find("k").words()).contains("/opt/my slurm/bin/squeue", "--clusters=main", "--name=k");
        assertThat(SLURM.submit("job.sh", plan(Resources.none())).words()).endsWith("sbatch", "--parsable", "job.sh");
    }

    @Test
    @DisplayName("variables of the user's own do not go before what the job asks for (R47)")
    void environment() {
        Resources r = Resources.builder().partition("p").time("1h").memory("1G").build();
        assertThat(SLURM.submit("j", plan(r)).words())
                .contains("SBATCH_PARTITION", "SBATCH_TIMELIMIT", "SBATCH_MEM_PER_CPU", "SBATCH_EXPORT", "SBATCH_WAIT")
                .doesNotContain("SBATCH_ACCOUNT", "SBATCH_QOS");
    }

    @Test
    @DisplayName("messages show the command without the variables that are unset for it")
    void shortMessages() {
        Command submit = SLURM.submit("j", plan(Resources.none()));
        CommandResult refused = CommandResult.of(submit, 1, "", "sbatch: error: no\n");
        assertThatThrownBy(() -> SLURM.parseSubmit(refused)).hasMessageContaining("'sbatch --parsable j' ended with");
    }

    @Test
    @DisplayName("finds jobs by name, an array once (R20)")
    void find() {
        assertThat(SLURM.parseFind(Golden.result("squeue-find-array"))).containsExactly(NativeId.of("64"));
        assertThat(SLURM.parseFind(Golden.result("squeue-find-none"))).isEmpty();
    }

    @Test
    @DisplayName("cancelling unknown ids is fine, and being refused is not")
    void cancelled() {
        assertThat(SLURM.cancelled(Golden.result("scancel-unknown"))).isTrue();
        assertThat(SLURM.cancelled(Golden.result("scancel-bad"))).isFalse();
        assertThat(SLURM.cancelled(CommandResult.of(
                        Command.of("scancel"),
                        1,
                        "",
                        "scancel: error: Kill job error on job id 5: Invalid job id specified\n")))
                .isTrue();
        assertThat(SLURM.cancelled(CommandResult.of(
                        Command.of("scancel"),
                        1,
                        "",
                        "scancel: error: Kill job error on job id 5: Access/permission denied\n")))
                .isFalse();
    }

    @Test
    @DisplayName("tells version, largest array and whether there is an accounting (R12, R22)")
    void info() {
        assertThat(SLURM.parseInfo(Golden.result("scontrol-config"))).satisfies(i -> {
            assertThat(i.version()).isEqualTo("Slurm 22.05.8");
            assertThat(i.largestArray()).hasValue(1001);
            assertThat(i.history()).isFalse();
        });
        String with = """
                SLURM_VERSION = 24.05.1
                MaxArraySize = 10001
                SchedulerParameters = a=1,max_array_tasks=10000
                AccountingStorageType = accounting_storage/slurmdbd
                """;
        assertThat(SLURM.parseInfo(CommandResult.of(Command.of("scontrol"), 0, with, "")))
                .satisfies(i -> {
                    assertThat(i.largestArray()).hasValue(10_000);
                    assertThat(i.history()).isTrue();
                });
        assertThatThrownBy(() -> SLURM.parseInfo(Golden.result("squeue-controller-down")))
                .isInstanceOf(SchedulerException.class);
    }

    @Test
    @DisplayName("lists the partitions, the default one first, hidden ones too, whatever the user has set for sinfo")
    void queues() {
        SlurmDialect federated =
                new SlurmDialect(settings(Optional.of(new RemotePath("/opt/slurm/bin")), Optional.of("main")));
        Command question = federated.queues().orElseThrow();

        assertThat(question.words())
                .containsSubsequence("env", "-u", "SINFO_FORMAT", "/opt/slurm/bin/sinfo", "--clusters=main", "--all");
        assertThat(SLURM.parseQueues(CommandResult.of(question, 0, "CLUSTER: main\nlong\ndebug*\nlong\n", "")))
                .containsExactly("debug", "long");
        for (CommandResult bad : List.of(
                CommandResult.of(question, 1, "debug\n", "slurm_load_partitions: down"),
                CommandResult.of(question, 0, "\n", ""))) {
            assertThatThrownBy(() -> SLURM.parseQueues(bad))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("sinfo does not tell");
        }
    }

    @Test
    @DisplayName("asks when what waits is expected to start, each cluster for its own, whatever the user's filters are")
    void starts() {
        Command question =
                SLURM.starts(List.of(NativeId.of("42"), NativeId.of("43"))).orElseThrow();
        Command two = SLURM.starts(List.of(new NativeId("42", Optional.of("a")), new NativeId("42", Optional.of("b"))))
                .orElseThrow();

        assertThat(question.words())
                .containsSubsequence("env", "-u", "SQUEUE_FORMAT", "SLURM_TIME_FORMAT=%s", "squeue")
                .contains("--states=PENDING", "--format=clustrix|%F|%S", "--jobs=42,43")
                .doesNotContain("--array");
        assertThat(two.toString()).contains("--clusters=a").contains("--clusters=b");
    }

    @Test
    @DisplayName("of an array the first element's start counts; N/A, 0 and times of another form are no estimate")
    void parseStarts() {
        assertThat(SLURM.parseStarts(Golden.result("handmade-squeue-starts")))
                .isEqualTo(Map.of(
                        new NativeId("42", Optional.of("a")), Instant.ofEpochSecond(1795323600),
                        new NativeId("42", Optional.of("b")), Instant.ofEpochSecond(1795330800)));
        assertThat(SLURM.parseStarts(Golden.result("squeue-unknown-one"))).isEmpty();
        assertThatThrownBy(() -> SLURM.parseStarts(Golden.result("squeue-controller-down")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("squeue failed");
    }
}
