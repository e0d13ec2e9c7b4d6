package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** What the scheduler has and says of itself. */
final class SchedulerChecks {
    static final String COMMANDS = "commands";
    static final String SCHEDULER = "scheduler";
    static final String ARRAYS = "arrays";
    static final String ACCOUNTING = "accounting";
    static final String QUEUE = "queue";

    private static final Duration LOOK = Duration.ofMinutes(1);
    private static final Duration MORE = Duration.ofSeconds(15);
    private static final RemoteScript PROGRAMS = RemoteScript.of(SchedulerChecks.class, "commands.sh");
    private static final int MOST_LISTED = 30;

    private final Patient patient;
    private final Patient.Site site;
    private final Host host;
    private final Facts facts;

    SchedulerChecks(Patient patient, Patient.Site site, Facts facts) {
        this.patient = patient;
        this.site = site;
        this.host = site.host();
        this.facts = facts;
    }

    List<Check> all() {
        Duration command = site.settings().patience().command().plus(MORE);
        List<Check> checks = new ArrayList<>();
        checks.add(new Check(
                List.of(COMMANDS), List.of(HostChecks.CONNECTION, HostChecks.LOG_IN), LOOK.plus(MORE), this::commands));
        List<String> told = new ArrayList<>(List.of(SCHEDULER));
        if (site.dialect().traits().has(Feature.ARRAYS)) {
            told.add(ARRAYS);
        }
        if (hasHistory()) {
            told.add(ACCOUNTING);
        }
        checks.add(new Check(told, List.of(COMMANDS), command, () -> info(told)));
        if (site.dialect().queues().isPresent() || patient.resources().queue().isPresent()) {
            checks.add(new Check(List.of(QUEUE), List.of(COMMANDS, SCHEDULER), command, this::queue));
        }
        return checks;
    }

    /** Whether there is anything that could keep ended jobs. */
    private boolean hasHistory() {
        return site.dialect().history(List.of(NativeId.of("1"))).isPresent();
    }

    private CommandResult ask(Command command) throws InterruptedException {
        // As the engine calls them.
        return host.run(command.after("env", "LC_ALL=C", "TZ=UTC")
                .withTimeout(site.settings().patience().command()));
    }

    private List<Finding> commands() throws InterruptedException {
        SchedulerDialect dialect = site.dialect();
        Set<String> programs = new LinkedHashSet<>();
        JobPlan plan = new JobPlan(
                "check",
                patient.resources(),
                "logs/check",
                1,
                OptionalInt.empty(),
                site.settings().requeue());
        programs.add(program(dialect.submit("check.sh", plan)));
        List<NativeId> ids = List.of(NativeId.of("1"));
        programs.add(program(dialect.status(ids)));
        programs.add(program(dialect.cancel(ids)));
        dialect.info().ifPresent(c -> programs.add(program(c)));
        CommandResult r = host.run(PROGRAMS.command(LOOK, List.copyOf(programs)));
        Lines lines = Lines.of(r.out());
        List<String> missing = lines.all("missing");
        if (missing.isEmpty() && r.exit() == 0 && lines.has("end")) {
            return List.of(Findings.ok(COMMANDS, String.join(", ", programs)));
        }
        if (missing.isEmpty()) {
            return List.of(Findings.failure(
                    COMMANDS,
                    "it can't be told whether the scheduler's commands are there: " + PROGRAMS.summary(r),
                    "log in and look: command -v " + String.join(" ", programs)));
        }
        Optional<String> place = lines.all("found").stream()
                .map(f -> f.substring(0, Math.max(1, f.lastIndexOf('/'))))
                .findFirst();
        place.ifPresent(
                p -> facts.propose("bin-directory", "\"" + p + "\"", "there the host has " + name(missing.get(0))));
        return List.of(Findings.failure(
                COMMANDS,
                host.name() + " does not find " + String.join(", ", missing),
                place.map(p -> "set bin-directory = \"" + p + "\" in the cluster's block: there it is")
                        .orElse("set bin-directory in the cluster's block to where " + name(missing.get(0))
                                + " lies ('command -v " + name(missing.get(0))
                                + "' tells, on a machine from which you submit jobs), or name that machine as host")));
    }

    private static String name(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }

    /** What a command starts, behind what env is told. */
    static String program(Command command) {
        List<String> words = command.words();
        int i = 0;
        if (words.get(0).equals("env")) {
            i = 1;
            while (i < words.size() - 1
                    && (words.get(i).startsWith("-") || words.get(i).indexOf('=') > 0)) {
                i += words.get(i).equals("-u") ? 2 : 1;
            }
        }
        return words.get(Math.min(i, words.size() - 1));
    }

    private List<Finding> info(List<String> told) throws InterruptedException {
        Optional<Command> question = site.dialect().info();
        if (question.isEmpty()) {
            return told.stream()
                    .map(t -> Findings.skipped(t, "executor = " + patient.executor() + " asks nothing of it"))
                    .toList();
        }
        CommandResult r = ask(question.get());
        SchedulerInfo info;
        try {
            info = site.dialect().parseInfo(r);
        } catch (SchedulerException e) {
            return untold(told, r, e);
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Findings.ok(SCHEDULER, info.version().isEmpty() ? "it answers" : info.version()));
        if (told.contains(ARRAYS)) {
            findings.add(arrays(info));
        }
        if (told.contains(ACCOUNTING)) {
            findings.add(accounting(info.history()));
        }
        return findings;
    }

    private List<Finding> untold(List<String> told, CommandResult r, SchedulerException e) {
        if (site.dialect().isTransient(r)) {
            return List.of(Findings.failure(
                    SCHEDULER, e, "the scheduler does not answer now; try again, and tell the site if it lasts"));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(Findings.warning(
                SCHEDULER,
                Findings.problem(e),
                e.hints().isEmpty()
                        ? "some sites let nobody ask; then Clustrix takes safe values, and uses no accounting"
                        : String.join("\n", e.hints())));
        told.stream()
                .filter(t -> !t.equals(SCHEDULER))
                .forEach(t -> findings.add(Findings.skipped(t, "the scheduler does not tell of itself")));
        return findings;
    }

    private Finding arrays(SchedulerInfo info) {
        int most = site.dialect().traits().largestArray();
        int largest = Math.min(most, info.largestArray().orElse(most));
        return largest <= 1
                ? Findings.warning(
                        ARRAYS,
                        "the scheduler takes no job arrays, so that each chunk of a map is a job of its own",
                        "use fewer and larger chunks (map-elements), or ask the site to allow arrays")
                : Findings.ok(
                        ARRAYS,
                        "an array may have " + String.format(Locale.ROOT, "%,d", largest)
                                + " elements; larger maps become several");
    }

    private Finding accounting(boolean on) {
        return on
                ? Findings.ok(ACCOUNTING, "it is on: ended jobs can be asked for")
                : Findings.warning(
                        ACCOUNTING,
                        "it is off: of a job that was killed before it wrote anything, or has long left the queue, the"
                                + " scheduler can't tell why",
                        "jobs run all the same; ask the site to keep an accounting, if you want the reasons");
    }

    private List<Finding> queue() throws InterruptedException {
        Optional<String> wanted = patient.resources().queue();
        Optional<Command> question = site.dialect().queues();
        if (question.isEmpty()) {
            return List.of(
                    Findings.skipped(QUEUE, "executor = " + patient.executor() + " can't list queues; the job tells"));
        }
        CommandResult r = ask(question.get());
        List<String> known;
        try {
            known = site.dialect().parseQueues(r);
        } catch (SchedulerException e) {
            return List.of(Findings.skipped(QUEUE, Findings.problem(e)));
        }
        if (wanted.isEmpty()) {
            return List.of(Findings.ok(QUEUE, "none is set: the site's default; there are " + listed(known)));
        }
        List<String> unknown = List.of(wanted.get().split(",", -1)).stream()
                .map(q -> q.strip().replaceFirst("@.*", ""))
                .filter(q -> !q.isEmpty() && !known.contains(q))
                .toList();
        if (unknown.isEmpty()) {
            return List.of(Findings.ok(QUEUE, wanted.get() + " is there"));
        }
        ownKey().ifPresent(key -> known.stream()
                .findFirst()
                .ifPresent(k -> facts.propose(
                        key,
                        "\"" + k + "\"",
                        "there is no " + String.join(", ", unknown) + "; choose one that suits")));
        return List.of(Findings.failure(
                QUEUE,
                "there is no queue or partition " + String.join(", ", unknown),
                "set resources.partition (or resources.queue) in the cluster's block to one of " + listed(known)
                        + ", or leave it out"));
    }

    /** The key under which the block has its queue. */
    private Optional<String> ownKey() {
        return patient.settings().stream()
                .map(s -> s.key())
                .filter(k -> k.endsWith(".resources.queue") || k.endsWith(".resources.partition"))
                .map(k -> k.substring(k.indexOf("resources.")))
                .findFirst();
    }

    private static String listed(List<String> names) {
        String some = String.join(", ", names.subList(0, Math.min(MOST_LISTED, names.size())));
        return names.isEmpty() ? "none" : names.size() > MOST_LISTED ? some + ", ..." : some;
    }
}
