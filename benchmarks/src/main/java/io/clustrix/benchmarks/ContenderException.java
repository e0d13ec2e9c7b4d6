package io.clustrix.benchmarks;

/** A contender could not start, failed, or took too long. The message is for the report. */
final class ContenderException extends Exception {
    private static final long serialVersionUID = 1L;

    ContenderException(String message) {
        super(message);
    }
}
