package io.clustrix;

import io.clustrix.spi.Placement;
import java.util.List;

/**
 * What would be sent for a job, if it were submitted now; see {@link Submitter#preview}.
 *
 * @param placement what would run it
 * @param tasks how many tasks it has
 * @param elements how many workers run them
 * @param submissions what would be submitted, in order; empty if the executor has no scheduler
 * @param classPath what the workers would have on their class path, in order
 */
public record Preview(
        Placement placement, int tasks, int elements, List<Submission> submissions, List<String> classPath) {

    /** Copies the lists. */
    public Preview {
        submissions = List.copyOf(submissions);
        classPath = List.copyOf(classPath);
    }

    /**
     * One submission.
     *
     * @param directory the job's directory on the host, in which the command is called
     * @param scriptName the name of the script in it
     * @param script the script's text
     * @param command the words of the command that submits it; empty if the scheduler is called in another way
     * @param elements how many elements the submission has
     */
    public record Submission(String directory, String scriptName, String script, List<String> command, int elements) {

        /** Copies the list. */
        public Submission {
            command = List.copyOf(command);
        }
    }
}
