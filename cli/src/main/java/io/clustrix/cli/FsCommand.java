package io.clustrix.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

/** Files of a cluster; each of its parts is one call of core's file system. */
@Command(
        footer = {
            "",
            "Paths are absolute, or begin with ~/, or are relative to the home directory of the host's user.",
            "'clustrix fs COMMAND --help' tells more of each."
        })
final class FsCommand extends Subcommand {
    private final Map<String, Subcommand> parts = new LinkedHashMap<>();

    FsCommand() {
        parts.put("ls", new FsListCommand.Ls());
        parts.put("find", new FsListCommand.Find());
        parts.put("glob", new FsListCommand.Glob());
        parts.put("stat", new FsLookCommand.Stat());
        parts.put("du", new FsLookCommand.Du());
        parts.put("count", new FsLookCommand.Count());
        parts.put("cat", new FsCopyCommand.Cat());
        parts.put("get", new FsCopyCommand.Get());
        parts.put("put", new FsCopyCommand.Put());
    }

    @Override
    Map<String, Subcommand> parts() {
        return parts;
    }

    @Override
    public Integer call() {
        throw CommandException.badInput(
                "fs: one of " + String.join(", ", parts.keySet()) + " must follow; 'clustrix fs --help' tells of them");
    }
}
