package io.clustrix.internal.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A driver of its own: writes a journal until it is killed, or takes a lock. */
final class JournalProcess {
    private JournalProcess() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("write")) {
            try (Journal journal = Journal.open(Path.of(args[1]), r -> {})) {
                for (int i = 1; ; i++) {
                    journal.append(("record " + i).getBytes(StandardCharsets.UTF_8));
                    // One write for a line, so that no half of a number is seen.
                    System.out.write(String.format("%07d%n", i).getBytes(StandardCharsets.US_ASCII));
                    System.out.flush();
                }
            }
        }
        boolean systemLocks = Boolean.parseBoolean(args[2]);
        LockHolder real = LockHolder.self();
        LockHolder self = new LockHolder(real.host(), real.place() + args[3], real.pid(), real.started(), false);
        RunLock.Times times = new RunLock.Times(Duration.ofMillis(100), Duration.ofMillis(Long.parseLong(args[4])));
        System.out.println("ready");
        while (System.in.read() >= 0) {
            try {
                RunLock.acquire(Path.of(args[1]), () -> System.out.println("lost"), self, times, systemLocks);
                System.out.println("held");
            } catch (LockedException e) {
                System.out.println("locked " + e.getMessage().replace('\n', ' '));
            }
        }
    }

    static Process start(String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                JournalProcess.class.getName()));
        words.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
