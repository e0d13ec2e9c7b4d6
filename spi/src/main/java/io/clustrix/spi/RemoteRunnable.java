package io.clustrix.spi;

import java.io.Serializable;

/** A task without a result; serializable, so that lambdas passed for it are. */
@FunctionalInterface
public interface RemoteRunnable extends Serializable {
    /**
     * Runs the task.
     *
     * @throws Exception whatever it likes; it reaches the caller's future as it is
     */
    void run() throws Exception;
}
