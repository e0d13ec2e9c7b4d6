package io.clustrix.testkit;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentProvisioner;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What every provisioner must keep, as core counts on it. A provisioner's test extends this class, with a real host
 * that has a POSIX shell:
 *
 * <pre>{@code
 * class AcmeProvisionerContractTest extends ProvisionerContract {
 *     @Override
 *     protected EnvironmentProvisioner provisioner() {
 *         return new AcmeProvisionerProvider().create(Map.of(), Path.of("target/cache"));
 *     }
 *
 *     @Override
 *     protected Host open() {
 *         return HostContract.connected(new SshHostProvider(), "testhost", Map.of());
 *     }
 * }
 * }</pre>
 */
public abstract class ProvisionerContract {
    private static final int LOWEST = 17;
    private static final int NEVER = 99;
    private static final Pattern VERSION = Pattern.compile("java\\.specification\\.version = ([0-9.]+)");

    private @Nullable Host opened;
    private @Nullable RemotePath base;

    /** For sub-classes. */
    protected ProvisionerContract() {}

    /** A new provisioner. */
    protected abstract EnvironmentProvisioner provisioner() throws Exception;

    /** A new host. The contract closes it. */
    protected abstract Host open() throws Exception;

    /** How long one environment may take to be made. */
    protected Duration patience() {
        return Duration.ofMinutes(3);
    }

    // ---------------------------------------------------------------- what the tests use

    @BeforeEach
    void connect() throws Exception {
        opened = open();
        base = new RemotePath(sh("cd \"$(mktemp -d)\" && pwd -P").out().strip());
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        if (base != null) {
            var unused = sh("rm -rf \"$1\"", base.value());
        }
        if (opened != null) {
            opened.close();
        }
    }

    private Host host() {
        if (opened == null) {
            throw new IllegalStateException("open() gave no host");
        }
        return opened;
    }

    private CommandResult sh(String script, String... arguments) throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        words.addAll(List.of(arguments));
        return host().run(Command.of(words).withTimeout(patience()));
    }

    /** A work directory of this name, which is made. */
    private RemotePath work(String name) throws InterruptedException {
        if (base == null) {
            throw new IllegalStateException("there is no directory for tests");
        }
        RemotePath work = base.resolve(name);
        CommandResult r = sh("mkdir -p \"$1\"", work.value());
        if (r.exit() != 0) {
            throw new IllegalStateException(r.summary());
        }
        return work;
    }

    private static EnvironmentRequest request(Optional<String> java) {
        return new EnvironmentRequest(LOWEST, java, Optional.empty(), List.of(), true, List.of(), List.of(), Map.of());
    }

    /** A host that counts. */
    private static final class Watching implements Host {
        private final Host host;
        private final AtomicInteger commands = new AtomicInteger();

        Watching(Host host) {
            this.host = host;
        }

        @Override
        public String name() {
            return host.name();
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            commands.incrementAndGet();
            return host.run(command);
        }

        @Override
        public CommandResult run(Command command, OutputStream out) throws InterruptedException {
            commands.incrementAndGet();
            return host.run(command, out);
        }

        @Override
        public void close() {}
    }

    /** Where an attempt is made. */
    private record Place(Host host, RemotePath workDirectory, RemotePath attemptDirectory, Host own)
            implements ProvisioningContext {
        static Place in(RemotePath work, Host host, Host own) {
            return new Place(host, work, work.resolve("env").resolve("tmp." + UUID.randomUUID()), own);
        }

        @Override
        public Optional<String> remembered(String key) {
            try {
                CommandResult r = own.run(Command.of(
                        "cat",
                        workDirectory.resolve("env").resolve("note-" + key).value()));
                return r.exit() == 0 ? Optional.of(r.out()) : Optional.empty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.empty();
            }
        }
    }

    private Place place(RemotePath work) {
        return Place.in(work, new Watching(host()), host());
    }

    /** What a provisioner makes of a request; empty if it has none, or says why. */
    private Optional<Environment> made(EnvironmentRequest request, Place place) throws Exception {
        Optional<Environment> made;
        try {
            made = provisioner().provision(request, place);
        } catch (ProvisioningException e) {
            if (e.getMessage() == null
                    || e.hints().isEmpty()
                    || !e.getMessage().toLowerCase(java.util.Locale.ROOT).contains("java")) {
                throw Broken.rule(
                        "the message lists what was looked at, and hints say what to do (ProvisioningException)",
                        "it does not",
                        e);
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            throw Broken.rule(
                    "an environment that can't be made is a ProvisioningException (EnvironmentProvisioner.provision)",
                    "another exception comes for " + request,
                    e);
        }
        if (made.isPresent()) {
            CommandResult r = sh("[ ! -e \"$1\" ]", place.attemptDirectory().value());
            if (r.exit() != 0) {
                throw Broken.rule(
                        "an attempt that succeeds removes its directory (ProvisioningContext.attemptDirectory)",
                        place.attemptDirectory().value() + " is still there");
            }
        }
        return made;
    }

    /** Starts what was made; gives the version that it has. */
    private int starts(Environment environment, List<String> java) throws InterruptedException {
        List<String> arguments = new ArrayList<>(java);
        arguments.addAll(List.of("-XshowSettings:properties", "-version"));
        StringBuilder script = new StringBuilder();
        environment
                .modules()
                .forEach(m -> script.append("module load '").append(m).append("'\n"));
        environment.setup().forEach(line -> script.append(line).append('\n'));
        script.append("exec \"$@\"");
        CommandResult r = sh(script.toString(), arguments.toArray(new String[0]));
        Matcher version = VERSION.matcher(r.err() + r.out());
        if (r.exit() != 0 || !version.find()) {
            throw Broken.rule(
                    "an environment is verified, not hoped for: its words start a Java (Environment.java)",
                    "they do not: " + r.summary());
        }
        return Integer.parseInt(version.group(1).replaceFirst("^1\\.", ""));
    }

    private Environment works(EnvironmentRequest request, Environment environment, int least, int most)
            throws InterruptedException {
        int version = starts(environment, environment.java());
        if (version < least || version > most) {
            throw Broken.rule(
                    "the Java is of the version that is asked for (EnvironmentRequest.java, minJava)",
                    "for " + request + " there is Java " + version + ": " + environment);
        }
        if (environment.javaVersion() != 0 && environment.javaVersion() != version) {
            throw Broken.rule(
                    "an environment is verified, not hoped for (Environment.javaVersion)",
                    "it says " + environment.javaVersion() + " and is " + version);
        }
        if (!environment.control().isEmpty()) {
            var unused = starts(environment, environment.control());
        }
        if (environment.description().isBlank()) {
            throw Broken.rule("an environment says what it is (Environment.description)", "it is blank");
        }
        return environment;
    }

    private Environment usual(RemotePath work) throws Exception {
        EnvironmentRequest request = request(Optional.empty());
        Environment environment = made(request, place(work))
                .orElseThrow(() -> Broken.rule(
                        "a provisioner has an environment for a request that asks for nothing special, if the host has a"
                                + " Java or can be given one (EnvironmentProvisioner.provision)",
                        "in " + work.value() + " it has none"));
        return works(request, environment, LOWEST, Integer.MAX_VALUE);
    }

    // ---------------------------------------------------------------- the tests

    @Test
    @DisplayName("a request that asks for nothing special has an environment whose Java starts")
    void usual() throws Exception {
        var unused = usual(work("work"));
    }

    @Test
    @DisplayName("versions are met, or there is none, or it is said what was looked at")
    void versions() throws Exception {
        RemotePath work = work("work");
        for (int version : new int[] {17, 21, 25}) {
            for (boolean orNewer : new boolean[] {false, true}) {
                EnvironmentRequest request = request(Optional.of(version + (orNewer ? "+" : "")));
                Optional<Environment> made = made(request, place(work));
                if (made.isPresent()) {
                    var unused = works(request, made.get(), version, orNewer ? Integer.MAX_VALUE : version);
                }
            }
        }
        for (String none : List.of(Integer.toString(NEVER), "/no/such/directory of the contract/bin/java")) {
            Optional<Environment> made = made(request(Optional.of(none)), place(work));
            if (made.isPresent()) {
                throw Broken.rule(
                        "an environment is verified, not hoped for (Environment)",
                        "for Java " + none + " there is " + made.get());
            }
        }
    }

    @Test
    @DisplayName("work directories of any name will do")
    void workDirectories() throws Exception {
        for (String name : List.of(
                "two words",
                "it's",
                "say \"x\"",
                "$(touch sprung) `touch sprung`",
                "-n",
                "a;b&c|d",
                "*?[a]",
                "#x",
                "\\")) {
            var unused = usual(work(name));
        }
        if (sh("ls \"$HOME/sprung\" \"$1\"/sprung ./sprung 2>/dev/null", base == null ? "" : base.value())
                .out()
                .contains("sprung")) {
            throw Broken.rule("a command is words; nothing of a path is run (Command)", "a part of a path was run");
        }
    }

    @Test
    @DisplayName("set-up lines, variables and a prefix are kept")
    void wishes() throws Exception {
        RemotePath work = work("work");
        EnvironmentRequest request = new EnvironmentRequest(
                LOWEST,
                Optional.empty(),
                Optional.empty(),
                List.of("env", "CLUSTRIX_CONTRACT=a b"),
                true,
                List.of(),
                List.of("CLUSTRIX_SET_UP=yes; export CLUSTRIX_SET_UP"),
                Map.of("CLUSTRIX_VARIABLE", "it's a value"));
        Optional<Environment> made = made(request, place(work));
        if (made.isEmpty()) {
            return;
        }
        Environment e = works(request, made.get(), LOWEST, Integer.MAX_VALUE);
        if (!e.setup().containsAll(request.setup())
                || !e.variables().entrySet().containsAll(request.variables().entrySet())
                || e.java().size() < 3
                || !e.java().subList(0, 2).equals(request.prefix())) {
            throw Broken.rule(
                    "set-up lines, variables and prefix of the request are part of the environment"
                            + " (EnvironmentRequest)",
                    "for " + request + " there is " + e);
        }
    }

    @Test
    @DisplayName("the second time is not dearer, and several at once do not disturb each other")
    void again() throws Exception {
        RemotePath work = work("work");
        Watching first = new Watching(host());
        Watching second = new Watching(host());
        EnvironmentRequest request = request(Optional.empty());
        Optional<Environment> one = made(request, Place.in(work, first, host()));
        Optional<Environment> two = made(request, Place.in(work, second, host()));
        if (second.commands.get() > first.commands.get()
                || !one.map(Environment::java).equals(two.map(Environment::java))) {
            throw Broken.rule(
                    "what was made is found made (EnvironmentProvisioner.provision)",
                    "the first time took " + first.commands + " commands, the second " + second.commands + ": " + one
                            + ", " + two);
        }
        RemotePath fresh = work("fresh");
        EnvironmentProvisioner shared = provisioner();
        List<CompletableFuture<Optional<Environment>>> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(begun(shared, request, place(fresh), new Thread[1]));
        }
        for (CompletableFuture<Optional<Environment>> each : all) {
            try {
                Optional<Environment> made = each.get(patience().toMillis(), TimeUnit.MILLISECONDS);
                if (made.isPresent()) {
                    var unused = works(request, made.get(), LOWEST, Integer.MAX_VALUE);
                }
            } catch (ExecutionException | TimeoutException e) {
                throw Broken.rule("a provisioner is thread-safe (EnvironmentProvisioner)", "of several one fails", e);
            }
        }
    }

    private static CompletableFuture<Optional<Environment>> begun(
            EnvironmentProvisioner provisioner, EnvironmentRequest request, Place place, Thread[] runner) {
        CompletableFuture<Optional<Environment>> outcome = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        outcome.complete(provisioner.provision(request, place));
                    } catch (Throwable t) {
                        outcome.completeExceptionally(t);
                    }
                },
                "clustrix-contract");
        thread.setDaemon(true);
        runner[0] = thread;
        thread.start();
        return outcome;
    }

    /** A host that does not answer, or can't be reached. */
    private static final class Silent implements Host {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final boolean unreachable;

        Silent(boolean unreachable) {
            this.unreachable = unreachable;
        }

        @Override
        public String name() {
            return "a host of the contract";
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            asked.countDown();
            if (!unreachable) {
                new CountDownLatch(1).await(1, TimeUnit.HOURS);
            }
            throw new HostException("the contract's host can't be reached");
        }

        @Override
        public CommandResult run(Command command, OutputStream out) throws InterruptedException {
            return run(command);
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName("an interrupt ends it, and a host that can't be reached is a HostException")
    void givenUp() throws Exception {
        RemotePath work = work("work");
        Silent silent = new Silent(false);
        Thread[] runner = new Thread[1];
        CompletableFuture<Optional<Environment>> outcome =
                begun(provisioner(), request(Optional.empty()), Place.in(work, silent, host()), runner);
        if (silent.asked.await(patience().toMillis(), TimeUnit.MILLISECONDS)) {
            runner[0].interrupt();
            try {
                var made = outcome.get(patience().toMillis(), TimeUnit.MILLISECONDS);
                throw Broken.rule("nothing is made without an answer", "there is " + made);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof InterruptedException)) {
                    throw Broken.rule(
                            "if the caller has given up there is an InterruptedException"
                                    + " (EnvironmentProvisioner.provision)",
                            "it is another exception",
                            e.getCause() == null ? e : e.getCause());
                }
            } catch (TimeoutException e) {
                throw Broken.rule("a provisioner reacts to interruption (EnvironmentProvisioner)", "it goes on", e);
            }
        }
        Silent unreachable = new Silent(true);
        try {
            var made = provisioner().provision(request(Optional.empty()), Place.in(work, unreachable, host()));
            if (unreachable.asked.getCount() == 0) {
                throw Broken.rule("nothing is made without a host", "there is " + made);
            }
        } catch (HostException expected) {
            if (expected.getMessage() == null) {
                throw new AssertionError(expected);
            }
        } catch (RuntimeException e) {
            throw Broken.rule(
                    "a host that can't be reached is a HostException (EnvironmentProvisioner.provision)",
                    "it is another exception",
                    e);
        }
    }
}
