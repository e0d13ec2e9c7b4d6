package io.clustrix.spi;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What is done to one item, without a result; serializable, so that lambdas passed for it are.
 *
 * @param <A> the type of an item
 */
@FunctionalInterface
public interface RemoteConsumer<A extends @Nullable Object> extends Serializable {
    /**
     * Handles one item.
     *
     * @throws Exception whatever it likes; it reaches the caller's future as it is
     */
    void accept(A item) throws Exception;
}
