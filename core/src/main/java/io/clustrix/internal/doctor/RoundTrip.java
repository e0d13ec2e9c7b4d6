package io.clustrix.internal.doctor;

import io.clustrix.spi.JobStatus;

/** A real job, made by whoever can submit one. */
public interface RoundTrip {
    /**
     * Submits a job of {@link io.clustrix.worker.NodeReport} and waits for its result.
     *
     * @param directory what the job is to look at
     * @return what it returned
     * @throws StillWaiting if it has not begun within the limit; it is cancelled then
     * @throws Exception what the job failed with
     */
    String run(String directory, java.time.Duration limit) throws Exception;

    /** The job has not ended in time. */
    final class StillWaiting extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient JobStatus status;

        /** With where it stood then. */
        public StillWaiting(JobStatus status) {
            super(status.state() + (status.detail().isEmpty() ? "" : ": " + status.detail()));
            this.status = status;
        }

        JobStatus status() {
            return status;
        }
    }
}
