package io.clustrix.spi;

import java.nio.file.Path;

/** What core gives a {@linkplain SchedulerClient client}. Thread-safe. */
public interface ClientContext {
    /** The name of the cluster's block in the configuration. */
    String cluster();

    /** The home directory of the driver's user. */
    Path home();

    /** A host that is this machine; the client that uses it closes it. */
    Host thisMachine();

    /**
     * Tells core that states have changed or results have come, so that it looks at once rather than in its own time.
     * Returns at once.
     */
    void changed();
}
