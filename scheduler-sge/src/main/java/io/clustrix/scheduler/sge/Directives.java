package io.clustrix.scheduler.sge;

import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A plan as options of qsub. What Clustrix says stands in the script; what users say in words of their own goes into
 * the command line, where no quoting is needed and which goes before the script.
 *
 * @param lines the script's lines
 * @param words the command line's words
 */
record Directives(List<String> lines, List<String> words) {
    private static final String SCRIPT = "the script is written by Clustrix";
    private static final String LOGS = "a task's output reaches its listener, and the files are in the job's directory";
    private static final String VARIABLES = "set variables of the job in the configuration or the call";
    private static final String NOTHING = "it prints a text and submits nothing";

    /** What users can't pass through, because the engine depends on it, and what they can do instead. */
    private static final Map<String, String> RESERVED = Map.ofEntries(
            Map.entry("o", LOGS),
            Map.entry("e", LOGS),
            Map.entry("j", LOGS),
            Map.entry("i", "a job has no standard input; pass data as arguments"),
            Map.entry("t", "map over a list: it becomes an array"),
            Map.entry("tc", "set 'concurrent-elements' in the cluster's block"),
            Map.entry("N", "give the call a name; Grid Engine's name is what finds the job again"),
            Map.entry("terse", "the answer of qsub is read by Clustrix"),
            Map.entry("b", SCRIPT),
            Map.entry("S", SCRIPT),
            Map.entry("C", SCRIPT),
            Map.entry("shell", SCRIPT),
            Map.entry("v", VARIABLES),
            Map.entry("V", VARIABLES),
            Map.entry("cwd", "set the worker's directory in the configuration or the call"),
            Map.entry("wd", "set the worker's directory in the configuration or the call"),
            Map.entry("sync", "wait for the call's future"),
            Map.entry("r", "how lost jobs are repeated is a setting of the cluster's block"),
            Map.entry("clear", "it takes back what Clustrix has set"),
            Map.entry("verify", NOTHING),
            Map.entry("help", NOTHING));

    private static final long MEBIBYTE = 1L << 20;

    Directives {
        lines = List.copyOf(lines);
        words = List.copyOf(words);
    }

    /**
     * The options.
     *
     * @throws ConfigurationException with everything that can't be said to Grid Engine
     */
    static Directives of(JobPlan plan, SgeSettings settings) {
        Resources r = plan.resources();
        Set<String> problems = new TreeSet<>();
        List<String> lines = new ArrayList<>();
        add(lines, "-N", plan.jobName());
        add(lines, "-S", "/bin/sh");
        add(lines, "-cwd");
        // The site's defaults, and the user's own, are read before these.
        String logs = plan.elements() > 1 ? plan.logs() + ".$TASK_ID" : plan.logs();
        add(lines, "-o", logs + ".out");
        add(lines, "-e", logs + ".err");
        add(lines, "-j", "n");
        add(lines, "-r", plan.requeue() ? "y" : "n");
        if (settings.checkRequests()) {
            add(lines, "-w", "e");
        }
        if (plan.elements() > 1) {
            add(lines, "-t", "1-" + plan.elements());
            plan.concurrent().ifPresent(most -> add(lines, "-tc", Integer.toString(Math.min(most, plan.elements()))));
        }
        resources(r, settings, lines, problems);
        List<String> words = new ArrayList<>();
        r.options().forEach((name, value) -> {
            refusal(name, value, r, settings, problems);
            words.add("-" + name);
            if (name.equals("pe")) {
                words.addAll(List.of(value.strip().split("\\s+"))); // a name and a number
            } else if (!value.isEmpty()) {
                words.add(value);
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigurationException("Grid Engine can't be asked for this: " + String.join("; ", problems));
        }
        return new Directives(lines, words);
    }

    private static void resources(Resources r, SgeSettings settings, List<String> lines, Set<String> problems) {
        int cores = r.cores().orElse(1);
        if (r.nodes().orElse(1) > 1) {
            problems.add("nodes = " + r.nodes().getAsInt() + ": a worker is on one node, as Grid Engine has no word for"
                    + " several; use the option pe with a parallel environment of the site's");
        }
        if (cores > 1) {
            settings.parallelEnvironment()
                    .ifPresentOrElse(
                            pe -> add(lines, "-pe", pe, Integer.toString(cores)),
                            () -> problems.add("cores = " + cores + " needs a parallel environment: set"
                                    + " 'parallel-environment' in the cluster's block ('qconf -spl' lists them)"));
        }
        List<String> requests = new ArrayList<>();
        r.walltime().ifPresent(t -> requests.add("h_rt=" + t.toSeconds()));
        r.memory()
                .ifPresent(m -> settings.memoryResources()
                        .forEach(name -> requests.add(name + "=" + mebibytes(m, cores, settings) + "M")));
        r.gpus()
                .ifPresent(n -> settings.gpuResource()
                        .ifPresentOrElse(
                                name -> requests.add(name + "=" + perSlot(n, cores, problems)),
                                () -> problems.add("gpus = " + n + " needs the name that GPUs have at the site: set"
                                        + " 'gpu-resource' in the cluster's block ('qconf -sc' lists resources)")));
        if (!requests.isEmpty()) {
            add(lines, "-l", String.join(",", requests));
        }
        r.queue().ifPresent(q -> add(lines, "-q", checked("queue", q, problems)));
        r.account().ifPresent(a -> add(lines, "-P", checked("account", a, problems)));
    }

    private static long mebibytes(Memory memory, int cores, SgeSettings settings) {
        long slots = settings.memoryPerSlot() ? cores : 1;
        long bytes = Math.max(memory.bytes(), settings.leastMemory().bytes());
        return (bytes + slots * MEBIBYTE - 1) / (slots * MEBIBYTE);
    }

    /** Consumables are counted for each slot. */
    private static int perSlot(int gpus, int cores, Set<String> problems) {
        if (gpus % cores != 0) {
            problems.add("gpus = " + gpus + " can't be divided among cores = " + cores
                    + ", as Grid Engine counts them for each; use the option l");
        }
        return Math.max(1, gpus / cores);
    }

    /** Names of queues have patterns, of hosts too: {@code all.q@@fast*}. */
    private static String checked(String what, String value, Set<String> problems) {
        if (!value.matches("[A-Za-z0-9_.@*?!|&()\\[\\]+,:-]+")) {
            problems.add(what + " = '" + value + "' is no name that Grid Engine has");
        }
        return value;
    }

    private static void refusal(String name, String value, Resources r, SgeSettings settings, Set<String> problems) {
        String instead = RESERVED.get(name);
        if (instead != null) {
            problems.add("option " + name + " is set by Clustrix: " + instead);
        }
        rival(name, "pe", r.cores().orElse(1) > 1, "cores", problems);
        rival(name, "q", r.queue().isPresent(), "queue", problems);
        rival(name, "P", r.account().isPresent(), "account", problems);
        if (name.equals("l")) {
            Set<String> asked = new TreeSet<>();
            for (String request : value.split(",", -1)) {
                asked.add(request.strip().replaceFirst("=.*", ""));
            }
            rival(
                    "l " + asked,
                    "l " + asked,
                    asked.contains("h_rt") && r.walltime().isPresent(),
                    "time",
                    problems);
            boolean memory = settings.memoryResources().stream().anyMatch(asked::contains);
            rival("l " + asked, "l " + asked, memory && r.memory().isPresent(), "memory", problems);
        }
    }

    private static void rival(String name, String option, boolean isSet, String resource, Set<String> problems) {
        if (isSet && name.equals(option)) {
            problems.add("option " + name + " and the resource '" + resource + "' say the same; set one of them");
        }
    }

    private static void add(List<String> lines, String... words) {
        StringBuilder line = new StringBuilder("#$");
        for (String word : words) {
            boolean plain = word.matches("[A-Za-z0-9_.,/@=+$-]+");
            line.append(' ').append(plain ? word : '"' + word + '"');
        }
        lines.add(line.toString());
    }
}
