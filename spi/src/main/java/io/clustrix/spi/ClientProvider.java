package io.clustrix.spi;

import java.util.List;
import java.util.OptionalInt;

/**
 * Makes {@linkplain SchedulerClient clients}: the plugin for a scheduler that has an interface of its own. A cluster's
 * block names it as its executor; core makes the executor from the client and the rest of the block.
 *
 * @param <S> the plugin's settings, filled as for {@link ExecutorProvider}; its keys stand in the cluster's block
 *     beside those that all batch clusters have and must not be among these
 */
public interface ClientProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /**
     * Problems of a combination of settings and options, told when a cluster or an annotated object is made rather than
     * when a job is submitted. No I/O. What stands here asks {@link #check(Record, JobPlan)}.
     *
     * @return one sentence each; empty if the combination makes sense
     */
    default List<String> check(S settings, JobOptions options) {
        try {
            check(settings, new JobPlan("check", options.resources(), "log", 1, OptionalInt.empty(), false));
            return List.of();
        } catch (ConfigurationException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Refuses resources that can't be said to this scheduler. No I/O.
     *
     * @throws ConfigurationException for these
     */
    void check(S settings, JobPlan plan);

    /**
     * A client, which the caller closes. No I/O: it connects at its first call.
     *
     * @throws ConfigurationException if a setting is wrong in a way the record could not know
     */
    SchedulerClient connect(S settings, ClientContext context);
}
