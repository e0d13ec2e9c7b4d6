package io.clustrix.worker;

/**
 * The words of the protocol between a driver and a worker process on the same machine. Both sides are always of the
 * same build, because the worker runs from the driver's class path; {@link #VERSION} turns a mistake into a clear
 * error.
 *
 * <p>Two ways lie between them, and no socket: opening one costs a JVM more at its start than everything else here.
 *
 * <ul>
 *   <li>two pipes: one brings length-prefixed frames, and its end tells that the driver has died or wants no more; a
 *       {@link #BELL} on the other wakes the driver;
 *   <li>a file that both map, the {@linkplain ResultRing ring}: the worker's records (results, errors, output), which
 *       outlive it, and the driver's urgent orders.
 * </ul>
 *
 * <p>A <i>unit</i> is what is sent at once: one call, or a chunk of a map. Units have rising numbers and are run in
 * order.
 */
public final class Wire {
    /** The protocol's version. */
    public static final int VERSION = 1;

    /** Driver to worker, the first frame: {@link WorkerSetup}. */
    public static final byte SETUP = 1;

    /** Driver to worker: unit (int), envelope of a {@link io.clustrix.spi.RemoteCallable}. */
    public static final byte CALL = 2;

    /** Driver to worker: function number (int), envelope of a function for later chunks. */
    public static final byte FUNCTION = 3;

    /**
     * Driver to worker: unit, function number, stop at the first failure (byte), an int that is not used, how many
     * items (int), envelope of an {@code Object[]} of them.
     */
    public static final byte ITEMS = 4;

    /**
     * Driver to worker: unit, function number, stop at the first failure (byte), first number (int), how many (int).
     */
    public static final byte RANGE = 5;

    /** Driver to worker: function number that is needed no longer. */
    public static final byte FORGET = 6;

    /** Driver to worker: end, by {@code System.exit} (so that a class-data archive is written). */
    public static final byte EXIT = 7;

    /** Order: take the unit back if it has not started. Answered by {@link #REVOKED} if so. */
    public static final int REVOKE = 1;

    /** Order: as {@link #REVOKE}, but if the unit runs, interrupt it, and skip what is left of it. */
    public static final int CANCEL = 2;

    /**
     * Order: end the process, if the unit runs; one that did not heed {@link #CANCEL}. The bits from
     * {@value #KILL_ITEM_SHIFT} on say which of its items is meant: its number plus one, or 0 for any.
     */
    public static final int KILL = 3;

    /** See {@link #KILL}. */
    public static final int KILL_ITEM_SHIFT = 8;

    /** The byte that says: there is something in the ring, and you were asleep. */
    public static final byte BELL = 0;

    /** Record: the worker is ready; payload: {@link WorkerSetup#describeRuntime}. */
    public static final int READY = 1;

    /** Record: the result of an item of a unit; payload: its envelope. */
    public static final int RESULT = 2;

    /** Record: the failure of an item of a unit; payload: {@link Failures}. */
    public static final int ERROR = 3;

    /** Record: what an item printed to standard output, UTF-8. */
    public static final int STDOUT = 4;

    /** Record: what an item printed to standard error, UTF-8. */
    public static final int STDERR = 5;

    /**
     * Record: a unit is over; payload: its running time in nanoseconds (long). Items without result or error were
     * skipped.
     */
    public static final int UNIT_DONE = 6;

    /** Record: a unit was taken back before it had started. */
    public static final int REVOKED = 7;

    /** Record: the worker is about to end; payload: why, UTF-8. */
    public static final int DYING = 8;

    /**
     * Record: a part of the payload of the next record that is no part; unit: the whole length, item: where the part
     * starts.
     */
    public static final int PART = 9;

    /**
     * Record: a {@linkplain PipeMark mark} has been written to standard error; unit and item: of the task, whose result
     * comes next.
     */
    public static final int MARKED = 10;

    /** The exit code of a worker that had no memory left. */
    public static final int EXIT_OUT_OF_MEMORY = 86;

    /** The exit code of a worker that has obeyed {@link #KILL}. */
    public static final int EXIT_KILLED = 88;

    /** The exit code of a worker that did not understand its driver. */
    public static final int EXIT_PROTOCOL = 87;

    private Wire() {}
}
