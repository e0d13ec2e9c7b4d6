package io.clustrix.scheduler.pbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What PBS's words mean for the user: refusals of qsub, and comments of jobs that will never start. */
final class Refusals {
    private record Hint(Pattern text, String advice) {}

    /** Texts of qsub's stderr and what to change; several may fit, the more special ones come first. */
    private static final List<Hint> HINTS = List.of(
            hint("Unknown queue", "Change 'queue'; 'qstat -Q' lists those there are."),
            hint("Queue is not enabled", "The queue takes no jobs now: change 'queue'; 'qstat -Q' shows which do."),
            hint("Resource_List\\.walltime", "Change 'time': PBS can't read the walltime."),
            hint("select\\.ncpus|Resource_List\\.ncpus", "Change 'cores' or 'nodes'."),
            hint(
                    "Resource_List\\.select|Resource_List\\.nodes",
                    "Change 'chunk', or the resources 'cores', 'nodes' and 'gpus': PBS can't read the request."),
            hint(
                    "Unknown resource:? ?(Resource_List\\.)?ngpus",
                    "This site has no resource 'ngpus': leave 'gpus' out and ask for GPUs in 'chunk' as the site does."),
            hint("Unknown resource", "Change 'chunk' or the resources' 'options': the site has no such resource."),
            hint(
                    "cannot be used with \"select\"",
                    "One of the resources' 'options' asks for what stands in '-l select'; put it into 'chunk'."),
            hint(
                    "violates queue and/or server resource limits|exceeds queue|resource limits",
                    "Ask for less 'time', 'cores', 'memory' or 'nodes', or change 'queue'; 'qstat -Qf' shows the limits."),
            hint(
                    "would exceed|maximum number of jobs|exceeds.*limit.*jobs",
                    "You have as many jobs as you may have; wait for some of them to end, or use fewer and larger"
                            + " chunks."),
            hint("Array job exceeds", "The array is larger than the site allows: 'qstat -Bf | grep max_array_size'."),
            hint(
                    "illegal -J value",
                    "This version of PBS does not take the array as it is written; use another queue."),
            hint("Invalid account|account", "Change 'account'; ask the site which accounts you may use."),
            hint("project", "Change 'project'; ask the site which projects you may use."),
            hint("Bad UID", "PBS does not let this user submit, as it does with root; log in as another one."),
            hint("Bad GID", "You are not in the group that is asked for: change the option 'W'."),
            hint(
                    "invalid option|illegal -|Error \\(15002\\)|Illegal attribute or resource value|usage:",
                    "One of the resources' 'options' is not what this version of qsub understands: 'man qsub'."),
            hint("Unauthorized Request|not permitted|denied", "Ask the site whether you may use this queue."),
            hint(
                    "Unknown Host|pbsconf error",
                    "The login node's PBS does not know its server: does 'qstat -B' work there?"),
            hint("script file::", "The job's directory was changed while the job was submitted."),
            hint("command not found|not found$|No such file", "Set 'bin-directory' to where qsub lies."),
            hint("cannot connect to server|pbs_iff", "PBS's server does not answer; the same call may succeed later."));

    private static final Pattern NEVER = Pattern.compile("\\bCan Never Run:?\\s*(.*?)\\)?$", Pattern.DOTALL);
    private static final Pattern LACKS = Pattern.compile("resource: (?:Resource_List\\.)?([A-Za-z0-9_]+)");

    private Refusals() {}

    private static Hint hint(String text, String advice) {
        return new Hint(Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.MULTILINE), advice);
    }

    /** What to do about a refusal: the two that fit best. */
    static List<String> hints(String stderr) {
        List<String> found = new ArrayList<>();
        for (Hint hint : HINTS) {
            if (found.size() < 2 && hint.text().matcher(stderr).find()) {
                found.add(hint.advice());
            }
        }
        if (found.isEmpty()) {
            found.add("Change what the message names, or submit the script by hand to see more of it.");
        }
        return found;
    }

    /** Why a waiting job waits in vain, if it does; its detail has PBS's comment. */
    static Optional<String> inVain(String detail) {
        Matcher never = NEVER.matcher(detail);
        if (never.find()) {
            return Optional.of(
                    "PBS accepted the job but will not start it: " + never.group(1) + ". " + change(never.group(1)));
        }
        if (detail.contains("too many failed attempts to run")) {
            return Optional.of("PBS has tried to start the job and has set it aside: the nodes don't see the work"
                    + " directory, or something else is wrong there; set work-directory to a directory that they see.");
        }
        return Optional.empty();
    }

    private static String change(String reason) {
        Matcher m = LACKS.matcher(reason);
        String resource = m.find() ? m.group(1) : "";
        return switch (resource) {
            case "ncpus" -> "Ask for fewer 'cores' or more 'nodes', or change 'queue'.";
            case "mem", "vmem", "pmem" -> "Ask for less 'memory', or change 'queue'.";
            case "ngpus" -> "Ask for fewer 'gpus', or change 'queue'.";
            case "walltime" -> "Ask for less 'time', or change 'queue'.";
            default -> "Change 'cores', 'memory', 'nodes', 'gpus', 'chunk' or 'queue'.";
        };
    }
}
