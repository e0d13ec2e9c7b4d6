package io.clustrix.spi;

/** Where a task printed to. */
public enum OutputChannel {
    /** Standard output. */
    STDOUT,
    /** Standard error. */
    STDERR
}
