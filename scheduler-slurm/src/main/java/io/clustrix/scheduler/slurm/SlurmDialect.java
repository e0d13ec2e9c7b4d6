package io.clustrix.scheduler.slurm;

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
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Slurm's language: sbatch, squeue, sacct, scancel, scontrol. */
final class SlurmDialect implements SchedulerDialect {
    /** MaxArraySize where a site has not changed it. */
    private static final int USUAL_ARRAY = 1001;

    /** So many ids fit into one argument of 128 KiB; with more, all of the user's own jobs are asked for. */
    private static final int MOST_IDS = 5000;

    /** The first field of our lines, by which they are told from what a site's wrapper prints around them. */
    private static final String MARK = "clustrix";

    private static final Pattern SUBMITTED =
            Pattern.compile("(?:Submitted batch job )?([0-9]+)(?:;([A-Za-z0-9_.-]+)| on cluster ([A-Za-z0-9_.-]+))?");
    private static final Pattern CLUSTER = Pattern.compile("CLUSTER: (\\S+)");
    private static final Pattern ID = Pattern.compile("[0-9]+(?:_[0-9]+)?(?:\\+[0-9]+)?");
    /** A pending array's rest, in one line. It has not ended, so the accounting says nothing of interest with it. */
    private static final Pattern REST = Pattern.compile("[0-9]+_\\[.*");

    private static final Pattern EXIT = Pattern.compile("([0-9]{1,6}):([0-9]{1,3})");
    private static final String UNKNOWN_ID = "Invalid job id specified";

    private static final List<String> TRANSIENT = List.of(
            "socket timed out",
            "unable to contact slurm controller",
            "slurmctld is currently in standby mode",
            "backup controller in standby mode",
            "resource temporarily unavailable",
            "temporarily unable to accept job",
            "temporarily unable to handle",
            "munge encode failed",
            "munge decode failed",
            "protocol authentication error",
            "invalid authentication credential",
            "zero bytes were transmitted or received",
            "transport endpoint is not connected",
            "unexpected message received",
            "connection refused",
            "connection reset",
            "connection timed out",
            "problem talking to the database",
            "unable to connect to database",
            // Not for ever: it goes away when some of the user's own jobs end.
            "maxsubmitjob");

    /** Filters of squeue that a user's profile may have set for their own eyes (requirement R3). */
    private static final List<String> SQUEUE_FILTERS = List.of(
            "SQUEUE_ACCOUNT",
            "SQUEUE_ALL",
            "SQUEUE_ARRAY",
            "SQUEUE_FORMAT",
            "SQUEUE_FORMAT2",
            "SQUEUE_LICENSES",
            "SQUEUE_NAMES",
            "SQUEUE_PARTITION",
            "SQUEUE_QOS",
            "SQUEUE_SORT",
            "SQUEUE_STATES",
            "SQUEUE_USERS");

    /** The variables of sbatch that go before a directive, by the option (sbatch's manual, "INPUT ENVIRONMENT"). */
    private static final Map<String, List<String>> OVERRIDES = Map.ofEntries(
            Map.entry("job-name", List.of("SBATCH_JOB_NAME")),
            Map.entry("output", List.of("SBATCH_OUTPUT")),
            Map.entry("error", List.of("SBATCH_ERROR")),
            Map.entry("open-mode", List.of("SBATCH_OPEN_MODE")),
            Map.entry("export", List.of("SBATCH_EXPORT", "SLURM_EXPORT_ENV", "SBATCH_GET_USER_ENV")),
            Map.entry("requeue", List.of("SBATCH_REQUEUE", "SBATCH_NO_REQUEUE")),
            Map.entry("no-requeue", List.of("SBATCH_REQUEUE", "SBATCH_NO_REQUEUE")),
            Map.entry("mem", List.of("SBATCH_MEM_PER_NODE", "SBATCH_MEM_PER_CPU", "SBATCH_MEM_PER_GPU")),
            Map.entry("time", List.of("SBATCH_TIMELIMIT")),
            Map.entry("gres", List.of("SBATCH_GRES", "SBATCH_GPUS", "SBATCH_GPUS_PER_NODE", "SBATCH_GPUS_PER_TASK")),
            Map.entry("partition", List.of("SBATCH_PARTITION")),
            Map.entry("account", List.of("SBATCH_ACCOUNT")),
            Map.entry("qos", List.of("SBATCH_QOS")),
            Map.entry("reservation", List.of("SBATCH_RESERVATION")),
            Map.entry("constraint", List.of("SBATCH_CONSTRAINT")),
            Map.entry("exclusive", List.of("SBATCH_EXCLUSIVE")),
            Map.entry("signal", List.of("SBATCH_SIGNAL")));

    private final SlurmSettings settings;

    SlurmDialect(SlurmSettings settings) {
        this.settings = settings;
    }

    @Override
    public Traits traits() {
        return new Traits(
                Set.of(
                        Feature.ARRAYS,
                        Feature.CANCEL_RUNNING,
                        Feature.ISOLATION,
                        Feature.MEMORY_LIMIT,
                        Feature.WALLTIME_LIMIT,
                        Feature.OUTPUT,
                        Feature.REATTACH),
                USUAL_ARRAY,
                settings.minPollInterval());
    }

    @Override
    public JobVariables variables() {
        return new JobVariables("SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID", 0, Optional.of("SLURM_RESTART_COUNT"));
    }

    @Override
    public List<String> directives(JobPlan plan) {
        List<String> lines = new ArrayList<>();
        Directives.of(plan, settings).forEach((name, value) -> lines.add(Directives.line(name, value)));
        return lines;
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        Set<String> unset = new LinkedHashSet<>(List.of("SBATCH_WAIT", "SBATCH_ARRAY_INX"));
        Directives.of(plan, settings).keySet().forEach(o -> unset.addAll(OVERRIDES.getOrDefault(o, List.of())));
        List<String> words = new ArrayList<>(without(unset));
        words.add(program("sbatch"));
        words.add("--parsable");
        settings.cluster().ifPresent(c -> words.add("--clusters=" + c));
        words.add(script);
        return Command.of(words);
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        requireWhole(result);
        if (result.exit() == 0) {
            List<String> lines = result.out().lines().map(String::strip).toList();
            // From the last line back: wrappers of sbatch print things before it, with numbers in them (R24).
            for (int i = lines.size() - 1; i >= 0; i--) {
                Matcher m = SUBMITTED.matcher(lines.get(i));
                if (m.matches()) {
                    return new NativeId(m.group(1), Optional.ofNullable(m.group(2) != null ? m.group(2) : m.group(3)));
                }
            }
            throw new SchedulerException(
                    "sbatch printed no job id: " + summary(result),
                    "Does a wrapper of the site's stand in the way? 'bin-directory' names the directory of the real one.");
        }
        String text = result.err().isBlank() ? result.out() : result.err();
        throw new SchedulerException("Slurm did not accept the job: " + summary(result), Refusals.hints(text), null);
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return new NativeId(job.value() + "_" + index, job.cluster());
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return eachCluster(jobs, (cluster, ids) -> {
            List<String> words = squeue(cluster, "all");
            words.add("--array");
            words.add("--format=" + MARK + "|%i|%T|%r|%S|%e|%N");
            words.add(chosen(ids));
            return words;
        });
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        if (result.exit() != 0 && !onlyUnknownIds(result.err())) {
            throw new SchedulerException("squeue failed: " + summary(result));
        }
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        for (Row row : rows(result, 7)) {
            String id = row.fields().get(1);
            Optional<String> word = SlurmStates.word(row.fields().get(2));
            if (ID.matcher(id).matches() && word.isPresent()) {
                found.put(new NativeId(id, row.cluster()), queued(word.get(), row));
            }
        }
        return found;
    }

    private static JobStatus queued(String word, Row row) {
        JobState state = SlurmStates.of(word);
        String reason = row.fields().get(3);
        String detail = word + (reason.isEmpty() || reason.equals("None") ? "" : " (" + reason + ")");
        if (!SlurmStates.known(word)) {
            detail += ", a state that Clustrix does not know: " + row.line();
        } else if (state == JobState.FAILED && reason.equals("JobLaunchFailure")) {
            // Slurm's reason misleads: it stands beside every job that a signal ended.
            detail += ": the script could not be started on the node, or was ended by a signal";
        } else if (state == JobState.PENDING && reason.startsWith("JobHeld")) {
            detail += ": held until somebody releases it";
        } else if (state == JobState.PENDING && reason.toLowerCase(Locale.ROOT).startsWith("launch")) {
            detail += ": held because it could not be started; 'scontrol release' tries again";
        }
        return new JobStatus(
                state,
                OptionalInt.empty(),
                detail,
                text(row.fields().get(6)),
                // For what waits these are Slurm's guesses, and for what runs the end of its walltime.
                state == JobState.PENDING ? Optional.empty() : time(row.fields().get(4)),
                state.ended() ? time(row.fields().get(5)) : Optional.empty());
    }

    @Override
    public Optional<Command> history(Collection<NativeId> jobs) {
        return Optional.of(eachCluster(jobs, (cluster, ids) -> {
            List<String> words = new ArrayList<>(without(List.of("SACCT_FORMAT", "SLURM_CLUSTERS")));
            words.add("SLURM_TIME_FORMAT=%s");
            words.add(program("sacct"));
            cluster.ifPresent(c -> words.add("--clusters=" + c));
            words.addAll(List.of("--allocations", "--parsable2", "--delimiter=|"));
            // Without it sacct may look no further back than midnight (R10).
            words.add("--starttime=now-30days");
            words.add("--format=JobID,State,ExitCode,Start,End,NodeList" + (cluster.isPresent() ? ",Cluster" : ""));
            words.add("--jobs=" + String.join(",", ids));
            return words;
        }));
    }

    @Override
    public Map<NativeId, JobStatus> parseHistory(CommandResult result) {
        requireWhole(result);
        if (result.exit() != 0) {
            throw new SchedulerException("sacct failed: " + summary(result));
        }
        Map<NativeId, JobStatus> found = new LinkedHashMap<>();
        boolean answered = false;
        for (String line : result.out().lines().toList()) {
            String[] f = line.strip().split("\\|", -1);
            if (f.length != 6 && f.length != 7) {
                continue;
            }
            answered |= f[0].equals("JobID") || REST.matcher(f[0]).matches();
            Optional<String> word = SlurmStates.word(f[1]);
            if (ID.matcher(f[0]).matches() && word.isPresent()) {
                answered = true;
                Optional<String> cluster = f.length == 7 ? text(f[6]) : Optional.empty();
                found.put(new NativeId(f[0], cluster), accounted(word.get(), f, line));
            }
        }
        if (!answered) {
            throw new SchedulerException("sacct's answer is not of the form that was asked for: " + summary(result));
        }
        return found;
    }

    private static JobStatus accounted(String word, String[] f, String line) {
        JobState state = SlurmStates.of(word);
        OptionalInt exit = state.ended() ? exit(f[2]) : OptionalInt.empty();
        String detail = f[1] + (state.ended() && !f[2].isEmpty() ? " (exit code " + f[2] + ")" : "");
        if (!SlurmStates.known(word)) {
            detail += ", a state that Clustrix does not know: " + line;
        }
        return new JobStatus(
                state,
                exit,
                detail,
                f[5].equals("None assigned") ? Optional.empty() : text(f[5]),
                time(f[3]),
                state.ended() ? time(f[4]) : Optional.empty());
    }

    /** Slurm's {@code CODE:SIGNAL}, as a shell would have it. */
    private static OptionalInt exit(String text) {
        Matcher m = EXIT.matcher(text);
        if (!m.matches()) {
            return OptionalInt.empty();
        }
        int signal = Integer.parseInt(m.group(2));
        return OptionalInt.of(signal > 0 ? 128 + signal : Integer.parseInt(m.group(1)));
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        return eachCluster(ids, (cluster, values) -> {
            // Filters of the user's own would leave jobs out.
            List<String> words = new ArrayList<>(without(List.of(
                    "SCANCEL_ACCOUNT",
                    "SCANCEL_NAME",
                    "SCANCEL_PARTITION",
                    "SCANCEL_QOS",
                    "SCANCEL_STATE",
                    "SCANCEL_USER",
                    "SCANCEL_INTERACTIVE",
                    "SCANCEL_BATCH",
                    "SCANCEL_FULL",
                    "SCANCEL_HURRY")));
            words.add(program("scancel"));
            words.add("--quiet");
            cluster.ifPresent(c -> words.add("--clusters=" + c));
            words.addAll(values);
            return words;
        });
    }

    @Override
    public boolean cancelled(CommandResult result) {
        if (result.exit() == 0) {
            return true;
        }
        List<String> errors = errors(result.err());
        return !errors.isEmpty()
                && errors.stream()
                        .allMatch(e -> e.contains(UNKNOWN_ID)
                                || e.contains("already completing or completed")
                                || e.contains("Job has already finished"));
    }

    @Override
    public Command find(String jobName) {
        List<String> words = squeue(settings.cluster(), "all");
        words.add("--format=" + MARK + "|%F|%j");
        words.add("--name=" + jobName);
        return Command.of(words);
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        if (result.exit() != 0) {
            throw new SchedulerException("squeue failed: " + summary(result));
        }
        Set<NativeId> found = new LinkedHashSet<>();
        for (Row row : rows(result, 3)) {
            String id = row.fields().get(1);
            if (ID.matcher(id).matches()) {
                found.add(new NativeId(id, row.cluster()));
            }
        }
        return List.copyOf(found);
    }

    @Override
    public boolean isTransient(CommandResult result) {
        String text = (result.err() + "\n" + result.out()).toLowerCase(Locale.ROOT);
        return result.exit() != 0 && TRANSIENT.stream().anyMatch(text::contains);
    }

    @Override
    public Optional<Command> info() {
        List<String> words = new ArrayList<>();
        words.add(program("scontrol"));
        settings.cluster().ifPresent(c -> words.add("--clusters=" + c));
        words.addAll(List.of("show", "config"));
        return Optional.of(Command.of(words));
    }

    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        Map<String, String> config = new LinkedHashMap<>();
        for (String line : result.out().lines().toList()) {
            int sign = line.indexOf('=');
            if (sign > 0) {
                config.putIfAbsent(
                        line.substring(0, sign).strip(),
                        line.substring(sign + 1).strip());
            }
        }
        String version = config.get("SLURM_VERSION");
        if (result.exit() != 0 || version == null) {
            throw new SchedulerException("scontrol does not tell its configuration: " + summary(result));
        }
        String accounting = config.getOrDefault("AccountingStorageType", "");
        return new SchedulerInfo(
                "Slurm " + version,
                largestArray(config),
                accounting.endsWith("slurmdbd") || accounting.endsWith("mysql"));
    }

    @Override
    public Optional<Command> queues() {
        List<String> words = new ArrayList<>(without(List.of("SINFO_FORMAT", "SINFO_PARTITION", "SINFO_ALL")));
        words.add(program("sinfo"));
        settings.cluster().ifPresent(c -> words.add("--clusters=" + c));
        // Hidden ones too, as those may be submitted to; %P has a star behind the default one.
        words.addAll(List.of("--all", "--noheader", "--format=%P"));
        return Optional.of(Command.of(words));
    }

    @Override
    public List<String> parseQueues(CommandResult result) {
        List<String> names = result.out()
                .lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty() && !l.startsWith("CLUSTER:"))
                .toList();
        if (result.exit() != 0 || names.isEmpty()) {
            throw new SchedulerException("sinfo does not tell the partitions: " + summary(result));
        }
        List<String> sorted = new ArrayList<>();
        names.stream().filter(n -> n.endsWith("*")).forEach(n -> sorted.add(n.substring(0, n.length() - 1)));
        names.stream().filter(n -> !n.endsWith("*")).forEach(sorted::add);
        return sorted.stream().distinct().toList();
    }

    /** What waits only, as for the rest squeue shows when it has begun; of an array a line for all that wait alike. */
    @Override
    public Optional<Command> starts(Collection<NativeId> jobs) {
        return Optional.of(eachCluster(jobs, (cluster, ids) -> {
            List<String> words = squeue(cluster, "PENDING");
            words.add("--format=" + MARK + "|%F|%S");
            words.add(chosen(ids));
            return words;
        }));
    }

    @Override
    public Map<NativeId, Instant> parseStarts(CommandResult result) {
        if (result.exit() != 0 && !onlyUnknownIds(result.err())) {
            throw new SchedulerException("squeue failed: " + summary(result));
        }
        Map<NativeId, Instant> found = new LinkedHashMap<>();
        for (Row row : rows(result, 3)) {
            String id = row.fields().get(1);
            if (ID.matcher(id).matches()) {
                time(row.fields().get(2))
                        .ifPresent(
                                t -> found.merge(new NativeId(id, row.cluster()), t, (a, b) -> a.isBefore(b) ? a : b));
            }
        }
        return found;
    }

    /** Indices go up to MaxArraySize - 1, so from 0 on there are as many; 0 means that there are no arrays (R22). */
    private static OptionalInt largestArray(Map<String, String> config) {
        OptionalInt size = number(config.getOrDefault("MaxArraySize", ""));
        Matcher tasks = Pattern.compile("(?:^|,)\\s*max_array_tasks=([0-9]+)")
                .matcher(config.getOrDefault("SchedulerParameters", ""));
        OptionalInt most = tasks.find() ? number(tasks.group(1)) : OptionalInt.empty();
        if (size.isEmpty()) {
            return most;
        }
        return OptionalInt.of(Math.max(1, Math.min(size.getAsInt(), most.orElse(Integer.MAX_VALUE))));
    }

    private static OptionalInt number(String text) {
        return text.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(text)) : OptionalInt.empty();
    }

    @Override
    public Optional<String> hopeless(JobStatus waiting) {
        return waiting.state() == JobState.PENDING ? Refusals.inVain(waiting.detail()) : Optional.empty();
    }

    private String program(String name) {
        return settings.binDirectory().map(d -> d.resolve(name).value()).orElse(name);
    }

    private static List<String> without(Collection<String> variables) {
        List<String> words = new ArrayList<>(List.of("env"));
        for (String variable : variables) {
            words.add("-u");
            words.add(variable);
        }
        return words;
    }

    /** With a header, which proves that it was squeue that answered, and that an empty list is one. */
    private List<String> squeue(Optional<String> cluster, String states) {
        List<String> words = new ArrayList<>(without(SQUEUE_FILTERS));
        words.add("SLURM_TIME_FORMAT=%s");
        words.add(program("squeue"));
        cluster.ifPresent(c -> words.add("--clusters=" + c));
        words.add("--states=" + states);
        return words;
    }

    private static String chosen(List<String> ids) {
        return ids.size() > MOST_IDS ? "--me" : "--jobs=" + String.join(",", ids);
    }

    /** One of our lines, and the cluster that squeue named before it. */
    private record Row(List<String> fields, Optional<String> cluster, String line) {}

    private static List<Row> rows(CommandResult result, int fields) {
        requireWhole(result);
        List<Row> rows = new ArrayList<>();
        Optional<String> cluster = Optional.empty();
        boolean answered = onlyUnknownIds(result.err());
        for (String line : result.out().lines().map(String::strip).toList()) {
            Matcher named = CLUSTER.matcher(line);
            if (named.matches()) {
                cluster = Optional.of(named.group(1));
            }
            List<String> f = List.of(line.split("\\|", -1));
            if (f.size() == fields && f.get(0).equals(MARK)) {
                answered = true;
                rows.add(new Row(f, cluster, line));
            }
        }
        if (!answered) {
            // Not even the header: whoever answered, it was not squeue, and nothing follows from its silence (R1).
            throw new SchedulerException("squeue's answer is not of the form that was asked for: " + summary(result));
        }
        return rows;
    }

    private static void requireWhole(CommandResult result) {
        if (result.truncated()) {
            throw new SchedulerException("the answer is too long to be kept whole: " + summary(result));
        }
    }

    /** Without the variables that we unset, of which there are many. */
    private static String summary(CommandResult result) {
        return result.summary().replaceFirst("'env(?: -u \\S+)+ ", "'");
    }

    private static List<String> errors(String err) {
        return err.lines()
                .filter(l -> l.contains("error:") || l.contains("fatal:"))
                .toList();
    }

    /** squeue's way to say that the only id it was asked for is none of its own: an answer, not a failure (R5). */
    private static boolean onlyUnknownIds(String err) {
        List<String> errors = errors(err);
        return !errors.isEmpty() && errors.stream().allMatch(e -> e.contains(UNKNOWN_ID));
    }

    private static Optional<String> text(String field) {
        return field.isBlank() || field.equals("(null)") || field.equals("N/A") ? Optional.empty() : Optional.of(field);
    }

    private static Optional<Instant> time(String field) {
        // "N/A", "Unknown" and "NONE" are no numbers, and 0 is none known.
        return field.matches("[1-9][0-9]{0,11}")
                ? Optional.of(Instant.ofEpochSecond(Long.parseLong(field)))
                : Optional.empty();
    }

    private interface Words {
        List<String> of(Optional<String> cluster, List<String> ids);
    }

    /**
     * One command for ids of any number of clusters. Each cluster is asked for its own ids only, because outside of
     * federations the same number is another job on the next cluster.
     */
    private static Command eachCluster(Collection<NativeId> ids, Words words) {
        Map<String, List<String>> groups = ids.stream()
                .collect(Collectors.groupingBy(
                        id -> id.cluster().orElse(""),
                        TreeMap::new,
                        Collectors.mapping(NativeId::value, Collectors.toList())));
        List<List<String>> commands = groups.entrySet().stream()
                .map(g -> words.of(Optional.of(g.getKey()).filter(c -> !c.isEmpty()), g.getValue()))
                .toList();
        if (commands.size() == 1) {
            return Command.of(commands.get(0));
        }
        String script = commands.stream()
                .map(c -> c.stream().map(SlurmDialect::quoted).collect(Collectors.joining(" ")) + " || r=$?; ")
                .collect(Collectors.joining("", "r=0; ", "exit $r"));
        return Command.of("sh", "-c", script);
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
