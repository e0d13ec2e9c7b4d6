package io.clustrix.it.bed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the test bed is what it says: with the system's own ssh, and no class of Clustrix. */
@NeedsTestBed(
        value = {"slurm", "ssh"},
        alone = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class TestBedTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final TestBed bed = TestBed.get();

    /** Runs a command as one of the hosts of the ssh_config that the test bed has written. */
    private Ran ssh(String alias, String input, String command, String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("ssh", "-F", bed.value("ssh.config"), "-o", "BatchMode=yes"));
        words.addAll(List.of(options));
        words.add(alias);
        words.add(command);
        return Ran.run(LIMIT, input, words);
    }

    private String submitted(Ran ran) {
        assertThat(ran.exitCode()).as(ran.errors()).isZero();
        return ran.output()
                .lines()
                .filter(line -> line.matches("[0-9]+"))
                .findFirst()
                .orElseThrow();
    }

    /** Asked for on this machine, which costs no connection. */
    private String squeue(String format, String job) throws Exception {
        List<String> command =
                List.of(bed.path("slurm.bin").resolve("squeue").toString(), "-h", "-t", "all", "-o", format, "-j", job);
        return Ran.run(LIMIT, "", command).output().trim();
    }

    /** What squeue says of a job, once that matches. */
    private String waitFor(String expected, String format, String job) throws Exception {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String said = squeue(format, job);
            if (said.matches(expected)) {
                return said;
            }
            assertThat(System.nanoTime()).as("job " + job + " still is " + said).isLessThan(end);
            Thread.sleep(50);
        }
    }

    /** The state of a job that has ended, and its reason. */
    private String ended(String job) throws Exception {
        return waitFor("(?!PENDING|CONFIGURING|RUNNING|COMPLETING).+", "%T %r", job);
    }

    @ParameterizedTest
    @ValueSource(strings = {"testbed", "testbed-csh", "testbed-fish", "testbed-banner", "testbed-target"})
    @DisplayName("each user submits a job, with its own login shell, and directly or behind a jump host")
    void jobsOfAllUsers(String alias) throws Exception {
        String output = "out-" + System.nanoTime();
        String job = submitted(
                ssh(alias, "#!/bin/sh\necho $SLURM_JOB_ID by $(id -un)\n", "sbatch --parsable --output=" + output));
        assertThat(ended(job)).isEqualTo("COMPLETED None");
        Ran read = ssh(alias, "", "cat " + output + " && rm " + output);
        String user = ssh(alias, "", "id -un").output().lines().reduce("", (first, last) -> last);
        assertThat(read.output()).endsWith(job + " by " + user + "\n");
    }

    @Test
    @DisplayName("the login shells are what they are called, and the banner is on both streams")
    void shells() throws Exception {
        assertThat(ssh("testbed-csh", "", "echo $version").output()).startsWith("tcsh ");
        assertThat(ssh("testbed-fish", "", "echo $FISH_VERSION $version").output())
                .matches("\\d\\S+ \\d\\S+\n");
        Ran banner = ssh("testbed-banner", "", "true");
        assertThat(banner.output()).contains("stdout, .bashrc");
        assertThat(banner.errors()).contains("stderr, .bashrc");
    }

    @Test
    @DisplayName("all nodes are of use, and there are the two partitions")
    void nodes() throws Exception {
        String states = ssh("testbed", "", "sinfo -h -N -o '%P %N %t %c'").output();
        assertThat(states.lines()).hasSize(2 * bed.number("slurm.nodes"));
        assertThat(states.lines())
                .allMatch(line -> line.matches("(" + bed.value("slurm.partition") + "\\*|"
                        + bed.value("slurm.partition.short") + ") n\\d+ (idle|mix|alloc|comp) "
                        + bed.value("slurm.cpus-per-node")));
    }

    @Test
    @DisplayName("who takes more memory than asked for is killed within seconds")
    void memory() throws Exception {
        String job = submitted(ssh(
                "testbed",
                "#!/bin/bash\nx=$(head -c 300000000 /dev/zero | tr '\\0' x)\nsleep 15\n",
                "cd " + bed.slurmWorkDirectory() + " && sbatch --parsable --mem=50M --output=/dev/null"));
        boolean kernel = bed.value("slurm.memory-limit").equals("cgroup-v1");
        assertThat(ended(job)).isEqualTo(kernel ? "OUT_OF_MEMORY OutOfMemory" : "FAILED JobLaunchFailure");
        String exit = ssh("testbed", "", "scontrol show job -o " + job).output();
        assertThat(exit).contains(kernel ? " ExitCode=0:125 " : " ExitCode=0:9 ");
    }

    @Test
    @DisplayName("an array may have as many tasks as the test bed says, and no more")
    void arrays() throws Exception {
        int limit = bed.number("slurm.max-array-size");
        String submit = "sbatch --parsable --hold --output=/dev/null --array=";
        Ran over = ssh("testbed", "#!/bin/sh\n", submit + limit);
        assertThat(over.exitCode()).isEqualTo(1);
        assertThat(over.errors()).contains("Invalid job array specification");
        submitted(ssh("testbed", "#!/bin/sh\n", "job=`" + submit + (limit - 1) + "` && echo $job && scancel $job"));
    }

    @Test
    @DisplayName("the keys of all kinds are let in, a stranger's is not, and a password is asked for on its own port")
    void keys() throws Exception {
        for (String key : new String[] {"ssh.key", "ssh.key.ecdsa", "ssh.key.rsa"}) {
            Ran ran = ssh("testbed", "", "id -un", "-i", bed.value(key), "-o", "IdentityFile=none");
            assertThat(ran.output()).as(key + ": " + ran.errors()).isEqualTo(bed.value("ssh.user") + "\n");
        }
        String[] stranger = {"-F", "none", "-i", bed.value("ssh.key.stranger"), "-p", bed.value("ssh.port")};
        List<String> options = new ArrayList<>(List.of(stranger));
        options.addAll(List.of("-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + bed.value("ssh.known-hosts")));
        Ran refused =
                ssh(bed.value("ssh.user") + "@" + bed.value("ssh.host"), "", "true", options.toArray(String[]::new));
        assertThat(refused.exitCode()).isEqualTo(255);
        assertThat(refused.errors()).contains("Permission denied (publickey)");
        Ran password = ssh("testbed-password", "", "true");
        assertThat(password.errors()).contains("Permission denied (password,keyboard-interactive)");
    }

    @Test
    @DisplayName("the password works: ssh asks a program for it")
    void password() throws Exception {
        Path program = Files.createTempFile("askpass", ".sh");
        try {
            Files.writeString(program, "#!/bin/sh\ncat " + bed.path("ssh.password.password-file") + "\n");
            assertThat(program.toFile().setExecutable(true)).isTrue();
            for (String method : new String[] {"password", "keyboard-interactive"}) {
                Ran ran = Ran.run(
                        LIMIT,
                        "",
                        List.of(
                                "env",
                                "SSH_ASKPASS=" + program,
                                "SSH_ASKPASS_REQUIRE=force",
                                "ssh",
                                "-F",
                                bed.value("ssh.config"),
                                "-o",
                                "PreferredAuthentications=" + method,
                                "testbed-password",
                                "id -un"));
                assertThat(ran.output())
                        .as(method + ": " + ran.errors())
                        .isEqualTo(bed.value("ssh.password.user") + "\n");
            }
        } finally {
            Files.delete(program);
        }
    }

    @Test
    @DisplayName("all directories that tests are told of are there, and belong to the user")
    void directories() throws Exception {
        String user = bed.value("ssh.user");
        assertThat(Files.getOwner(bed.slurmWorkDirectory()).getName()).isEqualTo(user);
        assertThat(Files.getOwner(bed.home(user)).getName()).isEqualTo(user);
        for (String shell : new String[] {"csh", "fish", "banner"}) {
            assertThat(bed.home(bed.userWith(shell))).isDirectory();
        }
    }

    @Test
    @NeedsTestBed({"slurm", "ssh", "faults"})
    @DisplayName("an sshd goes, and comes back")
    void stoppedServer() throws Exception {
        bed.sshd("stop", "target");
        try {
            Ran refused = ssh("testbed-target", "", "true");
            assertThat(refused.exitCode()).isEqualTo(255);
            assertThat(refused.errors()).contains("Connection refused");
        } finally {
            bed.sshd("start", "target");
        }
        assertThat(ssh("testbed-target", "", "id -un").output()).isEqualTo(bed.value("ssh.user") + "\n");
    }

    @Test
    @NeedsTestBed({"slurm", "ssh", "faults"})
    @DisplayName("a node goes, and takes its job with it")
    void nodeDown() throws Exception {
        String job = submitted(ssh(
                "testbed",
                "#!/bin/sh\nsleep 60\n",
                "sbatch --parsable --no-requeue --mem=10M --nodelist=n4 --output=/dev/null"));
        try {
            waitFor("RUNNING", "%T", job);
            bed.fault("node", "n4", "down");
            assertThat(ended(job)).isEqualTo("NODE_FAIL NodeDown");
        } finally {
            bed.fault("node", "n4", "resume");
            ssh("testbed", "", "scancel " + job);
        }
    }

    @Test
    @NeedsTestBed({"slurm", "ssh", "faults"})
    @DisplayName("words that the fault command does not know are an error with its own text")
    void unknownFault() {
        assertThatThrownBy(() -> bed.fault("node", "n99", "down"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no such node: 'n99'");
    }
}
