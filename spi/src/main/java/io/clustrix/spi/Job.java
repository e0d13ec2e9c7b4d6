package io.clustrix.spi;

/**
 * What an executor is given to run: 1 to n tasks.
 *
 * @param key its identity
 * @param work what is computed
 * @param options how it is to be run
 */
public record Job(JobKey key, Work work, JobOptions options) {
    /** How many tasks it has. */
    public int tasks() {
        return work.tasks();
    }
}
