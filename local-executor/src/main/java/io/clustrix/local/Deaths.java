package io.clustrix.local;

import io.clustrix.spi.WorkerDiedException;
import io.clustrix.spi.WorkerDiedException.Death;
import io.clustrix.worker.Wire;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells from a process's end how a worker died, in words that help. */
final class Deaths {
    private Deaths() {}

    /**
     * The failure of the task that a worker was running when it ended.
     *
     * @param lastWords what the worker said of its end itself; may be empty
     * @param what the task, for the message
     */
    static WorkerDiedException whileRunning(String what, int exitCode, String lastWords, Tail tail) {
        if (exitCode == Wire.EXIT_OUT_OF_MEMORY) {
            return outOfMemory(what, tail, null);
        }
        boolean crashed = tail.contains("A fatal error has been detected by the Java Runtime Environment");
        if (exitCode > 128 || crashed) {
            String signal = crashed ? "" : signal(exitCode - 128);
            return new WorkerDiedException(
                    crashed ? Death.CRASH : Death.SIGNAL,
                    exitCode,
                    "the worker process " + (crashed ? "crashed" : "was killed by " + signal) + " while it ran " + what
                            + tail.quote(),
                    crashed
                            ? List.of("the JVM's error file named above tells where: usually native code")
                            : List.of(
                                    exitCode == 137
                                            ? "somebody sent SIGKILL: look for the kernel's out-of-memory killer (dmesg), a batch"
                                                    + " system's limit, or a person; worker-retries makes it run again"
                                            : "worker-retries makes it run again"),
                    null);
        }
        return new WorkerDiedException(
                Death.EXIT,
                exitCode,
                "the worker process ended with exit code " + exitCode + " while it ran " + what
                        + (lastWords.isEmpty() ? " (Runtime.halt, or native code that exits)" : ": " + lastWords)
                        + tail.quote(),
                List.of("a task must return or throw; System.exit and Runtime.halt end the process that runs it"),
                null);
    }

    /** The failure of a task that filled the heap. */
    static WorkerDiedException outOfMemory(String what, Tail tail, @Nullable OutOfMemoryError error) {
        return new WorkerDiedException(
                Death.OUT_OF_MEMORY,
                Wire.EXIT_OUT_OF_MEMORY,
                "the worker process had no memory left while it ran " + what
                        + (error == null ? "" : ": " + error.getMessage()) + tail.quote(),
                List.of("ask for more: memory in resources, @Cluster(memory = ...), or -Xmx in jvm-options; or let"
                        + " fewer tasks hold less at once"),
                error);
    }

    /** The failure of jobs whose workers never come up. */
    static WorkerDiedException notStarted(int exitCode, String why, Tail tail) {
        return new WorkerDiedException(
                Death.NOT_STARTED,
                exitCode,
                "a worker process could not be started: " + why + tail.quote(),
                List.of("look at java, jvm-options, memory and directory of the local executor"),
                null);
    }

    private static String signal(int n) {
        return switch (n) {
            case 1 -> "SIGHUP";
            case 2 -> "SIGINT";
            case 3 -> "SIGQUIT";
            case 4 -> "SIGILL";
            case 6 -> "SIGABRT";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 15 -> "SIGTERM";
            case 24 -> "SIGXCPU";
            default -> "signal " + n;
        };
    }
}
