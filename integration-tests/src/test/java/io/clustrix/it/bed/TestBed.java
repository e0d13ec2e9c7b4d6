package io.clustrix.it.bed;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Properties;

/**
 * What {@code testbed/up} has written down. The keys are explained in testbed/README.md; an accessor here is for a key
 * that many tests need, {@link #value} for the others.
 */
public final class TestBed {
    private static final Path FILE = Path.of("testbed", "run", "testbed.properties");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private final Properties properties;

    private TestBed(Properties properties) {
        this.properties = properties;
    }

    /** Where to reach an sshd: a user of it, and the key that this user has there. */
    public record Login(String host, int port, String user, Path key, Path knownHosts) {}

    /**
     * The one of this checkout. Empty if it is not up, or was before the machine was started anew.
     *
     * @throws IllegalStateException if its file cannot be read
     */
    public static Optional<TestBed> find() {
        return root(
                        Path.of("").toAbsolutePath(),
                        Optional.ofNullable(System.getProperty("maven.multiModuleProjectDirectory")))
                .map(root -> root.resolve(FILE))
                .filter(Files::exists)
                .map(TestBed::read)
                .filter(bed -> bed.isOfThisBoot(BOOT_ID));
    }

    /** {@link #find}, for tests annotated with {@link NeedsTestBed}. */
    public static TestBed get() {
        return find().orElseThrow(
                        () -> new IllegalStateException("no " + FILE + ": annotate the test with @NeedsTestBed"));
    }

    /** The checkout's root: as Maven says, or the nearest directory above that has both a testbed and a pom.xml. */
    static Optional<Path> root(Path directory, Optional<String> maven) {
        if (maven.isPresent()) {
            return maven.map(Path::of);
        }
        for (Path at = directory; at != null; at = at.getParent()) {
            if (Files.isRegularFile(at.resolve("pom.xml")) && Files.isDirectory(at.resolve("testbed"))) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    static TestBed read(Path file) {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file + ": " + e.getMessage(), e);
        }
        return new TestBed(properties);
    }

    boolean isOfThisBoot(Path bootId) {
        try {
            return !Files.exists(bootId)
                    || Files.readString(bootId).trim().equals(properties.getProperty("testbed.boot-id"));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + bootId + ": " + e.getMessage(), e);
        }
    }

    /** Whether slurm, accounting, ssh, sge or k8s is up. */
    public boolean isUp(String service) {
        String key = service.equals("accounting") ? "slurm.accounting" : service + ".up";
        return Boolean.parseBoolean(properties.getProperty(key));
    }

    /**
     * The value of a key.
     *
     * @throws NoSuchElementException if the file does not have it
     */
    public String value(String key) {
        String value = properties.getProperty(key);
        if (value == null) {
            throw new NoSuchElementException(
                    "the test bed has no " + key + "; it has " + properties.stringPropertyNames());
        }
        return value;
    }

    public int number(String key) {
        return Integer.parseInt(value(key));
    }

    public Path path(String key) {
        return Path.of(value(key));
    }

    /** The usual user on the main sshd. */
    public Login login() {
        return login(value("ssh.user"));
    }

    /** Another user on the main sshd; it has the same key. */
    public Login login(String user) {
        return new Login(value("ssh.host"), number("ssh.port"), user, path("ssh.key"), path("ssh.known-hosts"));
    }

    /** The sshd behind the main one. */
    public Login behindJump() {
        return new Login(
                value("ssh.jump.target.host"),
                number("ssh.jump.target.port"),
                value("ssh.user"),
                path("ssh.key"),
                path("ssh.known-hosts"));
    }

    /** The log-in name of the user with this login shell, or this habit: csh, fish or banner. */
    public String userWith(String shell) {
        return value("ssh.users." + shell);
    }

    /** The directory of a user, on the machine where one logs in and on all nodes. */
    public Path home(String user) {
        return path("ssh.homes").resolve(user);
    }

    /** Where the usual user's jobs may write. */
    public Path slurmWorkDirectory() {
        return path("slurm.work-directory");
    }

    /**
     * Breaks something, or mends it: the words of {@code testbed/fault}. Whoever breaks something mends it again.
     *
     * @throws AssertionError if the script fails or takes longer than a minute
     */
    public void fault(String... words) throws IOException, InterruptedException {
        script("testbed.fault", words);
    }

    /** Stops, starts or cuts an sshd: the words of {@code testbed/sshd}. */
    public void sshd(String... words) throws IOException, InterruptedException {
        script("testbed.sshd", words);
    }

    private void script(String key, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(value(key)));
        command.addAll(List.of(words));
        Ran ran = Ran.run(Duration.ofSeconds(60), "", command);
        if (ran.exitCode() != 0) {
            throw new AssertionError(command + " ended with " + ran.exitCode() + ": " + ran.output() + ran.errors());
        }
    }
}
