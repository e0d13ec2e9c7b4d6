package io.clustrix.cli;

/** What the command's exit codes mean. They are documented in docs/command-line.md and don't change. */
final class ExitCode {
    /** What was asked for was done. */
    static final int DONE = 0;

    /** A task has failed or was cancelled, or a check of the doctor has. */
    static final int TASK_FAILED = 1;

    /** An option, an argument or the configuration is wrong. */
    static final int BAD_INPUT = 2;

    /** There is no such run, job or file, or what was asked for is not there any more. */
    static final int NOT_FOUND = 3;

    /** A cluster could not be reached, or has refused. */
    static final int CLUSTER = 4;

    /** The job has not ended yet. */
    static final int NOT_OVER = 5;

    /** Something that should not happen. */
    static final int BUG = 70;

    /** Interrupted. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
