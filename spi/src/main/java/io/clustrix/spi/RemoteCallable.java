package io.clustrix.spi;

import java.io.Serializable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A task with a result. It is a {@link Callable} that is serializable, so the compiler makes every lambda and method
 * reference that is passed for it serializable.
 *
 * @param <T> the type of the result
 */
@FunctionalInterface
public interface RemoteCallable<T extends @Nullable Object> extends Callable<T>, Serializable {}
