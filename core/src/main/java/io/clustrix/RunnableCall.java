package io.clustrix;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RemoteRunnable;
import io.clustrix.worker.CarriesFunction;
import org.jspecify.annotations.Nullable;

/** A task without a result as one whose result is null. Travels to workers. */
final class RunnableCall implements RemoteCallable<@Nullable Void>, CarriesFunction {
    private static final long serialVersionUID = 1L;

    private final RemoteRunnable task;

    RunnableCall(RemoteRunnable task) {
        this.task = task;
    }

    @Override
    public @Nullable Void call() throws Exception {
        task.run();
        return null;
    }

    @Override
    public Object carried() {
        return task;
    }
}
