package io.clustrix.cli;

import picocli.CommandLine.Mixin;

/**
 * A command that needs no argument. Called with none, or with {@code --json} alone as scripts do all day, it is run
 * without the parser of options, which takes longer than the rest.
 */
abstract class ListCommand extends Subcommand {
    @Mixin
    JsonOption json = new JsonOption();

    /** Whether these are all that it is called with; then they are read. */
    final boolean takes(String... arguments) {
        if (arguments.length == 1 && arguments[0].equals("--json")) {
            json.wanted = true;
            return true;
        }
        return arguments.length == 0;
    }
}
