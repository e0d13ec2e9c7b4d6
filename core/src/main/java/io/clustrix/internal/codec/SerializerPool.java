package io.clustrix.internal.codec;

import io.clustrix.spi.Serializer;
import io.clustrix.worker.ByteSink;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serializers that wait to be used again, since making one costs a hundred times what using it does.
 *
 * <p>Not a thread-local: with a virtual thread for each task that would be a serializer for each task. A thread looks
 * where its number points to, in one of a few places, each in a cache line of its own; who finds none makes one, and
 * who finds no place to leave one lets it go.
 */
final class SerializerPool {
    /** References in a cache line of 64 bytes. */
    private static final int STRIDE = 16;

    private static final int TRIES = 4;

    private final Supplier<Serializer> maker;
    private final int mask;
    private final AtomicReferenceArray<@Nullable Entry> places;

    /** A serializer and a buffer to write to. */
    record Entry(Serializer serializer, ByteSink sink) {}

    SerializerPool(Supplier<Serializer> maker) {
        this.maker = maker;
        int count = Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 4 - 1) * 2;
        this.mask = count - 1;
        this.places = new AtomicReferenceArray<>(count * STRIDE);
    }

    /** One for the calling thread alone, until it gives it back. */
    Entry take() {
        int start = start();
        for (int i = 0; i < TRIES; i++) {
            int place = ((start + i) & mask) * STRIDE;
            if (places.get(place) != null) {
                Entry entry = places.getAndSet(place, null);
                if (entry != null) {
                    return entry;
                }
            }
        }
        return new Entry(maker.get(), new ByteSink());
    }

    /** Gives one back that is as new. */
    void give(Entry entry) {
        entry.sink.reset();
        int start = start();
        for (int i = 0; i < TRIES; i++) {
            int place = ((start + i) & mask) * STRIDE;
            if (places.get(place) == null && places.compareAndSet(place, null, entry)) {
                return;
            }
        }
    }

    @SuppressWarnings(
            "deprecation") // threadId() is there from 19 on, and getId() can be overridden but not to our harm
    private static int start() {
        long id = Thread.currentThread().getId();
        return (int) ((id * 0x9E3779B97F4A7C15L) >>> 40);
    }
}
