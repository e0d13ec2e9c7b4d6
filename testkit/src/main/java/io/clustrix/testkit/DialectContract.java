package io.clustrix.testkit;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.DialectProvider;
import io.clustrix.spi.ErrorPolicy;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobOptions;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import io.clustrix.testkit.Recorded.Kind;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * What every scheduler's dialect must keep, as core counts on it. A dialect's test extends this class and gives it the
 * provider and recorded answers:
 *
 * <pre>{@code
 * class AcmeDialectContractTest extends DialectContract {
 *     @Override
 *     protected DialectProvider<?> provider() {
 *         return new AcmeDialectProvider();
 *     }
 *
 *     @Override
 *     protected List<Recorded> recorded() {
 *         return Recorded.load(getClass(), "acme-answers.txt"); // or made by Recorded's methods
 *     }
 * }
 * }</pre>
 *
 * <p>Record real answers: run the scheduler's commands by hand, with the options that the dialect gives them, and keep
 * exit code and both outputs. There must be one at least of each of these: a submission that was accepted, one that was
 * refused, states of jobs, states with a word that the scheduler does not have (made by hand), a question about states
 * that failed, a cancel, and a job that was found by its name; and of history, info and starts if the dialect has these
 * commands.
 *
 * <p>The recorded answers are then damaged, {@link #mutations} times. The seed is new each time, stands in the message
 * of a failure, and can be set by the system property {@value #SEED}.
 */
public abstract class DialectContract {

    /** The system property that sets the seed of the damage. */
    public static final String SEED = "clustrix.testkit.seed";

    private static final int MUTATIONS = 5000;
    private static final int THREADS = 4;
    private static final int MANY = 100;
    private static final int VERY_MANY = 5000;
    private static final int LONGEST_WORD = 128 * 1024;
    private static final int MOST_FOR_MANY = 64 * 1024;
    private static final int FIRST_ID = 700_001;
    private static final int ELEMENTS = 10;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z0-9]+");

    /** For sub-classes. */
    protected DialectContract() {}

    // ---------------------------------------------------------------- what the plugin's test gives

    /** A new provider, as {@link ServiceLoader} makes it. */
    protected abstract DialectProvider<?> provider();

    /** The recorded answers. */
    protected abstract List<Recorded> recorded();

    /**
     * Keys of the cluster's block that the dialect is to be tried with, over the defaults of its
     * {@code reference.conf}, for instance {@code parallel-environment}; values as {@code Clustrix.builder().set} takes
     * them.
     */
    protected Map<String, Object> settings() {
        return Map.of();
    }

    /**
     * The dialect that the recorded answers are for; by default the provider's, with {@link #settings}. Override it if
     * it must be {@linkplain SchedulerDialect#informed informed} first.
     */
    protected SchedulerDialect dialect() {
        return made(provider());
    }

    /** Names of the scheduler's own options that take any text, for instance {@code comment}. */
    protected List<String> options() {
        return List.of("comment");
    }

    /** More plans to make directives for; each is said, or refused with a {@link ConfigurationException}. */
    protected List<JobPlan> plans() {
        return List.of();
    }

    /** How many damaged answers are tried. */
    protected int mutations() {
        return MUTATIONS;
    }

    /** How long one answer may take to be read. The default is far more than any should take. */
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    /**
     * Whether an answer says of a job that it has succeeded, read by another reader than the dialect's. With it, damage
     * is held against the dialect more strictly: also wild damage, and of answers that have successes in them. By
     * default there is none, and a success must only never come from careful damage of an answer that has none.
     *
     * @param answer a damaged one
     */
    protected Optional<Boolean> says(CommandResult answer, NativeId hasSucceeded) {
        return Optional.empty();
    }

    /**
     * Whether a directive line with this value in it hands it to the scheduler as one word. By default a value with
     * blanks must be quoted or escaped. Override it if the scheduler reads a line to its end.
     */
    protected boolean carries(String line, String value) {
        int at = line.indexOf(value);
        if (at < 0) {
            return true; // escaped, or not in this line
        }
        String before = line.substring(0, at);
        return count(before, '"') % 2 == 1 || count(before, '\'') % 2 == 1;
    }

    private static long count(String text, char c) {
        return text.chars().filter(x -> x == c).count();
    }

    // ---------------------------------------------------------------- the provider

    @Test
    @DisplayName("the provider is found by ServiceLoader, under a name of the right form")
    void isFound() {
        DialectProvider<?> provider = provider();
        Class<?> type = provider.getClass();
        String name = provider.name();
        if (name == null || !NAME.matcher(name).matches()) {
            throw Broken.rule(
                    "a plugin's name is of the form [a-z][a-z0-9-]* (Provider.name)", "the provider's name is " + name);
        }
        if (!name.equals(provider().name())) {
            throw Broken.rule("a plugin's name is stable (Provider.name)", "two providers have two names");
        }
        try {
            if (!Modifier.isPublic(type.getModifiers())
                    || !Modifier.isPublic(type.getConstructor().getModifiers())) {
                throw new NoSuchMethodException("not public");
            }
        } catch (NoSuchMethodException e) {
            throw Broken.rule(
                    "a provider is public and has a public constructor without parameters (Provider)",
                    type + " is not or has not",
                    e);
        }
        List<DialectProvider<?>> found = new ArrayList<>();
        ServiceLoader.load(DialectProvider.class, type.getClassLoader()).forEach(found::add);
        if (found.stream().noneMatch(p -> p.getClass() == type)) {
            throw Broken.rule(
                    "a provider stands in META-INF/services/" + DialectProvider.class.getName(),
                    "ServiceLoader does not find " + type.getName());
        }
        if (found.stream().filter(p -> p.name().equals(name)).count() != 1) {
            throw Broken.rule("a plugin's name is unique (Provider.name)", "several providers are called " + name);
        }
    }

    @Test
    @DisplayName("the settings have defaults in reference.conf, and keys of their own")
    void settingsHaveDefaults() {
        try {
            if (made(provider()) == null) {
                throw Broken.rule("create makes a dialect (DialectProvider.create)", "it returned null");
            }
        } catch (ConfigurationException e) {
            throw Broken.rule(
                    "each setting that is not optional has a default in the plugin's reference.conf, at"
                            + " clustrix.executors." + provider().name()
                            + ", and no key is one that all batch clusters have (DialectProvider)",
                    "a block with " + settings() + " can't be read",
                    e);
        }
        List<String> problems = check(provider(), Resources.none());
        if (!problems.isEmpty()) {
            throw Broken.rule(
                    "check tells of problems of a combination (DialectProvider.check)",
                    "it has something against the defaults and a job that asks for nothing: " + problems);
        }
    }

    private <S extends Record> SchedulerDialect made(DialectProvider<S> provider) {
        return provider.create(BlockSettings.of(provider, settings()));
    }

    private <S extends Record> List<String> check(DialectProvider<S> provider, Resources resources) {
        JobOptions options = new JobOptions(
                "contract", resources, OptionalInt.empty(), ErrorPolicy.FAIL_FAST, Map.of(), Optional.empty());
        return provider.check(BlockSettings.of(provider, settings()), options);
    }

    @Test
    @DisplayName("traits and variables make sense, and stay the same when the scheduler is known")
    void traits() {
        SchedulerDialect dialect = dialect();
        Traits traits = dialect.traits();
        JobVariables variables = dialect.variables();
        if (traits.largestArray() < 1 || traits.minPollInterval().isNegative()) {
            throw Broken.rule("the largest array is 1 or more, and no time negative (Traits)", "it has " + traits);
        }
        List<String> names = new ArrayList<>(List.of(variables.job(), variables.index()));
        variables.restarts().ifPresent(names::add);
        for (String name : names) {
            if (!VARIABLE.matcher(name).matches()) {
                throw Broken.rule("they are names of environment variables (JobVariables)", "'" + name + "' is none");
            }
        }
        if (variables.firstIndex() != 0 && variables.firstIndex() != 1) {
            throw Broken.rule(
                    "an array's first index is 0 or 1 (JobVariables.firstIndex)", "it is " + variables.firstIndex());
        }
        NativeId job = id(FIRST_ID);
        for (SchedulerInfo info : infos(dialect)) {
            SchedulerDialect informed = dialect.informed(info);
            if (!informed.traits().equals(traits)
                    || informed.variables().firstIndex() != variables.firstIndex()
                    || !informed.element(job, 1).equals(dialect.element(job, 1))) {
                throw Broken.rule(
                        "traits, the index of the first element and the ids of elements are the same"
                                + " (SchedulerDialect.informed)",
                        "they differ for " + info);
            }
        }
    }

    private List<SchedulerInfo> infos(SchedulerDialect dialect) {
        List<SchedulerInfo> infos = new ArrayList<>(List.of(
                new SchedulerInfo("", OptionalInt.empty(), false),
                new SchedulerInfo("No Such Scheduler 99.9", OptionalInt.of(1), true)));
        recorded().stream()
                .filter(r -> r.kind() == Kind.INFO && r.answers())
                .forEach(r -> infos.add(dialect.parseInfo(r.result())));
        return infos;
    }

    // ---------------------------------------------------------------- recorded answers

    @Test
    @DisplayName("there are recorded answers of each sort")
    void recordings() {
        List<String> missing = new ArrayList<>();
        SchedulerDialect dialect = dialect();
        need(missing, Kind.SUBMIT, "id ", "a submission that was accepted");
        need(missing, Kind.SUBMIT, "refused", "a submission that was refused");
        need(missing, Kind.STATUS, Recorded.STATES, "states of jobs");
        need(missing, Kind.STATUS, "fails", "a question about states that failed");
        need(missing, Kind.CANCEL, "taken", "a cancel that was taken");
        need(missing, Kind.FIND, "ids ", "a job that was found by its name");
        if (recorded().stream()
                .noneMatch(r -> r.kind() == Kind.STATUS && r.verdict().contains("=" + JobState.UNKNOWN))) {
            missing.add("states with a word that the scheduler does not have, so that it must be UNKNOWN"
                    + " (put one into a real answer)");
        }
        if (dialect.info().isPresent()) {
            need(missing, Kind.INFO, "version ", "what the scheduler says of itself");
        }
        if (dialect.history(List.of(id(FIRST_ID))).isPresent()) {
            need(missing, Kind.HISTORY, Recorded.STATES, "states of ended jobs from the accounting");
        }
        if (dialect.starts(List.of(id(FIRST_ID))).isPresent()) {
            need(missing, Kind.STARTS, Recorded.STARTS, "when jobs that wait are expected to start");
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("recorded() lacks: " + String.join("; ", missing));
        }
    }

    private void need(List<String> missing, Kind kind, String verdict, String what) {
        if (recorded().stream().noneMatch(r -> r.kind() == kind && r.verdict().startsWith(verdict))) {
            missing.add(what);
        }
    }

    @TestFactory
    @DisplayName("recorded answers get their verdicts")
    Stream<DynamicTest> verdicts() {
        SchedulerDialect dialect = dialect();
        return recorded().stream().map(r -> DynamicTest.dynamicTest(r.toString(), () -> verdict(dialect, r)));
    }

    private static void verdict(SchedulerDialect dialect, Recorded r) {
        Verdicts v;
        boolean isTransient;
        try {
            v = Verdicts.of(dialect, r.kind(), r.result());
            isTransient = dialect.isTransient(r.result());
        } catch (RuntimeException e) {
            throw Broken.rule("an answer is read, or it is a SchedulerException", "this answer is not read: " + r, e);
        }
        String expected = r.verdict();
        boolean says = !expected.equals("fails") && !r.answers();
        String got = !says ? v.text() : v.text() + (isTransient ? " transient" : " lasting");
        if (v.refusal() == null && says) {
            got = v.text();
        }
        if (!got.equals(expected)) {
            String why = v.refusal() == null ? "" : " (" + v.refusal().getMessage() + ")";
            throw Broken.rule(
                    r.kind() == Kind.STATUS && expected.startsWith("fails")
                            ? "a question that failed is a SchedulerException, because it says nothing about any job"
                                    + " (SchedulerDialect.parseStatus, requirement R1)"
                            : "a recorded answer is read to the verdict that was given with it",
                    "of the answer '" + r + "' it makes\n  " + got + why + "\n  instead of\n  " + expected
                            + "\n  Output: " + Broken.shown(r.result().out()) + "\n  Errors: "
                            + Broken.shown(r.result().err()));
        }
        if (r.answers() && isTransient && !expected.equals("not taken")) {
            throw Broken.rule(
                    "isTransient is for answers that mean \"try again\" (SchedulerDialect.isTransient)",
                    "it says so of an answer that was read: " + r);
        }
        for (JobStatus status : v.states().values()) {
            if (status.state() == JobState.UNKNOWN && status.detail().isBlank()) {
                throw Broken.rule(
                        "a status has the source's own words (JobStatus.detail)", "an unknown state has none: " + r);
            }
        }
    }

    @Test
    @DisplayName("refusals quote command, exit code and stderr, and say what to change")
    void refusals() {
        SchedulerDialect dialect = dialect();
        for (Recorded r : recorded()) {
            if (r.kind() == Kind.SUBMIT && !r.answers()) {
                refusal(dialect, r);
            }
        }
    }

    private static void refusal(SchedulerDialect dialect, Recorded r) {
        Verdicts v = Verdicts.of(dialect, Kind.SUBMIT, r.result());
        SchedulerException refusal = v.refusal();
        String rule = "a refusal quotes command, exit code and stderr and says which option to change"
                + " (SchedulerDialect.parseSubmit)";
        if (refusal == null) {
            throw Broken.rule(rule, "this is no refusal for it: " + r);
        }
        String message = String.valueOf(refusal.getMessage());
        CommandResult result = r.result();
        String words = result.err().isBlank() ? result.out() : result.err();
        String last = words.lines().map(String::strip).filter(l -> !l.isEmpty()).reduce("", (a, b) -> b);
        List<String> lacks = new ArrayList<>();
        if (!message.contains(last)) {
            lacks.add("the scheduler's words '" + last + "'");
        }
        if (!Pattern.compile("(?<![0-9])" + result.exit() + "(?![0-9])")
                .matcher(message)
                .find()) {
            lacks.add("the exit code " + result.exit());
        }
        if (result.command().words().stream().noneMatch(w -> w.length() > 1 && message.contains(w))) {
            lacks.add("the command " + result.command());
        }
        if (refusal.hints().isEmpty()) {
            lacks.add("a hint");
        }
        if (!lacks.isEmpty()) {
            throw Broken.rule(rule, "it lacks " + String.join(", ", lacks) + ":\n" + message);
        }
    }

    @Test
    @DisplayName("what is no answer is a failed question, never an empty one (R1)")
    void silence() {
        SchedulerDialect dialect = dialect();
        for (Kind kind : Kind.values()) {
            Optional<Command> command = command(dialect, kind);
            if (command.isEmpty()) {
                continue;
            }
            CommandResult nothing = CommandResult.of(command.get(), 0, "", "");
            if (kind != Kind.CANCEL) {
                notAnAnswer(dialect, kind, CommandResult.of(command.get(), 0, "*** Welcome ***\nbe nice\n", ""));
                if (!isRecorded(kind, nothing)) {
                    notAnAnswer(dialect, kind, nothing);
                }
            }
            for (int exit : new int[] {1, 2, 124, 126, 127, 137, 255}) {
                CommandResult silent = CommandResult.of(command.get(), exit, "", "");
                if (!isRecorded(kind, silent)) {
                    notAnAnswer(dialect, kind, silent);
                }
                notAnAnswer(
                        dialect,
                        kind,
                        CommandResult.of(command.get(), exit, "", "sh: 1: the-scheduler: cannot be asked\n"));
            }
        }
    }

    /** Some programs answer by their exit code alone. */
    private boolean isRecorded(Kind kind, CommandResult silent) {
        return recorded().stream()
                .anyMatch(r -> r.kind() == kind
                        && r.answers()
                        && r.result().exit() == silent.exit()
                        && r.result().out().isBlank()
                        && r.result().err().isBlank());
    }

    private static void notAnAnswer(SchedulerDialect dialect, Kind kind, CommandResult result) {
        Verdicts v;
        try {
            v = Verdicts.of(dialect, kind, result);
        } catch (RuntimeException e) {
            throw Broken.rule(
                    "a question that failed is a SchedulerException (SchedulerDialect)",
                    "it throws another one for " + shown(kind, result),
                    e);
        }
        boolean refused = v.refusal() != null || v.text().equals("not taken");
        if (!refused) {
            throw Broken.rule(
                    "a question that failed is a SchedulerException, because it says nothing about any job; an empty"
                            + " output is not a success (SchedulerDialect.parseStatus, requirement R1). If this is an"
                            + " answer of the scheduler's, put it into recorded()",
                    "it makes '" + v.text() + "' of " + shown(kind, result));
        }
    }

    private static String shown(Kind kind, CommandResult result) {
        return "the answer to " + kind.name().toLowerCase(Locale.ROOT) + " with exit code " + result.exit()
                + (result.truncated() ? ", truncated" : "") + "\n  Output: " + Broken.shown(result.out())
                + "\n  Errors: " + Broken.shown(result.err());
    }

    private Optional<Command> command(SchedulerDialect dialect, Kind kind) {
        List<NativeId> jobs = List.of(id(FIRST_ID));
        return switch (kind) {
            case SUBMIT -> Optional.of(dialect.submit("contract.sh", plan(Resources.none())));
            case STATUS -> Optional.of(dialect.status(jobs));
            case HISTORY -> dialect.history(jobs);
            case CANCEL -> Optional.of(dialect.cancel(jobs));
            case FIND -> Optional.of(dialect.find("contract-1"));
            case INFO -> dialect.info();
            case STARTS -> dialect.starts(jobs);
        };
    }

    @Test
    @DisplayName("from a truncated answer no job is silently lost")
    void truncated() {
        SchedulerDialect dialect = dialect();
        for (Recorded r : recorded()) {
            CommandResult whole = r.result();
            if (!r.answers() || r.verdict().equals("none") || r.kind() == Kind.CANCEL || r.kind() == Kind.INFO) {
                continue;
            }
            Set<String> all = Set.of(r.verdict().split(" "));
            int length = whole.out().length();
            for (int cut : new int[] {0, length / 3, length / 2, length - 2}) {
                CommandResult part = new CommandResult(
                        whole.command(),
                        whole.exit(),
                        whole.out().substring(0, Math.max(0, cut)),
                        whole.err(),
                        true,
                        whole.took());
                Verdicts v = Verdicts.of(dialect, r.kind(), part);
                if (v.refusal() == null && !Set.of(v.text().split(" ")).containsAll(all)) {
                    throw Broken.rule(
                            "nothing may be read from the shortness of an output that is truncated"
                                    + " (CommandResult.truncated): throw a SchedulerException",
                            "it makes '" + v.text() + "' instead of '" + r.verdict() + "' of " + shown(r.kind(), part));
                }
            }
        }
    }

    // ---------------------------------------------------------------- purity

    @Test
    @DisplayName("the same values give the same, from several threads and in any locale and time zone")
    @ResourceLock(org.junit.jupiter.api.parallel.Resources.LOCALE)
    @ResourceLock(org.junit.jupiter.api.parallel.Resources.TIME_ZONE)
    void isPure() throws InterruptedException {
        SchedulerDialect dialect = dialect();
        String rule = "a dialect is pure functions: no I/O, no clock, no state (SchedulerDialect)";
        List<String> first = everything(dialect);
        same(rule, "asked twice", first, everything(dialect));
        same(rule, "another one with the same settings", first, everything(dialect()));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread t = new Thread(task, "clustrix-contract");
            t.setDaemon(true);
            return t;
        });
        try {
            List<Future<List<String>>> others = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                others.add(threads.submit(() -> everything(dialect)));
            }
            for (Future<List<String>> other : others) {
                same(rule, "asked from several threads", first, other.get(1, TimeUnit.MINUTES));
            }
        } catch (ExecutionException | TimeoutException e) {
            throw Broken.rule(rule, "it fails if it is asked from several threads", e);
        } finally {
            threads.shutdownNow();
        }
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        try {
            Locale.setDefault(new Locale.Builder()
                    .setLanguage("tr")
                    .setExtension('u', "nu-arab")
                    .build());
            TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Chatham"));
            same(rule, "asked in another locale and time zone", first, everything(dialect()));
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
    }

    private List<String> everything(SchedulerDialect dialect) {
        List<String> all = new ArrayList<>();
        for (Recorded r : recorded()) {
            Verdicts v = Verdicts.of(dialect, r.kind(), r.result());
            all.add(r + " -> " + v.told() + ", transient: " + dialect.isTransient(r.result()));
            v.states().values().forEach(s -> all.add(s + " -> " + dialect.hopeless(s)));
        }
        for (Kind kind : Kind.values()) {
            all.add(kind + ": " + command(dialect, kind).map(Command::words));
        }
        for (Probe probe : probes()) {
            all.add(probe.what() + ": " + said(dialect, plan(probe.one())).map(Said::all));
        }
        return all;
    }

    private static void same(String rule, String when, List<String> first, List<String> second) {
        for (int i = 0; i < first.size(); i++) {
            if (!first.get(i).equals(second.get(i))) {
                throw Broken.rule(rule, when + ", it says\n  " + second.get(i) + "\n  instead of\n  " + first.get(i));
            }
        }
    }

    // ---------------------------------------------------------------- directives

    /**
     * What a dialect says for a plan.
     *
     * @param lines the directives
     * @param words the command's
     */
    private record Said(List<String> lines, List<String> words) {
        List<String> all() {
            return Stream.concat(lines.stream(), words.stream()).toList();
        }
    }

    /**
     * A resource and two values of it.
     *
     * @param mayBeDropped whether core uses it too, so that a dialect without that limit may leave it out
     */
    private record Probe(String what, Resources one, Resources other, boolean mayBeDropped) {}

    private List<Probe> probes() {
        Traits traits = dialect().traits();
        List<Probe> all = new ArrayList<>(List.of(
                new Probe("cores", of().cores(2).build(), of().cores(3).build(), true),
                new Probe(
                        "memory",
                        of().memory("1G").build(),
                        of().memory("3G").build(),
                        !traits.has(Feature.MEMORY_LIMIT)),
                new Probe(
                        "time", of().time("1h").build(), of().time("2h").build(), !traits.has(Feature.WALLTIME_LIMIT)),
                new Probe("nodes", of().nodes(2).build(), of().nodes(3).build(), false),
                new Probe("gpus", of().gpus(1).build(), of().gpus(2).build(), false),
                new Probe("queue", of().queue("qa").build(), of().queue("qb").build(), false),
                new Probe(
                        "account",
                        of().account("aa").build(),
                        of().account("ab").build(),
                        false)));
        Stream.concat(options().stream(), Stream.of("clustrix-contract"))
                .forEach(o -> all.add(new Probe(
                        "option " + o,
                        of().option(o, "1").build(),
                        of().option(o, "2").build(),
                        false)));
        return all;
    }

    private static Resources.Builder of() {
        return Resources.builder();
    }

    private static JobPlan plan(Resources resources) {
        return plan("contract-1", resources, 1, OptionalInt.empty());
    }

    private static JobPlan plan(String name, Resources resources, int elements, OptionalInt concurrent) {
        return new JobPlan(name, resources, "logs/contract", elements, concurrent, false);
    }

    /** What it says; empty if it refuses. */
    private static Optional<Said> said(SchedulerDialect dialect, JobPlan plan) {
        try {
            return Optional.of(new Said(
                    dialect.directives(plan),
                    dialect.submit("contract.sh", plan).words()));
        } catch (ConfigurationException e) {
            return Optional.empty();
        } catch (RuntimeException e) {
            throw Broken.rule(
                    "what can't be said to the scheduler is a ConfigurationException (SchedulerDialect.directives)",
                    "another exception comes for " + plan,
                    e);
        }
    }

    private static Said required(SchedulerDialect dialect, JobPlan plan) {
        return said(dialect, plan)
                .orElseThrow(() -> Broken.rule(
                        "directives says what is asked for, or why it can't (SchedulerDialect.directives)",
                        "a plan that asks for nothing special is refused: " + plan));
    }

    @Test
    @DisplayName("directives are lines, and a shell reads the script")
    void directives() {
        SchedulerDialect dialect = dialect();
        List<JobPlan> plans = new ArrayList<>(List.of(plan(Resources.none())));
        plans.addAll(plans());
        probes().forEach(p -> plans.add(plan(p.one())));
        required(dialect, plans.get(0));
        try (ShellTrap shell = ShellTrap.open().orElse(null)) {
            for (JobPlan plan : plans) {
                Optional<Said> said = said(dialect, plan);
                said.ifPresent(s -> lines(s.lines(), plan));
                String complaint = shell == null
                        ? ""
                        : said.map(s -> shell.complaint(s.lines())).orElse("");
                if (!complaint.isEmpty()) {
                    throw Broken.rule(
                            "directives are comments and lines of shell at the head of a script"
                                    + " (SchedulerDialect.directives)",
                            "a shell says of " + said.get().lines() + ": " + complaint);
                }
            }
        }
    }

    private static void lines(List<String> lines, JobPlan plan) {
        for (String line : lines) {
            if (line.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
                throw Broken.rule(
                        "a directive is one line, without NUL (SchedulerDialect.directives)",
                        "it is '" + line + "' for " + plan);
            }
        }
    }

    @Test
    @DisplayName("what a job asks for is said or refused, never dropped")
    void resources(TestReporter reporter) {
        SchedulerDialect dialect = dialect();
        Said nothing = required(dialect, plan(Resources.none()));
        for (Probe probe : probes()) {
            Optional<Said> one = said(dialect, plan(probe.one()));
            Optional<Said> other = said(dialect, plan(probe.other()));
            if (one.isEmpty() || other.isEmpty()) {
                Resources refused = one.isEmpty() ? probe.one() : probe.other();
                if (check(provider(), refused).isEmpty()) {
                    throw Broken.rule(
                            "check tells before a job is submitted what directives will refuse"
                                    + " (DialectProvider.check)",
                            "it says nothing of " + probe.what());
                }
                reporter.publishEntry(provider().name() + " refuses", probe.what());
            } else if (one.get().equals(other.get())
                    || one.get().equals(nothing)
                    || other.get().equals(nothing)) {
                if (!probe.mayBeDropped()) {
                    throw Broken.rule(
                            "what a job asks for is said to the scheduler, or refused with a ConfigurationException"
                                    + " (SchedulerDialect.directives)",
                            "neither directives nor submit has the " + probe.what() + " of " + probe.one());
                }
                reporter.publishEntry(provider().name() + " does not say", probe.what());
            }
        }
        Resources all = Resources.builder()
                .cores(2)
                .memory("4G")
                .time("1h")
                .nodes(2)
                .gpus(2)
                .queue("q")
                .account("a")
                .build();
        said(dialect, plan(all)).ifPresent(s -> lines(s.lines(), plan(all)));
        if (dialect.traits().has(Feature.OUTPUT)
                && nothing.all().stream().noneMatch(t -> t.contains("logs/contract"))) {
            throw Broken.rule(
                    "output goes to the files that the plan names (JobPlan.logs)",
                    "neither directives nor submit names them: " + nothing);
        }
        Said renamed = required(dialect, plan("contract-2", Resources.none(), 1, OptionalInt.empty()));
        if (renamed.equals(nothing)
                || dialect.find("contract-1")
                        .words()
                        .equals(dialect.find("contract-2").words())) {
            throw Broken.rule(
                    "find looks a job up by the name that it was submitted under (JobPlan.jobName)",
                    "jobs of two names are submitted or looked up in the same way");
        }
    }

    @Test
    @DisplayName("hostile values are quoted or refused: no shell runs them, no scheduler takes them for two words")
    void hostileValues() {
        SchedulerDialect dialect = dialect();
        try (ShellTrap trap = ShellTrap.open().orElse(null)) {
            for (String value : hostile(trap == null ? "true" : trap.command())) {
                hostile(dialect, trap, value, of().queue(value).build());
                hostile(dialect, trap, value, of().account(value).build());
                for (String option : options()) {
                    hostile(dialect, trap, value, of().option(option, value).build());
                }
            }
        }
    }

    private static List<String> hostile(String command) {
        return List.of(
                "$(" + command + ")",
                "`" + command + "`",
                "; " + command + ";",
                "\"; " + command + "; \"",
                "'; " + command + "; '",
                "\\\"; " + command + "; \\\"",
                "\\'; " + command + "; \\'",
                "a | " + command,
                "& " + command + " &",
                "\u2028" + command + "\u2028",
                "x\\",
                "two words",
                "a --clustrix-contract=1",
                "--clustrix-contract",
                "-x",
                "it's",
                "say \"x\"",
                "it's \"both\"",
                "# no comment",
                "$HOME ${HOME} %j \\$x",
                "~root * ? [a-z]",
                "a=b,c=d:e@f",
                "\u00e9\u65e5\u672c\ud83d\ude00",
                "x".repeat(1024));
    }

    private void hostile(SchedulerDialect dialect, @Nullable ShellTrap trap, String value, Resources resources) {
        JobPlan plan = plan(resources);
        Optional<Said> said = said(dialect, plan);
        if (said.isEmpty()) {
            if (check(provider(), resources).isEmpty()) {
                throw Broken.rule(
                        "check tells before a job is submitted what directives will refuse (DialectProvider.check)",
                        "it says nothing of " + resources);
            }
            return;
        }
        lines(said.get().lines(), plan);
        String rule = "values that users give are quoted in directives as the scheduler wants it"
                + " (SchedulerDialect.directives), and are words of the command in submit";
        for (String line : said.get().lines()) {
            if (value.contains(" ") && !carries(line, value)) {
                throw Broken.rule(
                        rule + "; see DialectContract.carries",
                        "the value '" + value + "' is more than one word in: " + line);
            }
        }
        if (trap != null
                && (trap.sprungByScript(said.get().lines())
                        || trap.sprungByCommand(said.get().words()))) {
            throw Broken.rule(rule, "a shell has run the value '" + value + "' of " + said.get());
        }
    }

    // ---------------------------------------------------------------- arrays and ids

    @Test
    @DisplayName("arrays are said with their size and limit, and their elements have ids; or there are none")
    void arrays() {
        SchedulerDialect dialect = dialect();
        NativeId job = id(FIRST_ID);
        if (!dialect.traits().has(Feature.ARRAYS)) {
            if (dialect.traits().largestArray() != 1 || !dialect.element(job, 1).equals(job)) {
                throw Broken.rule(
                        "without Feature.ARRAYS a submission is one task, and element gives the job's own id (Traits)",
                        "it has largestArray " + dialect.traits().largestArray() + " and the element "
                                + dialect.element(job, 1));
            }
            return;
        }
        Said one = required(dialect, plan(Resources.none()));
        Said ten = required(dialect, plan("contract-1", Resources.none(), ELEMENTS, OptionalInt.empty()));
        Said eleven = required(dialect, plan("contract-1", Resources.none(), ELEMENTS + 1, OptionalInt.empty()));
        Optional<Said> limited = said(dialect, plan("contract-1", Resources.none(), ELEMENTS, OptionalInt.of(3)));
        if (one.equals(ten) || ten.equals(eleven) || limited.filter(ten::equals).isPresent()) {
            throw Broken.rule(
                    "directives or submit say how many elements an array has and how many may run at once, or refuse"
                            + " the limit (JobPlan.elements, JobPlan.concurrent)",
                    "these are the same for several sizes or limits: " + ten);
        }
        int first = dialect.variables().firstIndex();
        List<NativeId> jobs = List.of(job, id(FIRST_ID * 10 + 1), id(FIRST_ID * 10));
        Set<NativeId> seen = new HashSet<>(jobs);
        for (int index = first; index < first + MANY; index++) {
            for (NativeId of : jobs) {
                NativeId element = dialect.element(of, index);
                if (!seen.add(element) || !element.cluster().equals(of.cluster())) {
                    throw Broken.rule(
                            "element makes the id of one element, and no other has it (SchedulerDialect.element)",
                            "element " + index + " of " + of + " is " + element);
                }
            }
        }
    }

    /** An id of the form that the scheduler's have, with this number. */
    private NativeId id(int number) {
        return ids(number, 1).get(0);
    }

    private List<NativeId> ids(int first, int count) {
        String form = recorded().stream()
                .filter(r -> r.kind() == Kind.SUBMIT && r.verdict().startsWith("id "))
                .map(r -> r.verdict().substring("id ".length()).replaceFirst("@.*", ""))
                .findFirst()
                .orElse("1");
        Matcher digits = Pattern.compile("[0-9]+").matcher(form);
        boolean hasDigits = digits.find();
        return IntStream.range(first, first + count)
                .mapToObj(n -> NativeId.of(hasDigits ? digits.replaceFirst(Integer.toString(n)) : form + n))
                .toList();
    }

    @Test
    @DisplayName("one command asks for many jobs or cancels them, and no word of it is too long")
    void manyJobs() {
        SchedulerDialect dialect = dialect();
        List<NativeId> many =
                IntStream.range(FIRST_ID, FIRST_ID + MANY).mapToObj(this::id).toList();
        List<NativeId> veryMany = ids(FIRST_ID, VERY_MANY);
        asksFor("status", dialect.status(many), many, false);
        asksFor("cancel", dialect.cancel(many), many, true);
        List<NativeId> elements = many.stream()
                .map(id -> dialect.element(id, dialect.variables().firstIndex()))
                .toList();
        asksFor("cancel", dialect.cancel(elements), many, true);
        dialect.history(many).ifPresent(c -> asksFor("history", c, many, false));
        dialect.starts(many).ifPresent(c -> asksFor("starts", c, many, false));
        List<Command> commands = new ArrayList<>(List.of(dialect.status(veryMany), dialect.cancel(veryMany)));
        dialect.history(veryMany).ifPresent(commands::add);
        dialect.starts(veryMany).ifPresent(commands::add);
        for (Command command : commands) {
            words(command);
        }
    }

    private static void words(Command command) {
        if (command.words().stream().anyMatch(w -> w.length() >= LONGEST_WORD)) {
            throw Broken.rule(
                    "a word of a command is shorter than 128 KiB, which is what Linux takes",
                    "the command for " + VERY_MANY + " jobs begins with '"
                            + Broken.shown(command.words().get(0)) + "' and has a longer one");
        }
    }

    private static void asksFor(String what, Command command, List<NativeId> ids, boolean each) {
        words(command);
        String text = command.toString();
        long named = ids.stream()
                .filter(id -> digits(id).map(text::contains).orElse(true))
                .count();
        if (named != ids.size() && (each || named > 0)) {
            throw Broken.rule(
                    "one command is for all ids that it is given (SchedulerDialect." + what + ")",
                    "of " + ids.size() + " ids it names " + named + ": " + Broken.shown(text));
        }
        int own = ids.stream().mapToInt(id -> id.value().length()).sum();
        if (text.length() > MOST_FOR_MANY + 4 * own) {
            throw Broken.rule(
                    "a command does not grow by more than its ids",
                    what + " for " + ids.size() + " jobs has " + text.length() + " characters");
        }
    }

    private static Optional<String> digits(NativeId id) {
        Matcher m = Pattern.compile("[0-9]+").matcher(id.value());
        return m.find() ? Optional.of(m.group()) : Optional.empty();
    }

    @Test
    @DisplayName("why waiting is in vain is a sentence")
    void hopeless() {
        SchedulerDialect dialect = dialect();
        List<JobStatus> waiting = new ArrayList<>(List.of(
                JobStatus.of(JobState.PENDING, ""),
                JobStatus.of(JobState.PENDING, "(((("),
                JobStatus.of(JobState.PENDING, "x".repeat(10_000))));
        recorded().stream()
                .filter(r -> r.kind() == Kind.STATUS || r.kind() == Kind.HISTORY)
                .flatMap(r -> Verdicts.of(dialect, r.kind(), r.result()).states().values().stream())
                .filter(s -> s.state() == JobState.PENDING)
                .forEach(waiting::add);
        for (JobStatus status : waiting) {
            Optional<String> why = dialect.hopeless(status);
            if (why.filter(String::isBlank).isPresent() || (status.detail().isEmpty() && why.isPresent())) {
                throw Broken.rule(
                        "hopeless is a sentence for the user, for jobs that will never start"
                                + " (SchedulerDialect.hopeless)",
                        "of " + status + " it says " + why);
            }
            for (SchedulerInfo info : infos(dialect)) {
                if (!dialect.informed(info).hopeless(status).equals(why)) {
                    throw Broken.rule(
                            "hopeless is the same when the scheduler is known (SchedulerDialect.informed)",
                            "it differs for " + info + " and " + status);
                }
            }
        }
    }

    // ---------------------------------------------------------------- damage

    @Test
    @DisplayName("damaged answers are read or refused, and never make a success")
    void damage() throws InterruptedException {
        long seed = Long.getLong(SEED, new Random().nextLong());
        List<Recorded> recorded = recorded();
        List<String> texts = recorded.stream().map(r -> r.result().out()).toList();
        SchedulerDialect dialect = dialect();
        Watched watched = new Watched(patience());
        watched.run("no answer takes longer to be read than patience() allows", () -> {
            for (int i = 0; i < mutations(); i++) {
                Random random = new Random(seed + i);
                Recorded r = recorded.get(i % recorded.size());
                boolean wild = random.nextInt(3) == 0;
                CommandResult damaged = damaged(r.result(), random, wild, texts);
                int number = i;
                String origin = "\n  Damage " + number + " of seed " + seed + " (set -D" + SEED + "=" + seed
                        + " to have it again), made of '" + r + "'";
                watched.step(() -> shown(r.kind(), damaged) + origin);
                try {
                    read(dialect, r, damaged, wild);
                } catch (AssertionError e) {
                    throw new AssertionError(e.getMessage() + origin, e.getCause());
                }
            }
        });
    }

    private static CommandResult damaged(CommandResult whole, Random random, boolean wild, List<String> others) {
        Damage damage = new Damage(random, others);
        String out = wild ? damage.wild(whole.out()) : damage.careful(whole.out());
        String err =
                random.nextInt(4) == 0 ? (wild ? damage.wild(whole.err()) : damage.careful(whole.err())) : whole.err();
        int exit = wild && random.nextInt(4) == 0 ? random.nextInt(256) : whole.exit();
        return CommandResult.of(whole.command(), exit, out, err);
    }

    private void read(SchedulerDialect dialect, Recorded r, CommandResult damaged, boolean wild) {
        Verdicts v;
        boolean isTransient;
        try {
            v = Verdicts.of(dialect, r.kind(), damaged);
            isTransient = dialect.isTransient(damaged);
            v.states().values().forEach(s -> {
                if (s.state() == JobState.PENDING) {
                    var unused = dialect.hopeless(s);
                }
            });
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw Broken.rule(
                    "an answer that can't be read is a SchedulerException, and nothing else is thrown"
                            + " (SchedulerDialect)",
                    "it throws another one for " + shown(r.kind(), damaged),
                    e);
        }
        if (v.refusal() != null && String.valueOf(v.refusal().getMessage()).isBlank()) {
            throw Broken.rule("a refusal says what was wrong", "it has no message for " + shown(r.kind(), damaged));
        }
        if (r.kind() == Kind.SUBMIT && v.refusal() == null && isTransient) {
            throw Broken.rule(
                    "isTransient is for answers that mean \"try again\" (SchedulerDialect.isTransient)",
                    "it says so of a job that was accepted: " + shown(r.kind(), damaged));
        }
        for (NativeId id : v.ids()) {
            Matcher word = FIRST_WORD.matcher(id.value());
            if (word.find()
                    && !damaged.out().contains(word.group())
                    && !damaged.err().contains(word.group())) {
                throw Broken.rule(
                        "an id is the one in the answer (SchedulerDialect.parseSubmit, parseFind, parseStarts)",
                        "the id " + id + " does not stand in " + shown(r.kind(), damaged));
            }
        }
        for (NativeId id : v.succeeded()) {
            boolean allowed = says(damaged, id).orElse(wild || r.hasSuccess());
            if (!allowed) {
                throw Broken.rule(
                        "what is no success is never read as one",
                        "it says that " + id + " has succeeded by " + shown(r.kind(), damaged));
            }
        }
    }
}
