package io.clustrix.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a job needs to run in.
 *
 * @param minJava the lowest feature version of Java that can load the job's classes, and the worker
 * @param java which Java the user's code is to run in: a feature version ({@code 17}, or {@code 17+} for that or a
 *     newer one), an absolute path, {@code same} for the driver's feature version, {@code shipped} for a copy of the
 *     driver's own; absent: any that fits
 * @param controlJava which Java is to supervise it, in the same words or {@code any}; absent: none, unless there is a
 *     prefix
 * @param prefix words that stand before the Java of the user's code, for instance {@code apptainer exec
 *     /images/java.sif}
 * @param checkOnHost whether what the host has tells of the nodes
 * @param modules environment modules that are loaded first
 * @param setup lines of POSIX shell that are run before
 * @param variables environment variables
 */
public record EnvironmentRequest(
        int minJava,
        Optional<String> java,
        Optional<String> controlJava,
        List<String> prefix,
        boolean checkOnHost,
        List<String> modules,
        List<String> setup,
        Map<String, String> variables) {
    /** Copies lists and map. */
    public EnvironmentRequest {
        prefix = List.copyOf(prefix);
        modules = List.copyOf(modules);
        setup = List.copyOf(setup);
        variables = Map.copyOf(variables);
    }
}
