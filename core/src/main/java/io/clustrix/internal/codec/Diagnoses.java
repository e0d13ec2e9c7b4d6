package io.clustrix.internal.codec;

import io.clustrix.spi.SerializationException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Says of a value that could not be written where the culprit is.
 *
 * <p>Looking for it takes a thousand times what the attempt to write took, and an executor that runs on threads what it
 * can't ship asks for every call. So the last answer is kept for each class, and given again when the serializer's
 * complaint is word for word the same: then it is the same capture at the same place in the code.
 */
final class Diagnoses {
    private record Known(String complaint, CaptureCheck.Culprit culprit) {}

    private final SerializerPool pool;
    private final ClassValue<AtomicReference<@Nullable Known>> last = new ClassValue<>() {
        @Override
        protected AtomicReference<@Nullable Known> computeValue(Class<?> type) {
            return new AtomicReference<>();
        }
    };

    Diagnoses(SerializerPool pool) {
        this.pool = pool;
    }

    /** The exception to throw. */
    SerializationException of(@Nullable Object value, SerializationException complaint) {
        Object inner = CaptureGraph.unwrapped(value);
        if (inner == null) {
            return complaint;
        }
        // Which item of an array or a collection it is differs from one to the next, and so does the argument of a
        // call.
        boolean lasting = inner.getClass().isHidden();
        String text = String.valueOf(complaint.getMessage());
        AtomicReference<@Nullable Known> slot = last.get(inner.getClass());
        Known known = lasting ? slot.get() : null;
        if (known != null && known.complaint.equals(text)) {
            return known.culprit.toException(complaint);
        }
        SerializerPool.Entry entry = pool.take();
        Optional<CaptureCheck.Culprit> culprit = new CaptureCheck(entry.serializer()).find(value);
        // Not given back: so many failures in a row may have left something behind.
        if (culprit.isEmpty()) {
            return complaint; // written now: another thread has changed it, and the complaint is all that is known
        }
        if (lasting
                && culprit.get().path().indexOf('[') < 0
                && culprit.get().path().indexOf('{') < 0) {
            slot.set(new Known(text, culprit.get()));
        }
        return culprit.get().toException(complaint);
    }
}
