package io.clustrix.history;

/**
 * A piece of a job's output.
 *
 * @param file the name of the log, which ends in {@code .out} or {@code .err}
 * @param next where the next piece begins, in bytes from the start of the log
 * @param text the piece
 */
public record LogText(String file, long next, String text) {}
