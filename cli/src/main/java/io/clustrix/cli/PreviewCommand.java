package io.clustrix.cli;

import io.clustrix.Clustrix;
import io.clustrix.Preview;
import io.clustrix.Submitter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        footer = {
            "",
            "Takes what 'run' takes, and submits nothing. The host is asked for its Java, and the work directory is made",
            "there, as by a first job. The keys in the names of jobs and directories are new each time."
        })
final class PreviewCommand extends Subcommand {
    @Mixin
    RunOptions options = new RunOptions();

    @Mixin
    JsonOption json = new JsonOption();

    @Override
    public Integer call() throws Exception {
        try (JobClasses classes = options.classes()) {
            RunOptions.Call call = options.call(classes.loader());
            try (Clustrix clustrix = builder().classPath(options.classPath()).open()) {
                Submitter submitter = options.submitter(clustrix, call);
                Preview preview = call.items().isPresent()
                        ? submitter.preview(call.items().get(), call.function())
                        : submitter.preview(call.function());
                show(submitter.cluster(), preview);
            }
        }
        return ExitCode.DONE;
    }

    private void show(String cluster, Preview preview) {
        Console c = console();
        if (json.wanted) {
            List<Object> submissions = new ArrayList<>();
            preview.submissions()
                    .forEach(s -> submissions.add(Json.object(
                            "directory", s.directory(),
                            "command", s.command(),
                            "scriptName", s.scriptName(),
                            "elements", s.elements(),
                            "script", s.script())));
            c.line(Json.text(Json.object(
                    "cluster", cluster,
                    "where", preview.placement().where(),
                    "reason", preview.placement().reason(),
                    "tasks", preview.tasks(),
                    "elements", preview.elements(),
                    "classPath", preview.classPath(),
                    "submissions", submissions)));
            return;
        }
        c.line("# cluster " + cluster + ": " + preview.placement().where() + "; "
                + preview.placement().reason());
        if (preview.submissions().isEmpty()) {
            c.line("# " + preview.tasks() + " tasks; no script and no command: this machine runs them itself");
            return;
        }
        c.line("# " + preview.tasks() + " tasks in " + preview.elements() + " elements, "
                + preview.submissions().size() + " submissions");
        preview.classPath().forEach(p -> c.line("# class path: " + p));
        for (Preview.Submission s : preview.submissions()) {
            c.line("");
            c.line("# in " + s.directory() + ":");
            c.line(
                    s.command().isEmpty()
                            ? "# no command: the scheduler is called over the network"
                            : Texts.quoted(s.command()));
            c.line("# " + s.scriptName() + ":");
            c.out().print(s.script());
            if (!s.script().endsWith("\n")) {
                c.line("");
            }
        }
    }
}
