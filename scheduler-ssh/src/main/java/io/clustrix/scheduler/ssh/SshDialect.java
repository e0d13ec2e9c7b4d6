package io.clustrix.scheduler.ssh;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Feature;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The dialect of a host without a scheduler: what it lacks, {@code host.sh} does, with files in the user's home and
 * processes in sessions of their own.
 */
final class SshDialect implements SchedulerDialect {
    private static final int LARGEST_ARRAY = 10_000;
    private static final String MARK = "clustrix";
    private static final String ID = "[0-9]+(?:-[0-9]+)+";

    private final SshSettings settings;
    private final HostScript script = HostScript.load();

    SshDialect(SshSettings settings) {
        this.settings = settings;
    }

    @Override
    public Traits traits() {
        // No MEMORY_LIMIT: ulimit -v counts address space, of which a JVM reserves many times what it uses.
        return new Traits(
                Set.of(
                        Feature.ARRAYS,
                        Feature.CANCEL_RUNNING,
                        Feature.ISOLATION,
                        Feature.WALLTIME_LIMIT,
                        Feature.OUTPUT,
                        Feature.REATTACH),
                LARGEST_ARRAY,
                settings.minPollInterval());
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("CLUSTRIX_SSH_JOB", "CLUSTRIX_SSH_INDEX", 0, Optional.empty());
    }

    /** None, since nobody reads them; the plan is checked all the same. */
    @Override
    public List<String> directives(JobPlan plan) {
        check(plan.resources());
        return List.of();
    }

    private static void check(Resources r) {
        List<String> problems = new ArrayList<>();
        if (r.nodes().orElse(1) > 1) {
            problems.add("nodes = " + r.nodes().getAsInt() + ": it is one host");
        }
        if (r.gpus().isPresent()) {
            problems.add("gpus: nobody hands them out there; set variables such as CUDA_VISIBLE_DEVICES yourself");
        }
        r.queue().ifPresent(q -> problems.add("queue (or partition) = " + q + ": it has none"));
        r.account().ifPresent(a -> problems.add("account = " + a + ": it charges nobody"));
        r.options().keySet().forEach(o -> problems.add("option " + o + ": there is no scheduler to read it"));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(
                    "a host without a scheduler can't be asked for this: " + String.join("; ", problems),
                    "Leave it out for this cluster.");
        }
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        check(plan.resources());
        return this.script.command(
                "submit",
                List.of(
                        script,
                        plan.jobName(),
                        plan.logs(),
                        Integer.toString(plan.elements()),
                        Integer.toString(plan.concurrent().orElse(0)),
                        Long.toString(plan.resources()
                                .walltime()
                                .map(Duration::toSeconds)
                                .orElse(0L)),
                        Integer.toString(plan.resources().cores().orElse(1)),
                        Integer.toString(settings.maxRunning().orElse(0)),
                        Integer.toString(settings.keepDays())));
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        List<String> id = values(result, "submitted");
        if (result.exit() != 0 || id.isEmpty() || !id.get(0).matches(ID)) {
            throw failure(
                    "the host did not start the job",
                    result,
                    "See that you can make files in your home directory there (disk, quota) and start processes"
                            + " ('ulimit -u').");
        }
        return NativeId.of(id.get(0));
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return new NativeId(job.value() + "_" + index, job.cluster());
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return script.command("status", jobs.stream().map(NativeId::value).toList());
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        if (result.exit() != 0 || values(result, "status").isEmpty()) {
            throw failure("the host does not tell the states of its jobs", result);
        }
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        for (List<String> f : rows(result)) {
            if (f.size() == 7 && f.get(1).matches(ID + "(?:_[0-9]+)?")) {
                JobState state = state(f.get(2));
                String detail = f.get(2) + (f.get(6).isEmpty() ? "" : " (" + f.get(6) + ")");
                found.put(
                        NativeId.of(f.get(1)),
                        new JobStatus(state, exit(f.get(3)), detail, Optional.empty(), time(f.get(4)), time(f.get(5))));
            }
        }
        return found;
    }

    private static JobState state(String word) {
        return Arrays.stream(JobState.values())
                .filter(s -> s.name().equals(word))
                .findFirst()
                .orElse(JobState.UNKNOWN);
    }

    private static OptionalInt exit(String field) {
        return field.matches("[0-9]{1,3}") ? OptionalInt.of(Integer.parseInt(field)) : OptionalInt.empty();
    }

    private static Optional<Instant> time(String field) {
        return field.matches("[0-9]{1,12}")
                ? Optional.of(Instant.ofEpochSecond(Long.parseLong(field)))
                : Optional.empty();
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return script.command("cancel", ids.stream().map(NativeId::value).toList());
    }

    @Override
    public boolean cancelled(CommandResult result) {
        return result.exit() == 0 && rows(result).contains(List.of(MARK, "cancelled"));
    }

    @Override
    public Command find(String jobName) {
        return script.command("find", List.of(jobName));
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        if (result.exit() != 0 || !rows(result).contains(List.of(MARK, "find"))) {
            throw failure("the host does not tell its jobs", result);
        }
        return values(result, "job").stream()
                .filter(v -> v.matches(ID))
                .map(NativeId::of)
                .toList();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        String err = result.err();
        return result.exit() != 0
                && (err.contains("Cannot fork")
                        || err.contains("Resource temporarily unavailable")
                        || err.contains("Cannot allocate memory")
                        || err.contains("Stale file handle")
                        || err.contains("Too many open files"));
    }

    @Override
    public Optional<Command> info() {
        return Optional.of(script.command("info", List.of()));
    }

    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        for (List<String> f : rows(result)) {
            if (result.exit() == 0 && f.size() == 4 && f.get(1).equals("info")) {
                return new SchedulerInfo(
                        "no scheduler, " + f.get(2) + " with " + f.get(3) + " processors",
                        OptionalInt.of(LARGEST_ARRAY),
                        false);
            }
        }
        throw failure("the host does not tell about itself", result);
    }

    /** The lines that our script has printed. */
    private static List<List<String>> rows(CommandResult result) {
        if (result.truncated()) {
            throw failure("the host's answer is too long to be kept whole", result);
        }
        return result.out()
                .lines()
                .map(l -> List.of(l.split("\\|", -1)))
                .filter(f -> f.size() > 1 && f.get(0).equals(MARK))
                .toList();
    }

    private static List<String> values(CommandResult result, String word) {
        return rows(result).stream()
                .filter(f -> f.size() == 3 && f.get(1).equals(word))
                .map(f -> f.get(2))
                .toList();
    }

    /** Without the command, whose words are a page of shell. */
    private static SchedulerException failure(String problem, CommandResult result, String... hints) {
        String mode =
                result.command().words().size() > 4 ? result.command().words().get(4) : "";
        String text =
                result.err().isBlank() ? result.out().strip() : result.err().strip();
        String tail = text.length() > 2000 ? "..." + text.substring(text.length() - 2000) : text;
        return new SchedulerException(
                problem + ": '" + mode + "' ended with exit code " + result.exit()
                        + (tail.isEmpty() ? " and printed nothing" : ": " + tail),
                hints);
    }
}
