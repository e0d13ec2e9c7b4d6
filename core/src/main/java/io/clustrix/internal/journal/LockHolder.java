package io.clustrix.internal.journal;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who has a lock.
 *
 * @param host its name
 * @param place what two processes have in common if they can see each other: the host, its boot and the space of
 *     process ids. Names of hosts alone are not unique, and containers may share one
 * @param started when the process started, in milliseconds since 1970; ids are used again
 * @param released whether it has given the lock back
 */
record LockHolder(String host, String place, long pid, long started, boolean released) {
    /** The system derives start times from a clock that may be set. */
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(10);

    static LockHolder self() {
        ProcessHandle self = ProcessHandle.current();
        String host = read("/proc/sys/kernel/hostname");
        if (host.isEmpty()) {
            host = hostByNetwork();
        }
        String place = host + " " + read("/proc/sys/kernel/random/boot_id") + " " + link("/proc/self/ns/pid");
        return new LockHolder(host, place, self.pid(), started(self), false);
    }

    private static String hostByNetwork() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static String link(String file) {
        try {
            return Files.readSymbolicLink(Path.of(file)).toString();
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }

    private static long started(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    LockHolder asReleased() {
        return new LockHolder(host, place, pid, started, true);
    }

    byte[] text() {
        return String.join(
                        "\n",
                        "host=" + host,
                        "place=" + place,
                        "pid=" + pid,
                        "started=" + started,
                        "released=" + released,
                        "end",
                        "")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Null if it is not a whole one. */
    static @Nullable LockHolder parse(List<String> lines) {
        if (lines.size() != 6 || !lines.get(5).equals("end")) {
            return null;
        }
        try {
            return new LockHolder(
                    value(lines.get(0)),
                    value(lines.get(1)),
                    Long.parseLong(value(lines.get(2))),
                    Long.parseLong(value(lines.get(3))),
                    Boolean.parseBoolean(value(lines.get(4))));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String value(String line) {
        return line.substring(line.indexOf('=') + 1);
    }

    /** Whether this is known to be dead; false also if it can't be told. */
    boolean isDead(LockHolder observer) {
        if (!place.equals(observer.place)) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (process.isEmpty()) {
            return true;
        }
        long now = started(process.get());
        return now != 0 && started != 0 && Math.abs(now - started) > CLOCK_TOLERANCE.toMillis();
    }

    boolean isSameProcess(LockHolder other) {
        return place.equals(other.place) && pid == other.pid;
    }

    /** For messages. */
    String described() {
        return "process " + pid + " on " + host;
    }
}
