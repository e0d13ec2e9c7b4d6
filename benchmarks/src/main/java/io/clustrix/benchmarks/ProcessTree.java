package io.clustrix.benchmarks;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The CPU time of a process and of all that come from it.
 *
 * <p>Linux has two clocks for another process. {@code /proc/PID/stat} counts everything, cut to hundredths of a second;
 * {@code /proc/PID/task/*}{@code /schedstat} counts nanoseconds, without the threads that have ended. Neither counts
 * too much, so the larger is nearer to the truth. Children that have ended are counted by their parent once it has
 * waited for them. Elsewhere there is only what the JDK offers.
 */
record ProcessTree(ProcessHandle root) {
    private static final Path PROC = Path.of("/proc");
    private static final double NANOS = 1e9;

    /** Linux tells user space times in this unit on every architecture that has a JDK. */
    private static final double TICKS_PER_SECOND = 100;

    /** Where in {@code /proc/PID/stat}, counted from the end of the program's name, the times stand. */
    private static final int USER = 11;

    private static final int SYSTEM = 12;
    private static final int ENDED_USER = 13;
    private static final int ENDED_SYSTEM = 14;

    /** Of the process itself and all that come from it. */
    double cpuSeconds() {
        return Stream.concat(Stream.of(root), root.descendants())
                .mapToDouble(p -> own(p) + ended(p))
                .sum();
    }

    /** Of each process that comes from it and is alive, without those that these have started. */
    List<Double> cpuSecondsOfDescendants() {
        return root.descendants().map(ProcessTree::own).toList();
    }

    private static double own(ProcessHandle process) {
        if (!Files.isDirectory(PROC.resolve("self"))) {
            return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / NANOS;
        }
        String[] stat = stat(process);
        return Math.max(seconds(stat, USER) + seconds(stat, SYSTEM), ofThreads(process));
    }

    private static double ended(ProcessHandle process) {
        String[] stat = stat(process);
        return seconds(stat, ENDED_USER) + seconds(stat, ENDED_SYSTEM);
    }

    private static double seconds(String[] stat, int field) {
        return field < stat.length ? Long.parseLong(stat[field]) / TICKS_PER_SECOND : 0;
    }

    private static String[] stat(ProcessHandle process) {
        try {
            String text = Files.readString(directory(process).resolve("stat"));
            return text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
        } catch (IOException e) {
            return new String[0]; // it has ended, and its parent counts it
        }
    }

    private static double ofThreads(ProcessHandle process) {
        long nanos = 0;
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(directory(process).resolve("task"))) {
            for (Path thread : threads) {
                nanos += ofThread(thread);
            }
        } catch (IOException e) {
            return 0;
        }
        return nanos / NANOS;
    }

    private static long ofThread(Path thread) {
        try {
            String text = Files.readString(thread.resolve("schedstat"));
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (IOException e) {
            return 0; // it has ended, or the kernel keeps no such account
        }
    }

    private static Path directory(ProcessHandle process) {
        return PROC.resolve(Long.toString(process.pid()));
    }
}
