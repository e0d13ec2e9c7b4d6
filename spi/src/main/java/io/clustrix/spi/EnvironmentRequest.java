package io.clustrix.spi;

import java.util.List;
import java.util.Map;

/**
 * What a job needs to run in.
 *
 * @param minJava the lowest feature version of Java that can load the job's classes
 * @param java which Java is asked for: a version, a path, a module, {@code same}, or empty for any that fits
 * @param jvmOptions options of the JVM that runs the user's code
 * @param classPath the class path, in order
 * @param modules environment modules that are loaded first
 * @param setup lines of POSIX shell that are run before
 * @param variables environment variables
 */
public record EnvironmentRequest(
        int minJava,
        String java,
        List<String> jvmOptions,
        List<ClassPathEntry> classPath,
        List<String> modules,
        List<String> setup,
        Map<String, String> variables) {}
