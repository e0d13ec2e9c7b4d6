package io.clustrix.worker;

import io.clustrix.spi.SerializationException;
import io.clustrix.spi.ThrowableData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what a task returned or threw into bytes, whatever the user's classes do meanwhile. For one thread. */
final class OutcomeEncoder {
    private final WorkerCodec codec;
    private final ByteSink sink = new ByteSink();
    private boolean outOfMemory;

    OutcomeEncoder(WorkerCodec codec) {
        this.codec = codec;
    }

    /**
     * Encodes a task's outcome, which is then in {@link #bytes()}.
     *
     * @param thrown what the task threw; null if it returned the value
     * @return true if it is a result; false if it is a failure, also one to write the result
     * @throws OutOfMemoryError if not even the failure can be written
     */
    boolean encode(@Nullable Object value, @Nullable Throwable thrown) {
        Throwable failure = thrown;
        if (failure == null) {
            try {
                sink.reset();
                codec.encode(value, sink);
                return true;
            } catch (Throwable t) { // the result's own classes may do anything while they are written
                failure = t instanceof OutOfMemoryError
                        ? t
                        : new SerializationException(
                                "the task ended well, but its result can't be sent back: " + t.getMessage(),
                                List.of("return a value that can be serialized"),
                                t);
            }
        }
        encode(failure);
        return false;
    }

    private void encode(Throwable failure) {
        outOfMemory |= failure instanceof OutOfMemoryError;
        byte[] object = null;
        try {
            sink.reset();
            codec.encode(failure, sink);
            object = sink.toByteArray();
        } catch (Throwable t) { // then it goes as data alone
            object = null;
        }
        sink.reset();
        Failures.write(ThrowableData.of(failure), object, sink);
    }

    /** What was encoded last. */
    ByteSink bytes() {
        return sink;
    }

    /**
     * Whether a task has run out of memory. What other threads and static fields hold of the full heap is not known, so
     * the process is not to be used again.
     */
    boolean isOutOfMemory() {
        return outOfMemory;
    }
}
