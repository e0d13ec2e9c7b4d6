package io.clustrix.spi;

/** What the failure of one task of many does to the others. */
public enum ErrorPolicy {
    /** The first failure ends the job: what has not started never starts, what runs is cancelled. */
    FAIL_FAST,
    /** Every task runs; failures are collected. */
    COLLECT
}
