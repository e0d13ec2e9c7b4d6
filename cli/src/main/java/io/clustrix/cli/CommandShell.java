package io.clustrix.cli;

import io.clustrix.files.ClusterFileException;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Finds the command that is meant, reads its options, runs it, and says in one line what went wrong. */
final class CommandShell {
    private static final String NAME = "clustrix";

    private final Console console;

    CommandShell(Console console) {
        this.console = console;
    }

    /** Runs a command; the result is the exit code. */
    int run(String... arguments) {
        // Without picocli, which takes longer than all of this: the page is asked for often.
        String first = arguments.length == 0 ? "" : arguments[0];
        if (first.isEmpty() && arguments.length == 0) {
            overview(true);
            return ExitCode.BAD_INPUT;
        }
        if (first.equals("--help") || first.equals("-h") || (first.equals("help") && arguments.length == 1)) {
            overview(false);
            return ExitCode.DONE;
        }
        if (first.equals("--version") || first.equals("-V")) {
            console.line(NAME + " " + version());
            return ExitCode.DONE;
        }
        if (first.equals("help")) {
            return run(arguments[1], "--help");
        }
        Optional<Subcommand> command = Commands.create(first);
        if (command.isEmpty()) {
            return refuse(ExitCode.BAD_INPUT, unknown(first));
        }
        return run(command.get(), first, Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    private int run(Subcommand command, String name, String[] arguments) {
        command.use(console);
        if (command instanceof ListCommand list && list.takes(arguments)) {
            try {
                return list.call();
            } catch (Exception | Error e) {
                return failed(e, false);
            }
        }
        CommandLine line = new CommandLine(spec(command, name));
        line.setOut(writer(console.out()));
        line.setErr(writer(console.err()));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExpandAtFiles(false); // --items @FILE is read here, and @ in arguments is the task's
        line.setParameterExceptionHandler((e, given) -> refuse(ExitCode.BAD_INPUT, misuse(e)));
        boolean verbose = Arrays.asList(arguments).contains("--verbose");
        line.setExecutionExceptionHandler((e, cl, result) -> failed(e, verbose));
        if (verbose) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug"); // before the first logger is made
        }
        try {
            return line.execute(arguments);
        } catch (RuntimeException | Error e) {
            return failed(e, verbose);
        }
    }

    /** For pages of help, which are ASCII. */
    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    static CommandSpec spec(Subcommand command, String name) {
        CommandSpec spec = described(command, summary(name));
        command.parts().forEach((part, body) -> spec.addSubcommand(part, described(body, body.summary())));
        return spec.name(NAME + " " + name);
    }

    private static CommandSpec described(Subcommand command, String summary) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        spec.usageMessage().description(summary);
        spec.usageMessage().sortOptions(false);
        spec.usageMessage().abbreviateSynopsis(true);
        return spec;
    }

    static String summary(String name) {
        return Commands.all().stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .map(Commands.Entry::summary)
                .orElseThrow();
    }

    private void overview(boolean toErr) {
        StringBuilder text = new StringBuilder();
        text.append("Usage: clustrix COMMAND [OPTIONS] [ARGUMENTS]\n\n");
        text.append("Runs Java on clusters, and looks after what runs there.\n\nCommands:\n");
        for (Commands.Entry e : Commands.all()) {
            text.append("  ").append(console.bold(e.name()));
            text.append(" ".repeat(12 - e.name().length())).append(e.summary()).append('\n');
        }
        text.append("\n'clustrix COMMAND --help' tells more of each; 'clustrix --version' which version this is.\n");
        text.append(
                "Exit codes: 0 done; 1 a task or check failed; 2 bad input; 3 not found; 4 the cluster can't be used;\n");
        text.append("5 not over yet; 70 a bug; 130 interrupted.");
        if (toErr) {
            console.note(text.toString());
        } else {
            console.line(text.toString());
        }
    }

    private static String version() {
        String version = CommandShell.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    private static String unknown(String word) {
        List<String> near = Commands.all().stream()
                .map(Commands.Entry::name)
                .filter(name -> distance(name, word) <= 2)
                .toList();
        String what = word.startsWith("-") ? "option" : "command";
        return "there is no " + what + " '" + word + "'; "
                + (near.isEmpty()
                        ? "'clustrix --help' lists the commands"
                        : "did you mean " + String.join(" or ", near) + "?");
    }

    /** How many letters must be changed to make one word of the other. */
    private static int distance(String a, String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }

    private static String misuse(ParameterException e) {
        String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
        return (message.endsWith(".") ? message.substring(0, message.length() - 1) : message) + "; '"
                + e.getCommandLine().getCommandSpec().qualifiedName(" ") + " --help' shows what it takes";
    }

    private int failed(Throwable e, boolean verbose) {
        if (verbose) {
            e.printStackTrace(console.err());
        }
        if (e instanceof CommandException c) {
            return refuse(c.exitCode(), Texts.oneLine(c));
        }
        if (e instanceof ClusterFileException f && f.reason() == ClusterFileException.Reason.MISSING) {
            return refuse(ExitCode.NOT_FOUND, Texts.oneLine(f));
        }
        if (e instanceof ClustrixException c) {
            return refuse(code(c.fault()), Texts.oneLine(c));
        }
        if (e instanceof InterruptedException) {
            return refuse(ExitCode.INTERRUPTED, "interrupted");
        }
        if (e instanceof IllegalArgumentException) {
            return refuse(ExitCode.BAD_INPUT, Texts.oneLine(e));
        }
        return refuse(ExitCode.BUG, e + " (a bug: --verbose shows more, please report it)");
    }

    private static int code(Fault fault) {
        return switch (fault) {
            case USER, CONFIGURATION -> ExitCode.BAD_INPUT;
            case SITE, NETWORK -> ExitCode.CLUSTER;
            case BUG -> ExitCode.BUG;
        };
    }

    private int refuse(int exit, String line) {
        console.note(console.red("clustrix: ") + line);
        return exit;
    }
}
