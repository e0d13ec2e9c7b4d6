package io.clustrix.spi;

import java.util.List;
import java.util.Map;

/**
 * A place where a worker can run: verified, not hoped for.
 *
 * @param java the words that start the JVM that runs the user's code, without options, class path and main class
 * @param lookedUp whether the Java was found rather than asked for by its path: a node that does not have it may then
 *     take the one of its own {@code JAVA_HOME} or {@code PATH}
 * @param control the words that start a JVM that supervises the other one; empty: there is none
 * @param javaVersion the feature version of the Java that runs the user's code; 0 if it is not known
 * @param modules environment modules that are loaded first
 * @param setup lines of POSIX shell that are run then
 * @param variables environment variables
 * @param description what it is, for logs and reports, for instance {@code Java 17.0.15+6 (Debian), /usr/bin/java}
 */
public record Environment(
        List<String> java,
        boolean lookedUp,
        List<String> control,
        int javaVersion,
        List<String> modules,
        List<String> setup,
        Map<String, String> variables,
        String description) {
    /**
     * Copies lists and map.
     *
     * @throws IllegalArgumentException if there is no word to start a Java with
     */
    public Environment {
        java = List.copyOf(java);
        control = List.copyOf(control);
        modules = List.copyOf(modules);
        setup = List.copyOf(setup);
        variables = Map.copyOf(variables);
        if (java.isEmpty()) {
            throw new IllegalArgumentException("an environment needs a command that starts Java");
        }
    }
}
