package io.clustrix.spi;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function of one number of a range; serializable, so that lambdas passed for it are.
 *
 * @param <B> the type of a result
 */
@FunctionalInterface
public interface RemoteIntFunction<B extends @Nullable Object> extends Serializable {
    /**
     * Computes the result of one number.
     *
     * @throws Exception whatever it likes; it reaches the caller's future as it is
     */
    B apply(int item) throws Exception;
}
