package io.clustrix.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Measures Clustrix on the test bed's Slurm, through ssh, beside bare Slurm. {@code benchmarks/run slurm} starts it.
 */
public final class SlurmBenchmark {
    private static final List<String> SECTIONS = List.of("job", "warm", "map", "status", "heap", "env");
    private static final String PEER = "bare-sbatch";
    private static final String PLAIN = "bare-sbatch-without-java";
    private static final long LIMIT_SECONDS = 120;
    private static final long SETTLE_MILLIS = 2000;
    private static final int JOB_ROUNDS = 17;
    private static final int MAP_ROUNDS = 5;
    private static final int WARM_JOBS = 5;
    private static final int HANGS = 3;
    private static final int JARS = 100;
    private static final int JAR_BYTES = 1_500_000;
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final SlurmBed bed;
    private final Report report;
    private final BareSlurm bare;
    private final List<Double> submitMillis = new ArrayList<>();

    private SlurmBenchmark(SlurmBed bed, Report report, BareSlurm bare) {
        this.bed = bed;
        this.report = report;
        this.bare = bare;
    }

    /** The arguments are the file of the test bed's properties and the parts to be measured: all if there are none. */
    public static void main(String[] args) throws Exception {
        long start = System.nanoTime();
        List<String> parts = args.length > 1 ? List.of(args).subList(1, args.length) : SECTIONS;
        Report report = new Report(System.out);
        Path directory = Files.createTempDirectory("clustrix-benchmark");
        SlurmBed bed = SlurmBed.read(Path.of(args[0]), directory);
        try (Scratch scratch = new Scratch(directory);
                BareSlurm bare = new BareSlurm(bed)) {
            SlurmBenchmark benchmark = new SlurmBenchmark(bed, report, bare);
            report.section(Surroundings.describe());
            report.note("Slurm " + bed.get("slurm.version") + ", " + bed.get("slurm.nodes") + " nodes with "
                    + bed.get("slurm.cpus-per-node") + " cpus each by its configuration, all of them this machine.");
            try {
                for (String part : parts) {
                    benchmark.measure(part);
                    report.note("load after: " + Surroundings.load());
                }
            } finally {
                bare.remove(bed.work());
            }
            report.section(String.format(
                    Locale.ROOT,
                    "Done in %.0f s; files in %s are removed.",
                    (System.nanoTime() - start) / 1e9,
                    scratch.directory()));
        }
        report.end();
    }

    private void measure(String part) throws Exception {
        switch (part) {
            case "job" -> job();
            case "warm" -> warm();
            case "map" -> maps();
            case "status" -> status();
            case "heap" -> heap();
            case "env" -> environments();
            default -> throw new IllegalArgumentException("no such part: " + part + "; there are " + SECTIONS);
        }
    }

    private static Map<String, Samples> ours(double value) {
        return Map.of(Report.OURS, new Samples(List.of(value)));
    }

    private static Map<String, Samples> ours(List<Double> values) {
        return Map.of(Report.OURS, new Samples(values));
    }

    /** The directory of a job on the host. */
    private String directory(JobKey key) {
        return bed.work() + "/jobs/" + DAY.format(Instant.ofEpochMilli(key.high() >>> 16)) + "/" + key;
    }

    // ---------------------------------------------------------------- one job

    private void job() throws Exception {
        report.section("One trivial job at a time, from submit to the end of get");
        report.note(
                "bare-sbatch: the same script and tasks, sbatch and a look every 10 ms by a shell on the login node.");
        HostTap tap = new HostTap();
        Map<String, List<BareSlurm.Times>> all = new LinkedHashMap<>();
        List<Double> cpuMillis = new ArrayList<>();
        List<Double> lookMillis = new ArrayList<>();
        try (Clustrix clustrix = bed.open(tap, "clean-up = never")) {
            JobFuture<Integer> first = clustrix.submit(() -> 1);
            SmallCall.check(1, first.get(LIMIT_SECONDS, TimeUnit.SECONDS));
            String template = directory(first.key());
            for (int i = 0; i < JOB_ROUNDS; i++) {
                phase();
                tap.reset();
                double cpu = cpuSeconds();
                all.computeIfAbsent(Report.OURS, k -> new ArrayList<>()).add(one(clustrix, i));
                cpuMillis.add((cpuSeconds() - cpu) * 1e3);
                lookMillis.addAll(intervals(tap));
                phase();
                all.computeIfAbsent(PEER, k -> new ArrayList<>()).add(bare.job(template, 1));
                if (i % 3 == 0) {
                    phase();
                    all.computeIfAbsent(PLAIN, k -> new ArrayList<>()).add(bare.plain(1));
                }
            }
        }
        figures(Metric.low("slurm.job.total_s", "s"), all, BareSlurm.Times::total);
        figures(Metric.low("slurm.job.before_start_s", "s"), all, t -> t.began() - t.submitted());
        Map<String, List<BareSlurm.Times>> withWorker = new LinkedHashMap<>(all);
        withWorker.remove(PLAIN);
        figures(Metric.low("slurm.job.worker_s", "s"), withWorker, t -> t.result() - t.began());
        figures(Metric.low("slurm.job.after_result_s", "s"), withWorker, t -> t.known() - t.result());
        all.forEach((name, times) -> report.note(name + ": "
                + times.stream()
                        .map(BareSlurm.Times::total)
                        .sorted()
                        .map(s -> String.format(Locale.ROOT, "%.2f", s))
                        .collect(Collectors.joining(" "))));
        report.note("slurm.job.overhead_s is the difference of the two medians of slurm.job.total_s.");
        double overhead = median(all, Report.OURS) - median(all, PEER);
        report.figures(Metric.atMost("slurm.job.overhead_s", "s", 0.5), ours(overhead));
        report.figures(Metric.atMost("slurm.submit_ms", "ms", 2), ours(submitMillis));
        report.figures(Metric.low("slurm.job.driver_cpu_ms", "ms"), ours(cpuMillis));
        report.figures(Metric.low("slurm.job.look_interval_ms", "ms"), ours(lookMillis));
        report.note("Not measured here, in a laboratory with the same Slurm: submitit 1.10 s, clusterfutures 1.00 s"
                + " for one job on the login node itself.");
    }

    private static double median(Map<String, List<BareSlurm.Times>> all, String name) {
        return new Samples(all.getOrDefault(name, List.of()).stream()
                        .map(BareSlurm.Times::total)
                        .toList())
                .median();
    }

    private void figures(
            Metric metric, Map<String, List<BareSlurm.Times>> all, Function<BareSlurm.Times, Double> figure) {
        Map<String, Samples> samples = new LinkedHashMap<>();
        all.forEach((name, times) ->
                samples.put(name, new Samples(times.stream().map(figure).toList())));
        report.figures(metric, samples);
    }

    /** Slurm starts new jobs once a second: rounds at random moments of that are fair to all. */
    private static void phase() throws InterruptedException {
        Thread.sleep(ThreadLocalRandom.current().nextInt(1000));
    }

    private BareSlurm.Times one(Clustrix clustrix, int x) throws Exception {
        double submitted = BareSlurm.now();
        long start = System.nanoTime();
        JobFuture<Integer> future = clustrix.submit(() -> x + 1);
        submitMillis.add((System.nanoTime() - start) / 1e6);
        int result = future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        double known = BareSlurm.now();
        SmallCall.check(x + 1, result);
        String[] times = bare.timesOf(directory(future.key()));
        return new BareSlurm.Times(submitted, Double.parseDouble(times[0]), Double.parseDouble(times[1]), known);
    }

    private static List<Double> intervals(HostTap tap) {
        List<Double> intervals = new ArrayList<>();
        HostTap.Call last = null;
        for (HostTap.Call call : tap.calls()) {
            if (call.isLook()) {
                if (last != null) {
                    intervals.add((call.began() - last.began()) / 1e6);
                }
                last = call;
            }
        }
        return intervals;
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    // ---------------------------------------------------------------- environments

    private void environments() throws Exception {
        report.section("A copy of the driver's Java, from nothing: linked, sent, unpacked, started; then a job in it");
        SlurmBed fresh = fresh("shipped");
        String shipped = "environment { java = shipped }";
        HostTap tap = new HostTap();
        try (Clustrix clustrix = fresh.open(tap, shipped)) {
            long start = System.nanoTime();
            value(clustrix.submit(() -> 1));
            double total = seconds(start);
            long ready = tap.calls().stream()
                    .filter(c -> c.kind().equals("clustrix-ship"))
                    .mapToLong(HostTap.Call::ended)
                    .max()
                    .orElseThrow();
            report.figures(Metric.atMost("env.cold_s", "s", 30), ours((ready - start) / 1e9));
            report.figures(Metric.low("env.cold_job_s", "s"), ours(total));
            try (var files = Files.list(fresh.scratch().resolve("cache/runtimes"))) {
                Path image = files.filter(f -> f.toString().endsWith(".gz"))
                        .findFirst()
                        .orElseThrow();
                report.figures(Metric.atMost("env.shipped_mb", "MB", 60), ours(Files.size(image) / 1e6));
            }
            report.figures(Metric.atMost("env.second_job_calls", "calls", 0), ours(calls(clustrix, tap)));
        }
        try (Clustrix clustrix = fresh.open(tap, shipped)) {
            report.figures(Metric.low("env.next_driver_calls", "calls"), ours(calls(clustrix, tap)));
        }
        try (Clustrix clustrix = fresh.open(tap, shipped)) {
            report.figures(Metric.atMost("env.third_driver_calls", "calls", 0), ours(calls(clustrix, tap)));
        }
        bare.remove(fresh.work());
        report.section("A provisioner that hangs, ignores interruption and floods its output; its limit is 3 s");
        SlurmBed hanging = fresh("hanging");
        List<Double> over = new ArrayList<>();
        for (int i = 0; i < HANGS; i++) {
            tap.reset();
            try (Clustrix clustrix =
                    hanging.open(tap, "environment { provisioner = hanging, timeout = 3s }\nclean-up = never")) {
                long start = System.nanoTime();
                value(clustrix.submit(() -> 1));
                long submitted = tap.calls().stream()
                        .filter(c -> c.kind().equals("clustrix-submit"))
                        .mapToLong(HostTap.Call::began)
                        .min()
                        .orElseThrow();
                over.add((submitted - start) / 1e9 - 3);
                Thread.sleep(SETTLE_MILLIS);
            }
        }
        report.figures(Metric.atMost("env.hang_over_s", "s", 5), ours(over));
        bare.remove(hanging.work());
    }

    /** Another work directory, cache and state, all empty. */
    private SlurmBed fresh(String name) throws java.io.IOException {
        return new SlurmBed(
                bed.properties(),
                bed.work() + "-" + name,
                Files.createDirectories(bed.scratch().resolve(name)));
    }

    private static void value(JobFuture<Integer> job) throws Exception {
        SmallCall.check(1, job.get(LIMIT_SECONDS, TimeUnit.SECONDS));
    }

    /** How many commands one more job runs on the host for its environment. */
    private static double calls(Clustrix clustrix, HostTap tap) throws Exception {
        tap.reset();
        value(clustrix.submit(() -> 1));
        return tap.calls().stream()
                .filter(c -> c.kind().equals("clustrix-probe") || c.kind().equals("clustrix-ship"))
                .count();
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    // ---------------------------------------------------------------- what goes over the wire

    private void warm() throws Exception {
        report.section("What goes to the host for one job, with " + JARS + " jars of random content, "
                + JARS * (long) JAR_BYTES / 1_000_000 + " MB, on the driver's class path");
        List<Path> jars = RandomJars.write(bed.scratch().resolve("jars"), JARS, JAR_BYTES);
        try (Forwarder forwarder = new Forwarder(bed.get("ssh.host"), bed.port())) {
            Path knownHosts = bed.scratch().resolve("known_hosts");
            Files.writeString(
                    knownHosts,
                    Files.readString(Path.of(bed.get("ssh.known-hosts")))
                            .replace("]:" + bed.port() + " ", "]:" + forwarder.port() + " "));
            Path configuration = bed.scratch().resolve("warm.conf");
            Files.writeString(configuration, bed.config(forwarder.port(), knownHosts, ""));
            try (WarmDriver cold = new WarmDriver(configuration, jars)) {
                Wire wire = new Wire(forwarder);
                describe("first job ever", cold.job(), wire);
                describe("after it", cold.after(), wire);
            }
            List<Double> bytes = new ArrayList<>();
            List<Double> calls = new ArrayList<>();
            List<Double> withCleanUp = new ArrayList<>();
            int before = forwarder.connections();
            try (WarmDriver warm = new WarmDriver(configuration, jars)) {
                Wire wire = new Wire(forwarder);
                describe("first of a new driver", warm.job(), wire);
                describe("after it", warm.after(), wire);
                for (int i = 0; i < WARM_JOBS; i++) {
                    long there = forwarder.bytesThere();
                    WarmDriver.Cost cost = warm.job();
                    describe("warm job", cost, wire);
                    WarmDriver.Cost after = warm.after();
                    describe("after it", after, wire);
                    bytes.add((double) (forwarder.bytesThere() - there));
                    calls.add((double) cost.withoutLooks());
                    withCleanUp.add((double) cost.withoutLooks() + after.withoutLooks());
                }
            }
            report.note(
                    "Bytes are those on the wire, with all that SSH adds. Looks are shared by all jobs of a cluster.");
            report.figures(Metric.atMost("slurm.job.remote_calls", "calls", 2), ours(calls));
            report.figures(Metric.low("slurm.job.remote_calls_with_clean_up", "calls"), ours(withCleanUp));
            report.figures(
                    Metric.atMost("slurm.job.connections", "connections", 1), ours(forwarder.connections() - before));
            report.figures(Metric.atMost("slurm.warm.bytes", "bytes", 65_536), ours(bytes));
        }
    }

    /** What has gone over the wire since it was last asked. */
    private static final class Wire {
        private final Forwarder forwarder;
        private long there;
        private long back;

        Wire(Forwarder forwarder) {
            this.forwarder = forwarder;
            there = forwarder.bytesThere();
            back = forwarder.bytesBack();
        }

        String since() {
            long thereNow = forwarder.bytesThere();
            long backNow = forwarder.bytesBack();
            String text = String.format(Locale.ROOT, "%,d bytes there, %,d back", thereNow - there, backNow - back);
            there = thereNow;
            back = backNow;
            return text;
        }
    }

    private void describe(String what, WarmDriver.Cost cost, Wire wire) {
        String calls = cost.calls().entrySet().stream()
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
        report.note(String.format(Locale.ROOT, "%-22s %5.2f s, %s: %s", what, cost.seconds(), wire.since(), calls));
    }

    // ---------------------------------------------------------------- maps

    private void maps() throws Exception {
        report.section("A map of trivial calls, submit to the last result");
        HostTap tap = new HostTap();
        try (Clustrix clustrix = bed.open(tap, "clean-up = never")) {
            MapFuture<Integer> first = clustrix.map(0, 1000, x -> x + 1);
            SmallCall.check(1000, first.get(LIMIT_SECONDS, TimeUnit.SECONDS).size());
            String template = directory(first.key());
            int elements = 8; // map-elements of reference.conf
            Map<String, List<Double>> hundred = new LinkedHashMap<>();
            Map<String, List<Double>> thousand = new LinkedHashMap<>();
            for (int i = 0; i < MAP_ROUNDS; i++) {
                phase();
                add(hundred, Report.OURS, map(clustrix, 100));
                phase();
                add(thousand, Report.OURS, map(clustrix, 1000));
                phase();
                add(thousand, PEER, bare.job(template, elements).total());
                if (i % 2 == 0) {
                    phase();
                    add(thousand, PLAIN, bare.plain(elements).total());
                }
            }
            report.figures(Metric.atMost("slurm.map100_s", "s", 3), samples(hundred));
            report.note("The peers of 1,000 calls are arrays of as many elements as Clustrix makes chunks: " + elements
                    + ", with the same script and tasks, and without Java.");
            report.figures(Metric.low("slurm.map1000_s", "s"), samples(thousand));
            double ratio = new Samples(thousand.getOrDefault(Report.OURS, List.of())).median()
                    / new Samples(thousand.getOrDefault(PEER, List.of())).median();
            report.figures(Metric.atMost("slurm.map1000.ratio", "times", 1.5), ours(ratio));
            report.note("Not measured here, in a laboratory with the same Slurm: submitit's map_array 20.4 s,"
                    + " clusterfutures 9.5 s for 100 calls on the login node itself.");
        }
    }

    private static void add(Map<String, List<Double>> all, String name, double value) {
        all.computeIfAbsent(name, k -> new ArrayList<>()).add(value);
    }

    private static Map<String, Samples> samples(Map<String, List<Double>> all) {
        Map<String, Samples> samples = new LinkedHashMap<>();
        all.forEach((name, values) -> samples.put(name, new Samples(values)));
        return samples;
    }

    private static double map(Clustrix clustrix, int calls) throws Exception {
        long start = System.nanoTime();
        List<Integer> results = clustrix.map(0, calls, x -> x + 1).get(LIMIT_SECONDS, TimeUnit.SECONDS);
        double seconds = (System.nanoTime() - start) / 1e9;
        SmallCall.check(calls, results.get(calls - 1));
        return seconds;
    }

    // ---------------------------------------------------------------- many jobs for a while

    private void status() throws Exception {
        int jobs = 200;
        long seconds = 60;
        // So long that the last of them ends after a minute.
        long millis = Math.max(1000, seconds * 1000 * bed.slots() / jobs - 1000);
        report.section(jobs + " jobs in " + bed.slots() + " slots, each sleeps " + millis / 1000.0 + " s");
        HostTap tap = new HostTap();
        try (Clustrix clustrix = bed.open(tap, "")) {
            SmallCall.check(1, clustrix.submit(() -> 1).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            tap.reset();
            double cpu = cpuSeconds();
            long start = System.nanoTime();
            List<JobFuture<Integer>> futures = new ArrayList<>();
            List<Double> burstMillis = new ArrayList<>();
            for (int i = 0; i < jobs; i++) {
                int x = i;
                long before = System.nanoTime();
                futures.add(clustrix.submit(() -> {
                    Thread.sleep(millis);
                    return x;
                }));
                burstMillis.add((System.nanoTime() - before) / 1e6);
            }
            for (int i = 0; i < jobs; i++) {
                SmallCall.check(i, futures.get(i).get(2 * LIMIT_SECONDS, TimeUnit.SECONDS));
            }
            double took = (System.nanoTime() - start) / 1e9;
            Map<String, Long> calls = new TreeMap<>();
            tap.calls().forEach(c -> calls.merge(c.kind(), 1L, Long::sum));
            report.note(String.format(
                    Locale.ROOT,
                    "all were there after %.0f s; calls: %s",
                    took,
                    calls.entrySet().stream()
                            .map(e -> e.getValue() + " " + e.getKey())
                            .collect(Collectors.joining(", "))));
            long asked = calls.getOrDefault("squeue", 0L) + calls.getOrDefault("sacct", 0L);
            report.figures(Metric.atMost("slurm.status_calls", "calls", 15), ours((double) asked));
            report.figures(Metric.low("slurm.status.driver_cpu_ms", "ms/job"), ours((cpuSeconds() - cpu) * 1e3 / jobs));
            report.figures(
                    Metric.low("slurm.status.calls_per_job", "calls"),
                    ours(tap.calls().size() / (double) jobs));
            report.figures(Metric.low("slurm.status.look_interval_ms", "ms"), ours(intervals(tap)));
            report.figures(Metric.atMost("slurm.submit_burst_ms", "ms", 2), ours(burstMillis));
        }
    }

    // ---------------------------------------------------------------- memory

    private void heap() throws Exception {
        int arrays = 50;
        int tasks = 200;
        report.section(String.format(
                Locale.ROOT,
                "The driver's heap with %,d unfinished tasks in %d arrays that wait",
                arrays * tasks,
                arrays));
        HostTap tap = new HostTap();
        try (Clustrix clustrix = bed.open(tap, "on-close = cancel")) {
            SmallCall.check(1, clustrix.submit(() -> 1).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            Thread.sleep(SETTLE_MILLIS);
            double empty = heapMebibytes();
            long start = System.nanoTime();
            List<MapFuture<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < arrays; i++) {
                futures.add(clustrix.withChunkSize(1)
                        .withResources(r -> r.option("hold", ""))
                        .map(0, tasks, x -> x));
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (tap.calls().stream()
                                    .filter(c -> c.kind().equals("clustrix-submit"))
                                    .count()
                            < arrays + 1
                    && System.nanoTime() - end < 0) {
                Thread.sleep(50);
            }
            report.note(
                    String.format(Locale.ROOT, "all were submitted after %.1f s", (System.nanoTime() - start) / 1e9));
            // The scheduler's words on each of them take their place as well.
            while (tap.calls().stream().noneMatch(c -> c.kind().equals("squeue") && c.began() > start)
                    && System.nanoTime() - end < 0) {
                Thread.sleep(50);
            }
            Thread.sleep(500);
            double full = heapMebibytes();
            long waiting = futures.stream()
                    .filter(f -> !f.isDone() && f.status().state() == JobState.PENDING)
                    .count();
            SmallCall.check(arrays, (int) waiting);
            report.note(String.format(
                    Locale.ROOT,
                    "%.1f MiB empty, %.1f MiB with them: %s",
                    empty,
                    full,
                    futures.get(0).status()));
            report.figures(Metric.atMost("slurm.heap_mb", "MiB", 64), ours(full - empty));
        }
    }

    private static double heapMebibytes() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            ManagementFactory.getMemoryMXBean().gc();
            Thread.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0;
    }
}
