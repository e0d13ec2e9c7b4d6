package io.clustrix.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;

/** What figures depend on besides the program. */
final class Surroundings {
    private Surroundings() {}

    /** One line: date, processors, Java, system, and what else the machine is busy with. */
    static String describe() {
        return String.format(
                Locale.ROOT,
                "%s; %d x %s; Java %s (%s); %s %s; load before: %s",
                LocalDate.now(ZoneOffset.UTC),
                Runtime.getRuntime().availableProcessors(),
                processor(),
                System.getProperty("java.runtime.version"),
                System.getProperty("java.vendor"),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                load());
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(l -> l.startsWith("model name"))
                    .map(l -> l.substring(l.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElseGet(() -> System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    static String load() {
        try {
            String text = Files.readString(Path.of("/proc/loadavg"));
            return text.substring(0, text.indexOf(' '));
        } catch (IOException e) {
            return "unknown";
        }
    }
}
