package io.clustrix.spi;

/** What an executor may or may not be able to do. Contract tests check both answers. */
public enum Feature {
    /** Many tasks are one submission. */
    ARRAYS,
    /** Cancelling ends what runs. */
    CANCEL_RUNNING,
    /** A task's crash leaves the driver and other tasks alone. */
    ISOLATION,
    /** The memory that was asked for is a limit. */
    MEMORY_LIMIT,
    /** The walltime that was asked for is a limit. */
    WALLTIME_LIMIT,
    /** What a task prints reaches its listener. */
    OUTPUT,
    /** Jobs go on without the driver and can be taken up by another one. */
    REATTACH
}
