package io.clustrix.doctor;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Examines a cluster: the way to its host, what the host has, what the scheduler says of itself, and a real job. Each
 * check has a deadline; one that needs what another one has not found is skipped, and says so.
 *
 * <p>It makes the work directory if it is not there, as the first job would, and removes what it writes to try it; of
 * its job stays what stays of others. An object may be used by one thread at a time, and more than once. It ends with
 * its {@code Clustrix}.
 */
public interface Doctor {
    /** The same, but its job may take so long, the time in the queue included; 5 minutes if nothing is said. */
    Doctor withJobLimit(Duration limit);

    /** The same, but without a job: nothing is submitted. */
    Doctor withoutJob();

    /**
     * Examines.
     *
     * @param each is given each finding as soon as it is known, by this thread; what it throws ends the call and is
     *     thrown by it
     */
    Report examine(Consumer<? super Finding> each) throws InterruptedException;

    /** Examines. */
    default Report examine() throws InterruptedException {
        return examine(finding -> {});
    }
}
