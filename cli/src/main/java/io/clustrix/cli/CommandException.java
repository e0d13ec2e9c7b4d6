package io.clustrix.cli;

/** Ends a command with an exit code and one line. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    CommandException(int exitCode, String line) {
        super(line, null, false, false);
        this.exitCode = exitCode;
    }

    static CommandException badInput(String line) {
        return new CommandException(ExitCode.BAD_INPUT, line);
    }

    static CommandException notFound(String line) {
        return new CommandException(ExitCode.NOT_FOUND, line);
    }

    int exitCode() {
        return exitCode;
    }
}
