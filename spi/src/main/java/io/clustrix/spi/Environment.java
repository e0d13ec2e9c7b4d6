package io.clustrix.spi;

import java.util.List;
import java.util.Map;

/**
 * A place where a worker can run: verified, not hoped for.
 *
 * @param javaCommand the words that start the worker's JVM, without class path and main class
 * @param classPath the class path on the host, in order
 * @param setup lines of POSIX shell that are run before
 * @param variables environment variables
 * @param description what it is, for logs and reports, for instance {@code two-runtime: Temurin 25.0.3 and OpenJDK
 *     17.0.15}
 */
public record Environment(
        List<String> javaCommand,
        List<RemotePath> classPath,
        List<String> setup,
        Map<String, String> variables,
        String description) {}
