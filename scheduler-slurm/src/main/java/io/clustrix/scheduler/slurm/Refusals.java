package io.clustrix.scheduler.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Slurm's words mean for the user: refusals of sbatch, and reasons that keep a job waiting for ever. */
final class Refusals {
    private record Hint(Pattern text, String advice) {}

    /** Texts of sbatch's stderr and the option to change; several may fit, the more special ones come first. */
    private static final List<Hint> HINTS = List.of(
            hint("invalid partition|Invalid partition name", "Change 'partition'; 'sinfo -s' lists those there are."),
            hint(
                    "Memory specification can not be satisfied|memory.*(exceed|too (large|much))",
                    "Ask for less 'memory', or for another 'partition': no node has so much."
                            + " 'sinfo -o \"%P %m %c %G\"' shows what they have."),
            hint(
                    "CPU count per node can not be satisfied|Node count specification invalid|More processors requested",
                    "Ask for fewer 'cores' or 'nodes', or for another 'partition': no node has so many."
                            + " 'sinfo -o \"%P %m %c %G\"' shows what they have."),
            hint(
                    "Requested node configuration is not available",
                    "No node can ever fulfil the request: lower 'memory', 'cores', 'nodes' or 'gpus', or change"
                            + " 'partition' or the option 'constraint'."),
            hint(
                    "Requested time limit is invalid|Invalid --time|time limit.*exceed",
                    "Change 'time': the partition's limit is shown by 'sinfo -o \"%P %l\"'."),
            hint(
                    "Invalid job array specification",
                    "The array is larger than the site allows: 'scontrol show config | grep MaxArraySize'."),
            hint(
                    "Invalid account",
                    "Change 'account' (or the partition that goes with it); 'sacctmgr show associations user=$USER'"
                            + " lists yours."),
            hint("Invalid qos", "Change 'qos'; 'sacctmgr show associations user=$USER format=qos' lists yours."),
            hint("Invalid feature specification", "Change the option 'constraint'; 'sinfo -o \"%f\"' lists features."),
            hint(
                    "generic resource|gres",
                    "Change 'gpus' or the option 'gres': 'sinfo -o \"%P %G\"' shows what nodes have."),
            hint("Invalid node name", "Change the option 'nodelist' or 'exclude': there is no such node."),
            hint("license", "Change the option 'licenses'; 'scontrol show licenses' lists them."),
            hint("reservation", "Change 'reservation'; 'scontrol show reservation' lists them."),
            hint("dependency problem", "Change the option 'dependency'."),
            hint(
                    "MaxSubmitJob",
                    "You have as many jobs as you may have; wait for some of them to end, or use fewer and larger"
                            + " chunks."),
            hint(
                    "accounting/QOS policy|QOS\\w*(Max|Grp|Min)\\w*|Assoc(Max|Grp)\\w*",
                    "A limit of your account or QOS is in the way: ask for less 'time', 'cores', 'memory' or 'nodes',"
                            + " or change 'account' or 'qos'."),
            hint(
                    "Invalid --(\\S+) specification|unrecognized option|Invalid argument|invalid option",
                    "One of the resources' 'options' is not what this version of sbatch understands: 'sbatch --help'."),
            hint("file, directory or other parameter too long", "The job script is above the site's max_script_size."),
            hint("Unable to open file|batch script", "The job's directory was changed while the job was submitted."),
            hint(
                    "Access/permission denied|not permitted",
                    "Ask the site whether you may use this partition or account."),
            hint("No such file or directory|command not found|not found$", "Set 'bin-directory' to where sbatch lies."),
            hint("Munge|authentication", "The login node's munge daemon does not work; tell the site if it lasts."),
            hint(
                    "Unable to contact slurm controller|Socket timed out|temporarily unable",
                    "Slurm's controller does not answer; the same call may succeed later."));

    private static final Map<String, String> IN_VAIN = Map.ofEntries(
            Map.entry(
                    "PartitionNodeLimit",
                    "more nodes are asked for than the partition has; lower 'nodes' or change 'partition'"),
            Map.entry(
                    "PartitionTimeLimit",
                    "the walltime is above the partition's limit; lower 'time' or change 'partition'"),
            Map.entry(
                    "PartitionConfig",
                    "the partition does not have what is asked for; lower 'nodes', 'cores', 'memory' or 'time', or change 'partition'"),
            Map.entry(
                    "DependencyNeverSatisfied",
                    "the job that it depends on has failed; change the option 'dependency'"),
            Map.entry(
                    "BadConstraints",
                    "no node can fulfil the request; change the option 'constraint', 'memory', 'cores' or 'gpus'"),
            Map.entry("AccountNotAllowed", "the account may not use the partition; change 'account' or 'partition'"),
            Map.entry(
                    "QOSNotAllowed",
                    "the QOS may not be used by this account or partition; change 'qos', 'account' or 'partition'"),
            Map.entry("InvalidAccount", "the account is not valid; change 'account'"),
            Map.entry("InvalidQOS", "the QOS is not valid; change 'qos'"),
            Map.entry("ReservationDeleted", "the reservation was deleted; change 'reservation'"),
            Map.entry(
                    "AccountingPolicy",
                    "an accounting policy forbids the job; change 'account' or 'qos', or ask for less"),
            Map.entry("QOSTimeLimit", "the walltime is above the QOS's limit; lower 'time' or change 'qos'"),
            Map.entry("QOSResourceLimit", "the request is above the QOS's limit; ask for less or change 'qos'"),
            Map.entry(
                    "AssociationTimeLimit", "the account's limit of time is reached; lower 'time' or change 'account'"),
            Map.entry(
                    "AssociationResourceLimit",
                    "the request is above the account's limit; ask for less or change 'account'"),
            Map.entry("DeadLine", "it can't end before its deadline; change the option 'deadline' or lower 'time'"));

    /** Limits of a single job: they do not get better when other jobs end. */
    private static final Pattern PER_JOB = Pattern.compile(
            "(QOS|Assoc)(Max\\w+(PerJob|PerNode|PerJobLimit|PerNodeLimit)|MaxWallDurationPerJobLimit|Min\\w+)(Limit)?");

    private static final Pattern REASON = Pattern.compile("[A-Z_]+ \\((\\w+)\\).*", Pattern.DOTALL);

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

    /** Why a waiting job waits in vain, if it does; its detail is {@code STATE (Reason)}. */
    static Optional<String> inVain(String detail) {
        Matcher m = REASON.matcher(detail);
        if (!m.matches()) {
            return Optional.empty();
        }
        String reason = m.group(1);
        String advice = IN_VAIN.get(reason);
        if (advice == null && PER_JOB.matcher(reason).matches()) {
            advice =
                    "one job may not ask for so much (or so little) under its account or QOS; change the request, 'qos' or"
                            + " 'account'";
        }
        return advice == null
                ? Optional.empty()
                : Optional.of("Slurm accepted the job but will not start it (" + reason + "): " + advice + ".");
    }
}
