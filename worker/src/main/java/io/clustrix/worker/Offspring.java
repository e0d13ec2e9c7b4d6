package io.clustrix.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The processes that a worker has started, and those that these have started: also where one in between has ended, so
 * that the kernel no longer knows who belongs to whom. They are known by an environment variable that they have
 * inherited.
 */
public final class Offspring {
    /** The variable's name; its value is the worker's own. Configurations leave names of this beginning alone. */
    public static final String VARIABLE = "CLUSTRIX_WORKER_ID";

    private static final Path PROCESSES = Path.of("/proc");

    private Offspring() {}

    /** Those of the worker with this value that are to be found; none where the system does not show them. */
    public static List<ProcessHandle> of(String worker) {
        List<ProcessHandle> found = new ArrayList<>();
        byte[] wanted = (VARIABLE + "=" + worker).getBytes(StandardCharsets.UTF_8);
        long self = ProcessHandle.current().pid();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[1-9]*")) {
            for (Path process : processes) {
                if (has(process.resolve("environ"), wanted)) {
                    long pid = Long.parseLong(process.getFileName().toString());
                    if (pid != self) {
                        ProcessHandle.of(pid).ifPresent(found::add);
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            return found; // not Linux, or nothing of ours
        }
        return found;
    }

    /** Whether a process has a variable; not so if it has just ended or is another user's. */
    private static boolean has(Path environment, byte[] wanted) {
        byte[] all;
        try {
            all = Files.readAllBytes(environment);
        } catch (IOException e) {
            return false;
        }
        int start = 0;
        for (int i = 0; i < all.length; i++) {
            if (all[i] == 0) {
                if (i - start == wanted.length && Arrays.equals(all, start, i, wanted, 0, wanted.length)) {
                    return true;
                }
                start = i + 1;
            }
        }
        return false;
    }
}
