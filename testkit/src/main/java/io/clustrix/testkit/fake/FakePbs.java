package io.clustrix.testkit.fake;

import io.clustrix.testkit.fake.Element.Cause;
import io.clustrix.testkit.fake.Element.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * OpenPBS 23.06: {@code qsub}, {@code qstat}, {@code qselect}, {@code qdel}, {@code qhold}, {@code qrls} and
 * {@code qsig}. One server, one node, one queue.
 */
public final class FakePbs extends FakeScheduler {
    static final String VERSION = "23.06.06";
    static final String QUEUE = "workq";

    private static final int COMMANDS_A_MINUTE = 511;
    private static final Duration PORT_IN_USE = Duration.ofSeconds(61);
    private static final Duration KILL_DELAY = Duration.ofSeconds(10);
    private static final Duration HISTORY = Duration.ofDays(14);
    private static final int LARGEST_ARRAY = 10_000;
    /** Of the node, in kB. */
    private static final long MEMORY = 24_684_092;

    private static final int FIRST_SIGNAL = 256;
    private static final int SHELL_SIGNAL = 128;

    private static final String QSUB_USAGE = """
            usage: qsub [-a date_time] [-A account_string] [-c interval]
            	[-C directive_prefix] [-e path] [-f ] [-h ] [-I [-X]] [-j oe|eo] [-J X-Y[:Z]]
            	[-k keep] [-l resource_list] [-m mail_options] [-M user_list]
            	[-N jobname] [-o path] [-p priority] [-P project] [-q queue] [-r y|n]
            	[-R o|e|oe] [-S path] [-u user_list] [-W otherattributes=value...]
            	[-v variable_list] [-V ] [-z] [script | -- command [arg1 ...]]
                   qsub --version""";

    private static final String QSTAT_USAGE = """
            usage:\s
            qstat [-f] [-J] [-p] [-t] [-x] [-E] [-F format | -w] [-D delim] [ job_identifier... | destination... ]
            qstat [-a|-i|-r|-H|-T] [-J] [-t] [-u user] [-n] [-s] [-G|-M] [-1] [-w]
            	[ job_identifier... | destination... ]
            qstat -Q [-f] [-F format] [-D delim] [ destination... ]
            qstat -q [-G|-M] [ destination... ]
            qstat -B [-f] [-F format] [-D delim] [ server_name... ]
            qstat --version""";

    private static final String QDEL_USAGE =
            "usage:\n\tqdel [-W force|suppress_email=X] [-x] job_identifier...\n\tqdel --version";

    private static final Pattern ID = Pattern.compile("([0-9]+)(?:(\\[)(?:([0-9]+)(?:-([0-9]+))?)?])?(?:\\.(.+))?");
    private static final Pattern RANGE = Pattern.compile("([0-9]+)-([0-9]+)(?::([0-9]+))?(?:%([0-9]+))?");
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("EEE MMM dd 'at' HH:mm", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final Deque<Instant> ports = new ArrayDeque<>();
    private int portsOfOthers;
    private final String server;
    private boolean history = true;
    private boolean throttled = true;
    private boolean enabled = true;
    private int mostQueued;
    private Optional<Duration> longest = Optional.empty();

    /** A server with history, 16 slots and the usual limits. */
    public FakePbs() {
        this("fakepbs");
    }

    /** The same, with a name. */
    public FakePbs(String server) {
        super("pbs", List.of("qsub", "qstat", "qselect", "qdel", "qhold", "qrls", "qsig"));
        this.server = server;
    }

    /** Whether ended jobs can be asked for; new servers of OpenPBS have it off, this one on. */
    public void history(boolean on) {
        synchronized (lock) {
            history = on;
        }
    }

    /** Whether the 512th command within a minute stalls; on by default, as with reserved ports. */
    public void throttled(boolean on) {
        synchronized (lock) {
            throttled = on;
        }
    }

    /** How many reserved ports of the client's machine other users hold, from now on. */
    public void portsOfOthers(int count) {
        synchronized (lock) {
            portsOfOthers = count;
        }
    }

    /** Whether the queue takes jobs. */
    public void enabled(boolean on) {
        synchronized (lock) {
            enabled = on;
        }
    }

    /** How many jobs and elements a user may have in the queue; 0: any number. */
    public void mostQueued(int count) {
        synchronized (lock) {
            mostQueued = count;
        }
    }

    /** The longest walltime that the queue takes. */
    public void longestWalltime(Duration time) {
        synchronized (lock) {
            longest = Optional.of(time);
        }
    }

    @Override
    Reply whileDown(Call call) {
        return Reply.refusal(
                call.program().equals("qstat") ? 255 : 162,
                "Connection refused",
                call.program().equals("qdel")
                        ? "Couldn't connect to cluster: " + server
                        : call.program() + ": cannot connect to server " + server + " (errno=15010)");
    }

    @Override
    Reply work(Call call) {
        if (call.words().equals(List.of("--version"))) {
            return Reply.of("pbs_version = " + VERSION + "\n");
        }
        String complaint = call.program().equals("qsub") || !throttled ? "" : port();
        Reply reply = switch (call.program()) {
            case "qsub" -> qsub(call);
            case "qstat" -> qstat(call);
            case "qselect" -> qselect(call);
            case "qdel" -> qdel(call);
            default -> others(call);
        };
        return new Reply(reply.exit(), reply.out(), complaint + reply.err());
    }

    /** Each command takes a reserved port of the client's machine for a minute. */
    private String port() {
        Instant now = now();
        while (!ports.isEmpty() && !ports.peek().plusSeconds(60).isAfter(now)) {
            ports.remove();
        }
        String complaint = "";
        if (ports.size() + portsOfOthers >= COMMANDS_A_MINUTE) {
            await(now.plus(PORT_IN_USE));
            complaint = "pbs_iff: cannot connect to host\nall reserved ports in use\n";
        }
        ports.add(now());
        return complaint;
    }

    // Submitting

    private Reply qsub(Call call) {
        Words words = qsubWords(call.words());
        boolean binary = words.dashes() && !words.operands().isEmpty();
        String script;
        String name;
        if (binary) {
            script = words.operands().get(0);
            name = "STDIN";
        } else if (words.operands().isEmpty()) {
            if (words.has("I")) {
                throw new Refusal(
                        1, "qsub:\tstandard input and output must be a terminal for", "\tinteractive job submission");
            }
            script = new String(call.input().get(), StandardCharsets.UTF_8);
            name = "STDIN";
        } else {
            Path file = call.directory().resolve(words.operands().get(0));
            name = String.valueOf(file.getFileName());
            try {
                script = Files.readString(file);
            } catch (IOException e) {
                throw new Refusal(1, "qsub: script file:: No such file or directory");
            }
        }
        Map<String, List<String>> options = new LinkedHashMap<>(words.options());
        if (!binary) {
            directives(script, words, call.environment().getOrDefault("PBS_DPREFIX", "#PBS"))
                    .forEach((letter, values) -> {
                        if ("lvW".contains(letter)) {
                            List<String> both = new ArrayList<>(values);
                            both.addAll(options.getOrDefault(letter, List.of()));
                            options.put(letter, both);
                        } else {
                            options.putIfAbsent(letter, values);
                        }
                    });
        }
        Job job = add(submission(
                call, new Words(options, words.operands(), binary), name.replaceFirst("^[0-9]", "$0"), script, binary));
        return options.containsKey("z") ? Reply.of("") : Reply.of(id(job) + "\n");
    }

    private static Words qsubWords(List<String> words) {
        return Words.read(
                words,
                "a:A:c:C:e:fhIj:J:k:l:m:M:N:o:p:P:q:r:R:S:u:W:v:VXz",
                (known, letter) -> known
                        ? new Refusal(2, "qsub: option requires an argument -- '" + letter + "'", QSUB_USAGE)
                        : new Refusal(2, "qsub: invalid option -- '" + letter + "'", QSUB_USAGE));
    }

    /** Those before the first line that is neither a comment nor empty. */
    private static Map<String, List<String>> directives(String script, Words words, String usual) {
        String prefix = words.last("C").orElse(usual);
        Map<String, List<String>> found = new LinkedHashMap<>();
        for (String line : script.lines().toList()) {
            if (!prefix.isEmpty() && line.startsWith(prefix)) {
                Words read = qsubWords(Words.split(line.substring(prefix.length()), false));
                read.options()
                        .forEach((letter, values) -> found.computeIfAbsent(letter, l -> new ArrayList<>())
                                .addAll(values));
            } else if (!line.isBlank() && !line.startsWith("#") && !line.startsWith(":")) {
                break;
            }
        }
        return found;
    }

    private static Refusal illegal(String option) {
        return new Refusal(2, "qsub: illegal -" + option + " value", QSUB_USAGE);
    }

    private static void check(Words words, String option, String pattern) {
        words.last(option).filter(v -> !v.matches(pattern)).ifPresent(v -> {
            throw illegal(option);
        });
    }

    private Submission submission(Call call, Words words, String fileName, String script, boolean binary) {
        if (words.has("X")) {
            throw new Refusal(2, "qsub: DISPLAY not set", QSUB_USAGE);
        }
        for (String option : List.of("I", "R", "u", "c")) {
            if (words.has(option)) {
                throw new Refusal(2, "qsub: the fake does not imitate -" + option);
            }
        }
        String name = words.last("N").orElse(fileName);
        if (name.length() > 230) {
            throw new Refusal(2, "qsub: Job name is too long ");
        }
        if (words.has("N") && !name.matches("[^\\s/:,]+")) {
            throw illegal("N");
        }
        check(words, "j", "oe|eo|n");
        check(words, "k", "[oedn]+");
        check(words, "m", "n|[abej]+");
        check(words, "r", "y|n");
        check(words, "p", "-?[0-9]{1,3}|-?10[01][0-9]|-?102[0-3]|-1024");
        List<Integer> indices = List.of();
        int most = 0;
        if (words.has("J")) {
            Matcher m = RANGE.matcher(words.last("J").orElse(""));
            if (!m.matches() || Integer.parseInt(m.group(1)) >= Integer.parseInt(m.group(2))) {
                throw illegal("J");
            }
            if (words.last("r").orElse("y").equals("n")) {
                throw new Refusal(2, "qsub:  cannot submit non-rerunable Array Job", QSUB_USAGE);
            }
            int step = m.group(3) == null ? 1 : Integer.parseInt(m.group(3));
            indices = IntStream.rangeClosed(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)))
                    .filter(i -> (i - Integer.parseInt(m.group(1))) % step == 0)
                    .boxed()
                    .toList();
            most = m.group(4) == null ? 0 : Integer.parseInt(m.group(4));
        }
        attributes(words);
        Map<String, String> options = new LinkedHashMap<>();
        words.options().forEach((letter, values) -> options.put(letter, values.get(values.size() - 1)));
        Map<String, String> variables = variables(call, words);
        PbsResources resources = PbsResources.of(words.all("l"));
        queue(words.last("q").orElse(QUEUE), resources, indices.size());
        options.putAll(resources.shown());
        options.put("exec_vnode", resources.vnode(server));
        options.put("arguments", String.join(" ", call.words()));
        options.put(
                "variables",
                variables.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue().replace(",", "\\,"))
                        .collect(Collectors.joining(",")));
        words.last("J").ifPresent(j -> options.put("indices", j.replaceFirst("%.*", "")));
        return new Submission(
                name,
                script,
                binary,
                binary ? words.operands().subList(1, words.operands().size()) : List.of(),
                call.directory(),
                variables,
                resources.ncpus(),
                resources.walltime(),
                !words.last("r").orElse("y").equals("n"),
                words.has("h"),
                words.last("a").map(this::date),
                indices,
                most,
                options,
                never(resources));
    }

    private String never(PbsResources r) {
        String memory = MEMORY + "kb";
        return r.ncpus() > slots
                ? lack("Can Never Run", "ncpus", Integer.toString(r.ncpus()), Integer.toString(slots), "" + slots)
                : r.memory() > MEMORY
                        ? lack("Can Never Run", "mem", r.chunk().getOrDefault("mem", ""), memory, memory)
                        : "";
    }

    private static String lack(String start, String resource, String asked, String free, String all) {
        return start + ": Insufficient amount of resource: " + resource + " (R: " + asked + " A: " + free + " T: " + all
                + ")";
    }

    private static void attributes(Words words) {
        for (String w : words.all("W")) {
            String attribute = w.replaceFirst("=.*", "");
            switch (attribute) {
                case "umask", "run_count" -> {}
                case "depend", "block", "group_list", "stagein", "stageout", "sandbox", "max_run_subjobs" ->
                    throw new Refusal(2, "qsub: the fake does not imitate -W " + attribute);
                default -> throw new Refusal(154, "qsub: Error (15002) submitting job");
            }
        }
    }

    private void queue(String queue, PbsResources resources, int elements) {
        if (queue.contains("@")) {
            throw new Refusal(160, "Unknown Host.", "qsub: cannot connect to server " + server + " (errno=15008)");
        }
        if (!queue.equals(QUEUE)) {
            throw new Refusal(170, "qsub: Unknown queue");
        }
        if (!enabled) {
            throw new Refusal(173, "qsub: Queue is not enabled");
        }
        if (elements > LARGEST_ARRAY) {
            throw new Refusal(3, "qsub: Array job exceeds server or queue size limit");
        }
        if (longest.isPresent()
                && resources.walltime().isPresent()
                && resources.walltime().get().compareTo(longest.get()) > 0) {
            throw new Refusal(188, "qsub: Job violates queue and/or server resource limits");
        }
        long queued = jobs.values().stream()
                .flatMap(j -> j.elements.values().stream())
                .filter(e -> e.state != State.ENDED)
                .count();
        if (mostQueued > 0 && queued + Math.max(1, elements) > mostQueued) {
            throw new Refusal(38, "qsub: would exceed queue generic's per-user limit");
        }
    }

    /** What the job gets of the caller's variables. */
    private Map<String, String> variables(Call call, Words words) {
        Map<String, String> from = call.environment();
        Map<String, String> v = new LinkedHashMap<>();
        for (String name : List.of("HOME", "LANG", "LOGNAME", "PATH", "SHELL")) {
            if (from.containsKey(name)) {
                v.put("PBS_O_" + name, from.getOrDefault(name, ""));
            }
        }
        v.put("PBS_O_INTERACTIVE_AUTH_METHOD", "resvport");
        v.put("PBS_O_INTERACTIVE_ENCRYPT_METHOD", "");
        v.put("PBS_O_WORKDIR", call.directory().toString());
        v.put("PBS_O_SYSTEM", "Linux");
        if (words.has("V")) {
            from.forEach(v::putIfAbsent);
        }
        for (String list : words.all("v")) {
            for (String item : list.split("(?<!\\\\),", -1)) {
                int sign = item.indexOf('=');
                String name = sign < 0 ? item : item.substring(0, sign);
                if (sign < 0 && !from.containsKey(name)) {
                    throw new Refusal(1, "qsub: cannot send environment with the job");
                }
                v.put(
                        name,
                        sign < 0
                                ? from.getOrDefault(name, "")
                                : item.substring(sign + 1).replace("\\,", ","));
            }
        }
        v.put("PBS_O_QUEUE", QUEUE);
        v.put("PBS_O_HOST", "localhost");
        return v;
    }

    /** {@code [[[[CC]YY]MM]DD]hhmm[.SS]}. */
    private Instant date(String text) {
        Matcher m = Pattern.compile("([0-9]{4}|[0-9]{10}|[0-9]{12})(?:\\.([0-9]{2}))?")
                .matcher(text);
        if (!m.matches()) {
            throw illegal("a");
        }
        LocalDateTime now = LocalDateTime.ofInstant(now(), ZoneId.systemDefault());
        String full = DateTimeFormatter.ofPattern("yyyyMMdd").format(now);
        String digits = full.substring(0, Math.max(0, 12 - m.group(1).length())) + m.group(1);
        LocalDateTime time = LocalDateTime.parse(
                digits + (m.group(2) == null ? "00" : m.group(2)), DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        boolean tomorrow = m.group(1).length() == 4 && time.isBefore(now);
        return time.plusDays(tomorrow ? 1 : 0).atZone(ZoneId.systemDefault()).toInstant();
    }

    // Running

    @Override
    Launch launch(Element e) throws IOException {
        Submission s = e.job.submission;
        Map<String, String> v = new LinkedHashMap<>();
        v.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        v.putAll(s.environment());
        String user = s.environment().getOrDefault("PBS_O_LOGNAME", System.getProperty("user.name"));
        Path home = Path.of(s.environment().getOrDefault("PBS_O_HOME", "/"));
        v.putAll(Map.of("HOME", home.toString(), "LOGNAME", user, "USER", user));
        v.put("SHELL", s.environment().getOrDefault("PBS_O_SHELL", "/bin/sh"));
        v.put("PBS_JOBNAME", e.job.name);
        v.put("PBS_JOBID", id(e));
        v.put("PBS_QUEUE", QUEUE);
        v.put("PBS_NODENUM", "0");
        v.put("PBS_TASKNUM", "1");
        v.put("PBS_MOMPORT", "15003");
        v.put("OMP_NUM_THREADS", Integer.toString(s.slots()));
        v.put("NCPUS", Integer.toString(s.slots()));
        v.put("PBS_NODEFILE", Files.writeString(file(e, "nodes"), server + "\n").toString());
        v.put("PBS_JOBDIR", home.toString());
        v.put("PBS_ENVIRONMENT", "PBS_BATCH");
        v.put("ENVIRONMENT", "BATCH");
        if (e.index != Element.NONE) {
            v.put("PBS_ARRAY_INDEX", Integer.toString(e.index));
            v.put("PBS_ARRAY_ID", id(e.job));
        }
        e.facts.put(
                "comment",
                "Job run at " + MINUTE.format(now()) + " on " + s.options().get("exec_vnode"));
        boolean oneFile = !s.options().getOrDefault("j", "n").equals("n");
        Path out = joinedToErr(e) ? target(e, 'e') : target(e, 'o');
        Path err = target(e, 'e');
        boolean direct = direct(e, 'o');
        return new Launch(
                command(s, e),
                Optional.empty(),
                Files.isDirectory(home) ? home : Path.of("/"),
                v,
                direct ? out : file(e, "OU"),
                oneFile ? Optional.empty() : Optional.of(direct(e, 'e') ? err : file(e, "ER")),
                direct);
    }

    private List<String> command(Submission s, Element e) throws IOException {
        List<String> words = new ArrayList<>();
        if (s.binary()) {
            words.add(s.script());
            words.addAll(s.arguments());
        } else {
            words.addAll(s.options().containsKey("S") ? List.of(s.options().get("S")) : interpreter(s.script()));
            if (words.isEmpty()) {
                words.add(Files.isExecutable(Path.of("/bin/bash")) ? "/bin/bash" : "/bin/sh");
            }
            words.add(script(e.job).toString());
        }
        Path program = Path.of(words.get(0));
        if (program.isAbsolute() && !Files.isExecutable(program)) {
            return List.of(
                    "/bin/sh",
                    "-c",
                    "echo \"pbs_mom, exec of $0 failed with error: $1\" >&2; exit 254",
                    program.toString(),
                    Files.exists(program) ? "Permission denied" : "No such file or directory");
        }
        return words;
    }

    private static boolean joinedToErr(Element e) {
        return e.job.submission.options().getOrDefault("j", "n").equals("eo");
    }

    private static boolean direct(Element e, char stream) {
        String keep = e.job.submission.options().getOrDefault("k", "n");
        return keep.indexOf(stream) >= 0;
    }

    /** Where the output of an element goes in the end. */
    private Path target(Element e, char stream) {
        Submission s = e.job.submission;
        String keep = s.options().getOrDefault("k", "n");
        Path home = Path.of(s.environment().getOrDefault("PBS_O_HOME", "/"));
        boolean atHome = keep.indexOf(stream) >= 0 && keep.indexOf('d') < 0;
        String path = path(e.job, stream).replace("^array_index^", Integer.toString(e.index));
        Path file = atHome ? home.resolve(Path.of(path).getFileName()) : Path.of(path);
        return Files.isDirectory(file) ? file.resolve(id(e) + (stream == 'o' ? ".OU" : ".ER")) : file;
    }

    /** As it is shown. */
    private static String path(Job job, char stream) {
        Submission s = job.submission;
        String given = s.options().get(Character.toString(stream));
        String usual = s.name() + "." + stream + job.number + (job.isArray() ? ".^array_index^" : "");
        String path = given == null ? usual : given.replaceFirst("^[A-Za-z0-9.-]+:", "");
        String resolved = s.directory().resolve(path).toString();
        return path.endsWith("/") ? resolved + "/" : resolved;
    }

    @Override
    void notStarted(Element e, IOException why) {
        // It is tried 21 times within three seconds, then set aside.
        e.runs = 21;
        e.job.held = true;
        e.facts.put("hold", "s");
        e.facts.put("comment", "job held, too many failed attempts to run");
        e.facts.put("Exit_status", "-3");
    }

    @Override
    void outOfTime(Element e) {
        Submission s = e.job.submission;
        Path err = direct(e, 'e') ? target(e, 'e') : file(e, "ER");
        if (!s.options().getOrDefault("j", "n").equals("n")) {
            err = direct(e, 'o') ? target(e, 'o') : file(e, "OU");
        }
        try {
            Files.writeString(
                    err,
                    "=>> PBS: job killed: walltime "
                            + Duration.between(e.started, now()).toSeconds() + " exceeded limit "
                            + s.walltime().orElseThrow().toSeconds() + "\n",
                    java.nio.file.StandardOpenOption.CREATE,
                    java.nio.file.StandardOpenOption.APPEND);
        } catch (IOException ex) {
            e.facts.put("unwritten", String.valueOf(ex.getMessage()));
        }
        kill(e, Cause.OUT_OF_TIME, "TERM", KILL_DELAY);
    }

    @Override
    boolean ended(Element e) {
        boolean lost = e.cause == Cause.NODE_LOST;
        if (lost && e.job.submission.rerun()) {
            return true;
        }
        int exit = switch (e.cause) {
            case EXITED -> e.signal > 0 ? e.signal + (e.job.submission.binary() ? FIRST_SIGNAL : SHELL_SIGNAL) : e.code;
            case CANCELLED -> e.signal > 0 ? FIRST_SIGNAL + e.signal : e.code;
            case OUT_OF_TIME -> -29;
            case NODE_LOST -> -4;
            case NOT_STARTED -> -3;
        };
        String comment = e.facts.getOrDefault("comment", "");
        if (e.hasRun()) {
            e.facts.put("Exit_status", Integer.toString(exit));
            e.facts.put("Stageout_status", deliver(e) ? "1" : "0");
        }
        e.facts.put("substate", e.cause == Cause.CANCELLED ? "91" : exit == 0 ? "92" : "93");
        String how = switch (e.cause) {
            case CANCELLED -> e.hasRun() ? "terminated by " + user(e.job) + "@localhost" : "terminated";
            case OUT_OF_TIME -> "exceeded resource walltime";
            default -> exit == 0 ? "finished" : "failed";
        };
        if (e.index != Element.NONE && !e.hasRun()) {
            e.facts.put("comment", "Subjob finished");
        } else if (!comment.isEmpty()) {
            e.facts.put("comment", comment + " and " + how);
        }
        if (e.job.ended()) {
            e.job.elements.values().forEach(x -> x.facts.put("over", "F"));
            if (history) {
                at(now().plus(HISTORY), () -> jobs.remove(e.job.number));
            } else {
                jobs.remove(e.job.number);
            }
        }
        return false;
    }

    /** Copies the output to where it belongs, as is done after the end. */
    private boolean deliver(Element e) {
        boolean oneFile = !e.job.submission.options().getOrDefault("j", "n").equals("n");
        return copied(e, "OU", joinedToErr(e) ? 'e' : 'o', direct(e, 'o'))
                && (oneFile || copied(e, "ER", 'e', direct(e, 'e')));
    }

    private boolean copied(Element e, String spooled, char stream, boolean direct) {
        Path from = file(e, spooled);
        Path to = target(e, stream);
        if (direct || !Files.exists(from)) {
            return true;
        }
        try {
            if (to.toString().equals("/dev/null")) {
                return true;
            }
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rw-------"));
            return true;
        } catch (IOException ex) {
            return false;
        }
    }

    private static String user(Job job) {
        return job.submission.environment().getOrDefault("PBS_O_LOGNAME", System.getProperty("user.name"));
    }

    // Asking

    private String id(Job job) {
        return job.number + (job.isArray() ? "[]." : ".") + server;
    }

    private String id(Element e) {
        return e.index == Element.NONE ? id(e.job) : e.job.number + "[" + e.index + "]." + server;
    }

    /** A word of a command: a job, or some elements of one. */
    private record Target(String id, Optional<Job> job, List<Element> elements) {
        boolean unknown() {
            return job.isEmpty();
        }
    }

    /** What an id means; empty if it is none. */
    private Optional<Target> target(String word) {
        Matcher m = ID.matcher(word);
        if (!m.matches() || (m.group(5) != null && !m.group(5).equals(server))) {
            return Optional.empty();
        }
        String full = word.replaceFirst("\\..*", "") + "." + server;
        Job job = m.group(1).length() > 9 ? null : jobs.get(Integer.parseInt(m.group(1)));
        if (job == null || job.isArray() != (m.group(2) != null)) {
            return Optional.of(new Target(full, Optional.empty(), List.of()));
        }
        if (m.group(3) == null) {
            return Optional.of(new Target(full, Optional.of(job), List.of()));
        }
        int from = Integer.parseInt(m.group(3));
        int to = m.group(4) == null ? from : Integer.parseInt(m.group(4));
        List<Element> some = job.elements.values().stream()
                .filter(e -> e.index >= from && e.index <= to)
                .toList();
        return Optional.of(new Target(full, some.isEmpty() ? Optional.empty() : Optional.of(job), some));
    }

    private Reply qstat(Call call) {
        Words words = Words.read(
                call.words(),
                "fJptxEF:wD:aiHrTu:nsGM1QqB",
                (known, letter) -> new Refusal(
                        2,
                        known
                                ? "qstat: option requires an argument -- '" + letter + "'"
                                : "qstat: invalid option -- '" + letter + "'",
                        QSTAT_USAGE));
        if (words.has("F") && !words.has("f")) {
            throw new Refusal(2, "qstat: conflicting options.", QSTAT_USAGE);
        }
        words.options().keySet().stream()
                .filter(o -> !"fJtxwB".contains(o))
                .findFirst()
                .ifPresent(o -> {
                    throw new Refusal(2, "qstat: the fake does not imitate -" + o);
                });
        PbsText text = new PbsText(words.has("w"));
        if (words.has("B")) {
            return server(words.has("f"), text);
        }
        boolean ended = words.has("x");
        List<Supplier<String>> shown = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        int exit = 0;
        List<String> ids = words.operands().isEmpty() || words.operands().equals(List.of(QUEUE))
                ? jobs.values().stream()
                        .filter(j -> (ended && history) || !j.ended())
                        .filter(j -> !words.has("J") || j.isArray())
                        .map(this::id)
                        .toList()
                : words.operands();
        for (String word : ids) {
            Optional<Target> target = target(word);
            if (target.isEmpty()) {
                boolean job = Character.isDigit(word.charAt(0));
                errors.add(job ? "illegally formed job identifier: " + word : "Unknown queue destination " + word);
                exit = job ? 1 : 170;
            } else if (target.get().unknown() && ended && !history) {
                errors.add("PBS is not configured to maintain job history "
                        + target.get().id());
                exit = 0;
            } else if (target.get().unknown()) {
                errors.add("Unknown Job Id " + target.get().id());
                exit = 153;
            } else if (!ended && target.get().job().orElseThrow().ended()) {
                errors.add(target.get().id() + " Job has finished, use -x or -H to obtain historical job information");
                exit = 35;
            } else {
                Target t = target.get();
                Job job = t.job().orElseThrow();
                boolean whole = t.elements().isEmpty();
                if (whole) {
                    shown.add(() -> words.has("f") ? full(job, text) : row(job));
                }
                List<Element> elements = whole
                        ? job.isArray() && words.has("t") ? List.copyOf(job.elements.values()) : List.of()
                        : t.elements();
                elements.forEach(e -> shown.add(() -> words.has("f") ? full(e, text) : row(e)));
            }
        }
        StringBuilder out = new StringBuilder();
        if (!shown.isEmpty() && !words.has("f")) {
            out.append(PbsText.HEAD);
        }
        shown.forEach(s -> out.append(s.get()));
        return new Reply(
                exit,
                out.toString(),
                errors.stream().map(e -> "qstat: " + e + "\n").collect(Collectors.joining()));
    }

    private Reply server(boolean full, PbsText text) {
        Map<String, Long> states =
                jobs.values().stream().map(this::letter).collect(Collectors.groupingBy(s -> s, Collectors.counting()));
        if (!full) {
            return Reply.of(PbsText.serverRow(server, jobs.size(), states));
        }
        Map<String, String> a = new LinkedHashMap<>();
        a.put("server_state", "Active");
        a.put("server_host", "localhost");
        a.put("scheduling", "True");
        a.put("total_jobs", Integer.toString(jobs.size()));
        a.put("state_count", PbsText.counts(states));
        a.put("default_queue", QUEUE);
        a.put("log_events", "511");
        a.put("mailer", "/usr/sbin/sendmail");
        a.put("mail_from", "adm");
        a.put("query_other_jobs", "True");
        a.put("resources_default.ncpus", "1");
        a.put("default_chunk.ncpus", "1");
        a.put("scheduler_iteration", "600");
        a.put("flatuid", "True");
        a.put("resv_enable", "True");
        a.put("node_fail_requeue", "310");
        a.put("max_array_size", Integer.toString(LARGEST_ARRAY));
        a.put("pbs_version", VERSION);
        a.put("eligible_time_enable", "False");
        if (history) {
            a.put("job_history_enable", "True");
        }
        a.put("max_concurrent_provision", "5");
        a.put("max_job_sequence_id", "9999999");
        return Reply.of(text.block("Server: " + server, a));
    }

    private String letter(Job job) {
        if (job.ended()) {
            return "F";
        }
        if (job.held && (job.isArray() || job.in(State.RUNNING).findAny().isEmpty())) {
            return "H";
        }
        if (!job.isArray()) {
            return letter(job.only());
        }
        boolean begun = job.elements.values().stream().anyMatch(Element::hasRun);
        return begun ? "B" : waits(job) ? "W" : "Q";
    }

    private boolean waits(Job job) {
        return job.submission.notBefore().filter(t -> t.isAfter(now())).isPresent();
    }

    private String letter(Element e) {
        return switch (e.state) {
            case RUNNING -> "R";
            case ENDED -> e.job.ended() ? "F" : "X";
            case WAITING -> e.job.held ? "H" : waits(e.job) ? "W" : "Q";
        };
    }

    private String row(Job job) {
        return job.isArray() ? PbsText.row(id(job), job.name, user(job), false, letter(job)) : row(job.only());
    }

    private String row(Element e) {
        boolean used = e.state == State.ENDED && e.hasRun();
        return PbsText.row(id(e), e.job.name, user(e.job), used, letter(e));
    }

    private String full(Job job, PbsText text) {
        if (!job.isArray()) {
            return full(job.only(), text);
        }
        Map<String, String> a = head(job, letter(job), job.end());
        boolean begun = job.elements.values().stream().anyMatch(Element::hasRun);
        Optional<Instant> first = job.elements.values().stream()
                .filter(Element::hasRun)
                .map(e -> e.started)
                .min(Instant::compareTo);
        first.ifPresent(t -> a.put("stime", PbsText.time(t)));
        String substate = switch (letter(job)) {
            case "H" -> "20";
            case "W" -> "30";
            case "B" -> "70";
            default -> "10";
        };
        String comment = begun ? "Job Array Began at " + MINUTE.format(first.orElseThrow()) : "";
        comment =
                job.elements.values().iterator().next().job.submission.options().getOrDefault("held-by", comment);
        if (job.ended()) {
            a.put("obittime", PbsText.time(job.end()));
            boolean cancelled = job.submission.options().containsKey("deleted");
            boolean failed = job.elements.values().stream().anyMatch(e -> !"92".equals(e.facts.get("substate")));
            substate = cancelled ? "91" : failed ? "93" : "92";
            comment += cancelled ? " and terminated" : failed ? " and failed" : " and finished";
        }
        a.put("substate", substate);
        a.put("Variable_List", job.submission.options().getOrDefault("variables", ""));
        if (!comment.isBlank()) {
            a.put("comment", comment.strip());
        }
        a.put("etime", PbsText.time(job.submitted));
        if (job.ended()) {
            Element latest = job.elements.values().stream()
                    .max(java.util.Comparator.comparing(e -> e.ended))
                    .orElseThrow();
            a.put("Stageout_status", "1");
            a.put("Exit_status", "0".equals(latest.facts.getOrDefault("Exit_status", "1")) ? "0" : "1");
        }
        a.put("Submit_arguments", job.submission.options().getOrDefault("arguments", ""));
        a.put("array", "True");
        a.put(
                "array_state_count",
                "Queued:" + job.in(State.WAITING).count() + " Running:"
                        + job.in(State.RUNNING).count() + " Exiting:0 Expired:"
                        + (job.ended() ? 0 : job.in(State.ENDED).count()));
        a.put("array_indices_submitted", job.submission.options().getOrDefault("indices", ""));
        a.put(
                "array_indices_remaining",
                PbsText.ranges(job.in(State.WAITING).map(e -> e.index).toList()));
        if (job.submission.most() > 0) {
            a.put("max_run_subjobs", Integer.toString(job.submission.most()));
        }
        foot(a, job);
        return text.block("Job Id: " + id(job), a);
    }

    private String full(Element e, PbsText text) {
        Job job = e.job;
        Submission s = job.submission;
        boolean sub = e.index != Element.NONE;
        Map<String, String> a = head(job, letter(e), e.state == State.ENDED ? e.ended : e.started);
        if (sub) {
            a.remove("Checkpoint");
            a.remove("Hold_Types");
            a.replaceAll((k, v) -> k.endsWith("_Path") ? v.replace("^array_index^", Integer.toString(e.index)) : v);
        }
        if (e.hasRun() && e.state != State.WAITING) {
            Instant until = e.state == State.ENDED ? e.ended : now();
            Map<String, String> used = new LinkedHashMap<>();
            used.put("resources_used.cpupercent", "0");
            used.put("resources_used.cput", "00:00:00");
            used.put("resources_used.mem", "0kb");
            used.put("resources_used.ncpus", Integer.toString(s.slots()));
            used.put("resources_used.vmem", "0kb");
            used.put("resources_used.walltime", PbsText.clock(Duration.between(e.started, until)));
            PbsText.after(a, "Job_Owner", used);
            Map<String, String> where = new LinkedHashMap<>();
            where.put("exec_host", server + "/0" + (s.slots() > 1 ? "*" + s.slots() : ""));
            where.put("exec_vnode", s.options().getOrDefault("exec_vnode", ""));
            PbsText.after(a, "Error_Path", where);
            a.put("stime", PbsText.time(e.started));
            if (e.state == State.ENDED) {
                a.put("obittime", PbsText.time(e.ended));
            }
            a.put("session_id", Long.toString(e.pid > 0 ? e.pid : 1));
            a.put("jobdir", s.environment().getOrDefault("PBS_O_HOME", "/"));
        }
        a.put(
                "substate",
                switch (letter(e)) {
                    case "R" -> "42";
                    case "H" -> "20";
                    case "W" -> "30";
                    case "Q" -> "10";
                    case "X" -> e.hasRun() ? e.facts.getOrDefault("substate", "") : "20";
                    default -> e.facts.getOrDefault("substate", "");
                });
        a.put("Variable_List", s.options().getOrDefault("variables", ""));
        String comment = e.state == State.WAITING && !e.facts.containsKey("hold") ? waiting(e) : "";
        comment = comment.isEmpty() ? e.facts.getOrDefault("comment", "") : comment;
        if (!comment.isEmpty()) {
            a.put("comment", comment);
        }
        if (!letter(e).equals("H") && !letter(e).equals("W")) {
            a.put("etime", PbsText.time(job.submitted));
        }
        if (e.hasRun()) {
            a.put("run_count", Integer.toString(e.runs));
        }
        if (e.state == State.ENDED) {
            if (e.hasRun()) {
                a.put("Stageout_status", e.facts.getOrDefault("Stageout_status", "1"));
                a.put("Exit_status", e.facts.getOrDefault("Exit_status", ""));
            } else if (sub) {
                a.put("Exit_status", job.ended() ? "1" : "0");
            }
        } else if (e.facts.containsKey("hold")) {
            a.put("Exit_status", e.facts.getOrDefault("Exit_status", ""));
        }
        if (sub) {
            a.put("array_id", id(job));
            a.put("array_index", Integer.toString(e.index));
        } else {
            a.put("Submit_arguments", s.options().getOrDefault("arguments", ""));
            if (s.binary()) {
                a.put("executable", "<jsdl-hpcpa:Executable>" + s.script() + "</jsdl-hpcpa:Executable>");
                a.put(
                        "argument_list",
                        s.arguments().stream()
                                .map(w -> "<jsdl-hpcpa:Argument>" + w + "</jsdl-hpcpa:Argument>")
                                .collect(Collectors.joining()));
            }
        }
        foot(a, job);
        return text.block("Job Id: " + id(e), a);
    }

    /** Why it waits, as the scheduler says. */
    private String waiting(Element e) {
        Submission s = e.job.submission;
        if (!s.never().isEmpty()) {
            return s.never();
        }
        if (e.job.held || waits(e.job)) {
            return s.options().getOrDefault("held-by", "");
        }
        int free = freeSlots();
        if (s.slots() <= free) {
            return "";
        }
        return free == 0
                ? "Not Running: Not enough free nodes available"
                : lack("Not Running", "ncpus", "" + s.slots(), "" + free, "" + slots);
    }

    private Map<String, String> head(Job job, String letter, Instant changed) {
        Submission s = job.submission;
        Map<String, String> a = new LinkedHashMap<>();
        a.put("Job_Name", job.name);
        a.put("Job_Owner", user(job) + "@localhost");
        a.put("job_state", letter);
        a.put("queue", QUEUE);
        a.put("server", server);
        if (s.options().containsKey("A")) {
            a.put("Account_Name", s.options().get("A"));
        }
        a.put("Checkpoint", "u");
        a.put("ctime", PbsText.time(job.submitted));
        a.put("Error_Path", "localhost:" + path(job, 'e'));
        s.notBefore().ifPresent(t -> a.put("Execution_Time", PbsText.time(t)));
        boolean system = job.elements.values().stream().anyMatch(e -> e.facts.containsKey("hold"));
        a.put("Hold_Types", !job.held ? "n" : system ? "s" : "u");
        a.put("Join_Path", s.options().getOrDefault("j", "n"));
        a.put("Keep_Files", s.options().getOrDefault("k", "n"));
        a.put("Mail_Points", s.options().getOrDefault("m", "a"));
        a.put("mtime", PbsText.time(changed.isBefore(job.submitted) ? job.submitted : changed));
        a.put("Output_Path", "localhost:" + path(job, 'o'));
        a.put("Priority", s.options().getOrDefault("p", "0"));
        a.put("qtime", PbsText.time(job.submitted));
        a.put("Rerunable", s.rerun() ? "True" : "False");
        s.options().forEach((k, v) -> {
            if (k.startsWith("Resource_List.")) {
                a.put(k, v);
            }
        });
        return a;
    }

    private static void foot(Map<String, String> a, Job job) {
        if (job.ended()) {
            a.put("history_timestamp", Long.toString(job.end().getEpochSecond()));
        }
        a.put("project", job.submission.options().getOrDefault("P", "_pbs_project_default"));
        a.put("Submit_Host", "localhost");
    }

    private Reply qselect(Call call) {
        Words words = Words.read(
                call.words(),
                "a:A:c:h:HJl:N:p:P:q:r:s:t:Tu:x",
                (known, letter) -> new Refusal(2, "qselect: invalid option -- '" + letter + "'"));
        words.options().keySet().stream()
                .filter(o -> !"Nusxq".contains(o))
                .findFirst()
                .ifPresent(o -> {
                    throw new Refusal(2, "qselect: the fake does not imitate -" + o);
                });
        return Reply.of(jobs.values().stream()
                .filter(j -> words.has("x") || !j.ended())
                .filter(j -> words.last("N").map(j.name::equals).orElse(true))
                .filter(j -> words.last("u").map(u -> u.equals(user(j))).orElse(true))
                .filter(j -> words.last("s").map(s -> s.contains(letter(j))).orElse(true))
                .map(j -> id(j) + "\n")
                .collect(Collectors.joining()));
    }

    // Changing

    private Reply qdel(Call call) {
        Words words = Words.read(
                call.words(),
                "W:x",
                (known, letter) -> new Refusal(2, "qdel: invalid option -- '" + letter + "'", QDEL_USAGE));
        if (words.operands().isEmpty()) {
            throw new Refusal(2, QDEL_USAGE);
        }
        String option = words.last("W").orElse("force");
        if (!option.matches("force|suppress_email=.*")) {
            throw new Refusal(2, "qdel: illegal -W value", QDEL_USAGE);
        }
        return each(call.program(), words.operands(), t -> {
            Job job = t.job().orElseThrow();
            if (job.ended()) {
                if (words.has("x")) {
                    jobs.remove(job.number);
                    return Optional.empty();
                }
                return Optional.of(new Refusal(35, "qdel: Job has finished " + t.id()));
            }
            if (t.elements().isEmpty()) {
                job.submission.options().put("deleted", "");
            }
            for (Element e : t.elements().isEmpty() ? List.copyOf(job.elements.values()) : t.elements()) {
                if (e.state == State.WAITING) {
                    String comment = waiting(e);
                    if (!comment.isEmpty()) {
                        e.facts.putIfAbsent("comment", comment);
                    }
                    if (e.facts.containsKey("hold")) {
                        e.runs = 0;
                    }
                    finish(e, Cause.CANCELLED);
                } else {
                    boolean force = words.last("W").orElse("").equals("force");
                    kill(e, Cause.CANCELLED, force ? "KILL" : "TERM", KILL_DELAY);
                }
            }
            return Optional.empty();
        });
    }

    private interface Change {
        Optional<Refusal> on(Target target);
    }

    private Reply each(String program, List<String> ids, Change change) {
        int exit = 0;
        StringBuilder err = new StringBuilder();
        for (String word : ids) {
            Optional<Refusal> refusal = target(word)
                    .map(t -> t.unknown()
                            ? Optional.of(new Refusal(153, program + ": Unknown Job Id " + t.id()))
                            : change.on(t))
                    .orElseGet(
                            () -> Optional.of(new Refusal(1, program + ": illegally formed job identifier: " + word)));
            if (refusal.isPresent()) {
                exit = refusal.get().reply().exit();
                err.append(refusal.get().reply().err());
            }
        }
        return new Reply(exit, "", err.toString());
    }

    private Reply others(Call call) {
        boolean signal = call.program().equals("qsig");
        Words words = Words.read(
                call.words(),
                signal ? "s:" : "h:",
                (known, letter) -> new Refusal(2, call.program() + ": invalid option -- '" + letter + "'"));
        return each(call.program(), words.operands(), t -> {
            Job job = t.job().orElseThrow();
            if (job.ended()) {
                return Optional.of(new Refusal(35, call.program() + ": Job has finished"));
            }
            if (signal) {
                String name = words.last("s").orElse("TERM").replaceFirst("^SIG", "");
                job.in(State.RUNNING).forEach(e -> signal(e, name));
            } else {
                job.held = call.program().equals("qhold");
                if (job.held) {
                    job.submission.options().put("held-by", "Job held by " + user(job) + " on " + PbsText.time(now()));
                } else {
                    job.submission.options().remove("held-by");
                    job.elements.values().forEach(e -> e.facts.remove("hold"));
                }
            }
            return Optional.empty();
        });
    }
}
