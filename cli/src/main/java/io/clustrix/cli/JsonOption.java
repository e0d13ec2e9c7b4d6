package io.clustrix.cli;

import picocli.CommandLine.Option;

/** The option of all commands that can write for programs too. */
final class JsonOption {
    @Option(names = "--json", description = "Write the output as JSON.")
    boolean wanted;
}
