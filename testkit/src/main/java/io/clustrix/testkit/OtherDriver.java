package io.clustrix.testkit;

import io.clustrix.Clustrix;
import io.clustrix.JobFuture;
import io.clustrix.MapFuture;
import io.clustrix.spi.ErrorPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A driver in a JVM of its own, where nobody else has threads or processes. What it finds it writes into a file. */
final class OtherDriver {
    private static final long LONGEST_MILLIS = 120_000;

    private final Path configuration;
    private final Path shared;
    private final long patience;
    private final Marks report;

    private OtherDriver(String what, Path configuration, Path shared, long patience) {
        this.configuration = configuration;
        this.shared = shared;
        this.patience = patience;
        report = new Marks(shared.resolve(what + ".report"));
    }

    /** Arguments: close or reattach, the configuration, the shared directory, and the patience in milliseconds. */
    public static void main(String[] args) throws Exception {
        OtherDriver driver = new OtherDriver(args[0], Path.of(args[1]), Path.of(args[2]), Long.parseLong(args[3]));
        if (args[0].equals("close")) {
            driver.close();
        } else {
            driver.reattach();
        }
    }

    private String file(String name) {
        return shared.resolve(name).toString();
    }

    private Clustrix open() {
        return Clustrix.builder().configFile(configuration).open();
    }

    /** Submits, and waits for its death. */
    private void reattach() throws Exception {
        try (Clustrix clustrix = open()) {
            String gate = file("reattach.gate");
            String ran = file("reattach.ran");
            JobFuture<Integer> one = clustrix.withName("reattach-one").submit(() -> mapped(ran, gate, "one", 4711));
            MapFuture<Integer> map = clustrix.withName("reattach-map")
                    .withChunkSize(2)
                    .onError(ErrorPolicy.COLLECT)
                    .map(0, 4, i -> mapped(ran, gate, Integer.toString(i), i * 10));
            clustrix.runId().ifPresent(id -> report.add("run " + id));
            report.add("submitted " + one.key() + " " + map.key());
            Thread.sleep(LONGEST_MILLIS);
        }
    }

    private static int mapped(String ran, String gate, String name, int result) throws Exception {
        new Marks(Path.of(ran)).add(name);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
        while (!Files.exists(Path.of(gate)) && System.nanoTime() < end) {
            Thread.sleep(25);
        }
        if (name.equals("1")) {
            throw new Tasks.OutOfInkException(1);
        }
        return result;
    }

    /** Closes in the midst of work, and looks at what is left. */
    private void close() throws Exception {
        Set<Thread> before = threads();
        Clustrix clustrix = open();
        JobFuture<Integer> one = clustrix.withName("close-one").submit(() -> 1);
        MapFuture<Integer> map = clustrix.withName("close-map").withChunkSize(3).map(0, 3, i -> i);
        one.get(patience, TimeUnit.MILLISECONDS);
        map.get(patience, TimeUnit.MILLISECONDS);
        report.add("done " + one.key());
        report.add("done " + map.key());
        String marks = file("close.running");
        String gate = file("close.gate"); // which nobody opens
        JobFuture<String> running =
                clustrix.withName("close-running").submit(() -> Tasks.waiting(marks, gate, LONGEST_MILLIS));
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
        while (new Marks(Path.of(marks)).size() == 0 && System.nanoTime() < end) {
            Thread.sleep(25);
        }
        JobFuture<Integer> late = clustrix.withName("close-late").submit(() -> {
            Thread.sleep(LONGEST_MILLIS);
            return 2;
        });

        clustrix.close();
        clustrix.close();

        for (JobFuture<?> job : List.of(running, late)) {
            if (!job.isDone()) {
                problem(job.name() + " is not done after close(); it is " + job.status());
                continue;
            }
            Throwable failure = job.<@Nullable Throwable>handle((value, e) -> e).getNow(null);
            if (!(failure instanceof CancellationException)) {
                problem(job.name() + " should have failed with a CancellationException, not " + failure);
            }
        }
        try {
            JobFuture<Integer> taken = clustrix.submit(() -> 3);
            problem("submit() after close() was not refused; the job is " + taken.status());
        } catch (IllegalStateException e) {
            // as it must be
        }
        left(before);
        report.add("closed .");
    }

    private void left(Set<Thread> before) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(15_000, patience));
        Set<Thread> threads = threads();
        while (System.nanoTime() < end) {
            threads = threads();
            threads.removeAll(before);
            if (threads.isEmpty() && children().isEmpty()) {
                return;
            }
            Thread.sleep(50);
        }
        threads.forEach(t -> problem("thread '" + t.getName() + "' is left after close()"));
        children().forEach(p -> problem("process " + p + " is left after close()"));
    }

    /** Those of the user's code and ours; not those that the JDK keeps for itself. */
    private static Set<Thread> threads() {
        Set<Thread> found = new HashSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            ThreadGroup group = thread.getThreadGroup();
            boolean jdk = group == null
                    || group.getName().equals("system")
                    || group.getName().equals("InnocuousThreadGroup")
                    || thread.getName().startsWith("ForkJoinPool.commonPool-")
                    || thread.getName().startsWith("CompletableFutureDelayScheduler")
                    // Before Java 21 the JDK's HTTP client can't be closed; its thread ends once it is collected.
                    || thread.getName().matches("HttpClient-[0-9]+-SelectorManager");
            if (!jdk && thread.isAlive()) {
                found.add(thread);
            }
        }
        return found;
    }

    private static List<String> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(ProcessHandle::isAlive)
                .map(p -> p.pid() + " " + p.info().command().orElse(""))
                .toList();
    }

    private void problem(String text) {
        report.add("problem " + text.replace('\n', ' '));
    }
}
