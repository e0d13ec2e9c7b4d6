package io.clustrix.scheduler.pbs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.clustrix.scheduler.pbs.PbsSettings.Flavor;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import java.time.Duration;
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

@DisplayName("The language of PBS")
class PbsDialectTest {
    private static final SchedulerDialect UNASKED =
            new PbsDialectProvider().create(settings(Optional.empty(), Optional.empty()));
    private static final SchedulerDialect OPEN =
            UNASKED.informed(new SchedulerInfo("OpenPBS 23.06.06", OptionalInt.of(10_000), true));
    private static final SchedulerDialect OLD =
            UNASKED.informed(new SchedulerInfo("PBS Professional 13.1.0", OptionalInt.empty(), false));
    private static final SchedulerDialect TORQUE =
            UNASKED.informed(new SchedulerInfo("Torque 6.1.2", OptionalInt.empty(), false));

    private static PbsSettings settings(Optional<RemotePath> bin, Optional<String> chunk) {
        return new PbsSettings(bin, Flavor.AUTO, Optional.empty(), chunk, Duration.ofSeconds(5));
    }

    private static CommandResult result(int exit, String out, String err) {
        return CommandResult.of(Command.of("qstat"), exit, out, err);
    }

    private static JobPlan plan(Resources r, int elements, OptionalInt limit) {
        return new JobPlan("clustrix-0123456789-1", r, "logs/a", elements, limit, false);
    }

    private static List<String> lines(SchedulerDialect d, Resources r) {
        return d.directives(plan(r, 1, OptionalInt.empty()));
    }

    @Test
    @DisplayName("is found by the ServiceLoader under its name")
    void provider() {
        Iterator<?> found = ServiceLoader.load(DialectProvider.class).iterator();
        assertThat(found.next()).isInstanceOf(PbsDialectProvider.class);
        assertThat(found.hasNext()).isFalse();
        assertThat(new PbsDialectProvider().name()).isEqualTo("pbs");
    }

    @Test
    @DisplayName("OpenPBS, PBS Professional and Torque are told apart by one question, with the history (R7)")
    void told() {
        assertThat(UNASKED.info().orElseThrow().words()).contains("qstat");
        assertThat(UNASKED.parseInfo(result(
                        0,
                        "pbs_version = 23.06.06\nServer: s\n    max_array_size = 10000\n    job_history_enable = True\n    pbs_version = 23.06.06\n",
                        "")))
                .isEqualTo(new SchedulerInfo("OpenPBS 23.06.06", OptionalInt.of(10_000), true));
        assertThat(UNASKED.parseInfo(result(0, "pbs_version = PBSPro_13.1.0.160576\n", "")))
                .isEqualTo(new SchedulerInfo("PBS Professional 13.1.0.160576", OptionalInt.empty(), false));
        assertThat(UNASKED.parseInfo(result(0, "Version: 6.1.2\nCommit: x\nServer: s\n    pbs_version = 6.1.2\n", ""))
                        .version())
                .isEqualTo("Torque 6.1.2");
        assertThatThrownBy(() -> UNASKED.parseInfo(result(255, "", "qstat: cannot connect to server s (errno=15010)")))
                .isInstanceOf(SchedulerException.class);
    }

    @Test
    @DisplayName("one question for all jobs, with ended ones where there is a history")
    void oneQuestion() {
        List<NativeId> ids = List.of(NativeId.of("1.server.domain"), NativeId.of("2[]"));
        assertThat(OPEN.status(ids).words()).endsWith("qstat", "-x", "-f", "-t", "1", "2[]");
        assertThat(TORQUE.status(ids).words()).endsWith("qstat", "-f", "-t", "1", "2[]");
        assertThat(OPEN.cancel(ids).words()).containsExactly("qdel", "1", "2[]");
        assertThat(OPEN.element(NativeId.of("2[].server"), 7)).isEqualTo(NativeId.of("2[7]"));
        assertThat(OPEN.find("n").words()).endsWith("qselect", "-x", "-N", "n");
        SchedulerDialect bin = new PbsDialectProvider()
                .create(settings(Optional.of(new RemotePath("/opt/pbs/bin")), Optional.empty()));
        assertThat(bin.submit("s.sh", plan(Resources.none(), 1, OptionalInt.empty()))
                        .words())
                .endsWith("/opt/pbs/bin/qsub", "s.sh");
    }

    @Test
    @DisplayName("the shell around qstat keeps what is read, folded lines too, and tells qstat's own exit code")
    void filtered() throws Exception {
        String shown = """
                Job Id: 1.s
                    Job_Name = x
                    job_state = F
                    substate = 92
                    Variable_List = A=1,
                \tB=2
                    comment = Job run at noon and f
                \tinished
                    Exit_status = 0
                    exec_host = n1/0*2
                """;
        List<String> words = OPEN.status(List.of(NativeId.of("1"))).words();
        List<String> fake = List.of("sh", "-c", words.get(2), "sh", "sh", "-c", "printf %s '" + shown + "'; exit 153");
        Process p = new ProcessBuilder(fake).redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(p.waitFor()).isZero();
        assertThat(out).doesNotContain("Variable_List", "B=2", "Job_Name").contains("clustrix exit 153");
        CommandResult answered = CommandResult.of(Command.of(words), 0, out, "qstat: Unknown Job Id 9.s\n");
        JobStatus status = OPEN.parseStatus(answered).get(NativeId.of("1"));
        assertThat(status.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(status.detail()).contains("and finished");
        assertThat(status.host()).contains("n1");
        String cut = out.substring(0, out.indexOf("clustrix exit"));
        assertThatThrownBy(() -> OPEN.parseStatus(CommandResult.of(Command.of(words), 0, cut, "")))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining("no end");
    }

    @ParameterizedTest
    @DisplayName("every letter has its meaning; what is new is alive and quoted (R4, R38)")
    @CsvSource({
        "Q,PENDING",
        "H,PENDING",
        "W,PENDING",
        "T,PENDING",
        "R,RUNNING",
        "S,RUNNING",
        "U,RUNNING",
        "B,RUNNING",
        "E,RUNNING",
        "M,UNKNOWN",
        "Z,UNKNOWN",
        "F,FAILED",
        "X,FAILED",
        "C,FAILED"
    })
    void letters(String letter, JobState state) {
        JobStatus s = OPEN.parseStatus(result(0, "Job Id: 1.s\n    job_state = " + letter + "\n", ""))
                .get(NativeId.of("1"));
        assertThat(s.state()).isEqualTo(state);
        assertThat(s.detail()).contains(letter);
    }

    @ParameterizedTest
    @DisplayName("what the daemon of a node says by exit codes below zero, and signals")
    @CsvSource({
        "-29,TIMED_OUT,", "-28,TIMED_OUT,", "-27,OUT_OF_MEMORY,", "-26,OUT_OF_MEMORY,", "-4,NODE_FAILED,",
        "-3,FAILED,", "-99,FAILED,", "3,FAILED,3", "265,FAILED,137", "143,FAILED,143"
    })
    void exits(String code, JobState state, Integer exit) {
        JobStatus s = OPEN.parseStatus(result(
                        0, "Job Id: 1.s\n    job_state = F\n    substate = 93\n    Exit_status = " + code + "\n", ""))
                .get(NativeId.of("1"));
        assertThat(s.state()).isEqualTo(state);
        assertThat(s.exit()).isEqualTo(exit == null ? OptionalInt.empty() : OptionalInt.of(exit));
    }

    @ParameterizedTest
    @DisplayName("Torque's completed jobs, in both layouts (hand-made)")
    @CsvSource({
        "0,00:00:10,SUCCEEDED",
        "1,00:00:10,FAILED",
        "271,00:00:10,CANCELLED",
        "271,00:01:05,TIMED_OUT",
        "-11,00:01:05,TIMED_OUT",
        "-4,00:00:10,NODE_FAILED",
        "-3,00:00:10,FAILED"
    })
    void torque(String code, String used, JobState state) {
        for (String indent : List.of("    ", "\t")) {
            String out = "Job Id:" + (indent.equals("\t") ? "\t" : " ") + "7.s\n" + indent + "job_state = C\n" + indent
                    + "resources_used.walltime = " + used + "\n" + indent + "Resource_List.walltime = 00:01:00\n"
                    + indent + "exit_status = " + code + "\n\n";
            assertThat(TORQUE.parseStatus(result(0, out, ""))
                            .get(NativeId.of("7"))
                            .state())
                    .isEqualTo(state);
        }
    }

    @Test
    @DisplayName("silence, a banner and 'no reserved port' say nothing of jobs (R1); history that is off is told")
    void silence() {
        for (String err : List.of(
                "",
                "pbs_iff: cannot connect to host\n",
                "qstat: PBS is not configured to maintain job history 2.s\n",
                "Welcome\n")) {
            assertThatThrownBy(() -> OPEN.parseStatus(result(0, "", err))).isInstanceOf(SchedulerException.class);
        }
        assertThat(OPEN.cancelled(result(0, "", "qdel: Server could not connect to MOM 1.s\n")))
                .isFalse();
        assertThat(OPEN.isTransient(result(0, "", "qdel: Server could not connect to MOM 1.s\n")))
                .isFalse();
    }

    @Test
    @DisplayName("a job that can never run, and one that was set aside, are told with what to change")
    void hopeless() {
        JobStatus never = OPEN.parseStatus(result(
                        0,
                        "Job Id: 1.s\n    job_state = Q\n    substate = 10\n    comment = Can Never Run: Insufficient amount of resource: ncpus (R: 64 A: 1\n\t6 T: 16)\n",
                        ""))
                .get(NativeId.of("1"));
        assertThat(OPEN.hopeless(never).orElseThrow()).contains("'cores'", "A: 16 T: 16");
        assertThat(OPEN.hopeless(JobStatus.of(JobState.PENDING, "H/20 (job held, too many failed attempts to run)")))
                .isPresent();
        assertThat(OPEN.hopeless(JobStatus.of(JobState.PENDING, "Q/10 (Not Running: Queue not started.)")))
                .isEmpty();
    }

    @Test
    @DisplayName("resources become one select, in whole MiB and hours without days (R48, R49)")
    void resources() {
        Resources r = Resources.builder()
                .cores(8)
                .memory("8GB")
                .nodes(2)
                .gpus(2)
                .time(Duration.ofHours(49).plusSeconds(5))
                .queue("long")
                .account("two words")
                .option("software", "x")
                .option("p", "10")
                .build();
        assertThat(lines(OPEN, r))
                .containsSubsequence(
                        "#PBS -N clustrix-0123456789-1",
                        "#PBS -k oed",
                        "#PBS -o logs/a.out",
                        "#PBS -e logs/a.err",
                        "#PBS -r n",
                        "#PBS -m n",
                        "#PBS -l select=2:ncpus=4:mem=3815mb:ngpus=1",
                        "#PBS -l place=scatter",
                        "#PBS -l walltime=49:00:05",
                        "#PBS -q long",
                        "#PBS -A \"two words\"",
                        "#PBS -p 10",
                        "#PBS -l software=x");
        assertThat(lines(TORQUE, r)).contains("#PBS -l nodes=2:ppn=4:gpus=1", "#PBS -l mem=7630mb");
        assertThat(lines(OPEN, Resources.none())).noneMatch(l -> l.startsWith("#PBS -l"));
    }

    @Test
    @DisplayName("arrays are never '-r n', write a file for each element, and are limited where PBS can")
    void arrays() {
        JobPlan limited = plan(Resources.none(), 10, OptionalInt.of(4));
        assertThat(OPEN.directives(limited))
                .contains("#PBS -J 0-9%4", "#PBS -o logs/a.^array_index^.out", "#PBS -e logs/a.^array_index^.err")
                .noneMatch(l -> l.startsWith("#PBS -r"));
        assertThat(TORQUE.directives(limited))
                .contains(
                        "#PBS -t 0-9%4",
                        "exec >>\"$PBS_O_WORKDIR\"/logs/a.\"$PBS_ARRAYID\".out 2>>\"$PBS_O_WORKDIR\"/logs/a.\"$PBS_ARRAYID\".err");
        assertThatThrownBy(() -> OLD.directives(limited)).isInstanceOf(ConfigurationException.class);
        assertThat(TORQUE.variables().index()).isEqualTo("PBS_ARRAYID");
        assertThat(OPEN.variables().index()).isEqualTo("PBS_ARRAY_INDEX");
    }

    @Test
    @DisplayName("a name that is too long for an old PBS is replaced by one that can be looked up")
    void names() {
        String name = lines(TORQUE, Resources.none()).get(0).substring("#PBS -N ".length());
        assertThat(name).matches("c[a-z0-9]{14}");
        assertThat(TORQUE.find("clustrix-0123456789-1").words()).endsWith("-N", name);
        assertThat(lines(OLD, Resources.none()).get(0)).isEqualTo("#PBS -N " + name);
        assertThat(TORQUE.find("clustrix-0123456789-2").words()).doesNotContain(name);
    }

    @ParameterizedTest
    @DisplayName("options that are Clustrix's own, and values that qsub can't read, are refused")
    @CsvSource({
        "o, x, reaches its listener",
        "J, 0-3, becomes an array",
        "v, A=1, set variables",
        "S, /bin/sh, script",
        "W, block=true, call's future",
        "select, 1, resource 'cores'",
        "ncpus, 2, resource 'cores'",
        "walltime, 10, resource 'time'",
        "l, a=b, own name",
        "software, a\\b, backslash"
    })
    void reserved(String option, String value, String words) {
        Resources r =
                Resources.builder().cores(2).time("1h").option(option, value).build();
        assertThatThrownBy(() -> lines(OPEN, r))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(words);
    }

    @Test
    @DisplayName("each start of the same job counts one up, another job begins at 0")
    void restarts(@org.junit.jupiter.api.io.TempDir java.nio.file.Path dir) throws Exception {
        java.nio.file.Files.createDirectory(dir.resolve("claims"));
        String script = String.join("\n", lines(OPEN, Resources.none())) + "\necho \"$CLUSTRIX_RESTARTS\"\n";
        StringBuilder said = new StringBuilder();
        for (String job : List.of("1.s", "1.s", "2[3].s", "1.s")) {
            ProcessBuilder b = new ProcessBuilder("sh", "-c", script);
            b.environment().putAll(Map.of("PBS_O_WORKDIR", dir.toString(), "PBS_JOBID", job));
            Process p = b.redirectErrorStream(true).start();
            said.append(new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip());
            assertThat(p.waitFor()).isZero();
        }
        assertThat(said.toString()).isEqualTo("0102");
    }

    @Test
    @DisplayName("lists the queues by their whole names")
    void queues() {
        Command question = UNASKED.queues().orElseThrow();
        String out = """
                Queue: workq
                    queue_type = Execution
                    total_jobs = 0

                Queue: a-very-long-name-of-a-queue
                    queue_type = Route
                    route_destinations = workq
                """;

        assertThat(question.words()).containsExactly("qstat", "-Q", "-f");
        assertThat(UNASKED.parseQueues(CommandResult.of(question, 0, out, "")))
                .containsExactly("workq", "a-very-long-name-of-a-queue");
        for (CommandResult bad : List.of(
                CommandResult.of(question, 2, out, "qstat: cannot connect"), CommandResult.of(question, 0, "", ""))) {
            assertThatThrownBy(() -> UNASKED.parseQueues(bad))
                    .isInstanceOf(SchedulerException.class)
                    .hasMessageContaining("qstat does not tell");
        }
    }

    @Test
    @DisplayName("asks for the estimates of jobs and whole arrays, and for nothing else")
    void starts() {
        Command question =
                UNASKED.starts(List.of(NativeId.of("7"), NativeId.of("8[]"))).orElseThrow();

        assertThat(question.words()).endsWith("sh", "qstat", "-f", "7", "8[]");
        assertThat(question.words().get(2))
                .contains("job_state|estimated[.]start_time")
                .doesNotContain("comment");
    }
}
