package io.clustrix.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Loads what short commands need, for the start script to make an archive of. What they write goes nowhere. */
public final class Rehearsal {
    private Rehearsal() {}

    /** Plays all commands that take no time. */
    public static void main(String[] arguments) throws IOException {
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8)) {
            Console console = new Console(nowhere, nowhere, true, true);
            for (String line : new String[] {
                "--help",
                "--version",
                "jobs",
                "jobs --json",
                "jobs --open",
                "runs",
                "runs --json",
                "jobs --help",
                "clusters",
                "plugins --json",
                "config",
                "status none"
            }) {
                var unused = new CommandShell(console).run(line.split(" ", -1));
            }
        }
    }
}
