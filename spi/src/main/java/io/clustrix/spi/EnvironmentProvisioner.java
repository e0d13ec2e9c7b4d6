package io.clustrix.spi;

import java.util.Optional;

/**
 * Makes a place on a host where the worker can run: a Java, modules, a container. The class path is none of its
 * matters: it is staged by content for all of them alike. Thread-safe.
 *
 * <p><b>Given up:</b> core calls it on a daemon thread, waits for a limited time, and then carries on without it
 * (requirements A3, A14 and A17). The thread is interrupted, what its commands have started on the host is killed, its
 * {@linkplain ProvisioningContext#attemptDirectory() directory} is removed, its host runs no more commands, and what it
 * returns later is ignored. So a provisioner needs no time limit of its own. It works in that directory, and what is to
 * stay it renames to its place as the last step.
 */
public interface EnvironmentProvisioner {
    /**
     * Makes the environment, or finds it made. Core asks once for each cluster and request, and keeps the answer.
     *
     * @return the environment; empty if this provisioner has none for the request, so that another one is asked
     * @throws ProvisioningException if it can't be made; lists what was looked at
     * @throws HostException if the host can't be reached
     * @throws InterruptedException if the caller has given up
     */
    Optional<Environment> provision(EnvironmentRequest request, ProvisioningContext context)
            throws InterruptedException;
}
