package io.clustrix.it.semantics;

import io.clustrix.it.bed.Ran;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** OpenPBS's words. */
abstract class PbsSemantics extends SchedulerSemantics {
    @Override
    String submit(String name, Asked a) {
        String file = "$PWD/" + name + (a.elements() > 0 ? ".^array_index^" : "") + ".out";
        return "qsub -N " + name + " -j oe -k oed -o \"" + file + "\"" + (a.held() ? " -h" : "")
                + (a.elements() > 0 ? " -J 0-" + (a.elements() - 1) + (a.atOnce() > 0 ? "%" + a.atOnce() : "") : "")
                + (a.seconds() > 0 ? " -l walltime=" + a.seconds() : "") + " " + name + ".sh";
    }

    @Override
    String id(String answer) {
        return answer.strip();
    }

    @Override
    String element(String id, int index) {
        return id.replace("[]", "[" + index + "]");
    }

    @Override
    String state(String id) throws Exception {
        Map<String, String> a = run("qstat -x -f -w '" + id + "'")
                .output()
                .lines()
                .filter(l -> l.matches(" {4}[A-Za-z_]+ = .*"))
                .collect(Collectors.toMap(
                        l -> l.strip().replaceFirst(" = .*", ""), l -> l.replaceFirst(".*? = ", ""), (x, y) -> x));
        String exit = a.getOrDefault("Exit_status", "");
        return switch (a.getOrDefault("job_state", "")) {
            case "Q", "H", "W" -> "PENDING";
            case "R", "E", "B" -> "RUNNING";
            case "F", "X" ->
                switch (a.getOrDefault("substate", "")) {
                    case "91" -> "CANCELLED";
                    case "92" -> "OK";
                    default -> exit.equals("-29") ? "TIMEOUT" : "FAILED " + exit;
                };
            default -> "GONE";
        };
    }

    @Override
    Ran cancel(String id) throws Exception {
        return run("qdel '" + id + "'");
    }

    @Override
    Ran release(String id) throws Exception {
        return run("qrls '" + id + "'");
    }

    @Override
    List<String> find(String name) throws Exception {
        return run("qselect -N " + name).output().lines().toList();
    }

    @Override
    int first() {
        return 0;
    }

    @Override
    List<String> variables() {
        return List.of("PBS_JOBID", "PBS_ARRAY_INDEX");
    }

    @Override
    List<Refused> refusals() {
        return List.of(
                new Refused("qsub -l nosuch=1 job.sh", 187, "qsub: Unknown resource Resource_List.nosuch\n"),
                new Refused("qsub -l select=1:nosuch=1 job.sh", 187, "qsub: Unknown resource: nosuch\n"),
                new Refused(
                        "qsub -l walltime=abc job.sh",
                        166,
                        "qsub: Illegal attribute or resource value Resource_List.walltime\n"),
                new Refused("qsub -q nosuch job.sh", 170, "qsub: Unknown queue\n"),
                new Refused("qsub none.sh", 1, "qsub: script file:: No such file or directory\n"),
                new Refused("qsub -W nosuch=1 job.sh", 154, "qsub: Error (15002) submitting job\n"),
                new Refused("qsub -J 0-20000 job.sh", 3, "qsub: Array job exceeds server or queue size limit\n"),
                new Refused("qstat abc", 170, "qstat: Unknown queue destination abc\n"),
                new Refused("qstat 1x.vm", 1, "qstat: illegally formed job identifier: 1x.vm\n"),
                new Refused("qdel abc", 1, "qdel: illegally formed job identifier: abc\n"));
    }

    @Override
    Refused unknown() {
        return new Refused("", 153, "qdel: Unknown Job Id 999999." + server() + "\n");
    }

    /** The name of the server. */
    abstract String server();

    @Override
    String cancelledUnrun() {
        return "CANCELLED";
    }

    @Override
    boolean promptWalltime() {
        return true;
    }
}
