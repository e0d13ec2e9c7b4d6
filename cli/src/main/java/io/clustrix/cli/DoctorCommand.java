package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.doctor.Doctor;
import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.doctor.Report;
import io.clustrix.spi.Walltime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        footer = {
            "",
            "Each line is a check: ok, warning, failure, or skipped because of another one; behind an arrow stands what to",
            "do. At the end stands the cluster's block as it fits. Exit code 1 if there is a failure."
        })
final class DoctorCommand extends Subcommand {
    private static final int LEVEL = 9;
    private static final int NAME = 18;

    @Parameters(arity = "0..1", paramLabel = "CLUSTER", description = "The cluster; without it the default one.")
    @Nullable
    String cluster;

    @Option(names = "--no-job", description = "Submit no job.")
    boolean noJob;

    @Option(
            names = "--job-limit",
            paramLabel = "TIME",
            description = "How long the job may take, the queue included: 90s, 10m. Without it 5 minutes.")
    @Nullable
    String jobLimit;

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws InterruptedException {
        Report report;
        try (Session session = Session.open(builder().classPath(RunOptions.ownClassPath()))) {
            String name = cluster;
            Clustrix clustrix = session.clustrix();
            Doctor doctor = limited(name == null ? clustrix.doctor() : clustrix.doctor(name));
            report = doctor.examine(json.wanted ? finding -> {} : this::show);
        }
        if (json.wanted) {
            console().line(Json.text(json(report)));
        } else {
            console().line("");
            console().line("# " + summary(report));
            console().out().print(report.configuration());
            console().out().flush();
        }
        return report.worst() == Level.FAILURE ? ExitCode.TASK_FAILED : ExitCode.DONE;
    }

    private Doctor limited(Doctor doctor) {
        String text = jobLimit;
        if (noJob && text != null) {
            throw CommandException.badInput("--no-job and --job-limit: without a job there is no limit; leave one out");
        }
        if (text == null) {
            return noJob ? doctor.withoutJob() : doctor;
        }
        Duration limit;
        try {
            limit = Walltime.parse(text);
            return doctor.withJobLimit(limit);
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput("--job-limit: " + e.getMessage());
        }
    }

    private void show(Finding finding) {
        String word = Texts.word(finding.level());
        StringBuilder line = new StringBuilder();
        line.append(console().level(finding.level(), word)).append(" ".repeat(LEVEL - word.length()));
        line.append(finding.check())
                .append(" ".repeat(Math.max(1, NAME - finding.check().length())));
        List<String> lines = finding.what().lines().map(FileNames::shown).toList();
        line.append(lines.isEmpty() ? "" : lines.get(0));
        console().line(line.toString());
        for (int i = 1; i < lines.size(); i++) {
            console().line(" ".repeat(LEVEL + NAME) + lines.get(i));
        }
        finding.mend()
                .lines()
                .forEach(mend -> console().line(" ".repeat(LEVEL + NAME) + "-> " + FileNames.shown(mend)));
        console().out().flush();
    }

    private static long count(Report report, Level level) {
        return report.findings().stream().filter(f -> f.level() == level).count();
    }

    private static String summary(Report report) {
        long failures = count(report, Level.FAILURE);
        long warnings = count(report, Level.WARNING);
        return (failures == 0 ? "no failure" : failures + (failures == 1 ? " failure" : " failures"))
                + (warnings == 0 ? "" : ", " + warnings + (warnings == 1 ? " warning" : " warnings"))
                + "; the block of cluster " + FileNames.shown(report.cluster()) + " as it fits:";
    }

    private static Object json(Report report) {
        List<Object> findings = new ArrayList<>();
        report.findings()
                .forEach(f -> findings.add(Json.object(
                        "check", f.check(), "level", Texts.word(f.level()), "what", f.what(), "mend", f.mend())));
        return Json.object(
                "cluster",
                report.cluster(),
                "worst",
                Texts.word(report.worst()),
                "findings",
                findings,
                "configuration",
                report.configuration());
    }
}
