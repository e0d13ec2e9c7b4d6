package io.clustrix.host.ssh;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostContext;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a host let a user in by a key: puts the public half into the account's {@code ~/.ssh/authorized_keys} and tries
 * it. To get there it logs in by any other way, a password for instance. What the file has stays as it is, and nothing
 * else is touched, here or there; a key that is let in already changes nothing.
 *
 * <pre>{@code
 * SshSetup.Outcome outcome = SshSetup.of("login.example.org").credentials(answers).run();
 * }</pre>
 *
 * <p>User, port, jumps and the rest come from {@code ~/.ssh/config}, as for clusters. Not thread-safe; each method
 * returns this object.
 */
public final class SshSetup {
    private static final Duration KEY_GEN = Duration.ofMinutes(1);
    private static final Duration ANSWER = Duration.ofMinutes(5);
    private static final Pattern PUBLIC_KEY =
            Pattern.compile("(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}(?: [^\\p{Cntrl}]*)?");

    private final String destination;
    private Path home = Path.of(System.getProperty("user.home", "/"));
    private Optional<String> user = Optional.empty();
    private OptionalInt port = OptionalInt.empty();
    private Optional<String> jump = Optional.empty();
    private Optional<Path> key = Optional.empty();
    private Optional<Path> configFile = Optional.empty();
    private List<Path> knownHosts = List.of();
    private boolean makeKey;
    private Credentials credentials = question -> Optional.empty();
    private Optional<String> agentSocket = Optional.ofNullable(System.getenv("SSH_AUTH_SOCK"));

    /**
     * What was done.
     *
     * @param key the private key by which the host lets the user in now; it was tried
     * @param made whether the key was made
     * @param added whether its line was put into authorized_keys
     */
    public record Outcome(Path key, boolean made, boolean added) {}

    private SshSetup(String destination) {
        Route.Destination.parse(destination);
        this.destination = destination;
    }

    /**
     * For a host.
     *
     * @param destination as under {@code host} in a cluster's block
     * @throws ConfigurationException if it is none
     */
    public static SshSetup of(String destination) {
        return new SshSetup(destination);
    }

    /** Another user than that of the SSH config file. */
    public SshSetup user(String name) {
        user = Optional.of(name);
        return this;
    }

    /** Another port than that of the SSH config file. */
    public SshSetup port(int number) {
        port = OptionalInt.of(number);
        return this;
    }

    /** Other jump hosts than those of the SSH config file. */
    public SshSetup jump(String hosts) {
        jump = Optional.of(hosts);
        return this;
    }

    /** The private key, absolute; without it {@code ~/.ssh/id_ed25519}. Its public half is beside it. */
    public SshSetup key(Path privateKey) {
        key = Optional.of(privateKey.toAbsolutePath());
        return this;
    }

    /**
     * Makes the key if it is missing: ed25519, by {@code ssh-keygen}, without a passphrase. Whoever can read that file
     * can log in; so without this a missing key is an error.
     */
    public SshSetup makeMissingKey() {
        makeKey = true;
        return this;
    }

    /** Another SSH config file than {@code ~/.ssh/config}. */
    public SshSetup configFile(Path file) {
        configFile = Optional.of(file.toAbsolutePath());
        return this;
    }

    /** Other files of known hosts than those of the SSH config file. */
    public SshSetup knownHosts(List<Path> files) {
        knownHosts = List.copyOf(files);
        return this;
    }

    /** Who answers what the log-in asks: the password, most of all. Without it nobody is asked. */
    public SshSetup credentials(Credentials answers) {
        credentials = Objects.requireNonNull(answers, "answers");
        return this;
    }

    SshSetup home(Path directory) {
        home = directory;
        return this;
    }

    SshSetup agentSocket(Optional<String> socket) {
        agentSocket = socket;
        return this;
    }

    /**
     * Does it.
     *
     * @throws ConfigurationException if there is no key, or it can't be made or read
     * @throws HostException if the host can't be reached, does not let the user in by any other way, or does not take
     *     the key although it is there now; the message says what to do
     */
    public Outcome run() throws InterruptedException {
        Path file = key.orElseGet(() -> home.resolve(".ssh/id_ed25519"));
        boolean made = false;
        if (!Files.exists(file)) {
            if (!makeKey) {
                throw new ConfigurationException(
                        "there is no key " + file, "make one with: ssh-keygen -t ed25519 -f " + file);
            }
            // ssh-keygen asks before it writes over a key, but not before it writes over a public half.
            Path half = Path.of(file + ".pub");
            if (Files.exists(half, LinkOption.NOFOLLOW_LINKS)) {
                throw new ConfigurationException(
                        "there is " + half + ", but no key " + file + ": it may lie in an agent or on another machine",
                        "name another file for the new key, or move " + half + " away first");
            }
            make(file);
            made = true;
        }
        String line = publicKey(file);
        if (!made && isLetIn(file)) {
            return new Outcome(file, false, false);
        }
        boolean added = install(line);
        verify(file);
        return new Outcome(file, made, added);
    }

    private void make(Path file) throws InterruptedException {
        List<String> words =
                List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "clustrix", "-f", file.toString());
        try {
            Path directory = file.getParent();
            if (directory != null && !Files.isDirectory(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            try {
                process.getOutputStream().close();
                if (!process.waitFor(KEY_GEN.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw notMade(file, "ssh-keygen failed" + (process.isAlive() ? ": it does not end" : ""), null);
                }
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw notMade(file, Words.of(e), e);
        }
    }

    private static ConfigurationException notMade(Path file, String why, @Nullable Throwable cause) {
        return new ConfigurationException(
                "the key " + file + " can't be made: " + why,
                List.of("install OpenSSH's client, or make the key elsewhere, and name it"),
                cause);
    }

    private static String publicKey(Path file) {
        Path half = Path.of(file + ".pub");
        try {
            List<String> lines = Files.readString(half, StandardCharsets.UTF_8)
                    .lines()
                    .filter(l -> !l.isBlank())
                    .toList();
            if (lines.size() == 1 && PUBLIC_KEY.matcher(lines.get(0).strip()).matches()) {
                return lines.get(0).strip();
            }
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the public half " + half + " of the key can't be read: " + e.getMessage(),
                    List.of("make it with: ssh-keygen -y -f " + file + " > " + half),
                    e);
        }
        throw new ConfigurationException(
                half + " is no public key of one line in OpenSSH's format",
                "make it with: ssh-keygen -y -f " + file + " > " + half);
    }

    /** Whether this key alone opens the door already. */
    private boolean isLetIn(Path file) throws InterruptedException {
        try (Host host = withKeyOnly(file)) {
            return host.run(Command.of("true")).exit() == 0;
        } catch (HostException e) {
            if (e.fault() == Fault.NETWORK) {
                throw e;
            }
            return false; // whatever else it is, the next log-in says it too
        }
    }

    private boolean install(String line) throws InterruptedException {
        try (Host host = connect(settings(List.of(), true), credentials, agentSocket)) {
            CommandResult result =
                    host.run(Command.of("env", "LC_ALL=C", "sh", "-c", script(), "clustrix-install-key", line));
            String word = result.out().strip();
            if (result.exit() != 0 || !(word.equals("added") || word.equals("present"))) {
                throw new HostException(
                        Fault.SITE,
                        false,
                        "the key could not be put into ~/.ssh/authorized_keys on " + destination + ": "
                                + result.err().strip(),
                        List.of(
                                "see who may write there: ls -ld ~/.ssh ~/.ssh/authorized_keys",
                                "or ask the site how keys are made known; some have a web page for it"),
                        null);
            }
            return word.equals("added");
        }
    }

    private void verify(Path file) throws InterruptedException {
        try (Host host = withKeyOnly(file)) {
            host.run(Command.of("true"));
        } catch (HostException e) {
            if (e.fault() == Fault.NETWORK) {
                throw e;
            }
            throw new HostException(
                    e.fault(),
                    false,
                    "the key " + file + " stands in ~/.ssh/authorized_keys on " + destination
                            + " now, but is not let in: " + e.getMessage(),
                    List.of(
                            "on the host: chmod go-w ~ ~/.ssh ~/.ssh/authorized_keys; servers ignore keys that others"
                                    + " could have put there",
                            "or the site takes keys from elsewhere, or none at all: ask it"),
                    e);
        }
    }

    private Host withKeyOnly(Path file) {
        Credentials passphraseOnly = question -> question.kind() == Credentials.Kind.PASSPHRASE
                ? credentials.answer(question)
                : Optional.<Secret>empty();
        return connect(settings(List.of(file), false), passphraseOnly, Optional.empty());
    }

    private Host connect(SshSettings settings, Credentials answers, Optional<String> socket) {
        return SshHostProvider.connect(destination, settings, new Context(home, answers), socket);
    }

    private record Context(Path home, Credentials credentials) implements HostContext {
        @Override
        public String cluster() {
            return "ssh-setup";
        }
    }

    /** The defaults of {@code reference.conf}, but for what was said here. */
    private SshSettings settings(List<Path> identity, boolean agent) {
        return new SshSettings(
                user,
                port,
                identity,
                Optional.empty(),
                configFile.map(Path::toString),
                knownHosts,
                Optional.empty(),
                jump,
                agent,
                ANSWER,
                Optional.empty(),
                Optional.empty(),
                1,
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                3);
    }

    private static String script() {
        try (InputStream in = SshSetup.class.getResourceAsStream("install-key.sh")) {
            if (in == null) {
                throw new IllegalStateException("install-key.sh is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
