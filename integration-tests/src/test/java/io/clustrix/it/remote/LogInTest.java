package io.clustrix.it.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.it.Await;
import io.clustrix.it.OtherJvm;
import io.clustrix.it.bed.NeedsTestBed;
import io.clustrix.it.bed.Ran;
import io.clustrix.it.bed.TestBed;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Credentials.Kind;
import io.clustrix.spi.Credentials.Question;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import io.clustrix.spi.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who answers what a real sshd asks, from the program that submits to the log of the server. */
@Tag("faults")
@NeedsTestBed(
        value = {"ssh", "faults"},
        alone = true)
@Timeout(120)
class LogInTest {
    private final TestBed bed = TestBed.get();
    private final List<Question> asked = new CopyOnWriteArrayList<>();
    private RemoteSite site;
    private Relay relay;
    private String user;
    private String password;

    @BeforeEach
    void open() throws IOException {
        site = new RemoteSite();
        // Its connections are told from those of others by their ports.
        relay = new Relay(bed.number("ssh.password.port"));
        user = bed.value("ssh.password.user");
        password = Files.readString(bed.path("ssh.password.password-file"));
    }

    @AfterEach
    void close() throws Exception {
        relay.close();
        RemoteSite.remove(site.workOf(user));
        site.close();
    }

    private RemoteSite.Way way(String ssh) throws IOException {
        Path known = relay.knownHosts(bed.path("ssh.known-hosts"), bed.number("ssh.password.port"), site.local);
        return site.way("ssh")
                .as(user)
                .through(relay.port())
                .ssh("known-hosts = [\"" + known + "\"], config-file = none, agent = false" + ssh);
    }

    private Clustrix open(Credentials credentials) throws IOException {
        return open(site.configuration(way("")), credentials);
    }

    private Clustrix open(Path configuration, Credentials credentials) {
        return Clustrix.builder()
                .configFile(configuration)
                .credentials(question -> {
                    asked.add(question);
                    return credentials.answer(question);
                })
                .open();
    }

    /** An answer to one kind of question. */
    private static Credentials only(Kind kind, String answer) {
        return question -> question.kind() == kind ? Optional.of(Secret.of(answer)) : Optional.empty();
    }

    private static JobFuture<String> who(Clustrix clustrix) {
        return clustrix.submit(() -> System.getProperty("user.name"));
    }

    private static HostException refusal(Clustrix clustrix) throws Exception {
        Throwable failure = RemoteSite.failure(who(clustrix));
        assertThat(failure).isInstanceOf(HostException.class);
        HostException e = (HostException) failure;
        assertThat(e.retryable()).isFalse();
        return e;
    }

    /** What the sshd has logged of this test's connections. */
    private List<String> logged(String text) throws IOException {
        List<String> lines = Files.readAllLines(bed.path("testbed.directory").resolve("log/sshd-password.log"));
        return lines.stream()
                .filter(l -> l.contains(text))
                .filter(l -> relay.ports().stream().anyMatch(port -> l.contains(" port " + port + " ")))
                .toList();
    }

    private void reconnects(Clustrix clustrix) throws Exception {
        int before = relay.ports().size();
        relay.cut();
        assertThat(RemoteSite.value(who(clustrix))).isEqualTo(user);
        assertThat(relay.ports()).hasSizeGreaterThan(before);
    }

    @Test
    @DisplayName("a password is asked for once, and kept for connections that follow (R44)")
    void password() throws Exception {
        try (Clustrix clustrix = open(only(Kind.PASSWORD, password))) {
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(user);
            reconnects(clustrix);
        }
        assertThat(asked)
                .containsExactly(new Question(
                        Kind.PASSWORD, user, "127.0.0.1", "Password of " + user + " on 127.0.0.1:" + relay.port(), 1));
        assertThat(logged("Accepted password")).hasSizeGreaterThan(1);
        assertThat(logged("Failed")).isEmpty();
    }

    @Test
    @DisplayName("a password from a file: nobody is asked")
    void fromFile() throws Exception {
        Path file = Files.writeString(Files.createTempFile(site.local, "password", ""), password);
        try (Clustrix clustrix =
                open(site.configuration(way(", password { file = \"" + file + "\" }")), question -> Optional.empty())) {
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(user);
        }
        assertThat(asked).isEmpty();
    }

    @Test
    @DisplayName("a wrong password: three failed log-ins at most, each told of without it, whatever is submitted (R44)")
    void wrong() throws Exception {
        String wrong = "wr0ng-" + System.nanoTime();
        try (Clustrix clustrix = open(question -> Optional.of(Secret.of(wrong)))) {
            List<JobFuture<String>> jobs = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                jobs.add(who(clustrix));
            }
            for (JobFuture<String> job : jobs) {
                assertThat(RemoteSite.failure(job)).isInstanceOf(HostException.class);
            }
            for (int i = 0; i < 4; i++) {
                HostException e = refusal(clustrix);
                assertThat(e)
                        .hasMessageContaining(user + "@127.0.0.1:" + relay.port() + " is refused the log-in")
                        .hasMessageContaining("tried: password: refused")
                        .hasMessageContaining("The host allows: ");
                assertThat(e.toString()).doesNotContain(wrong);
            }
            assertThat(refusal(clustrix)).hasMessageContaining("until the program is restarted");
        }
        assertThat(logged("Failed ")).hasSizeBetween(1, 3);
        assertThat(asked).extracting(Question::kind).containsOnly(Kind.PASSWORD);
        assertThat(asked).extracting(Question::attempt).containsExactly(1, 2, 3);
    }

    @Test
    @DisplayName("a wrong password is asked for again by the next job, and then goes")
    void secondTry() throws Exception {
        try (Clustrix clustrix =
                open(question -> Optional.of(Secret.of(question.attempt() == 1 ? "wrong" : password)))) {
            refusal(clustrix);
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(user);
        }
        assertThat(logged("Failed ")).hasSize(1);
        assertThat(asked).hasSize(2);
    }

    @Test
    @DisplayName("a host that asks in its own words is answered, and the password kept as well (R44)")
    void interactive() throws Exception {
        try (Clustrix clustrix = open(only(Kind.PROMPT, password))) {
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(user);
            assertThat(asked).extracting(Question::kind).containsExactly(Kind.PASSWORD, Kind.PROMPT);
            assertThat(asked.get(1).text()).containsIgnoringCase("password");
            assertThat(logged("Accepted keyboard-interactive")).isNotEmpty();
            reconnects(clustrix);
        }
        assertThat(asked).hasSize(2);
        assertThat(logged("Failed")).isEmpty();
    }

    @Test
    @DisplayName("nobody answers: an error that says what was asked, and nothing was sent")
    void givenUp() throws Exception {
        try (Clustrix clustrix = open(question -> Optional.empty())) {
            assertThat(refusal(clustrix))
                    .hasMessageContaining("password: none is set, and nobody gave one")
                    .hasMessageContaining("keyboard-interactive: nobody answered '");
        }
        assertThat(logged("Failed ")).isEmpty();
    }

    @Test
    @DisplayName("an application's Credentials that throw fail the jobs, with the cause")
    void thrown() throws Exception {
        try (Clustrix clustrix = open(question -> {
            throw new IllegalStateException("no terminal");
        })) {
            assertThat(refusal(clustrix))
                    .hasMessageContaining("Credentials threw java.lang.IllegalStateException: no terminal")
                    .hasMessageContaining("Password of " + user);
        }
        try (Clustrix clustrix = open(question -> {
            throw new AssertionError("not even an exception");
        })) {
            assertThat(refusal(clustrix)).hasMessageContaining("not even an exception");
        }
        assertThat(asked).hasSize(2);
    }

    @Test
    @DisplayName(
            "who takes long to answer holds up no other cluster; who never does fails the jobs after answer-timeout")
    void slow() throws Exception {
        CountDownLatch person = new CountDownLatch(1);
        Path configuration = site.configuration(way(""));
        TestBed.Login login = bed.login();
        Files.writeString(
                configuration,
                """
                clustrix.clusters.other = ${clustrix.clusters.it} {
                  host = "%s@%s:%d", work-directory = "%s"
                  ssh { identity = ["%s"], known-hosts = ["%s"] }
                }
                """.formatted(login.user(), login.host(), login.port(), site.work, login.key(), login.knownHosts()),
                StandardOpenOption.APPEND);
        try (Clustrix clustrix = open(configuration, question -> {
            await(person);
            return Optional.of(Secret.of(password));
        })) {
            JobFuture<String> waiting = who(clustrix);
            Await.until("the question", RemoteSite.BOUND, () -> !asked.isEmpty());
            assertThat(RemoteSite.value(clustrix.on("other").submit(() -> System.getProperty("user.name"))))
                    .isEqualTo(login.user());
            assertThat(waiting.isDone()).isFalse();
            person.countDown();
            assertThat(RemoteSite.value(waiting)).isEqualTo(user);
            assertThat(asked).hasSize(1);
        }
        CountDownLatch never = new CountDownLatch(1);
        try (Clustrix clustrix = open(site.configuration(way(", answer-timeout = 2s")), question -> {
            await(never);
            return Optional.empty();
        })) {
            assertThat(refusal(clustrix)).hasMessageContaining("Password of").hasMessageContaining("within 2s");
        }
    }

    @Test
    @DisplayName("a host that does not wait for the password gets it on the next connection, and nobody is asked twice")
    void late() throws Exception {
        CountDownLatch person = new CountDownLatch(1);
        try (Clustrix clustrix = open(question -> {
            await(person);
            return Optional.of(Secret.of(password));
        })) {
            JobFuture<String> job = who(clustrix);
            Await.until("the question", RemoteSite.BOUND, () -> !asked.isEmpty());
            relay.cut();
            Thread.sleep(1000); // until the cut is seen here
            person.countDown();
            assertThat(RemoteSite.value(job)).isEqualTo(user);
        }
        assertThat(asked).hasSize(1);
        assertThat(relay.ports()).hasSizeGreaterThan(1);
        assertThat(logged("Failed")).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(RemoteSite.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @DisplayName("a key with a passphrase, which is asked for once")
    void passphrase() throws Exception {
        String passphrase =
                Files.readString(bed.path("ssh.key.passphrase-file")).strip();
        Path configuration = site.configuration(site.way("ssh")
                .ssh("identity = [\"" + bed.value("ssh.key.passphrase") + "\"], known-hosts = [\""
                        + bed.value("ssh.known-hosts") + "\"], config-file = none, agent = false"));
        try (Clustrix clustrix = open(configuration, only(Kind.PASSPHRASE, passphrase))) {
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(bed.value("ssh.user"));
        }
        assertThat(asked)
                .extracting(Question::text)
                .containsExactly("Passphrase of " + bed.value("ssh.key.passphrase"));
    }

    @Test
    @DisplayName("an unknown host: the error's command accepts its key, and the same program goes on")
    void unknownHost() throws Exception {
        Path known = site.local.resolve("no_known_hosts");
        RemoteSite.Way way = site.way("ssh")
                .ssh("identity = [\"" + bed.value("ssh.key") + "\"], known-hosts = [\"" + known
                        + "\"], config-file = none, agent = false");
        try (Clustrix clustrix = site.open(way)) {
            HostException e = refusal(clustrix);
            assertThat(e.fault()).isEqualTo(Fault.CONFIGURATION);
            assertThat(e).hasMessageContaining("SHA256:");
            Matcher command = Pattern.compile("accept it by: (ssh-keyscan .*?) \\(or")
                    .matcher(e.hints().get(0));
            assertThat(command.find()).as(e.toString()).isTrue();
            Ran ran = Ran.run(Duration.ofSeconds(30), "", List.of("sh", "-c", command.group(1)));
            assertThat(ran.exitCode()).as(ran.errors()).isZero();
            assertThat(RemoteSite.value(who(clustrix))).isEqualTo(bed.value("ssh.user"));
        }
    }

    @Test
    @DisplayName("no secret is logged, whatever the level, be it right or wrong")
    void logs() throws Exception {
        String wrong = "wr0ng-" + System.nanoTime();
        for (String secret : List.of(password, wrong)) {
            Path configuration = site.configuration(way(""));
            try (OtherJvm driver = OtherJvm.start(
                    site.local,
                    List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=trace"),
                    Map.of("SECRET_OF_TEST", secret),
                    Asked.class,
                    configuration.toString())) {
                assertThat(driver.await()).isZero();
                assertThat(driver.output())
                        .contains(secret.equals(wrong) ? "tried: password: refused" : "RESULT " + user)
                        .contains("DEBUG")
                        .doesNotContain(secret);
            }
        }
    }

    /** A driver that knows a password and logs everything. */
    static final class Asked {
        private Asked() {}

        public static void main(String[] arguments) throws Exception {
            Secret secret = Secret.of(System.getenv("SECRET_OF_TEST"));
            try (Clustrix clustrix = Clustrix.builder()
                    .configFile(Path.of(arguments[0]))
                    .credentials(question -> Optional.of(secret))
                    .open()) {
                try {
                    System.out.println("RESULT " + RemoteSite.value(who(clustrix)));
                } catch (java.util.concurrent.ExecutionException e) {
                    e.printStackTrace(System.out);
                }
            }
        }
    }
}
