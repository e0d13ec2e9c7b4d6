package io.clustrix.spi;

import java.nio.file.Path;

/** What core gives a host. Thread-safe. */
public interface HostContext {
    /** The name of the cluster's block in the configuration. */
    String cluster();

    /** Answers to what a log-in may ask that no setting has said. */
    Credentials credentials();

    /** The home directory of the driver's user, with {@code .ssh} and the like. */
    Path home();
}
