package io.clustrix.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** A thread pool of the JDK. */
final class PoolContender implements Contender {
    private final ExecutorService pool;

    PoolContender(ExecutorService pool) {
        this.pool = pool;
    }

    @Override
    public Map<String, Trial> trials() {
        return Map.of(Trial.SUBMIT, this::submit);
    }

    private long submit(int tasks, int batches) throws Exception {
        long start = System.nanoTime();
        for (int b = 0; b < batches; b++) {
            List<Future<Integer>> futures = new ArrayList<>(tasks);
            for (int i = 0; i < tasks; i++) {
                int x = i;
                byte[] data = new byte[SmallCall.BYTES];
                futures.add(pool.submit(() -> data[0] + x));
            }
            for (int i = 0; i < tasks; i++) {
                SmallCall.check(i, futures.get(i).get());
            }
        }
        return System.nanoTime() - start;
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
