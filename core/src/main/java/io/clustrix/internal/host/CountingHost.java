package io.clustrix.internal.host;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Counts what goes to a host, by kind of command: how often, how many bytes each way, how long. For benchmarks and
 * tests that hold a number of round trips, and for whoever looks for what is slow. Thread-safe; costs nothing worth
 * mentioning.
 */
public final class CountingHost implements Host {
    private final Host host;
    private final Function<Command, String> label;
    private final Map<String, Tally> tallies = new TreeMap<>();

    /**
     * What went over, of one kind.
     *
     * @param calls how many commands, including those that failed
     * @param failures how many of them ended with an exception
     * @param bytesIn how many bytes they were given on their standard input
     * @param bytesOut how many bytes of outputs came back, as far as the host kept them
     * @param took how long the callers waited, summed up
     */
    public record Tally(long calls, long failures, long bytesIn, long bytesOut, Duration took) {
        static final Tally ZERO = new Tally(0, 0, 0, 0, Duration.ZERO);

        Tally plus(Tally other) {
            return new Tally(
                    calls + other.calls,
                    failures + other.failures,
                    bytesIn + other.bytesIn,
                    bytesOut + other.bytesOut,
                    took.plus(other.took));
        }
    }

    /**
     * Counts by the first word, and scripts given to {@code sh -c} by the name that follows them.
     *
     * @param host is closed with this one
     */
    public CountingHost(Host host) {
        this(host, CountingHost::firstWord);
    }

    /**
     * Counts by a label.
     *
     * @param host is closed with this one
     * @param label the kind of a command; called by any thread
     */
    public CountingHost(Host host, Function<Command, String> label) {
        this.host = host;
        this.label = label;
    }

    private static String firstWord(Command command) {
        var words = command.words();
        int shell = words.indexOf("sh");
        boolean script =
                shell >= 0 && words.size() > shell + 3 && words.get(shell + 1).equals("-c");
        return script ? words.get(shell + 3) : words.get(0);
    }

    /** What was counted since the start or the last {@link #reset()}, by label. */
    public synchronized Map<String, Tally> byLabel() {
        return Map.copyOf(tallies);
    }

    /** All of it. */
    public synchronized Tally total() {
        return tallies.values().stream().reduce(Tally.ZERO, Tally::plus);
    }

    /** Starts at zero again. Commands that run are counted when they end. */
    public synchronized void reset() {
        tallies.clear();
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        return counted(command, host::run);
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        Counter counter = new Counter(out);
        try {
            return counted(command, c -> host.run(c, counter));
        } finally {
            count(command, new Tally(0, 0, 0, counter.bytes(), Duration.ZERO));
        }
    }

    private interface Run {
        CommandResult of(Command command) throws InterruptedException;
    }

    private CommandResult counted(Command command, Run run) throws InterruptedException {
        Counter in = new Counter(OutputStream.nullOutputStream());
        Command watched = command.withInput(out -> command.input().writeTo(new Both(out, in)));
        long begun = System.nanoTime();
        long outBytes = 0;
        boolean ended = false;
        try {
            CommandResult result = run.of(watched);
            outBytes = length(result.out()) + length(result.err());
            ended = true;
            return new CommandResult(
                    command, result.exit(), result.out(), result.err(), result.truncated(), result.took());
        } finally {
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            count(command, new Tally(1, ended ? 0 : 1, in.bytes(), outBytes, took));
        }
    }

    private static long length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private synchronized void count(Command command, Tally tally) {
        tallies.merge(label.apply(command), tally, Tally::plus);
    }

    @Override
    public void close() {
        host.close();
    }

    /** Counts what goes through; does not close what it writes to. */
    private static final class Counter extends OutputStream {
        private final OutputStream to;
        private long bytes;

        Counter(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            to.write(b);
            add(1);
        }

        @Override
        public void write(byte[] data, int off, int len) throws IOException {
            to.write(data, off, len);
            add(len);
        }

        private synchronized void add(int n) {
            bytes += n;
        }

        synchronized long bytes() {
            return bytes;
        }
    }

    /** Writes to the first, and what that has taken to the second. */
    private static final class Both extends OutputStream {
        private final OutputStream first;
        private final OutputStream second;

        Both(OutputStream first, OutputStream second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public void write(int b) throws IOException {
            first.write(b);
            second.write(b);
        }

        @Override
        public void write(byte[] data, int off, int len) throws IOException {
            first.write(data, off, len);
            second.write(data, off, len);
        }
    }
}
