package io.clustrix.host.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.clustrix.host.ssh.SshSettings.HostKeyChecking;
import io.clustrix.spi.Command;
import io.clustrix.spi.Credentials.Kind;
import io.clustrix.spi.Credentials.Question;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the host is and who we are, with a real OpenSSH server, agent and keys. */
@Timeout(60)
class LogInTest {
    @TempDir
    static Path directory;

    static Sshd server;

    @BeforeAll
    static void start() throws Exception {
        server = Sshd.start(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private static void assertWorks(Setup setup) throws Exception {
        try (Host host = setup.connect()) {
            assertThat(host.run(Command.of("echo", "in")).out()).isEqualTo("in\n");
        }
    }

    private static HostException refusal(Setup setup) throws Exception {
        try (Host host = setup.connect()) {
            return catchThrowableOfType(
                    HostException.class, () -> host.run(Command.of("true").withTimeout(Duration.ofSeconds(20))));
        }
    }

    // A key that the server takes.
    private static Path authorized(String name, String type, String passphrase, String... more) throws Exception {
        Path key = Files.createTempDirectory(directory, name).resolve(name);
        Sshd.keyGen(key, type, passphrase, more);
        Files.writeString(
                server.authorizedKeys(),
                Files.readString(Path.of(key + ".pub")),
                java.nio.file.StandardOpenOption.APPEND);
        return key;
    }

    @Test
    @DisplayName("An unknown host is refused with its fingerprint and the command that accepts it, which works (W-F)")
    void unknownHost() throws Exception {
        Setup setup = Setup.of(server);
        Path known = directory.resolve("empty_known_hosts");
        setup.knownHosts = List.of(known);
        HostException e = refusal(setup);
        String fingerprint = Sshd.local("ssh-keygen", "-lf", server.directory() + "/host_ed25519.pub")
                .split(" ", -1)[1];
        assertThat(e).hasMessageContaining("not known yet").hasMessageContaining(fingerprint);
        assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
        assertThat(e.retryable()).isFalse();
        assertThat(known).doesNotExist();
        String command = e.hints().get(0).replaceFirst(".*?(ssh-keyscan .*?) \\(or.*", "$1");
        Sshd.local("sh", "-c", command + " 2>/dev/null");
        assertWorks(setup);
    }

    @Test
    @DisplayName("A changed key is another, louder error, with both fingerprints and the line (W-F)")
    void changedKey() throws Exception {
        Setup setup = Setup.of(server);
        Path other = directory.resolve("other_host_key");
        Sshd.keyGen(other, "ed25519", "");
        Path known = Files.writeString(
                directory.resolve("old_known_hosts"),
                "# comment\n[127.0.0.1]:" + server.port() + " " + Files.readString(Path.of(other + ".pub")));
        setup.knownHosts = List.of(known);
        setup.checking = Optional.of(HostKeyChecking.ACCEPT_NEW);
        HostException e = refusal(setup);
        assertThat(e)
                .hasMessageContaining("HAS CHANGED")
                .hasMessageContaining(known + ":2")
                .hasMessageContaining(
                        Sshd.local("ssh-keygen", "-lf", other + ".pub").split(" ", -1)[1])
                .hasMessageContaining(Sshd.local("ssh-keygen", "-lf", server.directory() + "/host_ed25519.pub")
                        .split(" ", -1)[1])
                .hasMessageContaining("ssh-keygen -R");
        assertThat(e.retryable()).isFalse();
    }

    @Test
    @DisplayName(
            "A host that is known by its RSA key only is asked for that one, hashed or not, with or without its port")
    void knownByRsa() throws Exception {
        Setup setup = Setup.of(server);
        Path known = server.knownHosts("rsa", server.port());
        setup.knownHosts = List.of(known);
        assertWorks(setup);
        Sshd.local("ssh-keygen", "-q", "-H", "-f", known.toString());
        assertThat(Files.readString(known)).startsWith("|1|");
        assertWorks(setup);
        String[] key =
                Files.readString(server.directory().resolve("host_ed25519.pub")).split(" ", -1);
        setup.knownHosts = List.of(Files.writeString(
                directory.resolve("plain_known_hosts"), "other,127.0.0.1 " + key[0] + " " + key[1] + "\n"));
        assertWorks(setup);
    }

    @Test
    @DisplayName("Negated patterns, revoked keys and lines of certificate authorities mean what they mean to ssh")
    void markers() throws Exception {
        Setup setup = Setup.of(server);
        String[] words =
                Files.readString(server.directory().resolve("host_ed25519.pub")).split(" ", -1);
        String key = words[0] + " " + words[1] + "\n";
        String name = "[127.0.0.1]:" + server.port();
        Path known = directory.resolve("marked_known_hosts");
        setup.knownHosts = List.of(known);
        Files.writeString(known, "elsewhere,!nowhere " + key);
        assertThat(refusal(setup)).hasMessageContaining("not known yet");
        Files.writeString(known, "*,!*127.0.0.1* " + key);
        assertThat(refusal(setup)).hasMessageContaining("not known yet");
        Files.writeString(known, "@cert-authority * " + key);
        assertThat(refusal(setup)).hasMessageContaining("not known yet");
        Files.writeString(known, name + " " + key + "@revoked * " + key);
        assertThat(refusal(setup)).hasMessageContaining("REVOKED").hasMessageContaining(known + ":2");
    }

    @Test
    @DisplayName("accept-new writes the key down, for its owner's eyes only, and ssh reads it")
    void acceptNew() throws Exception {
        Setup setup = Setup.of(server);
        Path known = directory.resolve("new/known_hosts");
        setup.knownHosts = List.of(known);
        setup.checking = Optional.of(HostKeyChecking.ACCEPT_NEW);
        assertWorks(setup);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(known)))
                .isEqualTo("rw-------");
        assertThat(Sshd.local("ssh-keygen", "-F", "[127.0.0.1]:" + server.port(), "-f", known.toString()))
                .contains("ssh-ed25519");
        setup.checking = Optional.empty();
        assertWorks(setup);
    }

    @ParameterizedTest
    @CsvSource({"ed25519,", "ecdsa,", "rsa,", "ecdsa,PEM", "rsa,PEM", "rsa,PKCS8", "ecdsa,PKCS8"})
    @DisplayName("Keys of all kinds and formats log in, with and without a passphrase")
    void keyFiles(String type, String format) throws Exception {
        String[] more = format == null ? new String[0] : new String[] {"-m", format};
        for (String passphrase : List.of("", format == null ? "open sesame ü" : "open sesame")) {
            Path key = authorized("key", type, passphrase, more);
            Setup setup = Setup.of(server);
            setup.identity = List.of(key);
            List<Question> asked = new CopyOnWriteArrayList<>();
            setup.credentials = question -> {
                asked.add(question);
                return Optional.of(Secret.of(passphrase));
            };
            assertWorks(setup);
            assertThat(asked).hasSize(passphrase.isEmpty() ? 0 : 1);
        }
    }

    @Test
    @DisplayName("A passphrase is asked for again if it is wrong, and once only for several connections (R44)")
    void passphrase() throws Exception {
        Path key = authorized("locked", "ed25519", "right");
        try (Sshd own = Sshd.start(directory)) {
            Files.copy(Path.of(key + ".pub"), own.authorizedKeys(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            Setup setup = Setup.of(own);
            setup.identity = List.of(key);
            List<Question> asked = new CopyOnWriteArrayList<>();
            setup.credentials = question -> {
                asked.add(question);
                return Optional.of(Secret.of(asked.size() == 1 ? "wrong" : "right"));
            };
            try (Host host = setup.connect()) {
                host.run(Command.of("true"));
                assertThat(asked).extracting(Question::kind).containsExactly(Kind.PASSPHRASE, Kind.PASSPHRASE);
                assertThat(asked).extracting(Question::attempt).containsExactly(1, 2);
                assertThat(asked.get(0).text()).isEqualTo("Passphrase of " + key);
                own.kill();
                own.up();
                host.run(Command.of("true").withTimeout(Duration.ofSeconds(20)));
                assertThat(asked).hasSize(2);
            }
        }
    }

    @Test
    @DisplayName("Nobody is asked for the passphrase of a key that the server would not take")
    void noNeedToAsk() throws Exception {
        Path useless = Files.createTempDirectory(directory, "useless").resolve("key");
        Sshd.keyGen(useless, "ed25519", "secret");
        Files.delete(Path.of(useless + ".pub"));
        Setup setup = Setup.of(server);
        setup.identity = List.of(useless, server.identity());
        setup.credentials = question -> {
            throw new AssertionError("asked: " + question);
        };
        assertWorks(setup);
    }

    @Test
    @DisplayName("After three refused log-ins no more are tried, and the error says what was (R44)")
    void lockOut() throws Exception {
        Path stranger = Files.createTempDirectory(directory, "stranger").resolve("key");
        Sshd.keyGen(stranger, "ed25519", "");
        Setup setup = Setup.of(server);
        setup.identity = List.of(stranger);
        try (Relay relay = new Relay(server.port())) {
            setup.port = OptionalInt.of(relay.port());
            setup.knownHosts = List.of(server.knownHosts("ed25519", relay.port()));
            try (Host host = setup.connect()) {
                for (int i = 1; i <= 6; i++) {
                    int n = i;
                    assertThatThrownBy(() -> host.run(Command.of("true")))
                            .isInstanceOfSatisfying(HostException.class, e -> {
                                assertThat(e.retryable()).isFalse();
                                assertThat(e.fault()).isEqualTo(Fault.USER);
                                assertThat(e)
                                        .hasMessageContaining("key file " + stranger)
                                        .hasMessageContaining("The host allows: publickey")
                                        .hasMessageContaining(n < 3 ? n + " of 3" : "until the program is restarted");
                            });
                }
                assertThat(relay.connections()).isEqualTo(3);
            }
        }
    }

    @Test
    @DisplayName("Keys of an agent log in: ed25519, ecdsa and rsa; identity files whose key it has need no passphrase")
    void agent() throws Exception {
        for (String type : List.of("ed25519", "ecdsa", "rsa")) {
            Path key = authorized("agent-" + type, type, "");
            try (AgentProcess agent = new AgentProcess()) {
                agent.add(key);
                assertThat(new Agent(agent.socket()).identities()).hasSize(1);
                Files.move(key, Path.of(key + ".hidden"));
                Setup setup = Setup.of(server);
                setup.identity = List.of();
                setup.agentSocket = Optional.of(agent.socket().toString());
                assertWorks(setup);
            }
        }
        Path locked = authorized("agent-locked", "ed25519", "");
        try (AgentProcess agent = new AgentProcess()) {
            agent.add(locked);
            Sshd.local("ssh-keygen", "-q", "-p", "-N", "secret", "-f", locked.toString());
            Setup setup = Setup.of(server);
            setup.identity = List.of(locked);
            setup.agentSocket = Optional.of(agent.socket().toString());
            setup.credentials = question -> {
                throw new AssertionError("asked: " + question);
            };
            assertWorks(setup);
        }
    }

    @Test
    @DisplayName("IdentitiesOnly keeps an agent's other keys back, and without it too many of them are explained")
    void manyAgentKeys() throws Exception {
        try (AgentProcess agent = new AgentProcess()) {
            Path keys = Files.createTempDirectory(directory, "many");
            for (int i = 0; i < 8; i++) {
                Sshd.keyGen(keys.resolve("k" + i), "ed25519", "");
                agent.add(keys.resolve("k" + i));
            }
            Setup setup = Setup.of(server);
            setup.agentSocket = Optional.of(agent.socket().toString());
            assertThat(refusal(setup)).hasMessageContaining("too many keys").hasMessageContaining("IdentitiesOnly");
            setup.configFile = Files.writeString(keys.resolve("config"), "Host *\n IdentitiesOnly yes\n")
                    .toString();
            assertWorks(setup);
        }
    }

    @Test
    @DisplayName("An agent that is gone is named, and the key files are tried")
    void noAgent() throws Exception {
        Setup setup = Setup.of(server);
        setup.agentSocket = Optional.of(directory.resolve("no-agent").toString());
        assertWorks(setup);
        setup.identity = List.of();
        assertThat(refusal(setup)).hasMessageContaining("the agent at " + directory.resolve("no-agent"));
    }

    @Test
    @DisplayName("Through two jump hosts, each checked and logged in to by its own configuration (R46)")
    void jumpHosts() throws Exception {
        try (Sshd first = Sshd.start(directory);
                Sshd second = Sshd.start(directory)) {
            Path home = Files.createTempDirectory(directory, "home");
            Path known = home.resolve("known_hosts");
            List<String> lines = new ArrayList<>();
            List<String> knownLines = new ArrayList<>();
            int n = 0;
            for (Sshd one : List.of(first, second, server)) {
                lines.add("Host h" + n);
                lines.add("  HostName 127.0.0.1");
                lines.add("  Port " + one.port());
                lines.add("  IdentityFile " + one.identity());
                lines.add("  UserKnownHostsFile " + known);
                if (n > 0) {
                    lines.add("  ProxyJump h" + (n - 1));
                }
                knownLines.add(
                        Files.readString(one.knownHosts("ed25519", one.port())).strip());
                n++;
            }
            Files.write(known, knownLines);
            Setup setup = new Setup(home);
            setup.configFile = Files.write(home.resolve("config"), lines).toString();
            setup.keepAlive = Duration.ofSeconds(1);
            try (Host host = setup.connect("h2")) {
                assertThat(host.run(Command.of("sh", "-c", "echo $SSH_CONNECTION"))
                                .out()
                                .strip())
                        .endsWith(" " + server.port());
                byte[] much = new byte[5_000_000];
                assertThat(host.run(Command.of("wc", "-c").withInput(out -> out.write(much)))
                                .out()
                                .strip())
                        .isEqualTo("5000000");
                assertThat(host.run(Command.of("head", "-c", "5000000", "/dev/zero"))
                                .truncated())
                        .isTrue();
                Thread.sleep(4000);
                assertThat(host.run(Command.of("true")).exit()).isZero();
                second.kill();
                second.up();
                assertThat(host.run(Command.of("true").withTimeout(Duration.ofSeconds(20)))
                                .exit())
                        .isZero();
            }
            Files.write(known, knownLines.subList(0, 2));
            try (Host host = setup.connect("h2")) {
                assertThatThrownBy(() -> host.run(Command.of("true")))
                        .hasMessageContaining("127.0.0.1:" + server.port() + " is not known yet");
            }
            Files.write(known, knownLines.subList(1, 3));
            try (Host host = setup.connect("h2")) {
                assertThatThrownBy(() -> host.run(Command.of("true")))
                        .hasMessageContaining("127.0.0.1:" + first.port() + " is not known yet");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'Password: ', true",
        "'', (anna@login) Password:, true",
        "'', anna@login.example.org password:, true",
        "LDAP, Passwort:, true",
        "'', One-time password (OATH) for anna:, false",
        "'', Verification code:, false",
        "'', New password:, false",
        "Your password has expired, Current password:, false",
        "'', Password or token:, false",
        "'', Second Password:, false",
    })
    @DisplayName("The password is sent to who asks for it, and not where a code or a new password is wanted")
    void whoAsksForThePassword(String instruction, String prompt, boolean password) {
        assertThat(LogIn.asksPassword(instruction, prompt)).isEqualTo(password);
    }

    @ParameterizedTest
    @ValueSource(strings = {"accepted", "refused"})
    @DisplayName("Secrets appear in no message")
    void secrets(String outcome) throws Exception {
        Setup setup = Setup.of(server);
        setup.password = Optional.of(Secret.of("hunter2hunter2"));
        assertThat(setup.settings().toString()).doesNotContain("hunter2");
        if (outcome.equals("refused")) {
            setup.identity = List.of(authorizedNowhere());
            assertThat(refusal(setup).toString()).doesNotContain("hunter2");
        } else {
            assertWorks(setup);
        }
    }

    private static Path authorizedNowhere() throws Exception {
        Path key = Files.createTempDirectory(directory, "nowhere").resolve("key");
        Sshd.keyGen(key, "ed25519", "");
        return key;
    }

    /** A real ssh-agent. */
    private static final class AgentProcess implements AutoCloseable {
        private final Path socket;
        private final Process process;

        AgentProcess() throws Exception {
            socket = Files.createTempDirectory("agent").resolve("s");
            process = new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
                    .redirectErrorStream(true)
                    .start();
            for (int i = 0; i < 100 && !Files.exists(socket); i++) {
                Thread.sleep(50);
            }
        }

        Path socket() {
            return socket;
        }

        void add(Path key) throws Exception {
            ProcessBuilder adding = new ProcessBuilder("ssh-add", "-q", key.toString());
            adding.environment().put("SSH_AUTH_SOCK", socket.toString());
            assertThat(adding.start().waitFor()).isZero();
        }

        @Override
        public void close() {
            process.destroy();
        }
    }
}
