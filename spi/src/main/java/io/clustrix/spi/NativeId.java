package io.clustrix.spi;

import java.util.Optional;

/**
 * A scheduler's own id of a job.
 *
 * @param value the id as the scheduler prints it, without a cluster name
 * @param cluster the cluster of a federation that has it, if one was named (requirement R23)
 */
public record NativeId(String value, Optional<String> cluster) {
    /**
     * Refuses blank ids and such as could be taken for an option or for more than one word.
     *
     * @throws IllegalArgumentException for these
     */
    public NativeId {
        if (value.isEmpty() || value.startsWith("-") || value.chars().anyMatch(c -> c <= ' ' || c == 127)) {
            throw new IllegalArgumentException("'" + value + "' is no id of a job");
        }
    }

    /** An id without a cluster. */
    public static NativeId of(String value) {
        return new NativeId(value, Optional.empty());
    }
}
