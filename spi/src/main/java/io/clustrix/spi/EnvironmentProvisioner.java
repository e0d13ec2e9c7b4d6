package io.clustrix.spi;

/**
 * Makes a place on a host where the worker can run: a Java, the class path, modules, a container. Thread-safe.
 *
 * <p>It is called on a thread that may be interrupted at any time, because the caller has given up waiting (requirement
 * A17); it must leave nothing behind then.
 */
public interface EnvironmentProvisioner {
    /**
     * Makes the environment, or finds it made.
     *
     * @throws ProvisioningException if it can't be made; lists what was looked at
     * @throws InterruptedException if the caller has given up
     */
    Environment provision(EnvironmentRequest request, Host host) throws InterruptedException;
}
