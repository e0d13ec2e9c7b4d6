package io.clustrix.spi;

import java.util.List;

/**
 * What a {@linkplain SchedulerClient client} needs to know of the files of one submission. They are all on the host
 * when it is submitted, and below the work directory.
 *
 * @param key the key of the job that it belongs to
 * @param workDirectory the work directory on the host, absolute
 * @param directory the job's directory on the host, in which the script is run; in it the job finds and leaves all else
 *     in files with the names {@code job.pack}, {@code class-path}, {@code claims}, {@code attempts}, {@code results},
 *     {@code exits}, {@code logs}
 * @param script the script's name in that directory, to be run by {@code /bin/sh}; each element runs the same one
 * @param shared files and directories elsewhere in the work directory that the job reads: jars, a Java
 * @param lease the name of a file in the work directory's directory of leases whose content has to change for the job
 *     to go on; empty if it goes on without
 */
public record JobFiles(
        JobKey key,
        RemotePath workDirectory,
        RemotePath directory,
        String script,
        List<RemotePath> shared,
        String lease) {
    /** Copies the list. */
    public JobFiles {
        shared = List.copyOf(shared);
    }
}
