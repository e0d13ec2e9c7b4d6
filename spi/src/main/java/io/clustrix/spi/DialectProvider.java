package io.clustrix.spi;

import java.util.List;
import java.util.OptionalInt;

/**
 * Makes {@linkplain SchedulerDialect dialects}: the hundred-line plugin. A cluster's block names it as its executor
 * ({@code executor = slurm}); core makes the executor from the dialect, the cluster's host and the rest of the block.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider}; its keys stand in the cluster's block
 *     beside those that all batch clusters have and must not be among these
 */
public interface DialectProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /**
     * Problems of a combination of settings and options, told when a cluster or an annotated object is made rather than
     * when a job is submitted. No I/O. What stands here asks the dialect for the directives of such a job.
     *
     * @return one sentence each; empty if the combination makes sense
     */
    default List<String> check(S settings, JobOptions options) {
        try {
            var unused = create(settings)
                    .directives(new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /** A dialect with these settings. */
    SchedulerDialect create(S settings);
}
