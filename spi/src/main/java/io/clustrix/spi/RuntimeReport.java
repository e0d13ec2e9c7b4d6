package io.clustrix.spi;

/**
 * What a worker runs in (requirement B17).
 *
 * @param worker the worker's name, unique in its executor
 * @param host the machine
 * @param pid the process id
 * @param javaVersion the full version of its Java, for instance {@code 17.0.15+6}
 * @param javaVendor who built it
 * @param os operating system and architecture
 * @param environment what was provisioned for it on a cluster; {@link EnvironmentReport#NONE} elsewhere
 */
public record RuntimeReport(
        String worker,
        String host,
        long pid,
        String javaVersion,
        String javaVendor,
        String os,
        EnvironmentReport environment) {
    /** For which nothing was provisioned. */
    public RuntimeReport(String worker, String host, long pid, String javaVersion, String javaVendor, String os) {
        this(worker, host, pid, javaVersion, javaVendor, os, EnvironmentReport.NONE);
    }
}
