package io.clustrix.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** How soon the first result is there: of a new worker process, and of a whole program. */
final class StartBenchmark {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int MORE_ROUNDS = 2;

    private final Plan plan;
    private final Report report;
    private final Path directory;
    private final Path cache;
    private final Optional<PythonPeers> python;

    StartBenchmark(Plan plan, Report report, Path directory, Optional<PythonPeers> python) {
        this.plan = plan;
        this.report = report;
        this.directory = directory;
        cache = directory.resolve("cache");
        this.python = python;
    }

    void run() throws IOException, InterruptedException {
        workers();
        programs();
    }

    // ---------------------------------------------------------------- a worker process of a program that runs already

    /** The first results of one contender's new workers. */
    private static final class Firsts {
        private final ContenderProcess contender;
        private final List<Double> wallMillis = new ArrayList<>();
        private final List<Double> cpuMillis = new ArrayList<>();
        private boolean failed;

        Firsts(ContenderProcess contender) {
            this.contender = contender;
        }

        /** The time of the worker is read between its first result and its end. */
        void play(Report report) throws InterruptedException {
            if (failed) {
                return;
            }
            try {
                long nanos = contender.nanos(Trial.FIRST, 1, 1, LIMIT);
                List<Double> cpu = contender.tree().cpuSecondsOfDescendants();
                long unused = contender.nanos(Trial.CLOSE, 0, 0, LIMIT);
                wallMillis.add(nanos / 1e6);
                cpuMillis.add(cpu.stream().mapToDouble(s -> s * 1e3).max().orElse(0));
            } catch (ContenderException e) {
                failed = true;
                report.note(contender.name() + " " + e.getMessage());
            }
        }
    }

    private void workers() throws IOException, InterruptedException {
        report.section("Start of a worker process to its first result");
        List<Firsts> all = new ArrayList<>();
        ProgramStart hello = new ProgramStart("java-hello");
        try (Field field = new Field(report, cache, python)) {
            field.clustrix("processes").ifPresent(c -> all.add(new Firsts(c)));
            field.python("python-process-pool", "process_pool.py").ifPresent(c -> all.add(new Firsts(c)));
            field.python("python-process-pool-spawn", "process_pool.py", "spawn")
                    .ifPresent(c -> all.add(new Firsts(c)));
            awaitArchive(all);
            for (Firsts f : all) {
                f.wallMillis.clear();
                f.cpuMillis.clear();
            }
            long end = System.nanoTime() + plan.trial().toNanos();
            for (int i = 0; i < plan.rounds() + MORE_ROUNDS && (i == 0 || System.nanoTime() - end < 0); i++) {
                for (Firsts f : all) {
                    f.play(report);
                }
                play(hello, JavaCommand.of(HelloProgram.class).builder());
            }
        }
        Map<String, Samples> cpu = new LinkedHashMap<>();
        Map<String, Samples> wall = new LinkedHashMap<>();
        for (Firsts f : all) {
            if (!f.wallMillis.isEmpty()) {
                cpu.put(f.contender.name(), new Samples(f.cpuMillis));
                wall.put(f.contender.name(), new Samples(f.wallMillis));
            }
        }
        hello.cpuMillis().ifPresent(s -> cpu.put(hello.name(), s));
        hello.wallMillis().ifPresent(s -> wall.put(hello.name(), s));
        report.figures(Metric.atMost("local.cold.cpu_ms", "ms", 80), cpu);
        report.figures(Metric.low("local.cold.wall_ms", "ms"), wall);
    }

    /** The first start has the archive made, in the background. */
    private void awaitArchive(List<Firsts> all) throws IOException, InterruptedException {
        for (Firsts f : all) {
            f.play(report);
        }
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!hasArchive(cache)) {
            if (System.nanoTime() - end > 0) {
                report.note("no class-data archive was made, so these workers start without");
                return;
            }
            Thread.sleep(50);
        }
    }

    private static boolean hasArchive(Path cache) throws IOException {
        if (!Files.isDirectory(cache)) {
            return false;
        }
        try (Stream<Path> files = Files.walk(cache)) {
            return files.anyMatch(p -> p.toString().endsWith(".jsa"));
        }
    }

    // ---------------------------------------------------------------- a whole program

    private void programs() throws IOException, InterruptedException {
        report.section("Start of a whole program to its first result from a worker process; CPU of all processes");
        ProgramStart cold = new ProgramStart(Report.OURS);
        ProgramStart warm = new ProgramStart(Report.OURS);
        ProgramStart peer = new ProgramStart("python-process-pool");
        long end = System.nanoTime() + plan.trial().toNanos();
        for (int i = 0; i < plan.rounds() && (i == 0 || System.nanoTime() - end < 0); i++) {
            Path empty = Files.createDirectories(directory.resolve("cold-" + i));
            play(cold, JavaCommand.of(DriverProgram.class, empty.toString()).builder());
            play(warm, JavaCommand.of(DriverProgram.class, cache.toString()).builder());
            if (python.isPresent()) {
                play(peer, python.get().command("first_result.py"));
            }
        }
        report.note("Cold: with an empty cache directory.");
        report(Metric.low("local.driver.cold_ms", "ms"), ProgramStart::wallMillis, cold, peer);
        report(Metric.low("local.driver.cold_cpu_ms", "ms"), ProgramStart::cpuMillis, cold, peer);
        report(Metric.low("local.driver.warm_ms", "ms"), ProgramStart::wallMillis, warm, peer);
        report(Metric.low("local.driver.warm_cpu_ms", "ms"), ProgramStart::cpuMillis, warm, peer);
    }

    private void play(ProgramStart program, ProcessBuilder command) throws InterruptedException {
        try {
            program.play(command);
        } catch (ContenderException e) {
            report.note(program.name() + " " + e.getMessage());
        }
    }

    private void report(
            Metric metric, Function<ProgramStart, Optional<Samples>> figure, ProgramStart ours, ProgramStart peer) {
        Map<String, Samples> all = new LinkedHashMap<>();
        figure.apply(ours).ifPresent(s -> all.put(ours.name(), s));
        figure.apply(peer).ifPresent(s -> all.put(peer.name(), s));
        report.figures(metric, all);
    }
}
