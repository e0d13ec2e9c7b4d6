package io.clustrix.scheduler.slurm;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Resources;
import io.clustrix.spi.Walltime;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plan as options of sbatch: names without dashes and their values, in the order of their lines; no value is a flag.
 */
final class Directives {
    /**
     * What users can't pass through, because the engine depends on it, and what they can do instead. They are refused
     * in any abbreviation too: sbatch understands {@code --outp}.
     */
    private static final Map<String, String> RESERVED = Map.ofEntries(
            Map.entry("output", "a task's output reaches its listener, and the files are in the job's directory"),
            Map.entry("error", "a task's output reaches its listener, and the files are in the job's directory"),
            Map.entry("input", "a job has no standard input; pass data as arguments"),
            Map.entry("array", "map over a list: it becomes an array"),
            Map.entry("job-name", "give the call a name; Slurm's name is what finds the job again"),
            Map.entry("parsable", "the answer of sbatch is read by Clustrix"),
            Map.entry("wrap", "the script is written by Clustrix"),
            Map.entry("export", "set variables of the job in the configuration or the call"),
            Map.entry("export-file", "set variables of the job in the configuration or the call"),
            Map.entry("chdir", "set the worker's directory in the configuration or the call"),
            Map.entry("wait", "wait for the call's future"),
            Map.entry("open-mode", "output is always appended, so that a requeued job keeps its first lines"),
            Map.entry("requeue", "how lost jobs are repeated is a setting of the cluster's block"),
            Map.entry("no-requeue", "how lost jobs are repeated is a setting of the cluster's block"),
            Map.entry("test-only", "a job that is only tested is never run"),
            Map.entry("clusters", "set 'cluster' in the cluster's block"),
            Map.entry("help", "it prints a text and submits nothing"),
            Map.entry("usage", "it prints a text and submits nothing"),
            Map.entry("version", "it prints a text and submits nothing"));

    /** Options that say in another way what a resource says, by the resource that then must not be set. */
    private static final Map<String, List<String>> RIVALS = Map.of(
            "cores", List.of("cpus-per-task", "cores-per-socket", "cpus-per-gpu"),
            "memory", List.of("mem", "mem-per-cpu", "mem-per-gpu"),
            "time", List.of("time"),
            "nodes", List.of("nodes", "ntasks", "ntasks-per-node"),
            "gpus", List.of("gres", "gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"),
            "partition", List.of("partition"),
            "account", List.of("account"));

    /** sbatch reads an argument of a directive into a buffer of 8 KiB. */
    private static final int LONGEST = 8000;

    private Directives() {}

    /**
     * The options.
     *
     * @throws ConfigurationException with everything that can't be said to Slurm
     */
    static Map<String, String> of(JobPlan plan, SlurmSettings settings) {
        Resources r = plan.resources();
        Set<String> problems = new TreeSet<>();
        Map<String, String> d = new LinkedHashMap<>();
        d.put("job-name", plan.jobName());
        String logs = plan.elements() > 1 ? plan.logs() + ".%a" : plan.logs();
        d.put("output", logs + ".out");
        d.put("error", logs + ".err");
        d.put("open-mode", "append");
        d.put("export", "NONE");
        d.put(plan.requeue() ? "requeue" : "no-requeue", "");
        d.put("kill-on-invalid-dep", "yes");
        if (plan.elements() > 1) {
            boolean limited = plan.concurrent().isPresent() && plan.concurrent().getAsInt() < plan.elements();
            d.put(
                    "array",
                    "0-" + (plan.elements() - 1)
                            + (limited ? "%" + plan.concurrent().getAsInt() : ""));
        }
        resources(r, d, problems);
        settings.qos().ifPresent(q -> d.put("qos", q));
        settings.reservation().ifPresent(q -> d.put("reservation", q));
        settings.constraint().ifPresent(q -> d.put("constraint", q));
        r.options().forEach((name, value) -> {
            refusal(name, r, problems);
            d.put(name, value);
        });
        d.forEach((name, value) -> {
            if (value.chars().anyMatch(Character::isISOControl)) {
                problems.add("option " + name + " has a control character, which a directive can't hold");
            } else if (line(name, value).getBytes(StandardCharsets.UTF_8).length > LONGEST) {
                problems.add("option " + name + " is longer than sbatch reads (" + LONGEST + " bytes)");
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigurationException("Slurm can't be asked for this: " + String.join("; ", problems));
        }
        return d;
    }

    private static void resources(Resources r, Map<String, String> d, Set<String> problems) {
        int nodes = r.nodes().orElse(1);
        if (r.nodes().isPresent()) {
            // One task on each node, so that what is asked for each task is asked for each node.
            d.put("nodes", Integer.toString(nodes));
            d.put("ntasks", Integer.toString(nodes));
        }
        r.cores().ifPresent(n -> d.put("cpus-per-task", Integer.toString(share("cores", n, nodes, problems))));
        // --mem is the memory of each node; a worker's memory is that of all its nodes together.
        r.memory().ifPresent(m -> d.put("mem", (m.toMebibytes() + nodes - 1) / nodes + "M"));
        r.walltime().ifPresent(t -> d.put("time", Walltime.format(t)));
        // --gpus needs select/cons_tres; --gres works everywhere. It is for each node as well.
        r.gpus().ifPresent(n -> d.put("gres", "gpu:" + share("gpus", n, nodes, problems)));
        r.queue().ifPresent(q -> d.put("partition", q));
        r.account().ifPresent(a -> d.put("account", a));
    }

    private static int share(String what, int n, int nodes, Set<String> problems) {
        if (n % nodes != 0) {
            problems.add(what + " = " + n + " can't be divided among nodes = " + nodes + "; ask for a multiple of it");
        }
        return Math.max(1, n / nodes);
    }

    private static void refusal(String name, Resources r, Set<String> problems) {
        if (name.length() == 1) {
            problems.add("option '" + name + "' is a short one; write its long name");
            return;
        }
        RESERVED.forEach((reserved, instead) -> {
            if (reserved.startsWith(name)) {
                String meant = reserved.equals(name) ? "" : " (short for " + reserved + ")";
                problems.add("option " + name + meant + " is set by Clustrix: " + instead);
            }
        });
        RIVALS.forEach((resource, rivals) -> {
            if (has(r, resource) && rivals.contains(name)) {
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
            case "partition" -> r.queue().isPresent();
            default -> r.account().isPresent();
        };
    }

    /** The script's line for an option. */
    static String line(String name, String value) {
        return "#SBATCH --" + name + (value.isEmpty() ? "" : "=" + quoted(value));
    }

    /**
     * As sbatch reads a directive: blanks end an argument, {@code #} begins a comment, quotes of both kinds group, and
     * a backslash takes the next character as it is, within quotes of either kind too.
     */
    private static String quoted(String value) {
        if (value.matches("[A-Za-z0-9_.,:/@%+=-]+")) {
            return value;
        }
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
