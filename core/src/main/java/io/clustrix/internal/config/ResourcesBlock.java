package io.clustrix.internal.config;

import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The block {@code resources} of a cluster as it is written; {@link Resources} is what the rest of the program sees.
 *
 * @param cores processor cores of one worker
 * @param memory memory of one worker in all
 * @param time how long one attempt may run
 * @param nodes nodes of one worker
 * @param gpus graphics processors of one worker
 * @param queue the queue, as PBS and Grid Engine call it
 * @param partition the partition, as Slurm calls a queue
 * @param account the account or project that is charged
 * @param options the scheduler's own options by their long names, without dashes; an empty value is a flag
 */
public record ResourcesBlock(
        OptionalInt cores,
        Optional<Memory> memory,
        Optional<Duration> time,
        OptionalInt nodes,
        OptionalInt gpus,
        Optional<String> queue,
        Optional<String> partition,
        Optional<String> account,
        Map<String, String> options) {

    /**
     * Checks what {@link Resources} checks, and that a queue has one name.
     *
     * @throws IllegalArgumentException if a value is not allowed, or queue and partition are both set
     */
    public ResourcesBlock {
        if (queue.isPresent() && partition.isPresent()) {
            throw new IllegalArgumentException(
                    "partition and queue are the same thing under two names; set one of them, or the"
                            + " one that is inherited to null");
        }
        if (time.isPresent()
                && (time.get().isZero()
                        || !time.get().truncatedTo(ChronoUnit.SECONDS).equals(time.get()))) {
            throw new IllegalArgumentException("time must be at least 1s and whole seconds, not " + time.get());
        }
        // Its checks are Resources' own.
        Resources checked =
                new Resources(cores, memory, time, nodes, gpus, queue.or(() -> partition), account, options);
        options = checked.options();
    }

    /** The same as a value of the SPI. */
    public Resources toResources() {
        return new Resources(cores, memory, time, nodes, gpus, queue.or(() -> partition), account, options);
    }

    /** Without the values of options whose names look like secrets. */
    @Override
    public String toString() {
        return new Resources(
                        cores, memory, time, nodes, gpus, queue.or(() -> partition), account, Sensitive.masked(options))
                .toString();
    }
}
