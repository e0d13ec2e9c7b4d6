package io.clustrix.internal.batch;

import io.clustrix.internal.host.LocalShell;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** This machine with trouble: commands fail as a test has ordered, each kind by itself. */
final class FaultyHost implements Host {
    /** What becomes of a command. */
    @FunctionalInterface
    interface Fault {
        CommandResult run(Command command, Real real) throws InterruptedException;
    }

    /** Runs the command after all. */
    interface Real {
        CommandResult run() throws InterruptedException;
    }

    private static final List<String> VERBS = List.of("submit", "status", "find", "cancel", "history", "info");

    private final LocalShell shell;
    private final Map<String, Deque<Fault>> once = new ConcurrentHashMap<>();
    private final Map<String, Fault> always = new ConcurrentHashMap<>();
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    FaultyHost(LocalShell shell) {
        this.shell = shell;
    }

    /** The next commands of this kind (look, fetch, submit, status, find, cancel, history, ...) fare like this. */
    void next(String kind, Fault... faults) {
        Deque<Fault> queue = once.computeIfAbsent(kind, k -> new ArrayDeque<>());
        synchronized (queue) {
            queue.addAll(List.of(faults));
        }
    }

    /** All commands of this kind fare like this. */
    void always(String kind, Fault fault) {
        always.put(kind, fault);
    }

    void never(String kind) {
        always.remove(kind);
    }

    /** How many commands of this kind there were. */
    int count(String kind) {
        synchronized (log) {
            return Collections.frequency(log, kind);
        }
    }

    /** The link breaks before the command arrives. */
    static Fault unreachable() {
        return (c, real) -> {
            throw new HostException("the link broke");
        };
    }

    /** The command does its work, and the answer is lost. */
    static Fault deaf() {
        return (c, real) -> {
            real.run();
            throw new HostException("the answer was lost");
        };
    }

    /** The host does not let us in any more. */
    static Fault refused() {
        return (c, real) -> {
            throw new HostException(io.clustrix.spi.Fault.USER, false, "no log-in", List.of("ask"), null);
        };
    }

    /** A host that has never been reached by this program, and whose name nobody knows. */
    static Fault unknown() {
        return (c, real) -> {
            throw new HostException(
                    io.clustrix.spi.Fault.CONFIGURATION,
                    false,
                    "nobody knows the name",
                    List.of("is a VPN off?"),
                    new java.net.UnknownHostException("fake"));
        };
    }

    static Fault answers(int exit, String out, String err) {
        return (c, real) -> CommandResult.of(c, exit, out, err);
    }

    static String kind(Command command) {
        List<String> words = command.words();
        for (String word : words) {
            if (word.startsWith("clustrix-")) {
                return word.substring("clustrix-".length());
            }
        }
        return words.stream().filter(VERBS::contains).findFirst().orElse("other");
    }

    private @Nullable Fault fault(String kind) {
        log.add(kind);
        Deque<Fault> queue = once.get(kind);
        if (queue != null) {
            synchronized (queue) {
                Fault fault = queue.poll();
                if (fault != null) {
                    return fault;
                }
            }
        }
        return always.get(kind);
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        Fault fault = fault(kind(command));
        return fault == null ? shell.run(command) : fault.run(command, () -> shell.run(command));
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        Fault fault = fault(kind(command));
        if (fault == null) {
            return shell.run(command, out);
        }
        CommandResult result = fault.run(command, () -> shell.run(command, out));
        try {
            out.write(result.out().getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new HostException("the answer can't be kept", List.of(), e);
        }
        return new CommandResult(command, result.exit(), "", result.err(), false, result.took());
    }

    @Override
    public void close() {
        shell.close();
    }
}
