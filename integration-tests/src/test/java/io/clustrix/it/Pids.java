package io.clustrix.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes of the operating system. */
final class Pids {
    private Pids() {}

    /** Whether a process runs; a zombie, which only waits to be looked at by its parent, does not. */
    static boolean isAlive(long pid) {
        try {
            Path stat = Path.of("/proc", Long.toString(pid), "stat");
            if (Files.isDirectory(Path.of("/proc/self"))) {
                String text = Files.readString(stat);
                return text.charAt(text.lastIndexOf(')') + 2) != 'Z';
            }
        } catch (IOException e) {
            return false;
        }
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /** The worker processes of this JVM whose command line has this word. */
    static List<ProcessHandle> workersWith(String word) {
        return ProcessHandle.current()
                .children()
                .filter(p -> p.info().commandLine().orElse("").contains(word))
                .toList();
    }
}
