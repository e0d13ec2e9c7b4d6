package io.clustrix.spi;

import java.util.List;

/**
 * What a worker on a cluster was given to run in, besides its Java (requirement B17).
 *
 * @param description what was provisioned, for instance {@code basic: Java 17.0.15+6 (Debian), /usr/bin/java}
 * @param supervisor version and vendor of the Java that supervises the worker's; empty if there is none
 * @param classPath the SHA-256 of each entry of the class path, in order
 * @param modules the environment modules that are loaded on the node
 * @param variables the names of the environment variables that configuration and job have set; not their values, which
 *     may be secrets
 */
public record EnvironmentReport(
        String description, String supervisor, List<String> classPath, List<String> modules, List<String> variables) {
    /** Nothing is known. */
    public static final EnvironmentReport NONE = new EnvironmentReport("", "", List.of(), List.of(), List.of());

    /** Copies the lists. */
    public EnvironmentReport {
        classPath = List.copyOf(classPath);
        modules = List.copyOf(modules);
        variables = List.copyOf(variables);
    }
}
