package io.clustrix.testkit.fake;

import io.clustrix.testkit.fake.Element.Cause;
import io.clustrix.testkit.fake.Element.State;
import io.clustrix.testkit.fake.LongWords.Known;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Slurm 22.05: {@code sbatch}, {@code squeue}, {@code sacct}, {@code scancel} and {@code scontrol}. Four nodes of 8
 * cores and 4000 MB, the partitions {@code debug} and {@code short}, which has a limit of a minute. Without accounting,
 * unless it is switched on.
 */
public final class FakeSlurm extends FakeScheduler {
    private static final String VERSION = "22.05.8";
    private static final int NODES = 4;
    private static final int CORES = 8;
    private static final int MEMORY = 4000;
    private static final int LARGEST_INDEX = 1000;
    private static final Duration DEFAULT_TIME = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMinutes(1);
    private static final Duration KILL_WAIT = Duration.ofSeconds(2);
    private static final Duration BEFORE_RESTART = Duration.ofSeconds(1);

    private static final Known SBATCH = new Known("""
            J,job-name= o,output= e,error= i,input= a,array= N,nodes= n,ntasks= c,cpus-per-task= mem= mem-per-cpu=
            t,time= gres= p,partition= A,account= q,qos= reservation= C,constraint= D,chdir= H,hold b,begin= wrap=
            comment= w,nodelist= L,licenses= d,dependency= W,wait exclusive? signal= Q,quiet mail-type= mail-user=
            get-user-env? nice? test-only parsable open-mode= export= requeue no-requeue kill-on-invalid-dep=
            M,clusters= uid= ntasks-per-node=
            """);
    private static final Known SQUEUE = new Known("""
            h,noheader t,states= r,array j,jobs= n,name= u,user= me o,format= M,clusters= S,sort= O,Format= json
            """);
    private static final Known SACCT = new Known("""
            X,allocations P,parsable2 delimiter= n,noheader j,jobs= o,format= S,starttime= E,endtime= name= M,clusters=
            u,user= a,allusers D,duplicates json
            """);
    private static final Known SCANCEL =
            new Known("Q,quiet v,verbose n,name= u,user= b,batch f,full s,signal= M,clusters=");
    private static final Known SCONTROL = new Known("o,oneliner M,clusters= Q,quiet");

    private static final Pattern ID = Pattern.compile("([0-9]{1,9})(?:_(?:([0-9]{1,9})|\\[([0-9,-]+)]))?");
    private static final Pattern FIELD = Pattern.compile("%(\\.)?([0-9]*)([A-Za-z])");
    private static final String UNKNOWN = "Invalid job id specified";

    private Duration minJobAge = Duration.ofMinutes(5);
    private boolean accounting;
    private boolean databaseDown;

    /** A cluster that works. */
    public FakeSlurm() {
        super("slurm", List.of("sbatch", "squeue", "sacct", "scancel", "scontrol", "sinfo"));
        slots(NODES * CORES);
    }

    /** How long ended jobs stay in the queue. */
    public void minJobAge(Duration age) {
        synchronized (lock) {
            minJobAge = age;
        }
    }

    /** Whether there is a slurmdbd. */
    public void accounting(boolean on) {
        synchronized (lock) {
            accounting = on;
        }
    }

    /** The slurmdbd answers nobody; it misses nothing. */
    public void databaseDown(boolean down) {
        synchronized (lock) {
            databaseDown = down;
        }
    }

    @Override
    Reply whileDown(Call call) {
        String text = "Unable to contact slurm controller (connect failure)";
        return switch (call.program()) {
            case "sbatch" -> Reply.refusal(1, "sbatch: error: Batch job submission failed: " + text);
            case "sacct" -> sacct(call);
            case "scancel" -> Reply.refusal(1, "scancel: error: slurm_kill_job2() failed " + text);
            default -> Reply.refusal(1, "slurm_load_jobs error: " + text);
        };
    }

    @Override
    Reply work(Call call) {
        return switch (call.program()) {
            case "sbatch" -> sbatch(call);
            case "squeue" -> squeue(call);
            case "sacct" -> sacct(call);
            case "scancel" -> scancel(call);
            case "sinfo" -> sinfo(call);
            default -> scontrol(call);
        };
    }

    private static Reply sinfo(Call call) {
        if (!call.words().equals(List.of("--all", "--noheader", "--format=%P"))) {
            throw new Refusal(1, "sinfo: error: the fake only lists the names of partitions");
        }
        return Reply.of("debug*\nshort\n");
    }

    private static void notImitated(String program, LongWords words, String... options) {
        for (String option : options) {
            if (words.has(option)) {
                throw new Refusal(1, program + ": error: the fake does not imitate --" + option);
            }
        }
    }

    // Submitting

    private static LongWords sbatchWords(List<String> words) {
        return LongWords.read(
                words,
                SBATCH,
                false,
                text -> new Refusal(255, "sbatch: " + text, "Try \"sbatch --help\" for more information"));
    }

    private static Refusal error(int exit, String... texts) {
        return new Refusal(
                exit, Arrays.stream(texts).map(t -> "sbatch: error: " + t).toArray(String[]::new));
    }

    private static Refusal failed(String... texts) {
        String[] lines = texts.clone();
        lines[lines.length - 1] = "Batch job submission failed: " + lines[lines.length - 1];
        return error(1, lines);
    }

    private Reply sbatch(Call call) {
        LongWords given = sbatchWords(call.words());
        String name = "sbatch";
        String script;
        if (given.has("wrap")) {
            script = "#!/bin/sh\n# This script was created by sbatch --wrap.\n\n" + given.get("wrap", "") + "\n";
            name = "wrap";
        } else if (given.operands().isEmpty()) {
            script = new String(call.input().get(), StandardCharsets.UTF_8);
        } else {
            Path file = call.directory().resolve(given.operands().get(0));
            name = String.valueOf(file.getFileName());
            try {
                script = Files.readString(file);
            } catch (IOException e) {
                throw error(1, "Unable to open file " + given.operands().get(0));
            }
        }
        if (script.isEmpty()) {
            throw error(1, "Batch script is empty!");
        }
        if (!script.startsWith("#!")) {
            throw error(
                    1,
                    "This does not look like a batch script.  The first",
                    "line must start with #! followed by the path to an interpreter.",
                    "For instance: #!/bin/sh");
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (String line : script.lines().toList()) {
            if (line.startsWith("#SBATCH")) {
                options.putAll(sbatchWords(Words.split(line.substring(7), true)).options());
            } else if (!line.isBlank() && !line.startsWith("#")) {
                break;
            }
        }
        // What stands in the environment goes before the script, and the command line before both.
        SBATCH_VARIABLES.forEach((variable, option) -> {
            if (call.environment().containsKey(variable)) {
                options.put(option, call.environment().getOrDefault(variable, ""));
            }
        });
        options.putAll(given.options());
        LongWords words = new LongWords(options, given.operands());
        Job job = add(submission(call, words, words.get("job-name", name), script));
        return Reply.of((words.has("parsable") ? "" : "Submitted batch job ") + job.number + "\n");
    }

    private static final Map<String, String> SBATCH_VARIABLES = Map.of(
            "SBATCH_JOB_NAME", "job-name",
            "SBATCH_PARTITION", "partition",
            "SBATCH_TIMELIMIT", "time",
            "SBATCH_OUTPUT", "output",
            "SBATCH_ERROR", "error",
            "SBATCH_EXPORT", "export",
            "SBATCH_ACCOUNT", "account",
            "SBATCH_ARRAY_INX", "array");

    private Submission submission(Call call, LongWords words, String name, String script) {
        notImitated("sbatch", words, "wait", "signal", "test-only", "clusters", "input", "get-user-env");
        if (words.has("uid")) {
            throw error(255, "--uid only permitted by root user");
        }
        Optional<Duration> time = words.get("time").map(FakeSlurm::minutes);
        if (words.has("gres") && !words.get("gres", "").isEmpty()) {
            throw error(1, "Invalid generic resource (gres) specification");
        }
        String partition = words.get("partition", "debug");
        if (!Set.of("debug", "short").contains(partition)) {
            throw failed("invalid partition specified: " + partition, "Invalid partition name specified");
        }
        if (megabytes(words.get("mem", "0")) > MEMORY) {
            throw failed("Memory specification can not be satisfied", "Requested node configuration is not available");
        }
        int cores = number(words, "cpus-per-task", 1);
        int nodes = number(words, "nodes", 1);
        int tasks = number(words, "ntasks", nodes);
        // More than all nodes have together is accepted, and waits for ever.
        if (cores > CORES && tasks * cores <= NODES * CORES) {
            throw failed("CPU count per node can not be satisfied", "Requested node configuration is not available");
        }
        Map.of(
                        "constraint", "Invalid feature specification",
                        "licenses", "Invalid license specification",
                        "reservation", "Requested reservation is invalid")
                .forEach((option, text) -> {
                    if (words.has(option)) {
                        throw failed(text);
                    }
                });
        if (words.has("nodelist") && !words.get("nodelist", "").matches("n[1-4]|n\\[[1-4,-]+]")) {
            throw failed("Invalid node name specified");
        }
        if (words.has("dependency")) {
            // An unknown id counts as fulfilled, so one that is known is all that would have to be imitated.
            Matcher m = Pattern.compile("after[a-z]*:([0-9]+)").matcher(words.get("dependency", ""));
            if (!m.matches()) {
                throw failed("Job dependency problem");
            }
            if (jobs.containsKey(Integer.parseInt(m.group(1)))) {
                throw error(1, "the fake does not imitate --dependency");
            }
        }
        List<Integer> indices = List.of();
        int most = 0;
        if (words.has("array")) {
            Matcher m =
                    Pattern.compile("([0-9,-]+)(?::([0-9]+))?(?:%([0-9]+))?").matcher(words.get("array", ""));
            indices =
                    m.matches() ? indices(m.group(1), m.group(2) == null ? 1 : Integer.parseInt(m.group(2))) : indices;
            if (indices.isEmpty() || indices.get(indices.size() - 1) > LARGEST_INDEX) {
                throw failed("Invalid job array specification");
            }
            most = m.group(3) == null ? 0 : Integer.parseInt(m.group(3));
        }
        boolean brief = partition.equals("short");
        String never = nodes > NODES
                ? "PartitionNodeLimit"
                : tasks * cores > NODES * CORES
                        ? "PartitionConfig"
                        : brief && time.filter(t -> t.compareTo(SHORT) > 0).isPresent() ? "PartitionTimeLimit" : "";
        Map<String, String> options = new LinkedHashMap<>(words.options());
        options.put("partition", partition);
        return new Submission(
                name,
                script,
                false,
                words.operands().isEmpty()
                        ? List.of()
                        : words.operands().subList(1, words.operands().size()),
                words.get("chdir").map(call.directory()::resolve).orElse(call.directory()),
                exported(call.environment(), words.get("export", "ALL")),
                tasks * cores,
                Optional.of(time.orElse(brief ? SHORT : DEFAULT_TIME)),
                !words.has("no-requeue"),
                words.has("hold"),
                words.get("begin").map(this::begin),
                indices,
                most,
                options,
                never);
    }

    private static int number(LongWords words, String option, int otherwise) {
        String value = words.get(option, "" + otherwise).replaceFirst("-.*", "");
        if (!value.matches("[0-9]{1,6}")) {
            throw error(255, "Invalid numeric value \"" + value + "\" for --" + option + ".");
        }
        return Integer.parseInt(value);
    }

    private static long megabytes(String text) {
        Matcher m = Pattern.compile("([0-9]{1,12})([KMGT]?)B?", Pattern.CASE_INSENSITIVE)
                .matcher(text);
        if (!m.matches()) {
            throw error(255, "Invalid --mem specification");
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> n / 1024;
            case "G" -> n * 1024;
            case "T" -> n * 1024 * 1024;
            default -> n;
        };
    }

    /** {@code M, M:S, H:M:S, D-H, D-H:M, D-H:M:S}; Slurm counts begun minutes as whole ones. */
    private static Duration minutes(String text) {
        Matcher m = Pattern.compile("(?:([0-9]+)-)?([0-9]+)(?::([0-9]+))?(?::([0-9]+))?")
                .matcher(text);
        if (!m.matches()) {
            throw error(255, "Invalid --time specification");
        }
        long[] n = new long[4];
        for (int i = 0; i < n.length; i++) {
            n[i] = m.group(i + 1) == null ? 0 : Long.parseLong(m.group(i + 1));
        }
        long seconds = m.group(1) != null || m.group(4) != null
                ? n[0] * 86_400 + n[1] * 3600 + n[2] * 60 + n[3]
                : n[1] * 60 + n[2];
        return Duration.ofMinutes((seconds + 59) / 60);
    }

    private Instant begin(String text) {
        Matcher m = Pattern.compile("now(?:\\+([0-9]+)(second|minute|hour|day|)s?)?")
                .matcher(text);
        if (!m.matches()) {
            throw error(1, "the fake does not imitate --begin=" + text);
        }
        long n = m.group(1) == null ? 0 : Long.parseLong(m.group(1));
        String unit = m.group(2) == null ? "" : m.group(2);
        return now().plusSeconds(n
                * switch (unit) {
                    case "minute" -> 60;
                    case "hour" -> 3600;
                    case "day" -> 86_400;
                    default -> 1;
                });
    }

    private static List<Integer> indices(String text, int step) {
        Set<Integer> all = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher m = Pattern.compile("([0-9]{1,9})(?:-([0-9]{1,9}))?").matcher(part);
            if (!m.matches()) {
                return List.of();
            }
            int from = Integer.parseInt(m.group(1));
            int to = m.group(2) == null ? from : Integer.parseInt(m.group(2));
            IntStream.rangeClosed(from, Math.min(to, from + 1_000_000))
                    .filter(i -> (i - from) % step == 0)
                    .forEach(all::add);
        }
        return List.copyOf(all);
    }

    private static Map<String, String> exported(Map<String, String> from, String list) {
        Map<String, String> v = new LinkedHashMap<>();
        for (String item : list.split(",", -1)) {
            int sign = item.indexOf('=');
            if (item.equals("ALL")) {
                from.forEach(v::putIfAbsent);
            } else if (sign > 0) {
                v.put(item.substring(0, sign), item.substring(sign + 1));
            } else if (!item.equals("NONE") && from.containsKey(item)) {
                v.put(item, from.getOrDefault(item, ""));
            }
        }
        for (String name : List.of("HOME", "USER", "LOGNAME", "SHELL")) {
            if (from.containsKey(name)) {
                v.putIfAbsent(name, from.getOrDefault(name, ""));
            }
        }
        v.putIfAbsent("PATH", System.getenv().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"));
        v.put("TMPDIR", "/tmp");
        v.put("ENVIRONMENT", "BATCH");
        return v;
    }

    // Running

    @Override
    Launch launch(Element e) throws IOException {
        Submission s = e.job.submission;
        // A task of an array gets a number of its own when it starts; the last one keeps the array's.
        boolean own = e.index != Element.NONE && e.job.in(State.WAITING).count() > 1;
        e.facts.computeIfAbsent("id", k -> Integer.toString(own ? nextNumber() : e.job.number));
        String id = id(e);
        Map<String, String> v = new LinkedHashMap<>(s.environment());
        v.put("HOSTNAME", "n1");
        v.put("SLURM_JOB_ID", id);
        v.put("SLURM_JOBID", id);
        v.put("SLURM_JOB_NAME", e.job.name);
        v.put("SLURM_SUBMIT_DIR", s.directory().toString());
        v.put("SLURM_JOB_PARTITION", s.options().getOrDefault("partition", ""));
        v.put("SLURM_JOB_NODELIST", "n1");
        v.put("SLURM_NODELIST", "n1");
        v.put("SLURMD_NODENAME", "n1");
        v.put("SLURM_NNODES", s.options().getOrDefault("nodes", "1"));
        v.put("SLURM_JOB_NUM_NODES", s.options().getOrDefault("nodes", "1"));
        v.put("SLURM_CPUS_ON_NODE", s.options().getOrDefault("cpus-per-task", "1"));
        if (s.options().containsKey("cpus-per-task")) {
            v.put("SLURM_CPUS_PER_TASK", s.options().get("cpus-per-task"));
        }
        if (e.runs > 1) {
            v.put("SLURM_RESTART_COUNT", Integer.toString(e.runs - 1));
        }
        if (e.index != Element.NONE) {
            v.put("SLURM_ARRAY_JOB_ID", Integer.toString(e.job.number));
            v.put("SLURM_ARRAY_TASK_ID", Integer.toString(e.index));
            v.put("SLURM_ARRAY_TASK_COUNT", Integer.toString(s.indices().size()));
            v.put("SLURM_ARRAY_TASK_MIN", s.indices().get(0).toString());
            v.put(
                    "SLURM_ARRAY_TASK_MAX",
                    s.indices().get(s.indices().size() - 1).toString());
        }
        if (!Files.isDirectory(s.directory())) {
            throw new IOException(s.directory() + " is missing");
        }
        List<String> words = new ArrayList<>(interpreter(s.script()));
        words.add(script(e.job).toString());
        words.addAll(s.arguments());
        return new Launch(
                words,
                Optional.empty(),
                s.directory(),
                v,
                output(e, "output").orElseThrow(),
                output(e, "error"),
                s.options().getOrDefault("open-mode", "").startsWith("a") || e.runs > 1);
    }

    private Optional<Path> output(Element e, String option) {
        Submission s = e.job.submission;
        String usual = option.equals("error") ? null : e.job.isArray() ? "slurm-%A_%a.out" : "slurm-%j.out";
        String pattern = s.options().getOrDefault(option, usual);
        if (pattern == null) {
            return Optional.empty();
        }
        Map<String, String> meaning = Map.of(
                "j", id(e),
                "A", Integer.toString(e.job.number),
                "a", Integer.toString(Math.max(0, e.index)),
                "x", e.job.name,
                "N", "n1",
                "u", user(e.job),
                "%", "%");
        String file = Pattern.compile("%([0-9]*)([jAaxNu%])").matcher(pattern).replaceAll(m -> {
            String value = meaning.getOrDefault(m.group(2), "");
            int width = m.group(1).isEmpty() ? 0 : Integer.parseInt(m.group(1));
            return Matcher.quoteReplacement("0".repeat(Math.max(0, width - value.length())) + value);
        });
        return Optional.of(s.directory().resolve(file));
    }

    private static String user(Job job) {
        return job.submission.environment().getOrDefault("USER", System.getProperty("user.name"));
    }

    private static String id(Element e) {
        return e.facts.getOrDefault("id", Integer.toString(e.job.number));
    }

    @Override
    void notStarted(Element e, IOException why) {
        e.signal = 53;
        finish(e, Cause.NOT_STARTED);
    }

    @Override
    void outOfTime(Element e) {
        end(e, Cause.OUT_OF_TIME, " DUE TO TIME LIMIT");
    }

    private void end(Element e, Cause cause, String why) {
        Path file = output(e, "error").or(() -> output(e, "output")).orElseThrow();
        try {
            Files.writeString(
                    file,
                    "slurmstepd-n1: error: *** JOB " + id(e) + " ON n1 CANCELLED AT " + time(now()) + why + " ***\n",
                    StandardOpenOption.APPEND);
        } catch (IOException ex) {
            e.facts.put("unwritten", String.valueOf(ex.getMessage()));
        }
        kill(e, cause, "TERM", KILL_WAIT);
    }

    @Override
    boolean ended(Element e) {
        boolean again = e.facts.remove("requeue") != null || super.ended(e);
        if (again) {
            Instant then = now().plus(BEFORE_RESTART);
            e.notBefore = then;
            at(then, this::startJobs);
        }
        return again;
    }

    // Asking

    private String state(Element e) {
        if (e.state != State.ENDED) {
            return e.state == State.RUNNING ? "RUNNING" : "PENDING";
        }
        return switch (e.cause) {
            case CANCELLED -> "CANCELLED";
            case OUT_OF_TIME -> "TIMEOUT";
            case NODE_LOST -> "NODE_FAIL";
            case NOT_STARTED -> "FAILED";
            case EXITED -> e.code == 0 && e.signal == 0 ? "COMPLETED" : "FAILED";
        };
    }

    private static String brief(String state) {
        return Map.of(
                        "RUNNING",
                        "R",
                        "PENDING",
                        "PD",
                        "CANCELLED",
                        "CA",
                        "TIMEOUT",
                        "TO",
                        "NODE_FAIL",
                        "NF",
                        "FAILED",
                        "F",
                        "COMPLETED",
                        "CD")
                .getOrDefault(state, state);
    }

    private String reason(Element e) {
        if (e.state == State.RUNNING) {
            return "None";
        }
        if (e.state == State.ENDED) {
            return switch (e.cause) {
                case CANCELLED -> e.facts.getOrDefault("reason", "None");
                case OUT_OF_TIME -> "TimeLimit";
                case NODE_LOST -> "NodeDown";
                case NOT_STARTED -> "JobLaunchFailure";
                case EXITED -> e.signal > 0 ? "JobLaunchFailure" : e.code > 0 ? "NonZeroExitCode" : "None";
            };
        }
        Submission s = e.job.submission;
        Instant before = e.notBefore;
        if (!s.never().isEmpty()) {
            return s.never();
        } else if (e.job.held || e.facts.containsKey("held")) {
            return "JobHeldUser";
        } else if (s.notBefore().filter(t -> t.isAfter(now())).isPresent()
                || (before != null && before.isAfter(now()))) {
            return "BeginTime";
        } else if (s.most() > 0 && e.job.in(State.RUNNING).count() >= s.most()) {
            return "JobArrayTaskLimit";
        }
        return s.slots() > freeSlots() ? "Resources" : "None";
    }

    private static String time(Instant time) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss")
                .withZone(ZoneId.systemDefault())
                .format(time);
    }

    private static Function<Instant, String> format(Call call) {
        return "%s".equals(call.environment().get("SLURM_TIME_FORMAT"))
                ? t -> Long.toString(t.getEpochSecond())
                : FakeSlurm::time;
    }

    /** A line of squeue: one element, or those of an array that wait for the same reason. */
    private record Row(Job job, List<Element> elements, boolean together) {
        Element first() {
            return elements.get(0);
        }

        String tasks() {
            String ranges = PbsText.ranges(elements.stream().map(x -> x.index).toList());
            int most = job.submission.most();
            return together ? ranges + (most > 0 ? "%" + most : "") : Integer.toString(first().index);
        }

        String id() {
            return !job.isArray()
                    ? Integer.toString(job.number)
                    : job.number + "_" + (together ? "[" + tasks() + "]" : tasks());
        }
    }

    private boolean inQueue(Element e) {
        return e.state != State.ENDED || e.ended.plus(minJobAge).isAfter(now());
    }

    private Reply squeue(Call call) {
        LongWords words = LongWords.read(
                call.words(),
                SQUEUE,
                true,
                text -> new Refusal(1, "squeue: " + text, "Try \"squeue --help\" for more information"));
        notImitated("squeue", words, "clusters", "sort", "Format", "json");
        List<String> ids = words.get("jobs").map(j -> List.of(j.split(",", -1))).orElse(List.of());
        for (String id : ids) {
            if (!ID.matcher(id).matches()) {
                throw new Refusal(1, "squeue: error: Invalid job id: " + id);
            }
        }
        Set<String> states = Set.of(
                words.get("states", "PENDING,RUNNING").toUpperCase(Locale.ROOT).split(","));
        if (ids.size() == 1
                && elements(ids.get(0)).stream().noneMatch(this::inQueue)
                && job(ids.get(0)).isEmpty()) {
            throw new Refusal(1, "slurm_load_jobs error: " + UNKNOWN);
        }
        List<Element> chosen = jobs.values().stream()
                .filter(j -> words.get("name")
                        .map(n -> List.of(n.split(",")).contains(j.name))
                        .orElse(true))
                .filter(j -> words.get("user").map(u -> u.equals(user(j))).orElse(true))
                .flatMap(j -> j.elements.values().stream())
                .filter(this::inQueue)
                .filter(e -> states.contains("ALL") || states.contains(state(e)) || states.contains(brief(state(e))))
                .toList();
        if (!ids.isEmpty()) {
            Set<Element> named =
                    ids.stream().flatMap(id -> elements(id).stream()).collect(Collectors.toSet());
            chosen = chosen.stream().filter(named::contains).toList();
        }
        String format = words.get("format", "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R");
        StringBuilder out = new StringBuilder();
        if (!words.has("noheader")) {
            out.append(line(format, f -> HEADS.getOrDefault(f, "?"))).append('\n');
        }
        Function<Instant, String> time = format(call);
        boolean apart = words.has("array") || (!ids.isEmpty() && ids.stream().allMatch(id -> id.contains("_")));
        rows(chosen, apart)
                .forEach(r -> out.append(line(format, f -> field(f, r, time))).append('\n'));
        return Reply.of(out.toString());
    }

    private List<Row> rows(List<Element> chosen, boolean apart) {
        Map<String, List<Element>> groups = chosen.stream()
                .collect(Collectors.groupingBy(
                        e -> !apart && e.state == State.WAITING && e.index != Element.NONE && !e.hasRun()
                                ? e.job.number + reason(e)
                                : e.job.number + "_" + e.index,
                        LinkedHashMap::new,
                        Collectors.toList()));
        return groups.values().stream()
                .map(g -> new Row(
                        g.get(0).job, g, !apart && g.get(0).index != Element.NONE && g.get(0).state == State.WAITING))
                .sorted(Comparator.comparing(
                                (Row r) -> r.job().submission.options().getOrDefault("partition", ""))
                        .thenComparing(r -> brief(state(r.first())))
                        .thenComparingInt(r -> r.job().number)
                        .thenComparingInt(r -> r.first().state == State.WAITING ? r.first().index : -r.first().index))
                .toList();
    }

    private static final Map<String, String> HEADS = Map.ofEntries(
            Map.entry("i", "JOBID"),
            Map.entry("A", "JOBID"),
            Map.entry("F", "ARRAY_JOB_ID"),
            Map.entry("K", "ARRAY_TASK_ID"),
            Map.entry("T", "STATE"),
            Map.entry("t", "ST"),
            Map.entry("r", "REASON"),
            Map.entry("R", "NODELIST(REASON)"),
            Map.entry("S", "START_TIME"),
            Map.entry("e", "END_TIME"),
            Map.entry("N", "NODELIST"),
            Map.entry("j", "NAME"),
            Map.entry("P", "PARTITION"),
            Map.entry("u", "USER"),
            Map.entry("M", "TIME"),
            Map.entry("D", "NODES"),
            Map.entry("k", "COMMENT"));

    private static String line(String format, Function<String, String> field) {
        Matcher m = FIELD.matcher(format);
        return m.replaceAll(x -> {
            if (!HEADS.containsKey(x.group(3))) {
                throw new Refusal(1, "squeue: error: the fake does not imitate the field %" + x.group(3));
            }
            String value = field.apply(x.group(3));
            if (!x.group(2).isEmpty()) {
                int width = Integer.parseInt(x.group(2));
                value = value.length() > width ? value.substring(0, width) : value;
                String blanks = " ".repeat(width - value.length());
                value = x.group(1) == null ? value + blanks : blanks + value;
            }
            return Matcher.quoteReplacement(value);
        });
    }

    private String field(String name, Row row, Function<Instant, String> time) {
        Element e = row.first();
        Submission s = e.job.submission;
        boolean waits = e.state == State.WAITING;
        return switch (name) {
            case "i" -> row.id();
            case "A" -> waits ? Integer.toString(e.job.number) : id(e);
            case "F" -> Integer.toString(e.job.number);
            case "K" -> e.job.isArray() ? row.tasks() : "N/A";
            case "T" -> state(e);
            case "t" -> brief(state(e));
            case "r" -> reason(e);
            case "R" ->
                e.state == State.RUNNING || (e.state == State.ENDED && e.hasRun() && e.cause == Cause.EXITED)
                        ? "n1"
                        : "(" + reason(e) + ")";
            case "S" ->
                e.hasRun() && !waits
                        ? time.apply(e.started)
                        : s.notBefore().map(time).orElse(e.state == State.ENDED ? time.apply(e.ended) : "N/A");
            case "e" ->
                e.state == State.ENDED
                        ? time.apply(e.ended)
                        : e.state == State.RUNNING
                                ? time.apply(e.started.plus(s.walltime().orElse(DEFAULT_TIME)))
                                : s.notBefore()
                                        .map(t -> time.apply(t.plus(s.walltime().orElse(DEFAULT_TIME))))
                                        .orElse("N/A");
            case "N" -> e.hasRun() && !waits ? "n1" : "";
            case "j" -> e.job.name;
            case "P" -> s.options().getOrDefault("partition", "");
            case "u" -> user(e.job);
            case "M" -> {
                Duration ran = waits || !e.hasRun()
                        ? Duration.ZERO
                        : Duration.between(e.started, e.state == State.ENDED ? e.ended : now());
                yield ran.toMinutes() + ":" + String.format(Locale.ROOT, "%02d", ran.toSecondsPart());
            }
            case "D" -> s.options().getOrDefault("nodes", "1");
            default -> s.options().getOrDefault("comment", "(null)");
        };
    }

    private Optional<Job> job(String id) {
        Matcher m = ID.matcher(id);
        return m.matches()
                ? Optional.ofNullable(jobs.get(Integer.parseInt(m.group(1))))
                        .filter(j -> j.elements.values().stream().anyMatch(this::inQueue))
                : Optional.empty();
    }

    /** What an id means; nothing if it is unknown. A task of an array may be called by its own number too. */
    private List<Element> elements(String id) {
        Matcher m = ID.matcher(id);
        if (!m.matches()) {
            return List.of();
        }
        Job job = jobs.get(Integer.parseInt(m.group(1)));
        if (job == null) {
            return m.group(2) != null || m.group(3) != null
                    ? List.of()
                    : jobs.values().stream()
                            .flatMap(j -> j.elements.values().stream())
                            .filter(e -> m.group(1).equals(e.facts.get("id")))
                            .toList();
        }
        if (m.group(2) == null && m.group(3) == null) {
            return List.copyOf(job.elements.values());
        }
        List<Integer> wanted = m.group(2) != null ? List.of(Integer.parseInt(m.group(2))) : indices(m.group(3), 1);
        return wanted.stream()
                .filter(i -> i != Element.NONE && job.elements.containsKey(i))
                .map(job.elements::get)
                .toList();
    }

    private Reply sacct(Call call) {
        LongWords words = LongWords.read(
                call.words(),
                SACCT,
                true,
                text -> new Refusal(1, "sacct: " + text, "Try \"sacct --help\" for more information"));
        if (!accounting) {
            throw new Refusal(1, "Slurm accounting storage is disabled");
        }
        if (databaseDown) {
            throw new Refusal(
                    1,
                    "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to"
                            + " host:127.0.0.1:26819: Connection refused",
                    "sacct: error: Sending PersistInit msg: Connection refused",
                    "sacct: error: Problem talking to the database: Connection refused");
        }
        notImitated("sacct", words, "clusters", "json", "duplicates", "endtime");
        if (!words.has("allocations") || !words.has("parsable2")) {
            throw new Refusal(1, "sacct: error: the fake does not imitate the list of steps, and columns");
        }
        List<String> fields = List.of(words.get("format", "JobID,JobName,Partition,Account,AllocCPUS,State,ExitCode")
                .split(","));
        for (String field : fields) {
            if (!ACCOUNTED.contains(field)) {
                throw new Refusal(1, "sacct: error: Invalid field requested: \"" + field + "\"");
            }
        }
        Stream<Element> chosen = jobs.values().stream().flatMap(j -> j.elements.values().stream());
        if (words.has("jobs")) {
            List<String> ids = List.of(words.get("jobs", "").split(","));
            for (String id : ids) {
                if (!ID.matcher(id).matches()) {
                    throw new Refusal(1, "sacct: fatal: Bad job/step specified: " + id);
                }
            }
            chosen = ids.stream().flatMap(id -> elements(id).stream()).distinct();
        }
        List<Element> known = chosen.filter(
                        e -> words.get("name").map(n -> n.equals(e.job.name)).orElse(true))
                .filter(e -> !e.job.submitted.plus(lag).isAfter(now()))
                .toList();
        StringBuilder out = new StringBuilder();
        String between = words.get("delimiter", "|");
        if (!words.has("noheader")) {
            out.append(String.join(between, fields)).append('\n');
        }
        Function<Instant, String> time = format(call);
        rows(known, false)
                .forEach(r -> out.append(
                                fields.stream().map(f -> accounted(f, r, time)).collect(Collectors.joining(between)))
                        .append('\n'));
        return Reply.of(out.toString());
    }

    private static final Set<String> ACCOUNTED = Set.of(
            "JobID",
            "JobIDRaw",
            "JobName",
            "Partition",
            "State",
            "ExitCode",
            "DerivedExitCode",
            "Reason",
            "Submit",
            "Start",
            "End",
            "NodeList",
            "Comment");

    private String accounted(String field, Row row, Function<Instant, String> time) {
        Element e = row.first();
        boolean ended = e.state == State.ENDED && !e.ended.plus(lag).isAfter(now());
        boolean began = e.hasRun() && e.state != State.WAITING;
        return switch (field) {
            case "JobID" -> row.id();
            case "JobIDRaw" -> id(e);
            case "JobName" -> e.job.name;
            case "Partition" -> e.job.submission.options().getOrDefault("partition", "");
            case "State" ->
                !ended ? began ? "RUNNING" : "PENDING" : state(e) + (e.cause == Cause.CANCELLED ? " by 1001" : "");
            case "ExitCode" ->
                ended && (e.cause == Cause.EXITED || e.cause == Cause.NOT_STARTED) ? e.code + ":" + e.signal : "0:0";
            case "DerivedExitCode" -> "0:0";
            case "Reason" -> reason(e);
            case "Submit" -> time.apply(e.job.submitted);
            case "Start" -> began ? time.apply(e.started) : ended ? "None" : "Unknown";
            case "End" -> ended ? time.apply(e.ended) : "Unknown";
            case "NodeList" -> began ? "n1" : "None assigned";
            default -> "";
        };
    }

    // Changing

    private Reply scancel(Call call) {
        LongWords words = LongWords.read(
                call.words(),
                SCANCEL,
                true,
                text -> new Refusal(1, "scancel: " + text, "Try \"scancel --help\" for more information"));
        notImitated("scancel", words, "clusters", "full", "user");
        for (String id : words.operands()) {
            if (!ID.matcher(id).matches()) {
                throw new Refusal(1, "scancel: error: Invalid job id " + id);
            }
        }
        Stream.concat(
                        words.operands().stream()
                                .flatMap(id -> elements(id).stream().map(e -> Map.entry(e, id.contains("_")))),
                        jobs.values().stream()
                                .filter(j ->
                                        words.get("name").map(j.name::equals).orElse(false))
                                .flatMap(j -> j.elements.values().stream())
                                .map(e -> Map.entry(e, false)))
                .toList()
                .forEach(entry -> {
                    Element e = entry.getKey();
                    if (words.has("signal")) {
                        signal(e, words.get("signal", "TERM").replaceFirst("^SIG", ""));
                    } else {
                        cancel(e, entry.getValue());
                    }
                });
        return Reply.of("");
    }

    private void cancel(Element e, boolean alone) {
        if (e.state == State.WAITING
                && alone
                && !e.hasRun()
                && !e.job.held
                && e.job.in(State.WAITING).count() > 1) {
            // Tasks of an array that are cancelled one by one while they wait vanish without a trace.
            e.job.elements.remove(e.index);
        } else if (e.state == State.WAITING) {
            e.facts.put("reason", reason(e));
            finish(e, Cause.CANCELLED);
        } else if (e.state == State.RUNNING) {
            end(e, Cause.CANCELLED, "");
        }
    }

    private Reply scontrol(Call call) {
        LongWords words = LongWords.read(
                call.words(),
                SCONTROL,
                true,
                text -> new Refusal(1, "scontrol: " + text, "Try \"scontrol --help\" for more information"));
        notImitated("scontrol", words, "clusters");
        List<String> operands = words.operands();
        String order = operands.isEmpty() ? "" : operands.get(0);
        if (operands.equals(List.of("show", "config"))) {
            return Reply.of(configuration());
        }
        if (operands.size() == 3 && order.equals("show") && operands.get(1).equals("job")) {
            List<Element> elements =
                    elements(operands.get(2)).stream().filter(this::inQueue).toList();
            if (elements.isEmpty()) {
                throw new Refusal(1, "slurm_load_jobs error: " + UNKNOWN);
            }
            return Reply.of(elements.stream().map(this::shown).collect(Collectors.joining()));
        }
        if (operands.size() != 2 || !Set.of("hold", "release", "requeue").contains(order)) {
            throw new Refusal(1, "scontrol: error: the fake does not imitate '" + String.join(" ", operands) + "'");
        }
        String id = operands.get(1);
        List<Element> elements = elements(id);
        String trouble = elements.isEmpty()
                ? UNKNOWN
                : elements.stream().allMatch(e -> e.state == State.ENDED) ? "Job has already finished" : "";
        if (!trouble.isEmpty()) {
            throw new Refusal(1, trouble + " for job " + id, "slurm_suspend error: " + trouble);
        }
        for (Element e : elements) {
            if (order.equals("requeue")) {
                e.facts.put("requeue", "");
                end(e, Cause.NODE_LOST, " DUE TO JOB REQUEUE");
            } else {
                e.job.held = order.equals("hold");
            }
        }
        return Reply.of("");
    }

    private String configuration() {
        Map<String, String> c = new LinkedHashMap<>();
        c.put("AccountingStorageType", accounting ? "accounting_storage/slurmdbd" : "accounting_storage/none");
        c.put("KillWait", KILL_WAIT.toSeconds() + " sec");
        c.put("MaxArraySize", Integer.toString(LARGEST_INDEX + 1));
        c.put("MinJobAge", minJobAge.toSeconds() + " sec");
        c.put("SchedulerParameters", "(null)");
        c.put("SLURM_VERSION", VERSION);
        StringBuilder text = new StringBuilder("Configuration data as of " + time(now()) + "\n");
        c.forEach((k, v) -> text.append(String.format(Locale.ROOT, "%-23s = %s%n", k, v)));
        return text.toString();
    }

    private String shown(Element e) {
        Submission s = e.job.submission;
        boolean signalled = e.state == State.ENDED
                && e.hasRun()
                && Set.of(Cause.CANCELLED, Cause.OUT_OF_TIME).contains(e.cause);
        boolean own = e.cause == Cause.EXITED || e.cause == Cause.NOT_STARTED;
        String exit =
                e.state != State.ENDED || (!own && !signalled) ? "0:0" : signalled ? "0:15" : e.code + ":" + e.signal;
        List<String> fields = new ArrayList<>();
        fields.add("JobId=" + id(e));
        if (e.index != Element.NONE) {
            fields.add("ArrayJobId=" + e.job.number);
            fields.add("ArrayTaskId=" + e.index);
        }
        fields.add("JobName=" + e.job.name);
        fields.add("JobState=" + state(e));
        fields.add("Reason=" + reason(e));
        fields.add("Dependency=(null)");
        fields.add("Requeue=" + (s.rerun() ? 1 : 0));
        fields.add("Restarts=" + Math.max(0, e.state == State.WAITING ? e.runs : e.runs - 1));
        fields.add("ExitCode=" + exit);
        fields.add("SubmitTime=" + time(e.job.submitted));
        fields.add("StartTime=" + (e.hasRun() ? time(e.started) : "Unknown"));
        fields.add("EndTime=" + (e.state == State.ENDED ? time(e.ended) : "Unknown"));
        fields.add("Partition=" + s.options().getOrDefault("partition", ""));
        fields.add("WorkDir=" + s.directory());
        return String.join(" ", fields) + "\n";
    }
}
