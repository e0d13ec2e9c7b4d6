package io.clustrix.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes of the operating system. */
public final class Pids {
    private Pids() {}

    /** Whether a process runs; a zombie, which only waits to be looked at by its parent, does not. */
    public static boolean isAlive(long pid) {
        return Files.isDirectory(Path.of("/proc/self"))
                ? state(pid) != 'Z' && state(pid) != '-'
                : ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** Its state as the kernel has it: R, S, D, T (stopped), Z (zombie); a dash if there is none. */
    static char state(long pid) {
        try {
            String text = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return text.charAt(text.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return '-';
        }
    }

    /** The worker processes of this JVM whose command line has this word. */
    static List<ProcessHandle> workersWith(String word) {
        return ProcessHandle.current()
                .children()
                .filter(p -> p.info().commandLine().orElse("").contains(word))
                .toList();
    }
}
