package io.clustrix.benchmarks;

import io.clustrix.Clustrix;
import io.clustrix.internal.host.CountingHost;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A driver with a class path of its own. For each line on its standard input it runs one job, and prints what that has
 * cost until its result was there, and, a line later, what came after.
 */
public final class WarmProgram {
    private static final long LIMIT_SECONDS = 120;

    /** Longer than it takes until the files of a job that is over have been removed. */
    private static final long AFTERWARDS_MILLIS = 2500;

    private WarmProgram() {}

    /** The argument is a file with the configuration. */
    @SuppressWarnings("SystemOut") // the benchmark reads it
    public static void main(String[] args) throws Exception {
        HostTap tap = new HostTap();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Clustrix clustrix = SlurmBed.open(Files.readString(Path.of(args[0])), tap)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                tap.reset();
                int x = line.length();
                long start = System.nanoTime();
                int result = clustrix.submit(() -> x + 1).get(LIMIT_SECONDS, TimeUnit.SECONDS);
                long millis = (System.nanoTime() - start) / 1_000_000;
                SmallCall.check(x + 1, result);
                System.out.println("job " + millis + text(tap));
                tap.reset();
                Thread.sleep(AFTERWARDS_MILLIS);
                System.out.println("after " + AFTERWARDS_MILLIS + text(tap));
            }
        }
    }

    private static String text(HostTap tap) {
        return tap.tallies().entrySet().stream().map(WarmProgram::text).collect(Collectors.joining());
    }

    private static String text(Map.Entry<String, CountingHost.Tally> e) {
        CountingHost.Tally t = e.getValue();
        return " " + e.getKey() + "," + t.calls() + "," + t.bytesIn() + "," + t.bytesOut();
    }
}
