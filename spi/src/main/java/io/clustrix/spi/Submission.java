package io.clustrix.spi;

/** A job in an executor's hands. Thread-safe. */
public interface Submission {
    /** Where it runs, and why there. */
    Placement placement();

    /**
     * Ends the job: what has not started never starts, what runs is ended by force where the executor can. Returns at
     * once. Tasks without a result are completed with the given reason. Does nothing to a job that has ended, or when
     * called again.
     *
     * @param reason what unfinished tasks fail with
     */
    void cancel(Throwable reason);
}
