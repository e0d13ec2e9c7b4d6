package io.clustrix.local;

import io.clustrix.spi.Work;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map's tasks on their way to worker processes, chunk by chunk. Guarded by the {@link ProcessRunner}'s lock, but for
 * sizes.
 */
final class Feed {
    private static final long LARGEST_FRAME = 4 << 20;

    private final JobRun run;
    private final int number;
    private final byte[] function;
    private final Chunking chunking;
    private int taken;
    private volatile double bytesPerItem;

    /**
     * A feed from the first task on.
     *
     * @param number the function's number in the protocol
     * @param function the function's envelope
     */
    Feed(JobRun run, int number, byte[] function, Chunking chunking) {
        this.run = run;
        this.number = number;
        this.function = function;
        this.chunking = chunking;
    }

    JobRun run() {
        return run;
    }

    int number() {
        return number;
    }

    byte[] function() {
        return function;
    }

    Chunking chunking() {
        return chunking;
    }

    boolean exhausted() {
        return taken == run.job().tasks();
    }

    /** The next chunk; the feed is not exhausted. */
    Unit next() {
        int count = chunking.next(run.job().tasks() - taken);
        double bytes = bytesPerItem;
        if (bytes > 0 && run.job().options().chunkSize().isEmpty()) {
            count = (int) Math.max(1, Math.min(count, LARGEST_FRAME / bytes));
        }
        Unit unit = new Unit(run, this, taken, count, null, 0);
        taken += count;
        return unit;
    }

    /** The items of a chunk, to be serialized; null if they are numbers, which need not be sent. */
    @Nullable
    Object @Nullable [] items(Unit unit) {
        if (!(run.job().work() instanceof Work.Each each)) {
            return null;
        }
        List<?> items = each.items();
        @Nullable Object[] chunk = new Object[unit.count()];
        for (int i = 0; i < chunk.length; i++) {
            chunk[i] = items.get(unit.first() + i);
        }
        return chunk;
    }

    /** The number that the first task of a chunk is for, if the items are numbers. */
    int firstNumber(Unit unit) {
        return run.job().work() instanceof Work.Range range ? range.from() + unit.first() : 0;
    }

    /** A chunk took so many bytes. */
    void sized(int count, int bytes) {
        bytesPerItem = Math.max(1.0, (double) bytes / count);
    }
}
