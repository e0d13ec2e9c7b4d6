package io.clustrix.internal.environment;

import io.clustrix.internal.staging.Digests;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.internal.staging.ShellWords;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.EnvironmentRequest;
import io.clustrix.spi.ProvisioningContext;
import io.clustrix.spi.ProvisioningException;
import io.clustrix.spi.RemotePath;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for Javas on a host, in one command, and says what was found or why it will not do. What was good is kept on
 * the host, so that the next driver need not ask.
 */
final class RuntimeSearch {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeSearch.class);
    private static final RemoteScript PROBE = RemoteScript.of(RuntimeSearch.class, "probe.sh");
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final int KEY_BYTES = 12;
    private static final int NO_DIRECTORY = 71;

    /** The worker's own classes. */
    static final int OLDEST = 17;

    private final EnvironmentRequest request;
    private final ProvisioningContext context;
    private final JavaWish work;
    private final Optional<JavaWish> control;
    private final String shippedName;

    /**
     * A search.
     *
     * @param own the driver's feature version
     * @param supervised whether a supervisor is asked for
     * @param shippedName the name under which a copy of the driver's Java would be on the host; {@code -} if there is
     *     none
     * @throws ProvisioningException if what is asked for can't run the job's classes
     */
    RuntimeSearch(
            EnvironmentRequest request, ProvisioningContext context, int own, boolean supervised, String shippedName) {
        this.request = request;
        this.context = context;
        this.shippedName = shippedName;
        work = JavaWish.parse(request.java().orElse("any"), request.minJava(), own);
        control = supervised
                ? Optional.of(JavaWish.parse(request.controlJava().orElse("any"), OLDEST, own))
                : Optional.empty();
        if (work.high() < request.minJava()) {
            throw new ProvisioningException(
                    needs() + ", and environment.java asks for " + work.text(),
                    mends(List.of("set environment.java = \"" + request.minJava() + "+\"")),
                    null);
        }
    }

    JavaWish work() {
        return work;
    }

    Optional<JavaWish> control() {
        return control;
    }

    /**
     * Looks.
     *
     * @param folders patterns of places beside {@code JAVA_HOME} and {@code PATH}, each of a Java's home
     */
    Survey run(List<String> folders) throws InterruptedException {
        // What is sent stands by itself.
        String setup = work.shipped() && control.isEmpty()
                ? ""
                : ShellSetup.lines(request.modules(), request.setup(), request.variables());
        String where = work.shipped() ? "shipped" : folders.isEmpty() ? "plain" : String.join(" ", folders);
        List<String> wishes = new ArrayList<>(List.of(
                Integer.toString(work.low()),
                Integer.toString(work.high()),
                Integer.toString(control.map(JavaWish::low).orElse(0)),
                Integer.toString(control.map(JavaWish::high).orElse(0)),
                where,
                work.path().orElse("-"),
                control.flatMap(JavaWish::path).orElse("-"),
                shippedName));
        wishes.addAll(request.prefix());
        String key = key(wishes, setup);
        Optional<Survey> known = context.remembered(key).flatMap(a -> Survey.parse(a));
        if (known.isPresent() && suits(known.get())) {
            return known.get();
        }
        RemotePath there = context.nodesWorkDirectory();
        String attempt = context.attemptDirectory().value();
        List<String> arguments = new ArrayList<>(List.of(
                there.value(), there.resolve("env").value() + attempt.substring(attempt.lastIndexOf('/')), key));
        arguments.addAll(wishes);
        byte[] input = setup.getBytes(StandardCharsets.UTF_8);
        CommandResult r = context.nodes().run(PROBE.command(LONGEST, arguments).withInput(out -> out.write(input)));
        Optional<Survey> survey = r.exit() == 0 ? Survey.parse(r.out()) : Optional.empty();
        if (survey.filter(v -> !v.unfit()).isPresent()) {
            return survey.get();
        }
        if (setup.isEmpty() || r.exit() == NO_DIRECTORY) {
            throw new ProvisioningException(
                    "it can't be told which Java " + context.nodes().name() + " has: " + PROBE.summary(r),
                    "see that the work directory " + there.value() + " can be written to");
        }
        LOG.warn(
                "environment.modules or environment.setup can't be run on {}, so nobody has seen the Java that jobs will"
                        + " find on the nodes (environment.check-on-host = false makes this the rule): {}",
                context.nodes().name(),
                PROBE.summary(r));
        return new Survey("", List.of(), List.of(), true);
    }

    private boolean suits(Survey survey) {
        return survey.work(work, prefixed()).isPresent()
                && control.stream().allMatch(c -> survey.control(c).isPresent());
    }

    /** What a search depends on, its script as well. */
    private static String key(List<String> wishes, String setup) {
        byte[] all = String.join("\0", PROBE.text(), String.join("\0", wishes), setup)
                .getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(Digests.sha256().digest(all), 0, KEY_BYTES);
    }

    boolean prefixed() {
        return !request.prefix().isEmpty();
    }

    /** The environment that these two make. */
    Environment environment(FoundJava java, Optional<FoundJava> supervisor, String kind) {
        List<String> words = new ArrayList<>(request.prefix());
        words.add(prefixed() ? work.path().orElse("java") : java.path());
        boolean lookedUp =
                !prefixed() && (java.from().equals("JAVA_HOME") || java.from().equals("PATH"));
        String described = java.described();
        if (supervisor.isPresent()) {
            described += ", supervised by " + supervisor.get().described();
        }
        List<String> setup = new ArrayList<>(request.setup());
        if (java.from().equals("shipped")
                || supervisor.filter(s -> s.from().equals("shipped")).isPresent()) {
            // By which its age is told: it is removed if nobody uses it for long.
            setup.add("touch -c "
                    + ShellWords.quoted(context.nodesWorkDirectory().value() + "/env/" + shippedName + "/used")
                    + " 2>/dev/null");
        }
        return new Environment(
                words,
                lookedUp,
                supervisor.map(s -> List.of(s.path())).orElse(List.of()),
                java.feature(),
                request.modules(),
                setup,
                request.variables(),
                kind + ": " + described);
    }

    /**
     * That nothing that was found will do.
     *
     * @param where more about where it was to be, with a blank before it; may be empty
     */
    ProvisioningException nothing(Survey survey, JavaWish wish, String where, List<String> more) {
        String what = wish.path().isPresent()
                ? "no Java that can be used as " + wish.path().get() + where
                : "no " + wish.text() + where;
        boolean tooOld = request.minJava() > OLDEST
                && survey.javas().stream().anyMatch(j -> j.feature() >= OLDEST && j.feature() < request.minJava());
        StringBuilder problem = new StringBuilder();
        if (tooOld) {
            problem.append(needs()).append(", and ");
        }
        problem.append(what)
                .append(" was found on ")
                .append(context.host().name())
                .append("; what was looked at: ")
                .append(survey.looked().isEmpty() ? "nothing" : String.join("; ", survey.looked()));
        List<String> hints = new ArrayList<>();
        if (wish.path().isPresent()) {
            hints.add("if only the nodes have it, set environment.check-on-host = false");
        }
        hints.add("name a module that brings one (environment.modules), or its path (environment.java)");
        hints.addAll(more);
        return new ProvisioningException(problem.toString(), tooOld ? mends(hints) : hints, null);
    }

    private String needs() {
        return "the job's classes need Java " + request.minJava() + " (class-file level " + (request.minJava() + 44)
                + ")";
    }

    private static List<String> mends(List<String> hints) {
        List<String> all = new ArrayList<>();
        all.add("compile with --release and the version that the nodes have, or give them a newer Java");
        all.addAll(hints);
        return all;
    }
}
