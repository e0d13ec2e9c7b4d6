package io.clustrix.report;

/**
 * Failures of one cause.
 *
 * @param cause {@code threw} for tasks that have thrown, else for instance {@code out-of-memory} or {@code node-lost}
 * @param what for tasks that have thrown the exception's class and the beginning of its message, else what was said of
 *     the first one
 * @param tasks how many tasks have failed by it in the end
 * @param attempts how many workers have ended by it, those that were tried again included
 * @param firstTask one of the tasks
 */
public record FailureReport(String cause, String what, int tasks, int attempts, int firstTask) {
    /** The cause of tasks that have thrown. */
    public static final String THREW = "threw";
}
