package io.clustrix.it.semantics;

import io.clustrix.it.bed.Ran;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Slurm's words. */
abstract class SlurmSemantics extends SchedulerSemantics {
    private static final Pattern EXIT = Pattern.compile("\\bExitCode=([0-9]+):");

    @Override
    String submit(String name, Asked a) {
        return "sbatch --parsable -J " + name + " -o " + name + (a.elements() > 0 ? ".%a" : "") + ".out"
                + (a.held() ? " --hold" : "")
                + (a.elements() > 0
                        ? " --array=0-" + (a.elements() - 1) + (a.atOnce() > 0 ? "%" + a.atOnce() : "")
                        : "")
                + (a.seconds() > 0 ? " --time=0:" + a.seconds() : "") + " " + name + ".sh";
    }

    @Override
    String id(String answer) {
        return answer.strip();
    }

    @Override
    String element(String id, int index) {
        return id + "_" + index;
    }

    @Override
    String state(String id) throws Exception {
        String state = run("squeue -h -t all -r -o %T -j " + id).output().strip();
        return switch (state) {
            case "COMPLETED" -> "OK";
            case "COMPLETING" -> "RUNNING";
            case "FAILED" -> {
                Matcher m = EXIT.matcher(run("scontrol show job -o " + id).output());
                yield m.find() ? "FAILED " + m.group(1) : "GONE";
            }
            default -> state.isEmpty() ? "GONE" : state;
        };
    }

    @Override
    Ran cancel(String id) throws Exception {
        return run("scancel " + id);
    }

    @Override
    Ran release(String id) throws Exception {
        return run("scontrol release " + id);
    }

    @Override
    List<String> find(String name) throws Exception {
        return run("squeue -h -t all -o %F -n " + name).output().lines().toList();
    }

    @Override
    int first() {
        return 0;
    }

    @Override
    List<String> variables() {
        return List.of("SLURM_JOB_ID", "SLURM_ARRAY_TASK_ID");
    }

    @Override
    List<Refused> refusals() {
        String failed = "sbatch: error: Batch job submission failed: ";
        String nowhere = failed + "Requested node configuration is not available\n";
        return List.of(
                new Refused(
                        "sbatch -p nosuch job.sh",
                        1,
                        "sbatch: error: invalid partition specified: nosuch\n" + failed
                                + "Invalid partition name specified\n"),
                new Refused(
                        "sbatch --mem=999G job.sh",
                        1,
                        "sbatch: error: Memory specification can not be satisfied\n" + nowhere),
                new Refused(
                        "sbatch -c 9 job.sh", 1, "sbatch: error: CPU count per node can not be satisfied\n" + nowhere),
                new Refused("sbatch --time=banana job.sh", 255, "sbatch: error: Invalid --time specification\n"),
                new Refused("sbatch none.sh", 1, "sbatch: error: Unable to open file none.sh\n"),
                new Refused("sbatch --array=0-20000 job.sh", 1, failed + "Invalid job array specification\n"),
                new Refused("sbatch --dependency=banana job.sh", 1, failed + "Job dependency problem\n"),
                new Refused("sbatch --constraint=gpu job.sh", 1, failed + "Invalid feature specification\n"),
                new Refused(
                        "sbatch --gres=gpu:1 job.sh",
                        1,
                        "sbatch: error: Invalid generic resource (gres) specification\n"),
                new Refused(
                        "sbatch --nosuchoption job.sh",
                        255,
                        "sbatch: unrecognized option '--nosuchoption'\nTry \"sbatch --help\" for more information\n"),
                new Refused("squeue -j 999999", 1, "slurm_load_jobs error: Invalid job id specified\n"),
                new Refused("squeue -h -j 999998,999999", 0, ""),
                new Refused("scontrol show job 999999", 1, "slurm_load_jobs error: Invalid job id specified\n"),
                new Refused("scancel banana", 1, "scancel: error: Invalid job id banana\n"));
    }

    @Override
    Refused unknown() {
        return new Refused("", 0, "");
    }

    @Override
    String cancelledUnrun() {
        return "CANCELLED";
    }

    @Override
    boolean promptWalltime() {
        return false;
    }
}
