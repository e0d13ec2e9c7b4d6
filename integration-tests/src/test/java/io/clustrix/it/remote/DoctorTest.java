package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.cli.Main;
import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.doctor.Report;
import io.clustrix.it.Await;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ten things that are wrong with a real cluster: the doctor finds each of them, and names its mend. */
@Tag("faults")
@NeedsTestBed({"slurm", "ssh", "faults"})
@Timeout(240)
class DoctorTest {
    private static final Duration SHORT = Duration.ofSeconds(20);

    private RemoteSite site;
    private Path mounted;

    @BeforeEach
    void open() throws Exception {
        site = new RemoteSite();
        mounted = Files.createDirectory(site.shared.resolve("mounted"));
    }

    @AfterEach
    void close() throws Exception {
        Ran.run(SHORT, "", List.of("umount", "-l", mounted.toString()));
        site.close();
    }

    private void mount(String options) throws Exception {
        Ran ran = Ran.run(SHORT, "", List.of("mount", "-t", "tmpfs", "-o", options, "clustrix-it", mounted.toString()));
        assumeTrue(ran.exitCode() == 0, "a tmpfs can't be mounted here");
    }

    private RemoteSite.Way way() {
        return site.way("slurm");
    }

    /** With other settings of the connection than the usual ones. */
    private RemoteSite.Way ssh(Path key, Path knownHosts) {
        return way().ssh("identity = [\"" + key + "\"], known-hosts = [\"" + knownHosts
                + "\"], config-file = none, agent = false");
    }

    private Report examine(RemoteSite.Way way) throws Exception {
        try (Clustrix clustrix = site.open(way)) {
            return clustrix.doctor().withJobLimit(RemoteSite.BOUND).examine();
        }
    }

    private static Finding of(Report report, String check) {
        return report.findings().stream()
                .filter(f -> f.check().equals(check))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing about " + check + " in " + report.findings()));
    }

    /** That this is the one failure, that its mend is named, and that no job was tried in vain. */
    private static Finding assertFails(Report report, String check, String mend) {
        assertThat(report.findings())
                .filteredOn(f -> f.level() == Level.FAILURE)
                .extracting(Finding::check)
                .as(report.findings().toString())
                .containsExactly(check);
        assertThat(of(report, check).mend()).contains(mend);
        assertThat(of(report, "job").level()).isEqualTo(Level.SKIPPED);
        return of(report, check);
    }

    private static Config block(Report report) {
        return ConfigFactory.parseString(report.configuration()).getConfig("clustrix.clusters.it");
    }

    @Test
    @DisplayName("nothing is wrong but that there is no accounting (9): a job runs, and the block is what it was")
    void accounting() throws Exception {
        Report report = examine(way());

        assertThat(report.findings())
                .filteredOn(f -> f.level() != Level.OK)
                .extracting(Finding::check)
                .as(report.findings().toString())
                .isEqualTo(site.bed.isUp("accounting") ? List.of() : List.of("accounting"));
        if (!site.bed.isUp("accounting")) {
            assertThat(of(report, "accounting").level()).isEqualTo(Level.WARNING);
            assertThat(of(report, "accounting").mend()).contains("ask the site to keep an accounting");
        }
        assertThat(of(report, "scheduler").what()).isEqualTo("Slurm " + site.bed.value("slurm.version"));
        assertThat(of(report, "arrays").what()).contains(String.format("%,d", site.bed.number("slurm.max-array-size")));
        assertThat(of(report, "job").what()).contains("a job ran on ");
        assertThat(block(report).getString("work-directory")).isEqualTo(site.work.toString());
        assertThat(block(report).getString("executor")).isEqualTo("slurm");
    }

    @Test
    @DisplayName("a wrong key (1): the log-in is refused, and what would be let in is said")
    void wrongKey() throws Exception {
        Report report = examine(ssh(site.bed.path("ssh.key.stranger"), site.bed.path("ssh.known-hosts")));

        assertThat(assertFails(report, "log-in", "").what()).contains("is refused the log-in");
        assertThat(of(report, "log-in").mend()).isNotBlank();
        assertThat(of(report, "host-key").level()).isEqualTo(Level.OK);
    }

    @Test
    @DisplayName("an unknown host key (2): its fingerprint, and how it is accepted")
    void hostKey() throws Exception {
        Path empty = Files.createFile(site.local.resolve("known"));

        Finding finding = assertFails(
                examine(ssh(site.bed.path("ssh.key"), empty)), "host-key", "compare that with what the site publishes");

        assertThat(finding.what()).contains("is not known yet").contains("SHA256:");
    }

    @Test
    @DisplayName("no Java (3): what was looked at, which setting to change, and the Java that would do")
    void java() throws Exception {
        Report report = examine(way().with("environment.java = \"/no/such/java\""));

        assertThat(assertFails(report, "java", "environment.java").what()).contains("/no/such/java");
        assertThat(block(report).getString("environment.java")).isEqualTo("any");
    }

    @Test
    @DisplayName("a work directory on a read-only file system (4), and one that belongs to somebody else")
    void readOnly() throws Exception {
        Path others = Files.createDirectory(
                site.shared.resolve("others"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Report denied = examine(way().with("work-directory = \"" + others + "/work\""));
        assertThat(assertFails(denied, "work-directory", "set work-directory").what())
                .contains("Permission denied");
        assertThat(block(denied).getString("work-directory")).isEqualTo("~/.clustrix");

        mount("ro,size=1m,mode=0777");
        Report report = examine(way().with("work-directory = \"" + mounted + "/work\""));
        assertThat(assertFails(report, "work-directory", "set work-directory").what())
                .contains("Read-only file system");
    }

    @Test
    @DisplayName("a work directory that the nodes don't share (5): the job leaves nothing, and that is what is said")
    void notShared() throws Exception {
        Path apart = Files.createDirectory(site.shared.resolve("apart"));
        Files.setPosixFilePermissions(apart, PosixFilePermissions.fromString("rwxrwxrwx"));
        int port = freePort();
        Process sshd = elsewhere(apart, port);
        try {
            Path known = knownHosts(port);
            RemoteSite.Way way =
                    ssh(site.bed.path("ssh.key"), known).through(port).with("work-directory = \"" + apart + "/work\"");

            Report report = examine(way);

            Finding finding = assertFails(report, "shared-directory", "compute nodes see too");
            assertThat(finding.mend()).contains("share the work directory with the host");
            assertThat(of(report, "work-directory").level()).isEqualTo(Level.OK);
            assertThat(apart).isEmptyDirectory();
        } finally {
            sshd.destroy();
            if (!sshd.waitFor(10, TimeUnit.SECONDS)) {
                sshd.destroyForcibly();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** An sshd whose users see a directory of their own in this place, as on a node with a disk of its own. */
    private Process elsewhere(Path directory, int port) throws Exception {
        Path state = site.bed.path("testbed.directory");
        String config = Files.readAllLines(state.resolve("ssh/sshd_config-main")).stream()
                .map(l -> l.startsWith("Port ") ? "Port " + port : l)
                .map(l -> l.startsWith("PidFile ") ? "PidFile none" : l)
                .collect(Collectors.joining("\n", "", "\n"));
        Path file = Files.writeString(site.local.resolve("sshd_config"), config);
        Path log = site.local.resolve("sshd.log");
        Process process = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o mode=0777,size=200m clustrix-it \"$1\" && exec /usr/sbin/sshd -D -e -f \"$2\"",
                        "sh",
                        directory.toString(),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Await.until("an sshd on port " + port, SHORT, () -> !process.isAlive() || listens(port));
        assumeTrue(process.isAlive(), "no sshd in a mount namespace of its own: " + Files.readString(log));
        return process;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private Path knownHosts(int port) throws IOException {
        String usual = "[127.0.0.1]:" + site.bed.number("ssh.port") + " ";
        List<String> lines = Files.readAllLines(site.bed.path("ssh.known-hosts")).stream()
                .filter(l -> l.startsWith(usual))
                .map(l -> "[127.0.0.1]:" + port + " " + l.substring(usual.length()))
                .toList();
        return Files.write(site.local.resolve("known-apart"), lines);
    }

    @Test
    @DisplayName("a wrong partition (6): the names of those that there are, and one of them in the block")
    void partition() throws Exception {
        Report report = examine(way().with("resources.partition = debgu"));

        Finding finding = assertFails(report, "queue", site.bed.value("slurm.partition.short"));

        assertThat(finding.what()).contains("debgu");
        assertThat(block(report).getString("resources.partition")).isEqualTo(site.bed.value("slurm.partition"));
    }

    /** What makes the clock of a program wrong, and leaves its timers alone. */
    private Map<String, String> clock(String offset) {
        return Map.of(
                "LD_PRELOAD",
                site.bed.value("testbed.faketime"),
                "FAKETIME",
                offset,
                "FAKETIME_DONT_FAKE_MONOTONIC",
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
    }

    @Test
    @DisplayName("skewed clocks (7): of the host against this machine's, and of a node; a warning, as jobs run")
    void clocks() throws Exception {
        Path configuration = site.configuration(way());
        try (OtherJvm driver = OtherJvm.start(
                site.local,
                List.of("-XX:TieredStopAtLevel=1"),
                clock("+3600"),
                Main.class,
                "doctor",
                "--no-job",
                "--config",
                configuration.toString())) {
            assertThat(driver.await()).as(driver.output()).isZero();
            assertThat(driver.output())
                    .containsPattern("warning  clock .* is 3[56][0-9][0-9] s behind that of this machine")
                    .contains("-> set the wrong one by NTP");
        }
        String variables = clock("-3600").entrySet().stream()
                .map(e -> "export " + e.getKey() + "='" + e.getValue() + "'")
                .collect(Collectors.joining("; "));
        Report report = examine(way().with("environment.setup = [\"" + variables + "\"]"));
        assertThat(of(report, "node-clock").level())
                .as(report.findings().toString())
                .isEqualTo(Level.WARNING);
        assertThat(of(report, "node-clock").mend()).contains("NTP");
        assertThat(of(report, "clock").level()).isEqualTo(Level.OK);
        assertThat(of(report, "job").level()).isEqualTo(Level.OK);
    }

    @Test
    @DisplayName("no scheduler's commands (8): which are missing, and the directory in which they are")
    void commands() throws Exception {
        Report report = examine(way().with("bin-directory = \"/no/such/bin\""));

        assertThat(assertFails(report, "commands", "set bin-directory").what()).contains("/no/such/bin/sbatch");
        assertThat(block(report).getString("bin-directory")).isEqualTo(site.bed.value("slurm.bin"));
    }

    @Test
    @DisplayName("a full disk (10): what the host said, and to make room")
    void disk() throws Exception {
        mount("size=8m,mode=0777");
        Files.write(mounted.resolve("ballast"), new byte[7 << 20]);

        Report report = examine(way().with("work-directory = \"" + mounted + "/work\""));

        assertThat(assertFails(report, "disk-space", "make room").what()).contains("No space left on device");
        assertThat(of(report, "work-directory").level()).isEqualTo(Level.OK);
    }

    @Test
    @DisplayName(
            "the command: exit code 1 with a failure, 0 with warnings; ssh-setup leaves a key that is let in alone")
    void command() throws Exception {
        Path broken = site.configuration(way().with("resources.partition = nosuch"));
        Path good = site.configuration(way());

        assertThat(clustrix("doctor", "--config", broken.toString()))
                .satisfies(r -> assertThat(r.exitCode()).isEqualTo(1))
                .satisfies(r -> assertThat(r.output())
                        .contains("failure  queue")
                        .contains("-> set resources.partition")
                        .contains("# 1 failure"));
        assertThat(clustrix("doctor", "it", "--no-job", "--json", "--config", good.toString()))
                .satisfies(r -> assertThat(r.exitCode()).as(r.output()).isZero())
                .satisfies(r -> assertThat(r.output()).contains("\"check\":\"connection\",\"level\":\"ok\""));

        Path nothing = Files.createFile(site.local.resolve("nothing"));
        Ran setup = clustrix(
                "ssh-setup",
                site.bed.value("ssh.user") + "@" + site.bed.value("ssh.host") + ":" + site.bed.value("ssh.port"),
                "--key",
                site.bed.value("ssh.key"),
                "--known-hosts",
                site.bed.value("ssh.known-hosts"),
                "--ssh-config",
                nothing.toString(),
                "--json");
        assertThat(setup.exitCode()).as(setup.errors()).isZero();
        assertThat(setup.output()).contains("\"made\":false,\"added\":false");
    }

    private static Ran clustrix(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ArrayList<>(List.of(arguments)).toArray(new String[0]));
        return new Ran(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
