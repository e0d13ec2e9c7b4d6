package io.clustrix.testkit.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Clock and faults of the fakes")
class FaultsTest {
    @TempDir
    Path directory;

    private Shell shell(FakeScheduler fake) {
        return new Shell(fake, directory, Map.of());
    }

    private static Reply run(Shell shell, String line) {
        try {
            return shell.run(line);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(line, e);
        }
    }

    private static void await(Shell shell, String line, String out) throws InterruptedException {
        Shell.await(line + " says " + out, () -> run(shell, line).out().strip().equals(out));
    }

    @Test
    @DisplayName("Slurm forgets an ended job after MinJobAge; the accounting does not")
    void ageing() throws Exception {
        try (FakeSlurm slurm = new FakeSlurm()) {
            slurm.accounting(true);
            Shell shell = shell(slurm);
            String id = run(shell, "sbatch --parsable --wrap 'exit 3'").out().strip();
            await(shell, "squeue -h -t all -o %T -j " + id, "FAILED");

            slurm.advance(Duration.ofMinutes(5));

            assertThat(run(shell, "squeue -h -t all -j " + id).err()).contains("Invalid job id specified");
            assertThat(run(shell, "sacct -X -P -n -o State,ExitCode -j " + id).out())
                    .isEqualTo("FAILED|3:0\n");
        }
    }

    @Test
    @DisplayName("accounting that lags knows nothing of an end, then does")
    void lag() throws Exception {
        try (FakeGridEngine sge = new FakeGridEngine()) {
            sge.accountingLag(Duration.ofHours(1));
            Shell shell = shell(sge);
            String id = run(shell, "qsub -terse -cwd -b y 'exit 3'").out().strip();
            await(shell, "qstat", "");
            assertThat(run(shell, "qacct -j " + id).err()).isEqualTo("error: job id " + id + " not found\n");

            sge.advance(Duration.ofHours(1));

            assertThat(run(shell, "qacct -j " + id).out()).containsPattern("exit_status +3 ");
        }
    }

    @Test
    @DisplayName("a job that waits for its time starts when the clock gets there")
    void later() throws Exception {
        try (FakePbs pbs = new FakePbs()) {
            Shell shell = shell(pbs);
            String id = run(shell, "qsub -a $(date -d '+2 hours' +%Y%m%d%H%M.%S) -- /bin/true")
                    .out()
                    .strip();
            assertThat(run(shell, "qselect -s W").out().strip()).isEqualTo(id);
            pbs.advance(Duration.ofHours(2));
            await(shell, "qselect -x -s F", id);
        }
    }

    @Test
    @DisplayName("history of PBS ends after two weeks")
    void history() throws Exception {
        try (FakePbs pbs = new FakePbs()) {
            Shell shell = shell(pbs);
            String id = run(shell, "qsub -- /bin/true").out().strip();
            await(shell, "qselect -x -s F", id);
            pbs.advance(Duration.ofDays(14));
            assertThat(run(shell, "qstat -x " + id).err()).isEqualTo("qstat: Unknown Job Id " + id + "\n");
        }
    }

    @Test
    @DisplayName("when the client's reserved ports are used up, PBS's commands stall for a minute, but qsub")
    void ports() throws Exception {
        try (FakePbs pbs = new FakePbs()) {
            Shell shell = shell(pbs);
            pbs.portsOfOthers(510);
            assertThat(run(shell, "qstat").err()).isEmpty();
            CompletableFuture<Reply> stalled = CompletableFuture.supplyAsync(() -> run(shell, "qstat"));
            Shell.await("it has come", () -> pbs.calls().size() == 2);
            assertThat(run(shell, "qsub -- /bin/true").exit()).isZero();
            assertThat(stalled).isNotDone();

            pbs.advance(Duration.ofSeconds(61));

            assertThat(stalled.get(20, TimeUnit.SECONDS).err())
                    .isEqualTo("pbs_iff: cannot connect to host\nall reserved ports in use\n");
        }
    }

    @Test
    @DisplayName("a submission that was given up while the scheduler hung is in the queue when it goes on")
    void hang() throws Exception {
        try (FakeSlurm slurm = new FakeSlurm()) {
            Shell shell = shell(slurm);
            slurm.hang();
            assertThat(run(shell, "timeout 1 sbatch --hold -J key --wrap true").exit())
                    .isEqualTo(124);
            slurm.answer();
            await(shell, "squeue -h -o %T -n key", "PENDING");
        }
    }

    @Test
    @DisplayName("a refusal that was ordered submits nothing, a spoiled answer does")
    void refuseAndSpoil() throws Exception {
        try (FakeGridEngine sge = new FakeGridEngine()) {
            Shell shell = shell(sge);
            sge.stopStarting();
            sge.refuseNext("qsub", 1, "no");
            assertThat(run(shell, "qsub -b y true")).isEqualTo(new Reply(1, "", "no\n"));
            assertThat(sge.jobsKnown()).isZero();
            sge.spoilNext("qsub", 1, "perhaps");
            assertThat(run(shell, "qsub -b y true")).isEqualTo(new Reply(1, "", "perhaps\n"));
            assertThat(sge.jobsKnown()).isEqualTo(1);
            assertThat(run(shell, "qsub -b y true").exit()).isZero();
        }
    }

    @Test
    @DisplayName("a job whose node is lost runs again if it may, and says so")
    void lostNode() throws Exception {
        try (FakePbs pbs = new FakePbs()) {
            Shell shell = shell(pbs);
            String again = run(shell, "qsub -- /bin/sleep 100").out().strip();
            String never = run(shell, "qsub -r n -- /bin/sleep 100").out().strip();
            pbs.loseNode(again);
            pbs.loseNode(never);
            await(
                    shell,
                    "qstat -x -f " + again + " | grep -E 'job_state|run_count' | tr -d ' \\n'",
                    "job_state=Rrun_count=2");
            await(shell, "qstat -x -f " + never + " | grep Exit_status | tr -d ' '", "Exit_status=-4");
        }
    }

    @Test
    @DisplayName("who ignores SIGTERM is killed when PBS's delay is over")
    void stubborn() throws Exception {
        try (FakePbs pbs = new FakePbs()) {
            Shell shell = shell(pbs);
            Files.writeString(directory.resolve("stubborn.sh"), """
                    trap '' TERM
                    touch %s/ready
                    while :; do sleep 1; done
                    """.formatted(directory));
            String id = run(shell, "qsub stubborn.sh").out().strip();
            Shell.await("it runs", () -> Files.exists(directory.resolve("ready")));
            assertThat(run(shell, "qdel " + id).exit()).isZero();
            assertThat(run(shell, "qselect -s R").out().strip()).isEqualTo(id);

            pbs.advance(Duration.ofSeconds(10));

            await(shell, "qstat -x -f " + id + " | grep Exit_status | tr -d ' '", "Exit_status=265");
        }
    }

    @Test
    @DisplayName("jobs wait for slots; a job that was forgotten is unknown, and runs on")
    void slotsAndForgetting() throws Exception {
        try (FakeSlurm slurm = new FakeSlurm()) {
            Shell shell = shell(slurm);
            slurm.slots(1);
            String one = run(shell, "sbatch --parsable --wrap 'while [ ! -e go ]; do sleep 0.05; done; touch over'")
                    .out()
                    .strip();
            String two = run(shell, "sbatch --parsable --wrap true").out().strip();
            await(shell, "squeue -h -o '%T %r' -j " + two, "PENDING Resources");
            slurm.forget(one);
            assertThat(run(shell, "squeue -j " + one).err()).contains("Invalid job id specified");
            Files.createFile(directory.resolve("go"));
            Shell.await("it is over", () -> Files.exists(directory.resolve("over")));
        }
    }

    @Test
    @DisplayName("what a fake does not imitate is refused")
    void refusesWhatItDoesNotKnow() throws Exception {
        try (FakeSlurm slurm = new FakeSlurm();
                FakePbs pbs = new FakePbs();
                FakeGridEngine sge = new FakeGridEngine()) {
            assertThat(run(shell(slurm), "sbatch --wait --wrap true").err()).contains("does not imitate --wait");
            assertThat(run(shell(slurm), "squeue --json").err()).contains("does not imitate --json");
            assertThat(run(shell(pbs), "qsub -W block=true -- /bin/true").err()).contains("does not imitate");
            assertThat(run(shell(pbs), "qstat -f -F json").err()).contains("does not imitate -F");
            assertThat(run(shell(sge), "qsub -sync y -b y true").err()).contains("does not imitate");
            assertThat(List.of(slurm.jobsKnown(), pbs.jobsKnown(), sge.jobsKnown()))
                    .containsOnly(0);
        }
    }

    @Test
    @DisplayName("closing ends jobs and commands that wait, and removes all files")
    void close() throws Exception {
        FakeSlurm slurm = new FakeSlurm();
        Shell shell = shell(slurm);
        run(shell, "sbatch -o out --wrap 'echo $$; exec sleep 1000'");
        Path out = directory.resolve("out");
        Shell.await("it runs", () -> out.toFile().length() > 0);
        long pid = Long.parseLong(Files.readString(out).strip());
        slurm.hang();
        CompletableFuture<Reply> waits = CompletableFuture.supplyAsync(() -> run(shell, "squeue"));
        Shell.await("it waits", () -> slurm.calls().size() == 2);

        slurm.close();

        assertThat(waits.get(20, TimeUnit.SECONDS).exit()).isNotZero();
        Shell.await(
                "the job is gone",
                () -> ProcessHandle.of(pid).map(p -> !p.isAlive()).orElse(true));
        assertThat(slurm.bin()).doesNotExist();
    }

    @Test
    @DisplayName("when the JVM is killed its jobs end, and nobody waits for an answer for ever")
    void deadJvm() throws Exception {
        Path said = directory.resolve("said");
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        place(Doomed.class) + File.pathSeparator + place(FakeSlurm.class),
                        Doomed.class.getName(),
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            Shell.await("a job runs, and the scheduler hangs", () -> {
                try {
                    return Files.exists(said) && Files.readAllLines(said).size() == 2;
                } catch (IOException e) {
                    return false;
                }
            });
            Path bin = Path.of(Files.readAllLines(said).get(0));
            long pid = Long.parseLong(Files.readAllLines(said).get(1));
            Process waits = new ProcessBuilder(bin.resolve("squeue").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(waits.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();

            jvm.destroyForcibly();

            assertThat(waits.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(waits.exitValue()).isEqualTo(255);
            Shell.await(
                    "the job is gone",
                    () -> ProcessHandle.of(pid).map(p -> !p.isAlive()).orElse(true));
            Shell.await("the files are gone", () -> !Files.exists(bin));
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static Path place(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    /** Has a job that runs and a scheduler that hangs, and waits to be killed. */
    static final class Doomed {
        private Doomed() {}

        /** The first argument is a directory to work in. */
        public static void main(String[] args) throws Exception {
            FakeSlurm slurm = new FakeSlurm();
            Path directory = Path.of(args[0]);
            new Shell(slurm, directory, Map.of()).run("sbatch -o pid --wrap 'echo $$; exec sleep 1000'");
            Path pid = directory.resolve("pid");
            Shell.await("it runs", () -> pid.toFile().length() > 0);
            slurm.hang();
            System.out.println(slurm.bin());
            System.out.print(Files.readString(pid));
            System.out.flush();
            Thread.sleep(60_000);
        }
    }
}
