package io.clustrix.scheduler.pbs;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Feature;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.JobVariables;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The language of OpenPBS, PBS Professional and Torque: qsub, qstat, qselect, qdel. */
final class PbsDialect implements SchedulerDialect {
    /** The variable in which the script counts how often PBS has started it again. */
    static final String RESTARTS = "CLUSTRIX_RESTARTS";

    /** max_array_size where a site has not changed it. */
    private static final int USUAL_ARRAY = 10_000;

    /** So many ids fit into one command line of 128 KiB; with more, all jobs are asked for. */
    private static final int MOST_IDS = 5000;

    private static final Pattern OLD_NAME = Pattern.compile("(?m)^[Vv]ersion:\\s*([0-9][A-Za-z0-9_.-]*)");
    private static final Pattern NEW_NAME =
            Pattern.compile("(?m)^\\s*pbs_version = (?:PBSPro_)?([0-9][A-Za-z0-9_.-]*)");
    private static final Pattern LARGEST =
            Pattern.compile("(?m)^\\s*(?:max_array_size|max_job_array_size) = ([0-9]{1,9})\\s*$");
    private static final Pattern HISTORY = Pattern.compile("(?m)^\\s*job_history_enable = [Tt]rue\\s*$");
    private static final Pattern OPEN = Pattern.compile("[2-9][0-9]\\..*");

    private static final Pattern UNKNOWN = Pattern.compile("Unknown Job Id\\b.*", Pattern.CASE_INSENSITIVE);
    private static final Pattern FINISHED = Pattern.compile(
            ".*\\bJob has finished\\b.*|.*invalid state for job - COMPLETE.*", Pattern.CASE_INSENSITIVE);

    private static final List<String> TRANSIENT = List.of(
            "cannot connect to server",
            "could not connect to mom",
            "connection refused",
            "connection reset",
            "connection timed out",
            "communication failure",
            "pbs_iff",
            "reserved ports in use",
            "end of file",
            "premature end of message",
            "server shutting down",
            "server is busy",
            "resource temporarily unavailable",
            "munge",
            "unable to communicate with",
            "cannot connect to specified server host",
            // Not for ever: these go away when some of the user's own jobs end.
            "would exceed",
            "maximum number of jobs already in queue");

    /** These stay until somebody repairs them, though they come with words of the list above. */
    private static final List<String> LASTING = List.of("unknown host", "pbsconf error");

    private final PbsSettings settings;
    private final Server server;

    PbsDialect(PbsSettings settings, Server server) {
        this.settings = settings;
        this.server = server;
    }

    @Override
    public SchedulerDialect informed(SchedulerInfo info) {
        return new PbsDialect(settings, Server.of(info, settings.flavor()));
    }

    @Override
    public Traits traits() {
        // A memory limit is kept by some sites and not by others, and PBS does not say which.
        return new Traits(
                Set.of(
                        Feature.ARRAYS,
                        Feature.CANCEL_RUNNING,
                        Feature.ISOLATION,
                        Feature.WALLTIME_LIMIT,
                        Feature.OUTPUT,
                        Feature.REATTACH),
                USUAL_ARRAY,
                settings.minPollInterval());
    }

    @Override
    public JobVariables variables() {
        return new JobVariables(
                "PBS_JOBID", server.torque() ? "PBS_ARRAYID" : "PBS_ARRAY_INDEX", 0, Optional.of(RESTARTS));
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return Directives.of(plan, settings, server);
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        // A user's own defaults for qsub would change what the script asks for.
        return Command.of("env", "-u", "PBS_DPREFIX", program("qsub"), script);
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        if (result.truncated()) {
            throw new SchedulerException("qsub's answer is too long to be kept whole: " + result.summary());
        }
        if (result.exit() == 0) {
            List<String> lines = result.out().lines().map(String::strip).toList();
            // From the last line back: wrappers of qsub print things before it (R24).
            for (int i = lines.size() - 1; i >= 0; i--) {
                Optional<NativeId> id = JobIds.read(lines.get(i));
                if (id.isPresent()) {
                    return id.get();
                }
            }
            throw new SchedulerException(
                    "qsub printed no job id: " + result.summary(),
                    "Does a wrapper of the site's stand in the way? 'bin-directory' names the directory of the real one.");
        }
        String text = result.err().isBlank() ? result.out() : result.err();
        throw new SchedulerException("PBS did not accept the job: " + result.summary(), Refusals.hints(text), null);
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return JobIds.element(job, index);
    }

    /**
     * As text: the JSON of several ids has the first one only. The shell leaves out most of it, and adds the exit code,
     * so that nothing is concluded from an answer that was cut.
     */
    @Override
    public Command status(Collection<NativeId> jobs) {
        return qstat(jobs, Answer.ATTRIBUTES, server.history() ? List.of("-x", "-f", "-t") : List.of("-f", "-t"));
    }

    private Command qstat(Collection<NativeId> jobs, List<String> attributes, List<String> options) {
        List<String> words = new ArrayList<>(List.of(
                "sh",
                "-c",
                "{ \"$@\"; printf '\\n" + Answer.MARK
                        + " %s\\n' \"$?\"; } | awk '/^\\t/ { if (k) print; next } { k = ($1 == \"Job\" || $1 == \""
                        + Answer.MARK.substring(0, Answer.MARK.indexOf(' '))
                        + "\" || $1 ~ /^("
                        + attributes.stream().map(a -> a.replace(".", "[.]")).collect(Collectors.joining("|"))
                        + ")$/); if (k) print }'",
                "sh",
                program("qstat")));
        words.addAll(options);
        if (jobs.size() <= MOST_IDS) {
            jobs.forEach(id -> words.add(JobIds.normal(id).value()));
        }
        return Command.of(words);
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        blocks(result).forEach((id, block) -> found.put(id, PbsStates.of(block)));
        return found;
    }

    /** What qstat shows of jobs. */
    private static Map<NativeId, Answer.Block> blocks(CommandResult result) {
        Answer answer = Answer.of(result);
        List<String> errors = errors("qstat", result.err());
        boolean known = !errors.isEmpty() && errors.stream().allMatch(PbsDialect::isGone);
        if (answer.exit() != 0 && !known) {
            throw new SchedulerException("qstat failed: " + Answer.summary(result));
        }
        Map<NativeId, Answer.Block> found = answer.blocks();
        if (found.isEmpty() && (!known || !answer.out().isBlank())) {
            // It was asked for jobs, and says neither how they are nor that there are none (R1).
            throw new SchedulerException(
                    "qstat's answer is not of the form that was asked for: " + Answer.summary(result));
        }
        return found;
    }

    private static boolean isGone(String error) {
        return UNKNOWN.matcher(error).find() || FINISHED.matcher(error).find();
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        List<String> words = new ArrayList<>(List.of(program("qdel")));
        ids.forEach(id -> words.add(JobIds.normal(id).value()));
        return Command.of(words);
    }

    @Override
    public boolean cancelled(CommandResult result) {
        List<String> errors = errors("qdel", result.err());
        // Exit code 0 stands beside "could not connect to MOM" too, and then the job goes on.
        return errors.isEmpty() ? result.exit() == 0 : errors.stream().allMatch(PbsDialect::isGone);
    }

    @Override
    public Command find(String jobName) {
        List<String> words = new ArrayList<>(
                List.of("sh", "-c", "\"$@\"; printf '\\n" + Answer.MARK + " %s\\n' \"$?\"", "sh", program("qselect")));
        if (server.history()) {
            words.add("-x");
        }
        words.addAll(List.of("-N", Directives.name(jobName, server)));
        return Command.of(words);
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        Answer answer = Answer.of(result);
        if (answer.exit() != 0 || isTransientText(result)) {
            throw new SchedulerException("qselect failed: " + Answer.summary(result));
        }
        Set<NativeId> found = new LinkedHashSet<>();
        answer.out()
                .lines()
                .map(String::strip)
                .map(JobIds::read)
                .forEach(id -> id.map(PbsDialect::whole).ifPresent(found::add));
        return List.copyOf(found);
    }

    /** The array of an element. */
    private static NativeId whole(NativeId id) {
        return NativeId.of(id.value().replaceFirst("\\[[0-9]+]$", "[]"));
    }

    @Override
    public boolean isTransient(CommandResult result) {
        return result.exit() != 0 && isTransientText(result);
    }

    private static boolean isTransientText(CommandResult result) {
        String text = (result.err() + "\n" + result.out()).toLowerCase(Locale.ROOT);
        return LASTING.stream().noneMatch(text::contains) && TRANSIENT.stream().anyMatch(text::contains);
    }

    @Override
    public Optional<Command> info() {
        return Optional.of(Command.of("sh", "-c", "\"$0\" --version 2>&1; exec \"$0\" -B -f", program("qstat")));
    }

    /** Torque calls its version "Version:", the others "pbs_version". */
    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        Matcher torque = OLD_NAME.matcher(result.out());
        Matcher other = NEW_NAME.matcher(result.out());
        String version;
        if (torque.find()) {
            version = Server.TORQUE + " " + torque.group(1);
        } else if (other.find()) {
            String number = other.group(1);
            version = (OPEN.matcher(number).matches() ? "OpenPBS " : "PBS Professional ") + number;
        } else {
            throw new SchedulerException("qstat does not tell its version: " + result.summary());
        }
        Matcher largest = LARGEST.matcher(result.out());
        return new SchedulerInfo(
                version,
                largest.find() ? OptionalInt.of(Math.max(1, Integer.parseInt(largest.group(1)))) : OptionalInt.empty(),
                HISTORY.matcher(result.out()).find());
    }

    /** The long form: the short one cuts names. */
    @Override
    public Optional<Command> queues() {
        return Optional.of(Command.of(program("qstat"), "-Q", "-f"));
    }

    @Override
    public List<String> parseQueues(CommandResult result) {
        List<String> names = result.out()
                .lines()
                .filter(l -> l.startsWith("Queue:"))
                .map(l -> l.substring("Queue:".length()).strip())
                .filter(l -> !l.isEmpty())
                .toList();
        if (result.exit() != 0 || names.isEmpty()) {
            throw new SchedulerException("qstat does not tell the queues: " + result.summary());
        }
        return names;
    }

    /** Arrays as a whole: OpenPBS guesses for some of their elements only. Torque does not guess. */
    @Override
    public Optional<Command> starts(Collection<NativeId> jobs) {
        return Optional.of(qstat(jobs, Answer.START_ATTRIBUTES, List.of("-f")));
    }

    @Override
    public Map<NativeId, Instant> parseStarts(CommandResult result) {
        Map<NativeId, Instant> found = new LinkedHashMap<>();
        blocks(result).forEach((id, block) -> PbsStates.expectedStart(block).ifPresent(start -> found.put(id, start)));
        return found;
    }

    @Override
    public Optional<String> hopeless(JobStatus waiting) {
        return waiting.state() == JobState.PENDING ? Refusals.inVain(waiting.detail()) : Optional.empty();
    }

    private String program(String name) {
        return settings.binDirectory().map(d -> d.resolve(name).value()).orElse(name);
    }

    /** The complaints of a program, without its name before them. */
    private static List<String> errors(String program, String err) {
        String start = program + ": ";
        return err.lines()
                .map(String::strip)
                .filter(l -> l.startsWith(start))
                .map(l -> l.substring(start.length()))
                .toList();
    }
}
