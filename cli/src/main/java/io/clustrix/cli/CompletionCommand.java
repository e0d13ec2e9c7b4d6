package io.clustrix.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

@Command(
        footer = {
            "",
            "For this shell: source <(clustrix completion)",
            "For zsh, before that: autoload -U compinit && compinit"
        })
final class CompletionCommand extends Subcommand {
    @Override
    public Integer call() {
        CommandSpec root = CommandSpec.create().name("clustrix");
        for (Commands.Entry entry : Commands.all()) {
            Subcommand command = Commands.create(entry.name()).orElseThrow();
            root.addSubcommand(
                    entry.name(), CommandShell.spec(command, entry.name()).name(entry.name()));
        }
        console().line(AutoComplete.bash("clustrix", new CommandLine(root)).stripTrailing());
        return ExitCode.DONE;
    }
}
