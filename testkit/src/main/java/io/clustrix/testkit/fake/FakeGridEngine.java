package io.clustrix.testkit.fake;

import io.clustrix.testkit.fake.Element.Cause;
import io.clustrix.testkit.fake.Element.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Son of Grid Engine 8.1.9: {@code qsub}, {@code qstat}, {@code qacct}, {@code qdel}, {@code qrls} and {@code qconf}.
 * One queue, {@code all.q}, and one parallel environment, {@code smp}. What has ended is in the accounting at once,
 * unless {@link #accountingLag} says otherwise.
 */
public final class FakeGridEngine extends FakeScheduler {
    private static final String QUEUE = "all.q";
    private static final String HOST = "vm";
    private static final int LARGEST_ARRAY = 75_000;
    private static final long MEMORY_GIB = 480;
    private static final Pattern ID = Pattern.compile("([0-9]{1,9})(?:\\.([0-9]{1,9})(?:-([0-9]{1,9}))?)?");

    private static final Set<String> FLAGS = Set.of("terse", "cwd", "V", "h", "notify");
    private static final Set<String> VALUES = Set.of(
            "b",
            "sync",
            "C",
            "N",
            "S",
            "wd",
            "o",
            "e",
            "j",
            "r",
            "w",
            "t",
            "tc",
            "l",
            "q",
            "P",
            "hold_jid",
            "v",
            "a",
            "m",
            "M",
            "p",
            "A",
            "shell",
            "now",
            "R",
            "pe");

    private static final Set<String> RESOURCES =
            Set.of("h_rt", "s_rt", "h_cpu", "s_cpu", "h_vmem", "s_vmem", "mem_free", "h_data", "hostname", "arch");

    /** What the accounting has of one run. */
    private record Accounted(
            Job job, int task, int slots, Instant start, Instant end, String failed, String exit, boolean began) {}

    private final List<Accounted> accounting = new ArrayList<>();

    /** A cell with 16 slots. */
    public FakeGridEngine() {
        super("sge", List.of("qsub", "qstat", "qacct", "qdel", "qrls", "qconf"));
    }

    @Override
    Reply whileDown(Call call) {
        String select = "error: commlib error: got select error (Connection refused)\n";
        String send = "unable to send message to qmaster using port 6444 on host \"" + HOST + "\": got send error";
        return switch (call.program()) {
            case "qacct" -> work(call);
            case "qsub" -> new Reply(1, "", select + "Unable to run job: " + send + "\nExiting.\n");
            case "qdel" -> new Reply(1, send + "\n", select);
            default -> new Reply(1, "", select + "error: " + send + "\n");
        };
    }

    @Override
    Reply work(Call call) {
        try {
            return switch (call.program()) {
                case "qsub" -> qsub(call);
                case "qstat" -> qstat(call);
                case "qacct" -> qacct(call);
                case "qdel" -> qdel(call);
                case "qrls" -> qrls(call);
                default -> qconf(call);
            };
        } catch (Refusal refusal) {
            return refusal.reply();
        }
    }

    private static Refusal rejected(String text) {
        return new Refusal(1, "Unable to run job: " + text, "Exiting.");
    }

    // Submitting

    /** Options of a call or of a script, by their names; lists of resources are joined. */
    private static List<String> read(List<String> words, Map<String, String> options) {
        int i = 0;
        while (i < words.size() && words.get(i).startsWith("-") && words.get(i).length() > 1) {
            String name = words.get(i++).substring(1);
            if (FLAGS.contains(name)) {
                options.put(name, "");
            } else if (VALUES.contains(name) && i < words.size()) {
                String value = words.get(i++);
                if (name.equals("pe") && i < words.size()) {
                    value += " " + words.get(i++);
                }
                options.merge(name, value, name.equals("l") ? (a, b) -> a + "," + b : (a, b) -> b);
            } else if (VALUES.contains(name)) {
                throw new Refusal(2, "qsub: ERROR! -" + name + " option must have argument");
            } else {
                throw new Refusal(2, "qsub: invalid option argument \"-" + name + "\"");
            }
        }
        return words.subList(i, words.size());
    }

    private Reply qsub(Call call) {
        Map<String, String> given = new LinkedHashMap<>();
        List<String> operands = read(call.words(), given);
        boolean binary = given.getOrDefault("b", "n").startsWith("y");
        String script;
        String name;
        if (binary) {
            if (operands.isEmpty()) {
                throw new Refusal(1, "qsub: command required for a binary job");
            }
            script = operands.get(0);
            name = script.replaceFirst("[ ;].*", "").replaceFirst(".*/", "");
        } else if (operands.isEmpty()) {
            script = new String(call.input().get(), StandardCharsets.UTF_8);
            name = "STDIN";
            if (script.isEmpty()) {
                throw new Refusal(4, "Unable to read script file because of error: no input read from stdin");
            }
        } else {
            Path file = call.directory().resolve(operands.get(0));
            name = String.valueOf(file.getFileName());
            try {
                script = Files.readString(file);
            } catch (IOException e) {
                throw new Refusal(
                        14,
                        "Unable to read script file because of error: error opening " + operands.get(0)
                                + ": No such file or directory");
            }
        }
        Map<String, String> options = new LinkedHashMap<>();
        String prefix = given.getOrDefault("C", "#$");
        if (!binary) {
            script.lines()
                    .filter(l -> !prefix.isEmpty() && l.startsWith(prefix))
                    .forEach(l -> read(Words.split(l.substring(prefix.length()), false), options));
        }
        given.forEach((k, v) -> options.merge(k, v, k.equals("l") ? (a, b) -> a + "," + b : (a, b) -> b));
        Submission submission = submission(call, options, name, script, binary, operands);
        Job job = add(submission);
        String id = job.number + (job.isArray() ? "." + range(submission.indices()) : "");
        return Reply.of(
                options.containsKey("terse")
                        ? id + "\n"
                        : "Your job" + (job.isArray() ? "-array " : " ") + id + " (\"" + job.name
                                + "\") has been submitted\n");
    }

    private Submission submission(
            Call call, Map<String, String> options, String file, String script, boolean binary, List<String> operands) {
        String name = options.getOrDefault("N", file);
        if (options.containsKey("N") && Character.isDigit(name.charAt(0))) {
            throw rejected("denied: \"" + name + "\" is not a valid object name (cannot start with a digit)");
        }
        if (options.getOrDefault("sync", "n").startsWith("y")) {
            throw new Refusal(1, "qsub: the fake does not imitate -sync y");
        }
        for (String option : List.of("a", "notify")) {
            if (options.containsKey(option)) {
                throw new Refusal(1, "qsub: the fake does not imitate -" + option);
            }
        }
        Map<String, String> asked = new LinkedHashMap<>();
        for (String item : options.getOrDefault("l", "").split(",", -1)) {
            if (!item.isEmpty()) {
                String resource = item.replaceFirst("=.*", "");
                if (!RESOURCES.contains(resource)) {
                    throw rejected("unknown resource \"" + resource + "\"");
                }
                asked.put(resource, item.substring(Math.min(item.length(), resource.length() + 1)));
            }
        }
        Optional<Duration> time = Optional.ofNullable(asked.get("h_rt")).map(FakeGridEngine::time);
        String queue = options.getOrDefault("q", QUEUE);
        if (!queue.replaceFirst("@.*", "").equals(QUEUE)) {
            throw rejected("Job was rejected because job requests unknown queue \"" + queue + "\"");
        }
        if (options.containsKey("P")) {
            throw rejected("job rejected: the requested project \"" + options.get("P") + "\" does not exist");
        }
        int wanted = 1;
        if (options.containsKey("pe")) {
            String[] pe = options.getOrDefault("pe", "").split(" ", 2);
            if (!pe[0].equals("smp")) {
                throw rejected("job rejected: the requested parallel environment \"" + pe[0] + "\" does not exist");
            }
            wanted = Integer.parseInt(pe[1].replaceFirst("-.*", ""));
        }
        List<Integer> indices = options.containsKey("t") ? indices(options.getOrDefault("t", "")) : List.of();
        String memory = asked.getOrDefault("h_vmem", "0");
        String never = wanted > slots
                ? "(-pe smp " + wanted + ") cannot run in PE \"smp\" because it only offers " + slots + " slots"
                : gibibytes(memory) > MEMORY_GIB
                        ? "(-l h_vmem=" + memory + ") cannot run at host \"" + HOST
                                + "\" because it offers only hc:h_vmem=480.000G"
                        : "";
        if (options.getOrDefault("w", "n").equals("e") && !never.isEmpty()) {
            throw rejected("error: no suitable queues");
        }
        if (options.containsKey("hold_jid")
                && options.getOrDefault("hold_jid", "").matches("[0-9]{1,9}")
                && jobs.containsKey(Integer.parseInt(options.getOrDefault("hold_jid", "")))) {
            throw new Refusal(1, "qsub: the fake does not imitate -hold_jid");
        }
        Map<String, String> kept = new LinkedHashMap<>(options);
        asked.forEach((k, v) -> kept.put("l " + k, v));
        return new Submission(
                name,
                script,
                binary,
                operands.isEmpty() ? List.of() : operands.subList(1, operands.size()),
                call.directory(),
                variables(call, options),
                wanted,
                time,
                options.getOrDefault("r", "n").startsWith("y"),
                options.containsKey("h"),
                Optional.empty(),
                indices,
                Integer.parseInt(options.getOrDefault("tc", "0")),
                kept,
                never);
    }

    private static Duration time(String text) {
        Matcher m = Pattern.compile("(?:(?:([0-9]*):)?([0-9]*):)?([0-9]+)").matcher(text);
        if (!m.matches()) {
            throw rejected("attribute \"h_rt\" is not a time value");
        }
        return Duration.ofHours(whole(m.group(1)))
                .plusMinutes(whole(m.group(2)))
                .plusSeconds(whole(m.group(3)));
    }

    private static long whole(@org.jspecify.annotations.Nullable String digits) {
        return digits == null || digits.isEmpty() ? 0 : Long.parseLong(digits);
    }

    private static long gibibytes(String text) {
        Matcher m = Pattern.compile("([0-9]+)(?:\\.[0-9]+)?([KkMmGg]?)").matcher(text);
        if (!m.matches()) {
            throw rejected("attribute \"h_vmem\" is not a memory value");
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2).toUpperCase(Locale.ROOT)) {
            case "G" -> n;
            case "M" -> n >> 10;
            case "K" -> n >> 20;
            default -> n >> 30;
        };
    }

    private static List<Integer> indices(String text) {
        Matcher m = Pattern.compile("([0-9]+)(?:-([0-9]+)(?::([0-9]+))?)?").matcher(text);
        if (!m.matches()) {
            throw rejected("job rejected: wrong range");
        }
        int from = Integer.parseInt(m.group(1));
        int to = m.group(2) == null ? from : Integer.parseInt(m.group(2));
        int step = m.group(3) == null ? 1 : Integer.parseInt(m.group(3));
        if (from == 0) {
            throw rejected("job rejected: 0 is an invalid task id");
        }
        if ((to - from) / step >= LARGEST_ARRAY) {
            throw rejected("job rejected: you tried to submit a job with more than " + LARGEST_ARRAY + " tasks");
        }
        return IntStream.rangeClosed(from, to)
                .filter(i -> (i - from) % step == 0)
                .boxed()
                .toList();
    }

    /** {@code 1-10:1}, as the whole of an array is called. */
    private static String range(List<Integer> indices) {
        int step = indices.size() > 1 ? indices.get(1) - indices.get(0) : 1;
        return indices.get(0) + "-" + indices.get(indices.size() - 1) + ":" + step;
    }

    /** {@code 1,3-5:1}: two beside each other are told one by one. */
    private static String ranges(List<Integer> indices) {
        return Run.of(indices).stream()
                .map(r -> r.length() > 2
                        ? r.from() + "-" + r.to() + ":1"
                        : IntStream.rangeClosed(r.from(), r.to())
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(",")))
                .collect(Collectors.joining(","));
    }

    private static Map<String, String> variables(Call call, Map<String, String> options) {
        Map<String, String> from = call.environment();
        Map<String, String> v = new LinkedHashMap<>();
        v.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        if (options.containsKey("V")) {
            v.putAll(from);
        }
        for (String item : options.getOrDefault("v", "").split(",", -1)) {
            int sign = item.indexOf('=');
            if (!item.isEmpty()) {
                v.put(
                        sign < 0 ? item : item.substring(0, sign),
                        sign < 0 ? from.getOrDefault(item, "") : item.substring(sign + 1));
            }
        }
        for (String name : List.of("HOME", "LOGNAME", "PATH", "SHELL", "MAIL")) {
            if (from.containsKey(name)) {
                v.put("SGE_O_" + name, from.getOrDefault(name, ""));
            }
        }
        v.put("SGE_O_WORKDIR", call.directory().toString());
        v.put("SGE_O_HOST", HOST);
        String user = from.getOrDefault("LOGNAME", System.getProperty("user.name"));
        v.put("HOME", from.getOrDefault("HOME", "/"));
        v.put("USER", user);
        v.put("LOGNAME", user);
        return v;
    }

    private static String user(Job job) {
        return job.submission.environment().getOrDefault("USER", "");
    }

    // Running

    @Override
    Launch launch(Element e) throws IOException {
        Submission s = e.job.submission;
        Map<String, String> v = new LinkedHashMap<>(s.environment());
        boolean array = e.job.isArray();
        v.put("JOB_ID", Integer.toString(e.job.number));
        v.put("JOB_NAME", e.job.name);
        v.put("REQUEST", e.job.name);
        v.put("SGE_TASK_ID", array ? Integer.toString(e.index) : "undefined");
        v.put("SGE_TASK_FIRST", array ? s.indices().get(0).toString() : "undefined");
        v.put("SGE_TASK_LAST", array ? s.indices().get(s.indices().size() - 1).toString() : "undefined");
        v.put("SGE_TASK_STEPSIZE", array ? range(s.indices()).replaceFirst(".*:", "") : "undefined");
        v.put("NSLOTS", Integer.toString(s.slots()));
        v.put("NHOSTS", "1");
        v.put("QUEUE", QUEUE);
        v.put("HOSTNAME", HOST);
        v.put("RESTARTED", e.runs > 1 ? "1" : "0");
        v.put("ENVIRONMENT", "BATCH");
        v.put("TMPDIR", "/tmp");
        String shell = s.options().getOrDefault("S", "/bin/bash");
        v.put("SHELL", shell);
        Path directory = s.options().containsKey("wd")
                ? Path.of(s.options().get("wd"))
                : s.options().containsKey("cwd") ? s.directory() : Path.of(v.getOrDefault("HOME", "/"));
        if (!Files.isDirectory(directory)) {
            throw new IOException("28|error: can't chdir to " + directory + ": No such file or directory");
        }
        Path out = output(e, 'o', directory, v);
        Path err = output(e, 'e', directory, v);
        boolean joined = s.options().getOrDefault("j", "n").startsWith("y");
        for (Path file : joined ? List.of(out) : List.of(out, err)) {
            Path parent = file.getParent();
            if (parent == null || !Files.isDirectory(parent)) {
                throw new IOException("26|error: can't open output file \"" + file + "\": No such file or directory");
            }
        }
        List<String> words = new ArrayList<>(List.of(shell));
        if (s.binary()) {
            words.addAll(List.of("-c", String.join(" ", concat(s.script(), s.arguments()))));
        } else {
            words.add(script(e.job).toString());
            words.addAll(s.arguments());
        }
        return new Launch(
                words, Optional.empty(), directory, v, out, joined ? Optional.empty() : Optional.of(err), true);
    }

    private static List<String> concat(String first, List<String> rest) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(rest);
        return all;
    }

    private static Path output(Element e, char stream, Path directory, Map<String, String> v) {
        Submission s = e.job.submission;
        String usual = e.job.name + "." + stream + e.job.number + (e.job.isArray() ? "." + e.index : "");
        String given = s.options().get(Character.toString(stream));
        if (given == null) {
            return directory.resolve(usual);
        }
        String path = given.replaceFirst("^[A-Za-z0-9.-]*:", "")
                .replace("$JOB_ID", Integer.toString(e.job.number))
                .replace("$TASK_ID", e.job.isArray() ? Integer.toString(e.index) : "undefined")
                .replace("$JOB_NAME", e.job.name)
                .replace("$HOSTNAME", HOST)
                .replace("$HOME", v.getOrDefault("HOME", "/"))
                .replace("$USER", v.getOrDefault("USER", ""));
        Path file = directory.resolve(path);
        return Files.isDirectory(file) ? file.resolve(usual) : file;
    }

    @Override
    void notStarted(Element e, IOException why) {
        String text = String.valueOf(why.getMessage());
        boolean directory = text.startsWith("28|");
        account(e, directory ? "28  : changing into working directory" : "26  : opening input/output file", "0", false);
        inError(e, text.replaceFirst("^[0-9]+\\|", ""));
    }

    private void inError(Element e, String reason) {
        e.facts.put(
                "error",
                DateTimeFormatter.ofPattern("MM/dd/yyyy HH:mm:ss")
                                .withZone(ZoneId.systemDefault())
                                .format(now())
                        + " [1001:1]: " + reason);
        e.notBefore = Instant.MAX;
    }

    private void account(Element e, String failed, String exit, boolean began) {
        accounting.add(new Accounted(e.job, e.index, e.job.submission.slots(), e.started, now(), failed, exit, began));
    }

    @Override
    void outOfTime(Element e) {
        kill(e, Cause.OUT_OF_TIME, "KILL", Duration.ZERO);
    }

    @Override
    boolean ended(Element e) {
        boolean again = super.ended(e);
        if (again) {
            e.facts.put("again", "R");
            return true;
        }
        if (e.hasRun()) {
            int exit = e.signal > 0 ? 128 + e.signal : e.code;
            String failed = e.cause == Cause.OUT_OF_TIME
                    ? "37  : qmaster enforced h_rt, h_cpu, or h_vmem limit"
                    : e.signal > 0
                            ? "100 : assumedly after job"
                            : e.code == 99
                                    ? "25  : rescheduling"
                                    : e.code == 100 ? "30  : application error returned" : "0    ";
            String words = switch (e.signal) {
                case 9 -> "                  (Killed)";
                case 11 -> "                  (Segmentation fault)";
                default -> "";
            };
            account(e, failed, exit + words, true);
            if (e.cause == Cause.EXITED && e.code == 99) {
                e.facts.put("again", "R");
                Instant then = now().plusSeconds(1);
                e.notBefore = then;
                at(then, this::startJobs);
                return true;
            }
            if (e.cause == Cause.EXITED && e.code == 100) {
                inError(e, "exit_status of job start = 100");
                return true;
            }
        }
        if (e.job.ended()) {
            jobs.remove(e.job.number);
        }
        return false;
    }

    @Override
    void gone(int number) {
        accounting.removeIf(a -> a.job().number == number);
    }

    // Asking

    private String state(Element e) {
        String again = e.facts.getOrDefault("again", "");
        if (e.state == State.RUNNING) {
            return (e.cause == Cause.CANCELLED ? "d" : "") + again + "r";
        }
        return e.facts.containsKey("error") ? "Eqw" : e.job.held ? "hqw" : again.isEmpty() ? "qw" : "Rq";
    }

    /** A line of qstat: one element that runs, or those of an array that wait in the same state. */
    private record Row(Job job, List<Element> elements, String state, String tasks) {
        boolean running() {
            return elements.get(0).state == State.RUNNING;
        }
    }

    private List<Row> rows(boolean apart) {
        List<Row> rows = new ArrayList<>();
        for (Job job : jobs.values()) {
            job.in(State.RUNNING).forEach(e -> rows.add(row(List.of(e))));
        }
        for (Job job : jobs.values()) {
            job.in(State.WAITING)
                    .collect(Collectors.groupingBy(
                            e -> apart ? "" + e.index : state(e), LinkedHashMap::new, Collectors.toList()))
                    .values()
                    .forEach(g -> rows.add(row(g)));
        }
        return rows;
    }

    private Row row(List<Element> elements) {
        Element e = elements.get(0);
        List<Integer> indices = elements.stream().map(x -> x.index).toList();
        return new Row(e.job, elements, state(e), e.job.isArray() ? ranges(indices) : "");
    }

    private Reply qstat(Call call) {
        List<String> words = call.words();
        if (words.equals(List.of("-help"))) {
            return Reply.of("SGE 8.1.9\nusage: qstat [options]\n");
        }
        boolean xml = false;
        boolean apart = false;
        String user = "";
        String shown = "a";
        for (int i = 0; i < words.size(); i++) {
            boolean more = i + 1 < words.size();
            switch (words.get(i)) {
                case "-xml" -> xml = true;
                case "-u" -> user = more ? words.get(++i) : "";
                case "-s" -> shown = more ? words.get(++i) : "";
                case "-g" -> {
                    String kind = more ? words.get(++i) : "";
                    if (!kind.equals("d")) {
                        throw new Refusal(1, "qstat: the fake does not imitate -g " + kind);
                    }
                    apart = true;
                }
                case "-j" -> {
                    return details(
                            more ? List.of(words.get(i + 1).split(",")) : List.of(), xml || words.contains("-xml"));
                }
                default -> throw new Refusal(1, "qstat: the fake does not imitate " + words.get(i));
            }
        }
        if (!Set.of("a", "p", "r", "pr", "rp").contains(shown)) {
            throw new Refusal(1, "qstat: the fake does not imitate -s " + shown);
        }
        String whose = user;
        boolean all = shown.equals("a") || shown.length() == 2;
        boolean running = all || shown.equals("r");
        boolean waiting = all || shown.equals("p");
        List<Row> rows = rows(apart).stream()
                .filter(r -> r.running() ? running : waiting)
                .filter(r -> whose.isEmpty() || whose.equals("*") || whose.equals(user(r.job())))
                .toList();
        return Reply.of(xml ? xml(rows) : text(rows));
    }

    private static String text(List<Row> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("""
                job-ID  prior   name       user         state submit/start at     queue                          slots ja-task-ID\s
                -----------------------------------------------------------------------------------------------------------------
                """);
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("MM/dd/yyyy HH:mm:ss").withZone(ZoneId.systemDefault());
        for (Row r : rows) {
            out.append(String.format(
                    Locale.ROOT,
                    "%7d %7.5f %-10.10s %-12.12s %-5.5s %s %-30s %5d %s%n",
                    r.job().number,
                    r.running() ? 0.5 : 0.0,
                    r.job().name,
                    user(r.job()),
                    r.state(),
                    time.format(r.running() ? r.elements().get(0).started : r.job().submitted),
                    r.running() ? QUEUE + "@" + HOST : "",
                    r.job().submission.slots(),
                    r.tasks().isEmpty() ? "       " : r.tasks()));
        }
        return out.toString();
    }

    private static String xml(List<Row> rows) {
        StringBuilder out = new StringBuilder("""
                <?xml version='1.0'?>
                <job_info  xmlns:xsd="http://arc.liv.ac.uk/repos/darcs/sge/source/dist/util/resources/schemas/qstat/qstat.xsd">
                  <queue_info>
                """);
        rows.stream().filter(Row::running).forEach(r -> out.append(xml(r)));
        out.append("  </queue_info>\n  <job_info>\n");
        rows.stream().filter(r -> !r.running()).forEach(r -> out.append(xml(r)));
        return out.append("  </job_info>\n</job_info>\n").toString();
    }

    private static String xml(Row r) {
        DateTimeFormatter time =
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").withZone(ZoneId.systemDefault());
        Map<String, String> a = new LinkedHashMap<>();
        a.put("JB_job_number", Integer.toString(r.job().number));
        a.put("JAT_prio", r.running() ? "0.50000" : "0.00000");
        a.put("JB_name", escaped(r.job().name));
        a.put("JB_owner", escaped(user(r.job())));
        a.put("state", r.state());
        a.put(
                r.running() ? "JAT_start_time" : "JB_submission_time",
                time.format(r.running() ? r.elements().get(0).started : r.job().submitted));
        a.put("queue_name", r.running() ? QUEUE + "@" + HOST : "");
        a.put("slots", Integer.toString(r.job().submission.slots()));
        if (!r.tasks().isEmpty()) {
            a.put("tasks", r.tasks());
        }
        StringBuilder out =
                new StringBuilder("    <job_list state=\"" + (r.running() ? "running" : "pending") + "\">\n");
        a.forEach((k, v) -> out.append("      <" + k + ">" + v + "</" + k + ">\n"));
        return out.append("    </job_list>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private Reply details(List<String> ids, boolean xml) {
        List<Job> found = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (String id : ids) {
            Job job = id.matches("[0-9]{1,9}") ? jobs.get(Integer.parseInt(id)) : null;
            if (job == null) {
                unknown.add(id);
            } else {
                found.add(job);
            }
        }
        if (xml) {
            if (!found.isEmpty()) {
                throw new Refusal(1, "qstat: the fake does not imitate -j with -xml");
            }
            StringBuilder out = new StringBuilder("<?xml version='1.0'?>\n<unknown_jobs >\n");
            unknown.forEach(id -> out.append("    <ST_name>" + escaped(id) + "</ST_name>\n"));
            return Reply.of(out.append("</unknown_jobs>\n").toString());
        }
        if (found.isEmpty()) {
            return Reply.refusal(
                    1, concat("Following jobs do not exist: ", unknown).toArray(String[]::new));
        }
        StringBuilder out = new StringBuilder();
        for (Job job : found) {
            Submission s = job.submission;
            out.append("==============================================================\n");
            Map<String, String> a = new LinkedHashMap<>();
            a.put("job_number:", Integer.toString(job.number));
            a.put("submission_time:", PbsText.time(job.submitted));
            a.put("owner:", user(job));
            a.put("job_name:", job.name);
            a.put("script_file:", s.binary() ? s.script() : s.options().getOrDefault("N", job.name));
            if (job.isArray()) {
                a.put("job-array tasks:", range(s.indices()));
            }
            job.elements.values().stream()
                    .filter(e -> e.facts.containsKey("error") && e.state == State.WAITING)
                    .forEach(e -> a.put(
                            "error reason " + String.format(Locale.ROOT, "%10d:", Math.max(1, e.index)) + "     ",
                            e.facts.getOrDefault("error", "")));
            if (job.elements.values().stream().anyMatch(e -> e.facts.containsKey("error"))) {
                a.put("scheduling info:", "Job is in error state");
            } else if (!s.never().isEmpty()) {
                a.put("scheduling info:", s.never());
            }
            a.forEach((k, v) -> out.append(String.format(Locale.ROOT, "%-27s %s%n", k, v)));
        }
        return Reply.of(out.toString());
    }

    private Reply qacct(Call call) {
        List<String> words = call.words();
        String of = "";
        boolean listed = false;
        String owner = "";
        int task = 0;
        for (int i = 0; i < words.size(); i++) {
            boolean more = i + 1 < words.size() && !words.get(i + 1).startsWith("-");
            switch (words.get(i)) {
                case "-j" -> {
                    listed = true;
                    of = more ? words.get(++i) : "";
                }
                case "-o" -> owner = more ? words.get(++i) : "";
                case "-t" -> task = more ? Integer.parseInt(words.get(++i)) : 0;
                default -> throw new Refusal(1, "qacct: the fake does not imitate " + words.get(i));
            }
        }
        if (!listed) {
            throw new Refusal(1, "qacct: the fake does not imitate it without -j");
        }
        String asked = of;
        String whose = owner;
        int only = task;
        boolean number = asked.matches("[0-9]+");
        List<Accounted> found = accounting.stream()
                .filter(a -> !a.end().plus(lag).isAfter(now()))
                .filter(a -> asked.isEmpty() || asked.equals(number ? "" + a.job().number : a.job().name))
                .filter(a -> whose.isEmpty() || whose.equals(user(a.job())))
                .filter(a -> only == 0 || only == a.task())
                .toList();
        if (found.isEmpty() && !asked.isEmpty()) {
            throw new Refusal(1, "error: job " + (number ? "id " : "name ") + asked + " not found");
        }
        return Reply.of(found.stream().map(FakeGridEngine::accounted).collect(Collectors.joining()));
    }

    private static String accounted(Accounted r) {
        Map<String, String> a = new LinkedHashMap<>();
        a.put("qname", QUEUE);
        a.put("hostname", HOST);
        a.put("group", user(r.job()));
        a.put("owner", user(r.job()));
        a.put("project", "NONE");
        a.put("department", "defaultdepartment");
        a.put("jobname", r.job().name);
        a.put("jobnumber", Integer.toString(r.job().number));
        a.put("taskid", r.job().isArray() ? Integer.toString(r.task()) : "undefined");
        a.put("account", "sge");
        a.put("priority", "0");
        a.put("qsub_time", PbsText.time(r.job().submitted));
        a.put("start_time", r.began() ? PbsText.time(r.start()) : "-/-");
        a.put("end_time", r.began() ? PbsText.time(r.end()) : "-/-");
        a.put(
                "granted_pe",
                r.job().submission.options().getOrDefault("pe", "NONE").replaceFirst(" .*", ""));
        a.put("slots", Integer.toString(r.slots()));
        a.put("failed", r.failed());
        a.put("exit_status", r.exit());
        a.put("ru_wallclock", (r.began() ? Duration.between(r.start(), r.end()).toSeconds() : 0) + "s");
        a.put("maxvmem", "0.000B");
        a.put("arid", "undefined");
        a.put("ar_sub_time", "undefined");
        String asked = r.job().submission.options().getOrDefault("l", "");
        a.put("category", asked.isEmpty() ? "NONE" : "-l " + asked);
        StringBuilder out = new StringBuilder("==============================================================\n");
        Set<String> bare = Set.of("failed", "ru_wallclock", "maxvmem", "arid", "ar_sub_time", "category");
        a.forEach((k, v) -> out.append(String.format(
                Locale.ROOT, bare.contains(k) || v.matches("undefined|-/-") ? "%-12s %s%n" : "%-12s %-20s%n", k, v)));
        return out.toString();
    }

    private Reply qconf(Call call) {
        if (call.words().equals(List.of("-sconf"))) {
            return Reply.of(
                    "#global:\nexecd_spool_dir              /var/spool/gridengine/execd\nmax_aj_instances             "
                            + "2000\nmax_aj_tasks                 " + LARGEST_ARRAY
                            + "\nmax_u_jobs                   0\n");
        }
        if (call.words().equals(List.of("-spl"))) {
            return Reply.of("smp\n");
        }
        throw new Refusal(1, "qconf: the fake does not imitate " + String.join(" ", call.words()));
    }

    // Changing

    private Reply qdel(Call call) {
        StringBuilder out = new StringBuilder();
        int exit = 0;
        for (String word : call.words()) {
            if (word.startsWith("-")) {
                throw new Refusal(1, "qdel: the fake does not imitate " + word);
            }
            String user = System.getProperty("user.name");
            Matcher m = ID.matcher(word);
            List<Job> named = m.matches()
                    ? Optional.ofNullable(jobs.get(Integer.parseInt(m.group(1)))).stream()
                            .toList()
                    : jobs.values().stream().filter(j -> j.name.equals(word)).toList();
            if (named.isEmpty()) {
                out.append(
                        m.matches()
                                ? "denied: job \"" + word + "\" does not exist\n"
                                : "The job " + word + " of user(s) " + user + " does not exist\n");
                exit = 1;
            }
            for (Job job : named) {
                boolean whole = !m.matches() || m.group(2) == null;
                int from = whole ? 0 : Integer.parseInt(m.group(2));
                int to = whole ? 0 : m.group(3) == null ? from : Integer.parseInt(m.group(3));
                List<Element> some = job.elements.values().stream()
                        .filter(e -> e.state != State.ENDED)
                        .filter(e -> whole || (e.index >= from && e.index <= to))
                        .toList();
                if (some.isEmpty()) {
                    out.append("job \"" + job.number + "\" task \"" + from + "\" does not exist\n");
                    exit = 1;
                }
                out.append(delete(job, some, whole));
            }
        }
        return new Reply(exit, out.toString(), "");
    }

    private String delete(Job job, List<Element> some, boolean whole) {
        StringBuilder out = new StringBuilder();
        List<Element> running = some.stream().filter(Element::running).toList();
        List<Element> waiting = some.stream().filter(e -> !e.running()).toList();
        for (Element e : running) {
            out.append(user(job) + " has registered the "
                    + (job.isArray() ? "job-array task " + job.number + "." + e.index : "job " + job.number)
                    + " for deletion\n");
            kill(e, Cause.CANCELLED, "KILL", Duration.ZERO);
        }
        if (!waiting.isEmpty()) {
            List<Integer> indices = waiting.stream().map(e -> e.index).toList();
            out.append(user(job) + " has deleted "
                    + (whole && running.isEmpty()
                            ? "job " + job.number
                            : indices.size() == 1
                                    ? "job-array task " + job.number + "." + indices.get(0)
                                    : "job-array tasks " + ranges(indices) + " of job " + job.number)
                    + "\n");
            waiting.forEach(e -> {
                e.runs = 0; // it leaves no trace in the accounting
                finish(e, Cause.CANCELLED);
            });
        }
        return out.toString();
    }

    private Reply qrls(Call call) {
        StringBuilder out = new StringBuilder();
        int exit = 0;
        for (String word : call.words()) {
            Job job = word.matches("[0-9]{1,9}") ? jobs.get(Integer.parseInt(word)) : null;
            if (job == null) {
                out.append("denied: job \"" + word + "\" does not exist\n");
                exit = 3;
            } else {
                job.held = false;
                out.append("modified hold of job " + word + "\n");
            }
        }
        return new Reply(exit, out.toString(), "");
    }
}
