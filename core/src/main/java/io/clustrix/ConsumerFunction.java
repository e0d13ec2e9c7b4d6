package io.clustrix;

import io.clustrix.spi.RemoteConsumer;
import io.clustrix.spi.RemoteFunction;
import io.clustrix.worker.CarriesFunction;
import org.jspecify.annotations.Nullable;

/** An action on an item as a function whose result is null. Travels to workers. */
final class ConsumerFunction<A extends @Nullable Object> implements RemoteFunction<A, @Nullable Void>, CarriesFunction {
    private static final long serialVersionUID = 1L;

    private final RemoteConsumer<? super A> action;

    ConsumerFunction(RemoteConsumer<? super A> action) {
        this.action = action;
    }

    @Override
    public @Nullable Void apply(A item) throws Exception {
        action.accept(item);
        return null;
    }

    @Override
    public Object carried() {
        return action;
    }
}
