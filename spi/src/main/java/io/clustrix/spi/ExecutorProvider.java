package io.clustrix.spi;

import java.util.List;

/**
 * Makes {@linkplain Executor executors}, one for each cluster block that names it.
 *
 * @param <S> the plugin's settings: core fills the record from the cluster's block of the configuration, component
 *     {@code pollInterval} from key {@code poll-interval}; defaults stand in the plugin's {@code reference.conf} under
 *     {@code clustrix.executors.<name>}
 */
public interface ExecutorProvider<S extends Record> extends Provider {
    /** The settings' record. Its compact constructor is the validation. */
    Class<S> settings();

    /**
     * Problems of a combination of settings and options, told when a cluster or an annotated object is made rather than
     * when a job is submitted. No I/O.
     *
     * @return one sentence each; empty if the combination makes sense
     */
    default List<String> check(S settings, JobOptions options) {
        return List.of();
    }

    /**
     * A new executor, which the caller closes. May do I/O, but should put off what is slow to the first job.
     *
     * @throws ConfigurationException if a setting is wrong in a way the record could not know
     */
    Executor create(S settings, ExecutorContext context);
}
