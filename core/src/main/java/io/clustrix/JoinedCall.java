package io.clustrix;

import io.clustrix.spi.RemoteCallable;
import io.clustrix.worker.CarriesFunction;
import io.clustrix.worker.MethodCall;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A call of a method that returns a future, as a task: waits for the future where the method runs and returns its
 * value, since a future can't travel. Travels to workers.
 */
final class JoinedCall implements RemoteCallable<@Nullable Object>, CarriesFunction {
    private static final long serialVersionUID = 1L;

    private final MethodCall call;

    JoinedCall(MethodCall call) {
        this.call = call;
    }

    @Override
    public @Nullable Object call() throws Exception {
        Object returned = call.call();
        if (returned instanceof CompletionStage<?> stage) {
            returned = stage.toCompletableFuture();
        }
        return returned instanceof Future<?> future ? joined(future) : returned;
    }

    private static @Nullable Object joined(Future<?> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        } catch (InterruptedException e) {
            future.cancel(true);
            throw e;
        }
    }

    @Override
    public Object carried() {
        return call;
    }
}
