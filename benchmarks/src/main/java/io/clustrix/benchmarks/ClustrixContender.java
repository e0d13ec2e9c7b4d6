package io.clustrix.benchmarks;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.Submitter;
import io.clustrix.spi.TaskTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Clustrix on this machine. */
final class ClustrixContender implements Contender {
    private static final int WORKERS = 2;
    private static final Duration LIMIT = Duration.ofMillis(500);
    private static final long TOO_LONG_MILLIS = 3000;

    private final String mode;
    private final Path cache;
    private final Clustrix clustrix;

    /** What {@link Trial#FIRST} has opened. */
    private @Nullable Clustrix cold;

    /**
     * Opens it.
     *
     * @param mode threads or processes
     * @param cache the cache directory: the measurement should find no class-data archive but its own
     */
    ClustrixContender(String mode, Path cache) {
        this.mode = mode;
        this.cache = cache;
        clustrix = open(mode, cache, WORKERS);
    }

    static Clustrix open(String mode, Path cache, int workers) {
        return Clustrix.builder()
                .set("cache-directory", cache)
                .set("clusters.local.mode", mode)
                .set("clusters.local.workers", workers)
                .open();
    }

    @Override
    public Map<String, Trial> trials() {
        return Map.of(
                Trial.SUBMIT,
                this::submit,
                Trial.ROUND_TRIP,
                this::roundTrip,
                Trial.MAP,
                this::map,
                Trial.FIRST,
                this::first,
                Trial.CLOSE,
                this::closeCold,
                Trial.TIMEOUT,
                this::timeout);
    }

    private long submit(int tasks, int batches) throws Exception {
        long start = System.nanoTime();
        for (int b = 0; b < batches; b++) {
            List<JobFuture<Integer>> futures = new ArrayList<>(tasks);
            for (int i = 0; i < tasks; i++) {
                int x = i;
                byte[] data = new byte[SmallCall.BYTES];
                futures.add(clustrix.submit(() -> data[0] + x));
            }
            for (int i = 0; i < tasks; i++) {
                SmallCall.check(i, futures.get(i).get());
            }
        }
        return System.nanoTime() - start;
    }

    private long roundTrip(int tasks, int batches) throws Exception {
        long[] nanos = new long[tasks * batches];
        for (int i = 0; i < nanos.length; i++) {
            int x = i;
            byte[] data = new byte[SmallCall.BYTES];
            long start = System.nanoTime();
            int result = clustrix.submit(() -> data[0] + x).get();
            nanos[i] = System.nanoTime() - start;
            SmallCall.check(i, result);
        }
        Arrays.sort(nanos);
        return nanos[nanos.length / 2];
    }

    private long map(int tasks, int batches) throws Exception {
        long start = System.nanoTime();
        for (int b = 0; b < batches; b++) {
            List<Integer> results = clustrix.map(0, tasks, x -> x + 1).get();
            SmallCall.check(tasks, results.size());
            SmallCall.check(tasks, results.get(tasks - 1));
        }
        return System.nanoTime() - start;
    }

    private long first(int tasks, int batches) throws Exception {
        Clustrix opened = open(mode, cache, 1);
        cold = opened;
        int x = 42;
        byte[] data = new byte[SmallCall.BYTES];
        long start = System.nanoTime();
        int result = opened.submit(() -> data[0] + x).get();
        long nanos = System.nanoTime() - start;
        SmallCall.check(x, result);
        return nanos;
    }

    private long closeCold(int tasks, int batches) {
        Clustrix opened = cold;
        if (opened != null) {
            opened.close();
            cold = null;
        }
        return 0;
    }

    private long timeout(int tasks, int batches) throws InterruptedException {
        Submitter limited = clustrix.withTimeout(LIMIT);
        long start = System.nanoTime();
        try {
            var unused = limited.map(0, tasks, x -> {
                        Thread.sleep(TOO_LONG_MILLIS);
                        return x;
                    })
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TaskTimeoutException) {
                return System.nanoTime() - start;
            }
            throw new IllegalStateException("another error than the timeout", e);
        }
        throw new IllegalStateException("the timeout did not come");
    }

    @Override
    public void close() {
        long unused = closeCold(0, 0);
        clustrix.close();
    }
}
