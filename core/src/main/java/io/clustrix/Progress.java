package io.clustrix;

/**
 * How far a job has come.
 *
 * @param total its tasks
 * @param succeeded those that have returned
 * @param failed those that have thrown, or could not run to their end
 * @param cancelled those that were cancelled, or never started because the job had failed or was cancelled
 */
public record Progress(int total, int succeeded, int failed, int cancelled) {

    /** The tasks that have ended, however. */
    public int ended() {
        return succeeded + failed + cancelled;
    }

    /** The tasks that have not ended yet. */
    public int remaining() {
        return total - ended();
    }

    /** Whether all have ended. */
    public boolean isComplete() {
        return remaining() == 0;
    }

    /** For instance {@code 17 of 100 tasks ended, 2 failed, 1 cancelled}. */
    @Override
    public String toString() {
        return ended() + " of " + total + " tasks ended"
                + (failed == 0 ? "" : ", " + failed + " failed")
                + (cancelled == 0 ? "" : ", " + cancelled + " cancelled");
    }
}
