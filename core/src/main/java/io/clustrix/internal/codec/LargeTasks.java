package io.clustrix.internal.codec;

import io.clustrix.spi.Memory;
import io.clustrix.worker.MethodCall;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of tasks that carry so much that somebody has probably captured more than was meant: once for each place in the
 * code, with the parts that make up most of it.
 */
final class LargeTasks {
    private static final Logger log = LoggerFactory.getLogger(LargeTasks.class);
    private static final int SHOWN = 3;

    private final SerializerPool pool;
    private final Memory limit;
    private final ClassValue<AtomicBoolean> warned = new ClassValue<>() {
        @Override
        protected AtomicBoolean computeValue(Class<?> type) {
            return new AtomicBoolean();
        }
    };

    LargeTasks(SerializerPool pool, Memory limit) {
        this.pool = pool;
        this.limit = limit;
    }

    void look(@Nullable Object value, int bytes) {
        if (bytes > limit.bytes() && value != null) {
            Object inner = CaptureGraph.unwrapped(value);
            Object place = inner instanceof MethodCall call && call.target() != null ? call.target() : inner;
            if (place != null && warned.get(place.getClass()).compareAndSet(false, true)) {
                warn(value, inner instanceof MethodCall ? inner.toString() : CaptureGraph.nameOf(place), bytes);
            }
        }
    }

    private void warn(Object value, String name, int bytes) {
        SerializerPool.Entry entry = pool.take();
        List<String> largest = new CaptureCheck(entry.serializer())
                .largest(value, SHOWN).stream()
                        .map(p -> p.path() + " (" + p.className() + "): " + shown(p.bytes()))
                        .toList();
        pool.give(entry);
        log.warn(
                "{} takes {} when serialized, more than max-task-size-warning ({}), and all of it is sent with each call;"
                        + " its largest parts: {}. Pass large data as a file, or capture only what is needed."
                        + " (Said once for this place.)",
                name,
                shown(bytes),
                limit,
                largest.isEmpty() ? "not known" : String.join(", ", largest));
    }

    private static String shown(long n) {
        return n < 1 << 10 ? n + " bytes" : n < 1 << 20 ? (n >> 10) + " KiB" : (n >> 20) + " MiB";
    }
}
