package io.clustrix.internal.batch;

import java.util.List;

/**
 * A submission that is not made.
 *
 * @param directory the job's directory on the host
 * @param scriptName the name of the script in it
 * @param script the script's text
 * @param command the words of the command that would submit it; empty for a client
 * @param elements how many elements it has
 */
public record Draft(String directory, String scriptName, String script, List<String> command, int elements) {
    /** Copies the list. */
    public Draft {
        command = List.copyOf(command);
    }
}
