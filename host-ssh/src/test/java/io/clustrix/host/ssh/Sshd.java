package io.clustrix.host.ssh;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A real OpenSSH server of the test's own, unprivileged, on a free port of this machine. */
final class Sshd implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/sshd");

    private final Path directory;
    private final int port;
    private final List<String> options;
    private Process process;

    private Sshd(Path directory, int port, List<String> options) {
        this.directory = directory;
        this.port = port;
        this.options = options;
    }

    static Sshd start(Path parent, String... options) throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(PROGRAM), "skipped: there is no " + PROGRAM + "; apt-get install openssh-server");
        Path directory = Files.createTempDirectory(parent, "sshd");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        if (System.getProperty("user.name").equals("root")) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        keyGen(directory.resolve("host_ed25519"), "ed25519", "");
        keyGen(directory.resolve("host_rsa"), "rsa", "");
        keyGen(directory.resolve("id"), "ed25519", "");
        Files.copy(directory.resolve("id.pub"), directory.resolve("authorized_keys"));
        Sshd server = new Sshd(directory, freePort(), List.of(options));
        server.up();
        return server;
    }

    static void keyGen(Path file, String type, String passphrase, String... more) throws Exception {
        List<String> words = new ArrayList<>(
                List.of("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "test", "-f", file.toString()));
        words.addAll(List.of(more));
        if (type.equals("rsa")) {
            words.addAll(List.of("-b", "2048"));
        }
        local(words.toArray(new String[0]));
    }

    /** Runs a program here; its output. */
    static String local(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", words) + " ended with " + process.exitValue() + ": " + output);
        }
        return output;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void up(String... more) throws Exception {
        List<String> lines = new ArrayList<>(List.of(more));
        lines.addAll(options);
        lines.addAll(List.of(
                "Port " + port,
                "ListenAddress 127.0.0.1",
                "HostKey " + directory.resolve("host_ed25519"),
                "HostKey " + directory.resolve("host_rsa"),
                "PidFile none",
                "UsePAM no",
                "StrictModes no",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "MaxSessions 10",
                // Whatever the start-up files of the account do, it is not what these tests are about.
                "SetEnv HOME=" + directory,
                "AuthorizedKeysFile " + directory.resolve("authorized_keys")));
        Path config = Files.write(directory.resolve("sshd_config"), lines);
        process = new ProcessBuilder(
                        PROGRAM.toString(),
                        "-D",
                        "-f",
                        config.toString(),
                        "-E",
                        directory.resolve("log").toString())
                .start();
        for (int i = 0; ; i++) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException e) {
                if (i == 100) {
                    throw new IOException("sshd does not come up: " + log(), e);
                }
                Thread.sleep(50);
            }
        }
    }

    /** Ends the server and what serves its connections, at once. */
    void kill() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }

    int port() {
        return port;
    }

    Path identity() {
        return directory.resolve("id");
    }

    Path authorizedKeys() {
        return directory.resolve("authorized_keys");
    }

    Path directory() {
        return directory;
    }

    String log() throws IOException {
        Path log = directory.resolve("log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** A known_hosts file with the server's key of one type. */
    Path knownHosts(String type, int asPort) throws IOException {
        String[] key =
                Files.readString(directory.resolve("host_" + type + ".pub")).split(" ", -1);
        return Files.writeString(
                Files.createTempFile(directory, "known_hosts", ""),
                "[127.0.0.1]:" + asPort + " " + key[0] + " " + key[1] + "\n");
    }
}
