package io.clustrix.cli;

import java.util.List;
import java.util.Optional;

/** All commands. A further one is a line in the list and a case of the switch. */
final class Commands {
    private static final List<Entry> ALL = List.of(
            new Entry("run", "Runs a static method or the main of a jar on a cluster."),
            new Entry("runs", "Lists the runs: what each program has submitted."),
            new Entry("jobs", "Lists the jobs of all runs."),
            new Entry("status", "Tells where a job or run stands."),
            new Entry("logs", "Shows what a job has printed."),
            new Entry("result", "Shows what a job has returned."),
            new Entry("report", "Writes a report of a run: a page, JSON or a short text."),
            new Entry("cancel", "Cancels a job, or all jobs of a run."),
            new Entry("attach", "Follows a run; takes it up if its program is dead."),
            new Entry("retry", "Runs again what failed of a run that 'clustrix run' has made."),
            new Entry("clean", "Removes the files of old runs; shows them first."),
            new Entry("config", "Shows the configuration in effect, and where each value comes from."),
            new Entry("clusters", "Lists the clusters of the configuration."),
            new Entry("plugins", "Lists the plugins that were found."),
            new Entry("preview", "Shows the script and the command that 'run' would send."),
            new Entry("explain", "Tells why a job is not done."),
            new Entry("fs", "Looks at files of a cluster, and copies them."),
            new Entry("doctor", "Checks whether jobs can run on a cluster, and says what to mend."),
            new Entry("ssh-setup", "Makes a host let you in by a key."),
            new Entry("completion", "Prints the completion script for bash and zsh."));

    private Commands() {}

    /**
     * One command.
     *
     * @param name what it is called by
     * @param summary what it does, one sentence
     */
    record Entry(String name, String summary) {}

    static List<Entry> all() {
        return ALL;
    }

    /** Made only when it is called: a class that is not loaded takes no time. */
    static Optional<Subcommand> create(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "run" -> new RunCommand();
                    case "runs" -> new RunsCommand();
                    case "jobs" -> new JobsCommand();
                    case "status" -> new StatusCommand();
                    case "logs" -> new LogsCommand();
                    case "result" -> new ResultCommand();
                    case "report" -> new ReportCommand();
                    case "cancel" -> new CancelCommand();
                    case "attach" -> new AttachCommand();
                    case "retry" -> new RetryCommand();
                    case "clean" -> new CleanCommand();
                    case "config" -> new ConfigCommand();
                    case "clusters" -> new ClustersCommand();
                    case "plugins" -> new PluginsCommand();
                    case "preview" -> new PreviewCommand();
                    case "explain" -> new ExplainCommand();
                    case "fs" -> new FsCommand();
                    case "doctor" -> new DoctorCommand();
                    case "ssh-setup" -> new SshSetupCommand();
                    case "completion" -> new CompletionCommand();
                    default -> null;
                });
    }
}
