package io.clustrix.it.semantics;

import io.clustrix.it.bed.Ran;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Grid Engine's words. */
abstract class SgeSemantics extends SchedulerSemantics {
    private static final Pattern FAILED = Pattern.compile("(?m)^failed +([0-9]+)");
    private static final Pattern EXIT = Pattern.compile("(?m)^exit_status +([0-9]+)");

    @Override
    String submit(String name, Asked a) {
        return "qsub -terse -cwd -S /bin/sh -j y -N " + name + " -o '" + name + (a.elements() > 0 ? ".$TASK_ID" : "")
                + ".out'" + (a.held() ? " -h" : "")
                + (a.elements() > 0 ? " -t 1-" + a.elements() + (a.atOnce() > 0 ? " -tc " + a.atOnce() : "") : "")
                + (a.seconds() > 0 ? " -l h_rt=" + a.seconds() : "") + " " + name + ".sh";
    }

    @Override
    String id(String answer) {
        return answer.strip().replaceFirst("\\..*", "");
    }

    @Override
    String element(String id, int index) {
        return id + "." + index;
    }

    @Override
    String state(String id) throws Exception {
        String job = id.replaceFirst("\\..*", "");
        String task = id.contains(".") ? id.substring(id.indexOf('.') + 1) : "";
        String list = run("qstat -g d -xml").output();
        for (String entry : list.split("</job_list>", -1)) {
            if (entry.contains("<JB_job_number>" + job + "<")
                    && (task.isEmpty() || entry.contains("<tasks>" + task + "<"))) {
                return entry.contains("job_list state=\"running\"") ? "RUNNING" : "PENDING";
            }
        }
        String ended =
                run("qacct -j " + job + (task.isEmpty() ? "" : " -t " + task)).output();
        Matcher failed = FAILED.matcher(ended);
        Matcher exit = EXIT.matcher(ended);
        if (!failed.find() || !exit.find()) {
            return "GONE";
        }
        return switch (failed.group(1)) {
            case "0" -> exit.group(1).equals("0") ? "OK" : "FAILED " + exit.group(1);
            case "37" -> "TIMEOUT";
            case "100" -> "CANCELLED";
            default -> "failed " + failed.group(1);
        };
    }

    @Override
    Ran cancel(String id) throws Exception {
        return run("qdel " + id);
    }

    @Override
    Ran release(String id) throws Exception {
        return run("qrls " + id);
    }

    @Override
    List<String> find(String name) throws Exception {
        String list = run("qstat -xml").output();
        return java.util.Arrays.stream(list.split("</job_list>", -1))
                .filter(e -> e.contains("<JB_name>" + name + "</JB_name>"))
                .map(e -> e.replaceAll("(?s).*<JB_job_number>([0-9]+)<.*", "$1"))
                .toList();
    }

    @Override
    int first() {
        return 1;
    }

    @Override
    List<String> variables() {
        return List.of("JOB_ID", "SGE_TASK_ID");
    }

    @Override
    List<Refused> refusals() {
        String unable = "Unable to run job: ";
        return List.of(
                new Refused("qsub -l nosuch=1 job.sh", 1, unable + "unknown resource \"nosuch\"\nExiting.\n"),
                new Refused(
                        "qsub -q nosuch.q job.sh",
                        1,
                        unable + "Job was rejected because job requests unknown queue \"nosuch.q\"\nExiting.\n"),
                new Refused("qsub -w e -l h_vmem=99999G job.sh", 1, unable + "error: no suitable queues\nExiting.\n"),
                new Refused(
                        "qsub -pe nosuch 2 job.sh",
                        1,
                        unable
                                + "job rejected: the requested parallel environment \"nosuch\" does not exist\nExiting.\n"),
                new Refused(
                        "qsub -l h_rt=banana job.sh", 1, unable + "attribute \"h_rt\" is not a time value\nExiting.\n"),
                new Refused("qsub -t 0-5 job.sh", 1, unable + "job rejected: 0 is an invalid task id\nExiting.\n"),
                new Refused(
                        "qsub -t 1-100000 job.sh",
                        1,
                        unable + "job rejected: you tried to submit a job with more than 75000 tasks\nExiting.\n"),
                new Refused(
                        "qsub -N 1bad job.sh",
                        1,
                        unable + "denied: \"1bad\" is not a valid object name (cannot start with a digit)\nExiting.\n"),
                new Refused(
                        "qsub none.sh",
                        14,
                        "Unable to read script file because of error: error opening none.sh: No such file or directory\n"),
                new Refused("qsub -nosuch job.sh", 2, "qsub: invalid option argument \"-nosuch\"\n"),
                new Refused(
                        "qsub -P nosuch job.sh",
                        1,
                        unable + "job rejected: the requested project \"nosuch\" does not exist\nExiting.\n"),
                new Refused("qacct -j 999999", 1, "error: job id 999999 not found\n"),
                new Refused("qacct -j nosuchname", 1, "error: job name nosuchname not found\n"));
    }

    @Override
    Refused unknown() {
        return new Refused("", 1, "denied: job \"999999\" does not exist\n");
    }

    @Override
    String cancelledUnrun() {
        return "GONE";
    }

    @Override
    boolean promptWalltime() {
        return true;
    }
}
