package io.clustrix.scheduler.sge;

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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Grid Engine's language: qsub, qstat, qacct, qdel, qconf. */
final class SgeDialect implements SchedulerDialect {
    /** max_aj_tasks where a site has not changed it. */
    private static final int USUAL_ARRAY = 75_000;

    /** Stands at the end of our scripts' answers: without it one is not whole. */
    private static final String END = "clustrix:end";

    private static final String REASONS = "clustrix:reasons";
    private static final String FOUND = "clustrix:found ";

    /** qacct has answered, and there is no such job. */
    private static final Pattern NONE_SUCH = Pattern.compile("error: job (?:id|name) \\S+ not found");

    private static final Pattern SUBMITTED =
            Pattern.compile("([0-9]{1,18})(?:\\.[0-9]+-[0-9]+:[0-9]+)?|Your job(?:-array)? ([0-9]{1,18})[. ].*");
    private static final Pattern DELETED = Pattern.compile(
            "\\S+ has (?:deleted|registered the) job(?:-array task)?\\s.*|job \"?[0-9]+\"? is already in deletion"
                    + "|(?:denied: )?job \"[0-9.]+\"(?: task \"[0-9]+\")? does not exist");
    private static final Pattern LARGEST = Pattern.compile("max_aj_tasks\\s+([0-9]{1,9})");
    private static final Pattern IN_ERROR = Pattern.compile("[A-Za-z]*E[A-Za-z]* \\(.*");

    private static final List<String> TRANSIENT = List.of(
            "commlib error",
            "unable to send message to qmaster",
            "unable to contact qmaster",
            "unable to receive message from qmaster",
            "got send error",
            "got read error",
            "got select error",
            "got no connection",
            "connection refused",
            "connection timed out",
            "failed receiving gdi request",
            // Not for ever: it goes away when some of the user's own jobs end.
            "jobs are allowed per user");

    /**
     * One list of all of the user's jobs, and for those of ours that are in error the reasons. Arguments: qstat, our
     * ids with a blank before and behind each.
     */
    private static final String STATUS = """
            all=$("$1" -u "$(id -un)" -s a -xml)
            code=$?
            printf '%s\\n' "$all"
            [ "$code" -eq 0 ] || exit "$code"
            bad=$(printf '%s\\n' "$all" | awk -v ids="$2" '
                /<JB_job_number>/ { gsub(/[^0-9]/, ""); id = $0 }
                /<state>[A-Za-z]*E/ && index(ids, " " id " ") && !(id in seen) {
                    seen[id]
                    list = list (list == "" ? "" : ",") id
                }
                END { print list }')
            if [ -n "$bad" ]; then
                echo clustrix:reasons
                "$1" -j "$bad" 2>/dev/null | sed -n -e '/^job_number:/p' -e '/^error reason/p'
            fi
            echo clustrix:end
            """;

    /**
     * Of one job it is asked by its id, of more of them all the user's are read, in one pass. Arguments: qacct, ids.
     */
    private static final String HISTORY = """
            program=$1
            shift
            ids=" $* "
            if [ $# -gt 1 ]; then set -- -o "$(id -un)" -j; else set -- -j "$1"; fi
            "$program" "$@" | awk -v ids="$ids" '
                function give() { if (keep) printf "%s", text; text = ""; keep = 0 }
                /^=====/ { give(); text = $0 "\\n"; next }
                /^jobnumber/ { keep = index(ids, " " $2 " ") > 0 }
                /^(hostname|jobnumber|taskid|start_time|end_time|slots|failed|exit_status)[ \\t]/ { text = text $0 "\\n" }
                /^(ru_wallclock|maxvmem|category)[ \\t]/ { text = text $0 "\\n" }
                END { give() }'
            echo clustrix:end
            """;

    /** In the queue, then in the accounting. Arguments: qstat, qacct, the name. */
    private static final String FIND = """
            all=$("$1" -u "$(id -un)" -s a -xml)
            code=$?
            case $all in *'<job_info'*'</job_info>'*) ;; *) [ "$code" -ne 0 ] || code=70 ;; esac
            if [ "$code" -ne 0 ]; then
                printf '%s\\n' "$all"
                exit "$code"
            fi
            printf '%s\\n' "$all" | awk -v name="<JB_name>$3</JB_name>" '
                /<JB_job_number>/ { gsub(/[^0-9]/, ""); id = $0 }
                index($0, name) { print "clustrix:found " id }'
            "$2" -j "$3" 2>/dev/null | awk '/^jobnumber[ \\t]/ { print "clustrix:found " $2 }'
            echo clustrix:end
            """;

    private static final String INFO = """
            "$1" -help | head -n 1
            "$2" -sconf | grep '^max_aj_tasks'
            echo clustrix:end
            """;

    private final SgeSettings settings;

    SgeDialect(SgeSettings settings) {
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
        return new JobVariables("JOB_ID", "SGE_TASK_ID", 1, Optional.of("RESTARTED"));
    }

    @Override
    public List<String> directives(JobPlan plan) {
        return Directives.of(plan, settings).lines();
    }

    @Override
    public Command submit(String script, JobPlan plan) {
        // A file of defaults, the site's or the user's, may say otherwise of these.
        List<String> words = new ArrayList<>(List.of(program("qsub"), "-terse", "-b", "n", "-sync", "n", "-C", "#$"));
        words.addAll(Directives.of(plan, settings).words());
        words.add(script);
        return command(words);
    }

    @Override
    public NativeId parseSubmit(CommandResult result) {
        if (result.truncated()) {
            throw new SchedulerException("qsub's answer is too long to be kept whole: " + result.summary());
        }
        if (result.exit() == 0) {
            List<String> lines = result.out().lines().map(String::strip).toList();
            // From the last line back: wrappers of qsub print things before it, with numbers in them (R24).
            for (int i = lines.size() - 1; i >= 0; i--) {
                Matcher m = SUBMITTED.matcher(lines.get(i));
                if (m.matches()) {
                    return NativeId.of(m.group(1) != null ? m.group(1) : m.group(2));
                }
            }
            throw new SchedulerException(
                    "qsub printed no job id: " + result.summary(),
                    "Does a wrapper of the site's stand in the way? 'bin-directory' names the directory of the real one.");
        }
        String text = result.err().isBlank() ? result.out() : result.err();
        throw new SchedulerException(
                "Grid Engine did not accept the job: " + result.summary(), Refusals.hints(text), null);
    }

    @Override
    public NativeId element(NativeId job, int index) {
        return NativeId.of(job.value() + "." + index);
    }

    @Override
    public Command status(Collection<NativeId> jobs) {
        return script(STATUS, program("qstat"), " " + joined(jobs) + " ");
    }

    @Override
    public Map<NativeId, JobStatus> parseStatus(CommandResult result) {
        if (result.exit() != 0) {
            throw new SchedulerException("qstat failed: " + summary(result));
        }
        String out = whole("qstat", result);
        int reasons = out.indexOf(REASONS + "\n");
        // A profile may print things before.
        int xml = Math.max(0, out.indexOf("<?xml"));
        return Queue.states(
                out.substring(xml, reasons < xml ? out.length() : reasons),
                reasons < xml ? "" : out.substring(reasons));
    }

    @Override
    public Optional<Command> history(Collection<NativeId> jobs) {
        List<String> arguments = new ArrayList<>(List.of(program("qacct")));
        jobs.forEach(id -> arguments.add(id.value()));
        return Optional.of(script(HISTORY, arguments.toArray(new String[0])));
    }

    @Override
    public Map<NativeId, JobStatus> parseHistory(CommandResult result) {
        if (result.exit() != 0) {
            throw new SchedulerException("qacct failed: " + summary(result));
        }
        Map<NativeId, JobStatus> found = Accounting.states(whole("qacct", result));
        boolean answered = result.err()
                .lines()
                .map(String::strip)
                .allMatch(l -> l.isEmpty() || NONE_SUCH.matcher(l).matches());
        if (found.isEmpty() && !answered) {
            throw new SchedulerException("qacct failed: " + summary(result));
        }
        return found;
    }

    @Override
    public Command cancel(Collection<NativeId> ids) {
        List<String> words = new ArrayList<>(List.of(program("qdel")));
        ids.forEach(id -> words.add(id.value()));
        return command(words);
    }

    @Override
    public boolean cancelled(CommandResult result) {
        // It tells of jobs that it does not know on standard output, with exit code 1.
        List<String> lines = (result.out() + "\n" + result.err())
                .lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty())
                .toList();
        return result.exit() == 0
                || (!lines.isEmpty()
                        && lines.stream().allMatch(l -> DELETED.matcher(l).matches()));
    }

    @Override
    public Command find(String jobName) {
        return script(FIND, program("qstat"), program("qacct"), jobName);
    }

    @Override
    public List<NativeId> parseFind(CommandResult result) {
        if (result.exit() != 0) {
            throw new SchedulerException("qstat failed: " + summary(result));
        }
        return whole("qstat", result)
                .lines()
                .filter(l -> l.startsWith(FOUND))
                .map(l -> l.substring(FOUND.length()).strip())
                .filter(id -> id.matches("[0-9]{1,18}"))
                .distinct()
                .map(NativeId::of)
                .toList();
    }

    @Override
    public boolean isTransient(CommandResult result) {
        String text = (result.err() + "\n" + result.out()).toLowerCase(Locale.ROOT);
        return result.exit() != 0 && TRANSIENT.stream().anyMatch(text::contains);
    }

    @Override
    public Optional<Command> info() {
        return Optional.of(script(INFO, program("qstat"), program("qconf")));
    }

    @Override
    public SchedulerInfo parseInfo(CommandResult result) {
        String out = whole("qstat", result);
        String version = out.lines()
                .map(String::strip)
                .filter(l -> l.matches("[A-Z]*GE [0-9].*"))
                .findFirst()
                .orElseThrow(() -> new SchedulerException("qstat does not tell its version: " + summary(result)));
        Matcher m = LARGEST.matcher(out);
        int largest = m.find() ? Integer.parseInt(m.group(1)) : 0; // 0: no limit
        // The accounting is a file: whether it can be read shows when it is asked.
        return new SchedulerInfo(
                "Grid Engine (" + version + ")", largest > 0 ? OptionalInt.of(largest) : OptionalInt.empty(), true);
    }

    @Override
    public Optional<Command> queues() {
        return Optional.of(command(List.of(program("qconf"), "-sql")));
    }

    @Override
    public List<String> parseQueues(CommandResult result) {
        List<String> names = result.out()
                .lines()
                .map(String::strip)
                .filter(l -> l.matches("[A-Za-z0-9_.@-]+"))
                .toList();
        if (result.exit() != 0 || names.isEmpty()) {
            throw new SchedulerException("qconf does not tell the queues: " + summary(result));
        }
        return names;
    }

    @Override
    public Optional<String> hopeless(JobStatus waiting) {
        return waiting.state() == JobState.PENDING
                        && IN_ERROR.matcher(waiting.detail()).matches()
                ? Optional.of("Grid Engine has tried to start it and failed, and does not try again by itself. If the"
                        + " reason lies with the node, 'qmod -cj' lets it try")
                : Optional.empty();
    }

    private String program(String name) {
        return settings.binDirectory().map(d -> d.resolve(name).value()).orElse(name);
    }

    private static String joined(Collection<NativeId> ids) {
        return ids.stream().map(NativeId::value).collect(Collectors.joining(" "));
    }

    private Command script(String text, String... arguments) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", text, "sh"));
        words.addAll(List.of(arguments));
        return command(words);
    }

    /** With the surroundings that the settings name. */
    private Command command(List<String> words) {
        List<String> all = new ArrayList<>();
        if (settings.root().isPresent() || settings.cell().isPresent()) {
            all.add("env");
            settings.root().ifPresent(r -> all.add("SGE_ROOT=" + r.value()));
            settings.cell().ifPresent(c -> all.add("SGE_CELL=" + c));
        }
        settings.settingsFile().ifPresent(f -> {
            all.addAll(List.of("sh", "-c", ". \"$0\" >&2 && exec \"$@\"", f.value()));
        });
        all.addAll(words);
        return Command.of(all);
    }

    /** What was printed before our mark. */
    private static String whole(String program, CommandResult result) {
        int end = result.out().lastIndexOf(END);
        if (end < 0 || result.truncated()) {
            throw new SchedulerException(program + "'s answer is not whole: " + summary(result));
        }
        return result.out().substring(0, end);
    }

    /** Without our script. */
    private static String summary(CommandResult result) {
        String text = result.summary();
        int from = text.indexOf("sh -c ");
        int to = text.indexOf(END + "\n sh ");
        return from < 0 || to < from ? text : text.substring(0, from) + text.substring(to + END.length() + 5);
    }
}
