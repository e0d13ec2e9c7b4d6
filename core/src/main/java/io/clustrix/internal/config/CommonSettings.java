package io.clustrix.internal.config;

import io.clustrix.spi.Memory;
import java.time.Duration;
import java.util.Optional;

/**
 * The keys that every cluster's block may have, whatever its executor.
 *
 * @param resources what each worker asks for unless the call says otherwise
 * @param timeout how long a whole call may take, waiting in the queue and retries included; absent: as long as it takes
 * @param maxTaskSizeWarning from which size on a task's serialized bytes are worth a warning
 */
public record CommonSettings(ResourcesBlock resources, Optional<Duration> timeout, Memory maxTaskSizeWarning) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the timeout is zero
     */
    public CommonSettings {
        if (timeout.isPresent() && timeout.get().isZero()) {
            throw new IllegalArgumentException("timeout must be more than 0s; leave it out for none");
        }
    }
}
