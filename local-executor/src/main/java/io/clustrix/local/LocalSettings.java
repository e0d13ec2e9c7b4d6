package io.clustrix.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The settings of a cluster block with {@code executor = local}; the keys are documented in this module's
 * {@code reference.conf}.
 */
record LocalSettings(
        Mode mode,
        OptionalInt workers,
        int ioThreads,
        Optional<Path> java,
        List<String> jvmOptions,
        Map<String, String> variables,
        Optional<Path> directory,
        Duration startTimeout,
        Duration idleTimeout,
        int workerRetries,
        boolean classDataSharing) {

    /** Where tasks run. */
    enum Mode {
        /** Decided for each call: see {@link ModeChoice}. */
        AUTO,
        /** Always on threads of this JVM. */
        THREADS,
        /** Always in worker processes. */
        PROCESSES
    }

    /** These would take the place of the worker's own class path and main class. */
    private static final Set<String> CLASS_PATH = Set.of("-cp", "-classpath", "--class-path", "-jar", "-m", "--module");

    LocalSettings {
        if (workers.isPresent() && (workers.getAsInt() < 1 || workers.getAsInt() > 4096)) {
            throw new IllegalArgumentException("workers must be 1 to 4096, not " + workers.getAsInt());
        }
        if (ioThreads < 1 || ioThreads > 65_536) {
            throw new IllegalArgumentException("io-threads must be 1 to 65536, not " + ioThreads);
        }
        if (workerRetries < 0 || workerRetries > 1000) {
            throw new IllegalArgumentException("worker-retries must be 0 to 1000, not " + workerRetries);
        }
        if (startTimeout.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("start-timeout must be at least 100ms, not " + startTimeout);
        }
        if (idleTimeout.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("idle-timeout must be at least 100ms, not " + idleTimeout);
        }
        for (String option : jvmOptions) {
            if (!option.startsWith("-") || CLASS_PATH.contains(option.replaceFirst("=.*", ""))) {
                throw new IllegalArgumentException("jvm-options: '" + option + "' is no option of a worker's JVM");
            }
        }
        jvmOptions = List.copyOf(jvmOptions);
        variables = Map.copyOf(variables);
    }

    /** How many workers, or threads, run at once. */
    int parallelism() {
        return workers.orElseGet(() -> Runtime.getRuntime().availableProcessors());
    }
}
