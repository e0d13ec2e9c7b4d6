package io.clustrix.report;

import io.clustrix.spi.Memory;
import io.clustrix.spi.Resources;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One worker's work on a chunk, or what waits for one. A chunk that was tried again is there once for each attempt.
 *
 * @param chunk the number of the chunk within its job, from 0
 * @param firstTask the number of its first task
 * @param tasks how many tasks it has
 * @param attempt the number of the attempt, from 0
 * @param schedulerId the scheduler's id of the submission; absent if it has not answered
 * @param state where it stands
 * @param node where it ran; empty if that is not known
 * @param submitted when it was sent to the scheduler, or for a first attempt: when the program called
 * @param accepted when the scheduler had taken it
 * @param started when its worker began, by the node's clock
 * @param ended when its worker ended, by the node's clock
 * @param returned when its results, or what was left of it, were here
 * @param cpu the CPU time that it has used, with children that have ended
 * @param peak the most memory that its worker has had at a time, without children
 * @param asked what it asked for
 * @param exit the worker's exit code
 * @param cause why it has left tasks without result, for instance {@code out-of-memory}; empty if it has not
 * @param message what was said of that
 */
public record ChunkReport(
        int chunk,
        int firstTask,
        int tasks,
        int attempt,
        Optional<String> schedulerId,
        State state,
        String node,
        Optional<Instant> submitted,
        Optional<Instant> accepted,
        Optional<Instant> started,
        Optional<Instant> ended,
        Optional<Instant> returned,
        Optional<Duration> cpu,
        Optional<Memory> peak,
        Resources asked,
        OptionalInt exit,
        String cause,
        String message) {

    /** Where an attempt stands. */
    public enum State {
        /** The scheduler does not have it yet. */
        WAITING,
        /** The scheduler has it; whether it runs is not known here. */
        SUBMITTED,
        /** Its worker has ended in order: each task has returned or thrown. */
        ENDED,
        /** Its worker has left tasks without result. */
        FAILED,
        /** The job is over, and how this attempt ended was not seen: it was cancelled, or the job ended without it. */
        UNSEEN
    }

    /** How long a stage took; absent if it has not ended, or that was not noted. */
    public Optional<Duration> time(Stage stage) {
        return switch (stage) {
            case PREPARING -> between(submitted, accepted);
            case QUEUED -> between(accepted, drawnStart());
            case RUNNING -> between(started, ended);
            case RETURNING -> between(drawnEnd(), returned);
        };
    }

    /** Clocks differ: by that of this machine it began between what happened here before and after. */
    Optional<Instant> drawnStart() {
        return started.map(this::within);
    }

    Optional<Instant> drawnEnd() {
        Optional<Instant> end = ended.map(this::within);
        Optional<Instant> start = drawnStart();
        return end.isPresent() && start.isPresent() && end.get().isBefore(start.get()) ? start : end;
    }

    private Instant within(Instant there) {
        Optional<Instant> from = accepted.or(() -> submitted);
        if (from.isPresent() && there.isBefore(from.get())) {
            return from.get();
        }
        return returned.isPresent() && there.isAfter(returned.get()) ? returned.get() : there;
    }

    private static Optional<Duration> between(Optional<Instant> from, Optional<Instant> to) {
        if (from.isEmpty() || to.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(to.get().isBefore(from.get()) ? Duration.ZERO : Duration.between(from.get(), to.get()));
    }

    /** How much of the cores that it asked for it has used while it ran, 1 being all; one core if it asked for none. */
    public Optional<Double> cpuUse() {
        Optional<Duration> run = time(Stage.RUNNING);
        if (cpu.isEmpty() || run.isEmpty() || run.get().isZero()) {
            return Optional.empty();
        }
        return Optional.of((double) cpu.get().toMillis()
                / Math.max(1, run.get().toMillis())
                / asked.cores().orElse(1));
    }
}
