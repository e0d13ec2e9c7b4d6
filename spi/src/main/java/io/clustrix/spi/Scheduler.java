package io.clustrix.spi;

import java.util.Optional;

/** What core needs to know of a scheduler, however it is called. */
public interface Scheduler {
    /** What the scheduler supports. */
    Traits traits();

    /** What it tells its jobs by environment variables. */
    JobVariables variables();

    /**
     * The id of one element of an array, as it stands in answers about states and can be cancelled.
     *
     * @param job the id of the array
     * @param index the scheduler's index, from {@link JobVariables#firstIndex()}
     */
    default NativeId element(NativeId job, int index) {
        return job;
    }

    /**
     * Why waiting is in vain, if it is: a job that the scheduler has accepted and will never start, because it waits
     * for what can't come.
     *
     * @param waiting a status with the state {@link JobState#PENDING}
     * @return a sentence for the user that says what to change
     */
    default Optional<String> hopeless(JobStatus waiting) {
        return Optional.empty();
    }

    /**
     * Why another attempt would end in the same way, if it would: a job that was ended because it used more of
     * something than it may. Memory and time have states of their own, and are none of this.
     *
     * @param ended a status with the state {@link JobState#FAILED}
     * @return a sentence for the user that says what to ask for
     */
    default Optional<String> overLimit(JobStatus ended) {
        return Optional.empty();
    }

    /**
     * What to look at where a job has run, as the scheduler says, and has left no record of its end: for the user,
     * after a colon.
     */
    default String noRecordHint() {
        return "see that the nodes share the work directory with the host";
    }

    /** What to look at where a job did not find the class path that it was to have: for the user, after a colon. */
    default String noClassPathHint() {
        return noRecordHint();
    }
}
