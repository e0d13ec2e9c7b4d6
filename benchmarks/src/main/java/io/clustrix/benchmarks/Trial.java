package io.clustrix.benchmarks;

/** One kind of work that contenders are compared in. */
@FunctionalInterface
interface Trial {
    /** The trial of many single calls that are all in flight together. */
    String SUBMIT = "submit";

    /** The trial of single calls one after the other; its time is the median of one. */
    String ROUND_TRIP = "roundtrip";

    /** The trial of one call for each of many items. */
    String MAP = "map";

    /** The trial of the first result of a new pool. */
    String FIRST = "first";

    /** Ends what {@link #FIRST} has left running. */
    String CLOSE = "close";

    /** The trial of tasks that run out of time. */
    String TIMEOUT = "timeout";

    /**
     * Does it.
     *
     * @param tasks calls or items of one batch
     * @param batches how many batches one after the other
     * @return nanoseconds
     */
    long run(int tasks, int batches) throws Exception;
}
