package io.clustrix.spi;

import java.util.OptionalInt;

/**
 * What a dialect needs to know of one submission to write its directives. A job is one submission, or several: the
 * parts of an array that is too large for one, and later attempts.
 *
 * @param jobName the scheduler's name for it, by which {@link SchedulerDialect#find} finds it again: unique, 1 to 64
 *     characters of the form {@code [A-Za-z][A-Za-z0-9_.-]*}
 * @param resources what each element asks for
 * @param logs the beginning of the names of the files with the job's output, relative to the directory that the job is
 *     submitted in, of the form {@code [A-Za-z0-9_./-]+}. Standard output of a job without an array goes to
 *     {@code LOGS.out} and standard error to {@code LOGS.err}; of an element with the scheduler's index 7 to
 *     {@code LOGS.7.out} and {@code LOGS.7.err}
 * @param elements how many elements; 1 is no array
 * @param concurrent how many of them may run at once, if that is limited
 * @param requeue whether the scheduler may start the job again by itself when its node is lost
 */
public record JobPlan(
        String jobName, Resources resources, String logs, int elements, OptionalInt concurrent, boolean requeue) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a name is not of its form or a number below 1
     */
    public JobPlan {
        if (!jobName.matches("[A-Za-z][A-Za-z0-9_.-]{0,63}")) {
            throw new IllegalArgumentException("'" + jobName + "' is no name for a scheduler's job");
        }
        if (!logs.matches("[A-Za-z0-9_./-]+")) {
            throw new IllegalArgumentException("'" + logs + "' is no beginning for the names of log files");
        }
        if (elements < 1 || (concurrent.isPresent() && concurrent.getAsInt() < 1)) {
            throw new IllegalArgumentException("a job has at least 1 element, of which at least 1 may run");
        }
    }
}
