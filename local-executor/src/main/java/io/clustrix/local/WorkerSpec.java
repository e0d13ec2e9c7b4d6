package io.clustrix.local;

import io.clustrix.spi.JobOptions;
import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What distinguishes one kind of worker process from another: jobs that agree in it share warm workers.
 *
 * @param java the executable
 * @param jvmOptions the JVM's options, without class path
 * @param variables environment variables on top of the driver's
 * @param directory the working directory, the driver's if absent
 * @param slots how many of the executor's workers it counts for
 */
record WorkerSpec(
        Path java, List<String> jvmOptions, Map<String, String> variables, Optional<Path> directory, int slots) {

    static WorkerSpec of(LocalSettings settings, Path ownJava, JobOptions options) {
        Resources r = options.resources();
        List<String> jvm = new ArrayList<>(settings.jvmOptions());
        Optional<Memory> memory = r.memory();
        if (memory.isPresent()) {
            jvm.add("-Xmx" + memory.get().toMebibytes() + "m");
        }
        int cores = r.cores().orElse(1);
        if (r.cores().isPresent()) {
            jvm.add("-XX:ActiveProcessorCount=" + cores);
        }
        Map<String, String> variables = new TreeMap<>(settings.variables());
        variables.putAll(options.variables());
        return new WorkerSpec(
                settings.java().orElse(ownJava),
                List.copyOf(jvm),
                Map.copyOf(variables),
                options.directory().or(settings::directory),
                Math.min(cores, settings.parallelism()));
    }
}
