package io.clustrix.setup;

/**
 * A cluster of the configuration.
 *
 * @param name the name of its block
 * @param executor what runs its jobs
 * @param host where its scheduler's commands run; empty: this machine, or the executor has none
 * @param isDefault whether it is the default cluster
 * @param problem why it can't be used; empty if nothing is known against it
 */
public record ClusterInfo(String name, String executor, String host, boolean isDefault, String problem) {}
