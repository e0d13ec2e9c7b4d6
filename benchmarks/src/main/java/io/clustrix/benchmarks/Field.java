package io.clustrix.benchmarks;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The contenders of one part of the measurement, started for it and ended with it, so that nothing else runs meanwhile.
 * One that can't start is noted and missed, nothing more.
 */
final class Field implements AutoCloseable {
    private final Report report;
    private final Path cache;
    private final Optional<PythonPeers> python;
    private final Deque<ContenderProcess> started = new ArrayDeque<>();

    /**
     * An empty field.
     *
     * @param cache Clustrix's cache directory
     * @param python absent if Python is not to take part
     */
    Field(Report report, Path cache, Optional<PythonPeers> python) {
        this.report = report;
        this.cache = cache;
        this.python = python;
    }

    Optional<ContenderProcess> clustrix(String mode) throws InterruptedException {
        return start(
                Report.OURS,
                () -> JavaCommand.of(ContenderMain.class, "clustrix", mode, cache.toString())
                        .builder());
    }

    Optional<ContenderProcess> fixedPool() throws InterruptedException {
        return start(
                "jdk-fixed-pool",
                () -> JavaCommand.of(ContenderMain.class, "fixed-pool").builder());
    }

    Optional<ContenderProcess> forkJoin() throws InterruptedException {
        return start(
                "jdk-fork-join",
                () -> JavaCommand.of(ContenderMain.class, "fork-join").builder());
    }

    Optional<ContenderProcess> hazelcast() throws InterruptedException {
        return start(
                "hazelcast",
                () -> JavaCommand.hazelcast(ContenderMain.class, "hazelcast").builder());
    }

    Optional<ContenderProcess> python(String name, String script, String... args) throws InterruptedException {
        return python.isPresent() ? start(name, () -> python.get().command(script, args)) : Optional.empty();
    }

    /** joblib is a package of its own, which may not be there. */
    Optional<ContenderProcess> joblib(String script) throws InterruptedException {
        return python.isPresent() && python.get().hasJoblib() ? python("python-joblib", script) : Optional.empty();
    }

    private Optional<ContenderProcess> start(String name, Supplier<ProcessBuilder> command)
            throws InterruptedException {
        try {
            ContenderProcess contender = ContenderProcess.start(name, command.get());
            started.push(contender);
            return Optional.of(contender);
        } catch (ContenderException e) {
            report.note(name + " " + e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }
}
