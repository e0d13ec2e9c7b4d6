package io.clustrix.scheduler.pbs;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Resources;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plan as options of qsub, in the order of their lines. Users' options of one letter are qsub's own; a longer name is
 * that of a resource: {@code place = excl} is {@code -l place=excl}.
 */
final class Directives {
    private static final String OUTPUT =
            "a task's output reaches its listener, and the files are in the job's directory";
    private static final String VARIABLES = "set variables of the job in the configuration or the call";
    private static final String TERMINAL = "a job has no terminal";
    private static final String SCRIPT = "the script is written by Clustrix";

    /** What users can't pass through, because the engine depends on it, and what they can do instead. */
    private static final Map<String, String> RESERVED = Map.ofEntries(
            Map.entry("o", OUTPUT),
            Map.entry("e", OUTPUT),
            Map.entry("j", OUTPUT),
            Map.entry("k", OUTPUT),
            Map.entry("R", OUTPUT),
            Map.entry("N", "give the call a name; PBS's name is what finds the job again"),
            Map.entry("J", "map over a list: it becomes an array"),
            Map.entry("t", "map over a list: it becomes an array"),
            Map.entry("v", VARIABLES),
            Map.entry("V", VARIABLES),
            Map.entry("C", SCRIPT),
            Map.entry("S", SCRIPT),
            Map.entry("F", SCRIPT),
            Map.entry("I", TERMINAL),
            Map.entry("X", TERMINAL),
            Map.entry("x", TERMINAL),
            Map.entry("G", TERMINAL),
            Map.entry("z", "the answer of qsub is read by Clustrix"),
            Map.entry("f", "qsub is called as Clustrix needs it"),
            Map.entry("d", "set the worker's directory in the configuration or the call"),
            Map.entry("D", "set the worker's directory in the configuration or the call"),
            Map.entry("w", "set the worker's directory in the configuration or the call"),
            Map.entry("r", "how lost jobs are repeated is a setting of the cluster's block"),
            Map.entry("P", "set 'project' in the cluster's block"),
            Map.entry("l", "write the resource's own name: software = x is -l software=x"));

    /** Resources of PBS that say what a resource of ours says, which then must not be set. */
    private static final Map<String, List<String>> RIVALS = Map.of(
            "cores", List.of("select", "ncpus", "nodes", "procs"),
            "memory", List.of("select", "mem"),
            "time", List.of("walltime"),
            "nodes", List.of("select", "nodes", "nodect", "procs"),
            "gpus", List.of("select", "ngpus", "nodes"),
            "queue", List.of("q"),
            "account", List.of("A"));

    private static final int SHORT_NAME = 15;
    private static final int BASE = 36;
    private static final int LONGEST = 4000;

    private final JobPlan plan;
    private final PbsSettings settings;
    private final Server server;
    private final Set<String> problems = new TreeSet<>();
    private final List<String> lines = new ArrayList<>();

    private Directives(JobPlan plan, PbsSettings settings, Server server) {
        this.plan = plan;
        this.settings = settings;
        this.server = server;
    }

    /**
     * The lines.
     *
     * @throws ConfigurationException with everything that can't be said to PBS
     */
    static List<String> of(JobPlan plan, PbsSettings settings, Server server) {
        Directives d = new Directives(plan, settings, server);
        d.all();
        if (!d.problems.isEmpty()) {
            throw new ConfigurationException("PBS can't be asked for this: " + String.join("; ", d.problems));
        }
        return d.lines;
    }

    private void all() {
        Resources r = plan.resources();
        add("N", name(plan.jobName(), server));
        output();
        // An array is always run again: neither of the two families takes "no" for one.
        if (plan.elements() == 1) {
            add("r", plan.requeue() ? "y" : "n");
        } else {
            array();
        }
        if (!r.options().containsKey("m")) {
            add("m", "n"); // else every job that is cancelled sends a letter
        }
        request(r);
        r.walltime().ifPresent(t -> add("l", "walltime=" + clock(t)));
        r.queue().ifPresent(this::queue);
        r.account().ifPresent(a -> add("A", a));
        settings.project().ifPresent(p -> {
            if (server.torque()) {
                problems.add("'project' is not known to Torque; use 'account'");
            }
            add("P", p);
        });
        r.options().forEach((name, value) -> {
            refusal(name, value, r);
            if (name.length() == 1) {
                add(name, value);
            } else {
                add("l", value.isEmpty() ? name : name + "=" + value);
            }
        });
        if (server.torque()) {
            torqueFiles();
        }
        restarts();
    }

    /**
     * The name that PBS gets: the plan's own if PBS takes so many characters, else one that follows from it, so that it
     * can be looked up.
     */
    static String name(String jobName, Server server) {
        if (jobName.length() <= SHORT_NAME || server.hasLongNames()) {
            return jobName;
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(jobName.getBytes(StandardCharsets.UTF_8));
            return "c" + new BigInteger(1, digest).toString(BASE).substring(0, SHORT_NAME - 1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private void output() {
        boolean many = plan.elements() > 1;
        if (server.torque()) {
            // What Torque itself has to say. It names the files of elements in its own way, and copies at the end.
            add("j", "oe");
            add("o", plan.logs() + ".pbs");
        } else {
            // Written directly, and appended to: seen while the job runs, and kept when it is started again.
            add("k", "oed");
            add("o", plan.logs() + (many ? ".^array_index^" : "") + ".out");
            add("e", plan.logs() + (many ? ".^array_index^" : "") + ".err");
        }
    }

    private void array() {
        boolean limited = plan.concurrent().isPresent() && plan.concurrent().getAsInt() < plan.elements();
        if (limited && !server.limitsArrays()) {
            problems.add("this version can't limit how many elements of an array run at once;"
                    + " leave 'concurrent-elements' out, or use a queue with such a limit");
        }
        add(
                server.torque() ? "t" : "J",
                "0-" + (plan.elements() - 1)
                        + (limited ? "%" + plan.concurrent().getAsInt() : ""));
    }

    private void queue(String queue) {
        if (queue.contains("@")) {
            problems.add("queue '" + queue + "' is at another server; make a cluster block for that one");
        }
        add("q", queue);
    }

    /** What each node gives; a worker's memory, cores and GPUs are those of all its nodes together. */
    private void request(Resources r) {
        int nodes = r.nodes().orElse(1);
        boolean silent = r.cores().isEmpty()
                && r.memory().isEmpty()
                && r.nodes().isEmpty()
                && r.gpus().isEmpty()
                && settings.chunk().isEmpty();
        if (silent) {
            return; // the site's defaults, or a select of the user's own
        }
        if (r.options().containsKey("select") || r.options().containsKey("nodes")) {
            settings.chunk().ifPresent(c -> problems.add("'chunk' and the option 'select' or 'nodes' say the same"));
        }
        StringBuilder s = new StringBuilder();
        s.append(server.torque() ? "nodes=" : "select=").append(nodes);
        r.cores().ifPresent(n -> s.append(server.torque() ? ":ppn=" : ":ncpus=").append(share("cores", n, nodes)));
        r.memory().ifPresent(m -> {
            if (!server.torque()) {
                s.append(":mem=").append(mebibytes(m.toMebibytes(), nodes)).append("mb");
            }
        });
        r.gpus().ifPresent(n -> s.append(server.torque() ? ":gpus=" : ":ngpus=").append(share("gpus", n, nodes)));
        settings.chunk().ifPresent(c -> s.append(':').append(c));
        add("l", s.toString());
        if (server.torque()) {
            r.memory().ifPresent(m -> add("l", "mem=" + m.toMebibytes() + "mb"));
        } else if (nodes > 1 && !r.options().containsKey("place")) {
            add("l", "place=scatter"); // or several chunks may come to lie on one node
        }
    }

    private static long mebibytes(long all, int nodes) {
        return (all + nodes - 1) / nodes;
    }

    private int share(String what, int n, int nodes) {
        if (n % nodes != 0) {
            problems.add(what + " = " + n + " can't be divided among nodes = " + nodes + "; ask for a multiple of it");
        }
        return Math.max(1, n / nodes);
    }

    /** {@code HHH:MM:SS}: days are not known to PBS. */
    private static String clock(Duration t) {
        return String.format(
                java.util.Locale.ROOT, "%02d:%02d:%02d", t.toHours(), t.toMinutesPart(), t.toSecondsPart());
    }

    private void refusal(String name, String value, Resources r) {
        String instead = RESERVED.get(name);
        if (instead != null) {
            problems.add("option " + name + " is set by Clustrix: " + instead);
        }
        if (name.equals("W") && value.matches("(?i).*\\b(block|sandbox|run_count|max_run_subjobs)\\b.*")) {
            problems.add("option W has an attribute that Clustrix depends on: wait for the call's future, and set"
                    + " directory and limits in the configuration");
        }
        RIVALS.forEach((resource, rivals) -> {
            if (rivals.contains(name) && has(r, resource)) {
                problems.add("option " + name + " and the resource '" + resource + "' say the same; set one of them");
            }
        });
    }

    private static boolean has(Resources r, String resource) {
        return switch (resource) {
            case "cores" -> r.cores().isPresent();
            case "memory" -> r.memory().isPresent();
            case "time" -> r.walltime().isPresent();
            case "nodes" -> r.nodes().isPresent();
            case "gpus" -> r.gpus().isPresent();
            case "queue" -> r.queue().isPresent();
            default -> r.account().isPresent();
        };
    }

    private void add(String letter, String value) {
        if (value.chars().anyMatch(Character::isISOControl)) {
            problems.add("option " + letter + " has a control character, which a directive can't hold");
        } else if (value.indexOf('\\') >= 0 || (value.indexOf('"') >= 0 && value.indexOf('\'') >= 0)) {
            problems.add("option " + letter
                    + " has a backslash, or quotes of both kinds; versions of qsub read these in different ways");
        } else if (value.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            problems.add("option " + letter + " is longer than " + LONGEST + " bytes");
        } else {
            lines.add("#PBS -" + letter + (value.isEmpty() ? "" : " " + quoted(value)));
        }
    }

    /** As qsub reads a directive: blanks end an argument, and quotes of either kind group and know no escapes. */
    private static String quoted(String value) {
        if (value.matches("[A-Za-z0-9_.,:/@%+=^-]+")) {
            return value;
        }
        char quote = value.indexOf('"') >= 0 ? '\'' : '"';
        return quote + value + quote;
    }

    /** Torque copies output at the end of a job only, under names of its own; so the script writes the files. */
    private void torqueFiles() {
        String logs = "\"$PBS_O_WORKDIR\"/" + plan.logs() + (plan.elements() > 1 ? ".\"$PBS_ARRAYID\"" : "");
        lines.add("exec >>" + logs + ".out 2>>" + logs + ".err");
    }

    /** PBS does not tell a job how often it has been started, so each start leaves a mark. */
    private void restarts() {
        String mark = "\"$PBS_O_WORKDIR/claims/start.$PBS_JOBID.$" + PbsDialect.RESTARTS + "\"";
        lines.add(PbsDialect.RESTARTS + "=0");
        lines.add("while ! mkdir " + mark + " 2>/dev/null && [ -d " + mark + " ]; do");
        lines.add("    " + PbsDialect.RESTARTS + "=$((" + PbsDialect.RESTARTS + " + 1))");
        lines.add("done");
    }
}
