package io.clustrix.spi;

import org.jspecify.annotations.Nullable;

/** How a task ended. */
public sealed interface TaskResult {
    /**
     * It returned.
     *
     * @param value what it returned
     */
    record Success(@Nullable Object value) implements TaskResult {}

    /**
     * It failed.
     *
     * @param error what it threw, as the real object where that can be had and else a {@link RemoteTaskException}; or
     *     why it could not run to its end, a {@link ClustrixException} or
     *     {@link java.util.concurrent.CancellationException}
     */
    record Failure(Throwable error) implements TaskResult {}
}
