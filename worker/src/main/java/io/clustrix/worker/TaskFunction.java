package io.clustrix.worker;

import io.clustrix.spi.RemoteFunction;
import io.clustrix.spi.RemoteIntFunction;
import io.clustrix.spi.SerializationException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function that a worker was sent for many items, or why it can't be called: that is told for each item. */
final class TaskFunction {
    /** One that was not sent. */
    static final TaskFunction MISSING = new TaskFunction(null, null, ClassLoader.getSystemClassLoader());

    private final @Nullable Object function;
    private final @Nullable Throwable unreadable;
    private final ClassLoader classes;

    private TaskFunction(@Nullable Object function, @Nullable Throwable unreadable, ClassLoader classes) {
        this.function = function;
        this.unreadable = unreadable;
        this.classes = classes;
    }

    /** Where its classes were found. */
    ClassLoader classes() {
        return classes;
    }

    static TaskFunction read(WorkerCodec codec, byte[] bytes, int offset, int length) {
        try {
            Object function = codec.decodeObject(bytes, offset, length);
            return new TaskFunction(function, null, codec.lastClasses());
        } catch (Throwable t) { // the user's classes may do anything while they are read
            return new TaskFunction(null, t, ClassLoader.getSystemClassLoader());
        }
    }

    @SuppressWarnings("unchecked")
    @Nullable
    Object apply(@Nullable Object item) throws Exception {
        if (function instanceof RemoteFunction<?, ?> f) {
            return ((RemoteFunction<@Nullable Object, @Nullable Object>) f).apply(item);
        }
        if (unreadable != null) {
            throw new SerializationException(
                    "the function could not be read by the worker: " + unreadable, List.of(), unreadable);
        }
        throw new IllegalStateException("the worker was not sent the function, or it is a " + function);
    }

    @Nullable
    Object applyToNumber(int number) throws Exception {
        return function instanceof RemoteIntFunction<?> f ? f.apply(number) : apply(number);
    }
}
