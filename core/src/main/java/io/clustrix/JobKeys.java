package io.clustrix;

import io.clustrix.spi.JobKey;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes keys of jobs. Within one instance they are unique because their upper half always grows; two instances, in
 * whichever JVMs, differ in 64 random bits. Random bits are drawn once, since drawing them for each key would cost more
 * than all the rest of a submit.
 */
final class JobKeys {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final long seed = new SecureRandom().nextLong();
    private final AtomicLong last = new AtomicLong();

    /** A new key, after every key that this method has returned before. */
    JobKey next() {
        long now = System.currentTimeMillis() << 16;
        long previous;
        long high;
        do {
            previous = last.get();
            high = Math.max(now, previous + 1);
        } while (!last.compareAndSet(previous, high));
        return new JobKey(high, mixed(seed + high * GOLDEN_GAMMA));
    }

    /** The finalizer of SplitMix64: spreads a counter over all 64 bits. */
    private static long mixed(long z) {
        long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
        return b ^ b >>> 31;
    }
}
