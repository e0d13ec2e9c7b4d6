package io.clustrix.scheduler.sge;

import java.util.List;
import java.util.regex.Pattern;

/** What qsub's words mean for the user. */
final class Refusals {
    private record Hint(Pattern text, String advice) {}

    private static final List<Hint> HINTS = List.of(
            hint("unknown queue", "Change 'queue'; 'qconf -sql' lists those there are."),
            hint(
                    "no suitable queues",
                    "No queue can ever run this: ask for less 'memory', 'time' or 'cores', or change 'queue'. If it could"
                            + " run, set 'check-requests' to false."),
            hint("unknown resource", "Change the option 'l' or 'memory-resources'; 'qconf -sc' lists resources."),
            hint(
                    "parallel environment .* does not exist",
                    "Change 'parallel-environment'; 'qconf -spl' lists those there are."),
            hint("project", "Change 'account', which is Grid Engine's project; 'qconf -sprjl' lists those there are."),
            hint("is not a time value|is not a memory value", "Change the option 'l'."),
            hint("more than \\d+ tasks", "Use larger chunks: the site's max_aj_tasks is smaller than the array."),
            hint(
                    "jobs are allowed",
                    "You have as many jobs as you may have; wait for some of them to end, or use larger chunks."),
            hint(
                    "invalid option argument|Unknown option",
                    "One of the resources' 'options' is none of qsub's: 'qsub -help'."),
            hint(
                    "Error reading answer list",
                    "qmaster could not take one of the values: one of the resources' 'options' may have a letter that it"
                            + " does not allow, as option A with a '#' or a quote."),
            hint("no read access|error opening|script file", "The job's directory was changed while it was submitted."),
            hint(
                    "command not found|: not found|No such file or directory",
                    "Set 'bin-directory' to where qsub lies, or 'settings-file'."),
            hint("SGE_ROOT", "Set 'settings-file', or 'root' and 'cell'."),
            hint("no submit host|not a submit host", "Set 'host' to a machine from which jobs may be submitted."),
            hint("commlib|qmaster", "Grid Engine's qmaster does not answer; the same call may succeed later."));

    private Refusals() {}

    private static Hint hint(String text, String advice) {
        return new Hint(Pattern.compile(text, Pattern.CASE_INSENSITIVE), advice);
    }

    /** What to do about a refusal. */
    static List<String> hints(String text) {
        List<String> known = HINTS.stream()
                .filter(h -> h.text().matcher(text).find())
                .limit(2)
                .map(Hint::advice)
                .toList();
        return known.isEmpty()
                ? List.of("Change what it names: one of the job's resources, or one of their 'options'.")
                : known;
    }
}
