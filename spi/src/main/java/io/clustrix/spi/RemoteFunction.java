package io.clustrix.spi;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of one item (never of a whole chunk, requirement B7); serializable, so that lambdas passed for it are.
 *
 * @param <A> the type of an item
 * @param <B> the type of a result
 */
@FunctionalInterface
public interface RemoteFunction<A extends @Nullable Object, B extends @Nullable Object> extends Serializable {
    /**
     * Computes the result of one item.
     *
     * @throws Exception whatever it likes; it reaches the caller's future as it is
     */
    B apply(A item) throws Exception;
}
