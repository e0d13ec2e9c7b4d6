package io.clustrix.benchmarks;

import io.clustrix.internal.host.CountingHost;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Credentials;
import io.clustrix.spi.Host;
import io.clustrix.spi.Secret;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a driver does on its hosts: which commands, when, and how many bytes each way. Thread-safe. */
final class HostTap implements Credentials {
    private final List<CountingHost> hosts = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();

    /**
     * A command that has ended.
     *
     * @param kind a script's name, or a program's
     * @param began by {@link System#nanoTime}
     * @param ended by {@link System#nanoTime}
     */
    record Call(String kind, long began, long ended) {
        boolean isLook() {
            return kind.equals("clustrix-look");
        }
    }

    /** Keys are enough for the benchmarks. */
    @Override
    public Optional<Secret> answer(Question question) {
        return Optional.empty();
    }

    synchronized Host watch(Host host) {
        CountingHost counting = new CountingHost(host, HostTap::kind);
        hosts.add(counting);
        return new Watched(counting);
    }

    /** Forgets everything. */
    synchronized void reset() {
        calls.clear();
        hosts.forEach(CountingHost::reset);
    }

    /** Those that ended since the start or the last {@link #reset()}. */
    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    synchronized Map<String, CountingHost.Tally> tallies() {
        Map<String, CountingHost.Tally> all = new TreeMap<>();
        hosts.forEach(h -> all.putAll(h.byLabel())); // each benchmark has one host
        return all;
    }

    private synchronized void ended(Call call) {
        calls.add(call);
    }

    /** A script's name, or the first word that is neither {@code env} nor for it. */
    static String kind(Command command) {
        List<String> words = command.words();
        int shell = words.indexOf("sh");
        if (shell >= 0 && words.size() > shell + 3 && words.get(shell + 1).equals("-c")) {
            return words.get(shell + 3);
        }
        int i = 0;
        while (i < words.size() - 1) {
            String word = words.get(i);
            if (word.equals("-u")) {
                i += 2;
            } else if (word.equals("env") || word.contains("=")) {
                i++;
            } else {
                break;
            }
        }
        return words.get(i).substring(words.get(i).lastIndexOf('/') + 1);
    }

    private final class Watched implements Host {
        private final Host host;

        Watched(Host host) {
            this.host = host;
        }

        @Override
        public String name() {
            return host.name();
        }

        @Override
        public CommandResult run(Command command) throws InterruptedException {
            long began = System.nanoTime();
            try {
                return host.run(command);
            } finally {
                ended(new Call(kind(command), began, System.nanoTime()));
            }
        }

        @Override
        public CommandResult run(Command command, OutputStream out) throws InterruptedException {
            long began = System.nanoTime();
            try {
                return host.run(command, out);
            } finally {
                ended(new Call(kind(command), began, System.nanoTime()));
            }
        }

        @Override
        public void close() {
            host.close();
        }
    }
}
