package io.clustrix.spi;

import java.util.Optional;

/**
 * The environment variables that a scheduler sets for what it runs.
 *
 * @param job the name of the variable with the job's id, for instance {@code SLURM_JOB_ID}
 * @param index the name of the variable with the element's index, which is not set outside of arrays
 * @param firstIndex the index of an array's first element, 0 or 1
 * @param restarts the name of the variable that says how often the scheduler has started the job again, if there is one
 */
public record JobVariables(String job, String index, int firstIndex, Optional<String> restarts) {}
