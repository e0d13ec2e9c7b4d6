package io.clustrix.spi;

import java.util.Optional;

/** Where an environment is to be made, for one attempt. Thread-safe. */
public interface ProvisioningContext {
    /**
     * Where its commands run. Their processes carry a mark in their environment, by which they are found and killed if
     * the attempt is given up; then this host refuses further commands with a {@link HostException}.
     */
    Host host();

    /** The work directory: absolute, there, and seen by the compute nodes too, or copied to them. */
    RemotePath workDirectory();

    /**
     * Where commands run as jobs do, if they can be run there before a job is: in a container with the jobs' image, for
     * instance. Else the host, which tells of the nodes what it can. Marked as the host's are.
     */
    default Host nodes() {
        return host();
    }

    /** Where jobs find the work directory. */
    default RemotePath nodesWorkDirectory() {
        return workDirectory();
    }

    /**
     * A directory of this attempt alone, below the work directory. It has not been made, and is removed if the attempt
     * fails or is given up; one that succeeds removes it itself.
     */
    RemotePath attemptDirectory();

    /**
     * What a file {@code env/note-<key>} of the work directory holds, if it is younger than a day and the files are
     * unchanged that it names: for each of its lines {@code stamp<TAB>TEXT<TAB>PATH}, {@code ls -lLn} still begins with
     * that text. It comes with the first command that each driver runs on the host, so it costs no call.
     *
     * @param key letters and digits
     */
    Optional<String> remembered(String key);
}
