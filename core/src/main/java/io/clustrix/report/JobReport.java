package io.clustrix.report;

import io.clustrix.history.JobInfo;
import io.clustrix.spi.RuntimeReport;
import java.util.List;
import java.util.Optional;

/**
 * A job of a run.
 *
 * @param job what the history says of it
 * @param chunks its attempts, in the order of their submission
 * @param failures why tasks failed, the most frequent first
 * @param runtimes what its workers ran in, without what differs from worker to worker
 * @param script the script of its first submission, without the values of variables; empty if it was not kept
 */
public record JobReport(
        JobInfo job,
        List<ChunkReport> chunks,
        List<FailureReport> failures,
        List<RuntimeReport> runtimes,
        String script) {

    /** Copies the lists. */
    public JobReport {
        chunks = List.copyOf(chunks);
        failures = List.copyOf(failures);
        runtimes = List.copyOf(runtimes);
    }

    /** Where it stands, in a word: how it ended, or {@code open}. */
    public String state() {
        return job.state().map(Words::of).orElse("open");
    }

    /** How long a stage took, over all attempts, in milliseconds. */
    public Optional<Spread> times(Stage stage) {
        return Spread.of(chunks.stream()
                .flatMap(c -> c.time(stage).stream())
                .mapToLong(java.time.Duration::toMillis)
                .toArray());
    }

    /** The most memory of each worker, in bytes. */
    public Optional<Spread> memory() {
        return Spread.of(chunks.stream()
                .flatMap(c -> c.peak().stream())
                .mapToLong(io.clustrix.spi.Memory::bytes)
                .toArray());
    }

    /** How much of the cores that it asked for each worker has used, in thousandths. */
    public Optional<Spread> cpuUse() {
        return Spread.of(chunks.stream()
                .flatMap(c -> c.cpuUse().stream())
                .mapToLong(u -> Math.round(u * 1000))
                .toArray());
    }

    /** CPU time of all workers, in milliseconds; 0 if nothing is known. */
    public long cpuMillis() {
        return chunks.stream()
                .flatMap(c -> c.cpu().stream())
                .mapToLong(java.time.Duration::toMillis)
                .sum();
    }
}
