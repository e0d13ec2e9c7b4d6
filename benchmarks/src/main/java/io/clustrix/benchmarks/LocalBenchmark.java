package io.clustrix.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Measures Clustrix on this machine beside its peers. {@code benchmarks/run local} starts it. */
public final class LocalBenchmark {
    private static final int CALLS = 10_000;
    private static final int MILLION = 1_000_000;

    private final Plan plan;
    private final Report report;
    private final Path directory;
    private final Optional<PythonPeers> python;

    private LocalBenchmark(Plan plan, Report report, Path directory, Optional<PythonPeers> python) {
        this.plan = plan;
        this.report = report;
        this.directory = directory;
        this.python = python;
    }

    /**
     * The argument is the directory of the contenders in Python; {@code --quick} measures Clustrix and the JDK only.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<String> words = List.of(args);
        Plan plan = words.contains("--quick") ? Plan.quick() : Plan.full();
        Report report = new Report(System.out);
        Optional<PythonPeers> python = plan.peers() ? PythonPeers.find(Path.of(words.get(0))) : Optional.empty();
        Path directory = Files.createTempDirectory("clustrix-benchmark");
        try (Scratch scratch = new Scratch(directory)) {
            LocalBenchmark benchmark = new LocalBenchmark(plan, report, scratch.directory(), python);
            benchmark.surroundings();
            benchmark.threads();
            benchmark.processes();
            benchmark.timeouts();
            new StartBenchmark(plan, report, scratch.directory(), python).run();
        }
        report.section(String.format(Locale.ROOT, "Done in %.0f s.", (System.nanoTime() - start) / 1e9));
        report.end();
    }

    private void surroundings() throws InterruptedException {
        report.section(Surroundings.describe());
        report.note("The figure is the median of a contender's rounds; in brackets the smallest and the largest.");
        if (plan.peers() && python.isEmpty()) {
            report.note("There is no /usr/bin/python3, so the contenders in Python don't take part.");
        } else if (python.isPresent() && !python.get().hasJoblib()) {
            report.note("joblib is missing; to have it measured: apt-get install python3-joblib");
        }
    }

    private Field field() {
        return new Field(report, directory.resolve("cache"), python);
    }

    private void threads() throws InterruptedException {
        report.section("Threads: single calls in flight, 2 threads");
        try (Field field = field()) {
            Match match = new Match(report);
            match.enter(field.clustrix("threads"), Trial.SUBMIT, CALLS, 20, plan.rounds());
            match.enter(field.fixedPool(), Trial.SUBMIT, CALLS, 20, plan.rounds());
            match.enter(field.forkJoin(), Trial.SUBMIT, CALLS, 20, plan.rounds());
            match.enter(field.python("python-thread-pool", "thread_pool.py"), Trial.SUBMIT, CALLS, 1, plan.rounds());
            match.play(plan.warmUp(), plan.trial())
                    .report(Metric.atMost("local.threads.cpu_us", "us", 3), Entrant::cpuMicros)
                    .report(Metric.high("local.threads.rate", "1/s"), Entrant::rate);
        }
    }

    private void processes() throws InterruptedException {
        try (Field field = field()) {
            Optional<ContenderProcess> clustrix = field.clustrix("processes");
            Optional<ContenderProcess> pool = field.python("python-process-pool", "process_pool.py");
            Optional<ContenderProcess> poolMap = field.python("python-pool-map", "pool_map.py");
            Optional<ContenderProcess> loky = field.joblib("joblib_pool.py");
            Optional<ContenderProcess> joblib = field.joblib("joblib_map.py");
            Optional<ContenderProcess> hazelcast = plan.peers() ? field.hazelcast() : Optional.empty();

            report.section("Worker processes: single calls in flight, 2 workers");
            Match calls = new Match(report);
            calls.enter(clustrix, Trial.SUBMIT, CALLS, 10, plan.rounds());
            calls.enter(hazelcast, Trial.SUBMIT, CALLS / 2, 1, plan.rounds());
            calls.enter(pool, Trial.SUBMIT, CALLS / 2, 1, plan.rounds());
            calls.enter(loky, Trial.SUBMIT, CALLS / 4, 1, plan.rounds());
            calls.play(plan.warmUp(), plan.trial())
                    .report(Metric.atLeast("local.processes.rate", "1/s", 150_000), Entrant::rate)
                    .report(Metric.atMost("local.processes.cpu_us", "us", 12), Entrant::cpuMicros);

            report.section("Worker processes: one call at a time, the median of a round");
            Match trips = new Match(report);
            trips.enter(clustrix, Trial.ROUND_TRIP, 5000, 1, plan.rounds());
            trips.enter(hazelcast, Trial.ROUND_TRIP, 2000, 1, plan.rounds());
            trips.enter(pool, Trial.ROUND_TRIP, 2000, 1, plan.rounds());
            trips.enter(loky, Trial.ROUND_TRIP, 1000, 1, plan.rounds());
            trips.play(plan.warmUp(), plan.trial())
                    .report(Metric.atMost("local.processes.p50_ms", "ms", 0.05), Entrant::millis);

            report.section("Worker processes: a map of 10,000 items, 2 workers");
            Match maps = new Match(report);
            maps.enter(clustrix, Trial.MAP, CALLS, 60, plan.rounds());
            maps.enter(poolMap, Trial.MAP, CALLS, 20, plan.rounds());
            maps.enter(joblib, Trial.MAP, CALLS, 1, plan.rounds());
            maps.play(plan.warmUp(), plan.trial())
                    .report(Metric.atLeast("local.map.rate", "1/s", 2_000_000), Entrant::rate)
                    .report(Metric.atMost("local.map.cpu_us", "us", 1), Entrant::cpuMicros);

            report.section("Worker processes: a map of 1,000,000 items, 2 workers");
            Match large = new Match(report);
            large.enter(clustrix, Trial.MAP, MILLION, 1, plan.rounds());
            large.enter(poolMap, Trial.MAP, MILLION, 1, plan.rounds());
            // It takes about ten seconds.
            large.enter(joblib, Trial.MAP, MILLION, 1, 1);
            large.play(plan.warmUp().dividedBy(2), plan.trial())
                    .report(Metric.high("local.map1m.rate", "1/s"), Entrant::rate)
                    .report(Metric.low("local.map1m.cpu_us", "us"), Entrant::cpuMicros);
        }
    }

    private void timeouts() throws InterruptedException {
        for (String mode : List.of("threads", "processes")) {
            report.section("A timeout of 0.5 s on four tasks of 3 s, " + mode);
            try (Field field = field()) {
                Match match = new Match(report);
                match.enter(field.clustrix(mode), Trial.TIMEOUT, 4, 1, 5);
                match.play(Duration.ZERO, plan.trial())
                        .report(Metric.atMost("local.timeout." + mode + "_s", "s", 0.6), Entrant::seconds);
            }
        }
    }
}
