package io.clustrix.benchmarks;

import com.typesafe.config.ConfigFactory;
import io.clustrix.Clustrix;
import io.clustrix.MapFuture;
import io.clustrix.Submitter;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Measures Clustrix on the test bed's Kubernetes beside {@code kubectl} with the same image. {@code benchmarks/run k8s}
 * starts it.
 */
public final class K8sBenchmark {
    private static final List<String> SECTIONS = List.of("job", "map", "requests");
    private static final String PEER = "kubectl";
    private static final long LIMIT_SECONDS = 300;
    private static final int JOB_ROUNDS = 11;
    private static final int MAP_ROUNDS = 3;
    private static final int PODS = 100;

    /** How many pods a map makes of so many calls if it is not told otherwise. */
    private static final int CHUNKS = 8;

    private static final int TASK_SECONDS = 60;
    private static final int MOST_REQUESTS = 30;

    private final Properties bed;
    private final Report report;
    private final Path directory;
    private final AtomicInteger number = new AtomicInteger();

    private K8sBenchmark(Properties bed, Report report, Path directory) {
        this.bed = bed;
        this.report = report;
        this.directory = directory;
    }

    /** The arguments are the file of the test bed's properties and the parts to be measured: all if there are none. */
    public static void main(String[] args) throws Exception {
        List<String> parts = args.length > 1 ? List.of(args).subList(1, args.length) : SECTIONS;
        Properties bed = new Properties();
        try (Reader in = Files.newBufferedReader(Path.of(args[0]))) {
            bed.load(in);
        }
        if (!"true".equals(bed.getProperty("k8s.up"))) {
            throw new IllegalStateException("there is no Kubernetes: sudo testbed/up k8s");
        }
        Report report = new Report(System.out);
        Path directory = Files.createTempDirectory("clustrix-benchmark");
        try (Scratch scratch = new Scratch(directory)) {
            report.section(Surroundings.describe());
            report.note("Kubernetes " + bed.getProperty("k8s.version") + ", one node, which is this machine; files in "
                    + scratch.directory() + " are removed.");
            K8sBenchmark benchmark = new K8sBenchmark(bed, report, directory);
            for (String part : parts) {
                benchmark.measure(part);
                report.note("load after: " + Surroundings.load());
            }
        }
        report.end();
    }

    private void measure(String part) throws Exception {
        switch (part) {
            case "job" -> job();
            case "map" -> map();
            case "requests" -> requests();
            default -> throw new IllegalArgumentException("no such part: " + part + "; there are " + SECTIONS);
        }
    }

    /** @param pods how many a map makes; 0: the default */
    private Clustrix open(int pods) {
        String text = """
                clustrix.default-cluster = k8s
                clustrix.clusters.k8s {
                  executor = k8s
                  kubeconfig = "%s"
                  image = "%s"
                  work-directory = "%s"
                  cpu-request = 10m
                  %s
                  environment { jvm-options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"] }
                }
                """.formatted(
                        bed.getProperty("k8s.kubeconfig"),
                        bed.getProperty("k8s.image.jdk"),
                        directory.resolve("work"),
                        pods == 0 ? "" : "map-elements = " + pods);
        return Clustrix.builder()
                .config(ConfigFactory.parseString(text))
                .set("cache-directory", directory.resolve("cache"))
                .set("state-directory", directory.resolve("state"))
                .open();
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    private static Map<String, Samples> ours(double value) {
        return Map.of(Report.OURS, new Samples(List.of(value)));
    }

    // ---------------------------------------------------------------- one job

    private void job() throws Exception {
        report.section("One trivial job at a time, from submit to the end of get");
        report.note(
                "kubectl: 'create job' with 'java -version' in the same image, and 'wait --for=condition=complete'.");
        List<Double> ours = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        try (Clustrix clustrix = open(PODS)) {
            SmallCall.check(0, clustrix.submit(() -> 0).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            for (int i = 0; i < JOB_ROUNDS; i++) {
                int x = i;
                Thread.sleep(500);
                long start = System.nanoTime();
                SmallCall.check(x, clustrix.submit(() -> x).get(LIMIT_SECONDS, TimeUnit.SECONDS));
                ours.add(seconds(start));
                Thread.sleep(500);
                String name = "bare-" + number.incrementAndGet();
                start = System.nanoTime();
                kubectl("create", "job", name, "--image=" + bed.getProperty("k8s.image.jdk"), "--", "java", "-version");
                kubectl("wait", "--for=condition=complete", "--timeout=60s", "job/" + name);
                bare.add(seconds(start));
                kubectl("delete", "job", name, "--wait=false");
            }
        }
        report.figures(
                Metric.low("k8s.job.total_s", "s"), Map.of(Report.OURS, new Samples(ours), PEER, new Samples(bare)));
        double overhead = new Samples(ours).median() - new Samples(bare).median();
        report.note("k8s.job.overhead_s is the difference of the two medians.");
        report.figures(Metric.atMost("k8s.job.overhead_s", "s", 1), ours(overhead));
    }

    // ---------------------------------------------------------------- a map

    private void map() throws Exception {
        report.section("A map of " + PODS + " calls");
        report.note("kubectl: one Job of 'java -version' in the same image, all pods at once: with " + PODS
                + " completions, as many as there are calls, and with " + CHUNKS + ".");
        report.note(
                "k8s.map100.default: as a map does it by itself, " + CHUNKS + " pods with their share of the calls.");
        List<Double> chunked = new ArrayList<>();
        List<Double> bareFew = new ArrayList<>();
        List<Double> single = new ArrayList<>();
        List<Double> bareMany = new ArrayList<>();
        try (Clustrix usual = open(0);
                Clustrix each = open(PODS)) {
            SmallCall.check(0, usual.submit(() -> 0).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            SmallCall.check(0, each.submit(() -> 0).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            for (int i = 0; i < MAP_ROUNDS; i++) {
                chunked.add(map(usual));
                settle();
                bareFew.add(bareMap(CHUNKS));
                settle();
                single.add(map(each.withChunkSize(1)));
                settle();
                bareMany.add(bareMap(PODS));
                settle();
            }
        }
        Samples calls = new Samples(bareMany);
        report.figures(
                Metric.low("k8s.map100.default.total_s", "s"), Map.of(Report.OURS, new Samples(chunked), PEER, calls));
        report.figures(
                Metric.low("k8s.map100.default.ratio", ""), ours(new Samples(chunked).median() / calls.median()));
        report.figures(
                Metric.low("k8s.map100.default.ratio_to_as_many_pods", ""),
                ours(new Samples(chunked).median() / new Samples(bareFew).median()));
        report.figures(Metric.low("k8s.map100.total_s", "s"), Map.of(Report.OURS, new Samples(single), PEER, calls));
        report.figures(Metric.atMost("k8s.map100.ratio", "", 1.3), ours(new Samples(single).median() / calls.median()));
    }

    private double map(Submitter clustrix) throws Exception {
        settle();
        long start = System.nanoTime();
        List<Integer> all = clustrix.map(0, PODS, x -> x).get(LIMIT_SECONDS, TimeUnit.SECONDS);
        double took = seconds(start);
        SmallCall.check(PODS, all.size());
        return took;
    }

    private double bareMap(int pods) throws Exception {
        String name = "bare-" + number.incrementAndGet();
        Path file = directory.resolve(name + ".yaml");
        Files.writeString(file, """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: %s}
                spec:
                  completions: %d
                  parallelism: %d
                  template:
                    spec:
                      restartPolicy: Never
                      automountServiceAccountToken: false
                      containers:
                      - name: worker
                        image: %s
                        command: [java, -version]
                        resources: {requests: {cpu: 10m}}
                """.formatted(name, pods, pods, bed.getProperty("k8s.image.jdk")));
        long start = System.nanoTime();
        kubectl("create", "-f", file.toString());
        kubectl("wait", "--for=condition=complete", "--timeout=290s", "job/" + name);
        double took = seconds(start);
        kubectl("delete", "job", name, "--wait=false");
        return took;
    }

    /** Until the pods of the last round are gone. */
    private void settle() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!kubectl("get", "jobs", "-o", "name").isBlank()
                || kubectl("get", "pods", "-o", "name").lines().anyMatch(l -> !l.contains("clustrix-door"))) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("pods of the last round don't go");
            }
            Thread.sleep(1000);
        }
        Thread.sleep(2000);
    }

    // ---------------------------------------------------------------- requests

    private void requests() throws Exception {
        report.section("Requests to the API server while " + PODS + " pods run " + TASK_SECONDS + " s each");
        report.note("Counted by the API server's audit log: for half of that time, when all tasks run, and doubled;"
                + " and for the whole map, with a request for each Job, its stream and its end.");
        settle();
        try (Clustrix clustrix = open(PODS)) {
            SmallCall.check(0, clustrix.submit(() -> 0).get(LIMIT_SECONDS, TimeUnit.SECONDS));
            settle();
            long before = audited();
            MapFuture<Integer> map = clustrix.withChunkSize(1).map(0, PODS, x -> {
                Thread.sleep(TASK_SECONDS * 1000L);
                return x;
            });
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            // By the claims that have come to the work directory on this machine.
            while (claims() < PODS) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("not all tasks begin");
                }
                Thread.sleep(200);
            }
            long begun = audited();
            Thread.sleep(TimeUnit.SECONDS.toMillis(TASK_SECONDS) / 2);
            double running = 2.0 * (audited() - begun);
            boolean all = !map.isDone();
            report.note(all ? "The map was not over then." : "The map was over before.");
            SmallCall.check(PODS, map.get(LIMIT_SECONDS, TimeUnit.SECONDS).size());
            settle();
            report.figures(Metric.atMost("k8s.api_requests", "", MOST_REQUESTS), ours(running));
            report.figures(Metric.low("k8s.api_requests.whole_map", ""), ours((double) (audited() - before)));
        }
    }

    private long claims() throws IOException {
        try (var files = Files.walk(directory.resolve("work/jobs"))) {
            return files.filter(f -> f.toString().contains("/claims/")).count();
        } catch (java.io.UncheckedIOException e) {
            return 0; // a job's directory was removed while it was looked at
        }
    }

    private long audited() throws IOException {
        try (var lines = Files.lines(Path.of(bed.getProperty("k8s.audit")), StandardCharsets.UTF_8)) {
            return lines.count();
        }
    }

    /** As the administrator, who is not counted. */
    private String kubectl(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                bed.getProperty("k8s.kubectl"),
                "--kubeconfig=" + bed.getProperty("k8s.kubeconfig.admin"),
                "-n",
                bed.getProperty("k8s.namespace")));
        command.addAll(List.of(words));
        Path out = Files.createTempFile(directory, "kubectl", "");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + " failed");
            }
            return Files.readString(out);
        } finally {
            process.destroyForcibly();
            Files.delete(out);
        }
    }
}
