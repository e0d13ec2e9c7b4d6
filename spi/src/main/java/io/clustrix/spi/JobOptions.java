package io.clustrix.spi;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * How a job is to be run. One object usually serves many jobs, so an executor may keep what it derives from it by
 * identity.
 *
 * @param name what people call the job; no control characters
 * @param resources what each worker asks for, configuration and defaults already merged in
 * @param chunkSize how many tasks run one after another in one worker before more are fetched; absent: the executor
 *     decides
 * @param onError what the failure of one task does to the others
 * @param variables environment variables that are set for the worker on top of those it has anyway
 * @param directory the worker's working directory; absent: the executor's own choice
 */
public record JobOptions(
        String name,
        Resources resources,
        OptionalInt chunkSize,
        ErrorPolicy onError,
        Map<String, String> variables,
        Optional<Path> directory) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the name has control characters or is blank, the chunk size is below 1, or a
     *     variable's name is not of the form {@code [A-Za-z_][A-Za-z0-9_]*} or its value has a NUL
     */
    public JobOptions {
        Names.checked("the job's name", name);
        if (chunkSize.isPresent() && chunkSize.getAsInt() < 1) {
            throw new IllegalArgumentException("chunk size must be at least 1, not " + chunkSize.getAsInt());
        }
        variables.forEach((k, v) -> {
            if (!k.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw new IllegalArgumentException(
                        "variable name '" + k + "' is not of the form [A-Za-z_][A-Za-z0-9_]*");
            }
            if (v.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("the value of variable " + k + " has a NUL character");
            }
        });
        variables = variables.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(variables));
    }

    /** A name and nothing else said. */
    public static JobOptions named(String name) {
        return new JobOptions(
                name, Resources.none(), OptionalInt.empty(), ErrorPolicy.FAIL_FAST, Map.of(), Optional.empty());
    }
}
