package io.clustrix.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** A contender in one trial, with what was measured so far. */
final class Entrant {
    private static final double NANOS = 1e9;

    /** Rounds whose CPU times differ by less than this, relative to the smallest, show that the JIT is done. */
    private static final double STEADY = 0.08;

    private static final int STEADY_ROUNDS = 4;
    private static final Duration ROUND_LIMIT = Duration.ofSeconds(30);

    private final ContenderProcess contender;
    private final String trial;
    private final int tasks;
    private final int batches;
    private final int rounds;
    private final List<Round> measured = new ArrayList<>();
    private Optional<String> failure = Optional.empty();

    /**
     * One round.
     *
     * @param nanos what the contender says it took
     * @param cpuSeconds of all its processes, from the request to the answer
     */
    private record Round(long nanos, double cpuSeconds) {}

    /**
     * Enters a contender.
     *
     * @param tasks of one batch
     * @param batches of one round
     * @param rounds at most so many
     */
    Entrant(ContenderProcess contender, String trial, int tasks, int batches, int rounds) {
        this.contender = contender;
        this.trial = trial;
        this.tasks = tasks;
        this.batches = batches;
        this.rounds = rounds;
    }

    String name() {
        return contender.name();
    }

    /** Why it is out. */
    Optional<String> failure() {
        return failure;
    }

    boolean wantsMore() {
        return failure.isEmpty() && measured.size() < rounds;
    }

    /**
     * Runs rounds that don't count until they are alike; none begins after the limit. Who plays but once takes too long
     * for that.
     */
    void warmUp(Duration limit) throws InterruptedException {
        if (rounds == 1) {
            return;
        }
        long end = System.nanoTime() + limit.toNanos();
        List<Double> cpu = new ArrayList<>();
        while (failure.isEmpty() && System.nanoTime() - end < 0 && !steady(cpu)) {
            round(ROUND_LIMIT).ifPresent(r -> cpu.add(r.cpuSeconds));
        }
    }

    private static boolean steady(List<Double> cpu) {
        if (cpu.size() < STEADY_ROUNDS) {
            return false;
        }
        Samples last = new Samples(cpu.subList(cpu.size() - STEADY_ROUNDS, cpu.size()));
        return last.high() - last.low() < STEADY * last.low();
    }

    /** Runs a round that counts. */
    void play() throws InterruptedException {
        round(ROUND_LIMIT).ifPresent(measured::add);
    }

    private Optional<Round> round(Duration limit) throws InterruptedException {
        try {
            double before = contender.tree().cpuSeconds();
            long nanos = contender.nanos(trial, tasks, batches, limit);
            return Optional.of(new Round(nanos, contender.tree().cpuSeconds() - before));
        } catch (ContenderException e) {
            failure = Optional.of(name() + " " + e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<Samples> of(ToDoubleFunction<Round> value) {
        return measured.isEmpty()
                ? Optional.empty()
                : Optional.of(new Samples(
                        measured.stream().map(r -> value.applyAsDouble(r)).toList()));
    }

    /** Tasks in a second; empty if there was no round. */
    Optional<Samples> rate() {
        return of(r -> (double) tasks * batches * NANOS / r.nanos);
    }

    /** Microseconds of CPU for each task; empty if there was no round. */
    Optional<Samples> cpuMicros() {
        return of(r -> r.cpuSeconds * 1e6 / ((double) tasks * batches));
    }

    /** Seconds that a round took; empty if there was none. */
    Optional<Samples> seconds() {
        return of(r -> r.nanos / NANOS);
    }

    /** Milliseconds, the same. */
    Optional<Samples> millis() {
        return of(r -> r.nanos / 1e6);
    }
}
