package io.clustrix.benchmarks;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a call costs from {@code submit} to its result, on threads and in worker processes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SubmitBenchmark {
    private static final int CALLS = 1000;

    private final Clustrix threads = open("threads");
    private final Clustrix processes = open("processes");

    private static Clustrix open(String mode) {
        return Clustrix.builder()
                .set("clusters.local.mode", mode)
                .set("clusters.local.workers", 2)
                .open();
    }

    /** Ends threads and workers. */
    @TearDown
    public void close() {
        threads.close();
        processes.close();
    }

    /** A thousand calls in flight, on threads; the time of one. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public int manyOnThreads() {
        return many(threads);
    }

    /** A thousand calls in flight, in processes; the time of one. */
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public int manyInProcesses() {
        return many(processes);
    }

    /** One call at a time, on threads. */
    @Benchmark
    public int oneOnThreads() {
        return threads.submit(() -> 42).join();
    }

    /** One call at a time, in processes. */
    @Benchmark
    public int oneInProcesses() {
        return processes.submit(() -> 42).join();
    }

    private static int many(Clustrix clustrix) {
        List<JobFuture<Integer>> futures = new ArrayList<>(CALLS);
        for (int i = 0; i < CALLS; i++) {
            int x = i;
            futures.add(clustrix.submit(() -> x + 1));
        }
        int sum = 0;
        for (JobFuture<Integer> f : futures) {
            sum += f.join();
        }
        return sum;
    }
}
