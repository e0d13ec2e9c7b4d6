package io.clustrix.spi;

import java.util.OptionalInt;

/**
 * What a scheduler says of itself.
 *
 * @param version its name and version as a person would say it, for instance {@code Slurm 22.05.8}
 * @param largestArray the most elements of one array, if it says so
 * @param history whether it keeps ended jobs in an accounting that {@link SchedulerDialect#history} can ask
 */
public record SchedulerInfo(String version, OptionalInt largestArray, boolean history) {}
