package io.clustrix.worker;

import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What this process has used so far, as Linux counts it; elsewhere nothing is known. Read from {@code /proc}, as the
 * JDK's own beans for it take longer to load than a short job.
 */
final class ProcessUse {
    /** The unit of times in {@code stat}: {@code USER_HZ}, which is 100 wherever there is a JVM for Linux. */
    private static final long TICK_MILLIS = 10;

    /** The place of {@code utime} behind the command's name; {@code stime}, {@code cutime}, {@code cstime} follow. */
    private static final int USER_TIME = 11;

    private static final int LONGEST_LINE = 4096;

    private ProcessUse() {}

    /**
     * CPU time in milliseconds, of this process and of the children that it has waited for.
     *
     * @return -1 if it is not known
     */
    static long cpuMillis() {
        return cpuMillis("/proc/self/stat");
    }

    static long cpuMillis(String file) {
        try (BufferedReader in = reader(file)) {
            String line = in.readLine();
            if (line == null) {
                return -1;
            }
            // The command's name stands in brackets, and may have blanks and brackets itself.
            int at = line.lastIndexOf(')') + 2;
            long ticks = 0;
            for (int field = 0; field < USER_TIME + 4; field++) {
                int end = line.indexOf(' ', at);
                end = end < 0 ? line.length() : end;
                if (field >= USER_TIME) {
                    ticks += Long.parseLong(line.substring(at, end));
                }
                at = end + 1;
            }
            return ticks * TICK_MILLIS;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    /**
     * The most memory that this process has had at a time, without its children.
     *
     * @return in bytes; -1 if it is not known
     */
    static long peakBytes() {
        return peakBytes("/proc/self/status");
    }

    static long peakBytes(String file) {
        try (BufferedReader in = reader(file)) {
            String line;
            while ((line = in.readLine()) != null) {
                if (line.startsWith("VmHWM:") && line.endsWith(" kB")) {
                    return Long.parseLong(line.substring("VmHWM:".length(), line.length() - " kB".length())
                                    .strip())
                            << 10;
                }
            }
        } catch (IOException | RuntimeException e) {
            // not on this system
        }
        return -1;
    }

    private static BufferedReader reader(String file) throws IOException {
        return new BufferedReader(new FileReader(file, StandardCharsets.ISO_8859_1), LONGEST_LINE);
    }
}
