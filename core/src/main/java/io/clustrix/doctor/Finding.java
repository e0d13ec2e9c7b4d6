package io.clustrix.doctor;

/**
 * What a check has found.
 *
 * @param check the check's name, for instance {@code work-directory}; names don't change
 * @param level how it is
 * @param what what was seen, or why nothing was looked at; may have several lines
 * @param mend what to do about it, a line for each way; empty if there is nothing to do
 */
public record Finding(String check, Level level, String what, String mend) {

    /** How it is with what was checked. */
    public enum Level {
        /** As it should be. */
        OK,
        /** It was not looked at: something that it needs is not there, or it does not apply. */
        SKIPPED,
        /** Jobs run, but something may surprise. */
        WARNING,
        /** Jobs don't run like this. */
        FAILURE
    }
}
