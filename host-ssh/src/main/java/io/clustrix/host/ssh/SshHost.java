package io.clustrix.host.ssh;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.schmizz.sshj.common.SSHException;
import net.schmizz.sshj.connection.channel.OpenFailException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands over channels of one connection.
 *
 * <p>The calling thread takes the output; whatever writes to the connection does it on a thread of the host, because a
 * write can be stuck in a dead connection beyond any timeout.
 */
final class SshHost implements Host {
    private static final Logger LOG = LoggerFactory.getLogger(SshHost.class);
    private static final int KEPT_OF_OUTPUT = 4 << 20;
    private static final Command.Input NO_INPUT = Command.of("true").input();
    private static final Duration SIGNALLED = Duration.ofMillis(300);
    private static final Duration KILLING = Duration.ofSeconds(2);
    private static final Duration INPUT_ENDS = Duration.ofSeconds(1);
    private static final Duration SESSION_PAUSE = Duration.ofMillis(100);
    private static final int QUOTED = 2000;

    private final String name;
    private final Links links;
    private final Semaphore slots;
    private final int channels;
    private final ExecutorService threads;
    private final ScheduledExecutorService clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<ExecChannel, Callable<Boolean>> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    SshHost(String name, Links links, int channels, ExecutorService threads, ScheduledExecutorService clock) {
        this.name = name;
        this.links = links;
        this.slots = new Semaphore(channels, true);
        this.channels = channels;
        this.threads = threads;
        this.clock = clock;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        Beginning out = new Beginning(KEPT_OF_OUTPUT);
        CommandResult result = run(command, out);
        return new CommandResult(command, result.exit(), out.toString(), result.err(), out.truncated(), result.took());
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        long start = System.nanoTime();
        Deadline deadline = Deadline.in(command.timeout());
        if (closed) {
            throw closed(name, command, "it was not sent");
        }
        if (!slots.tryAcquire(Math.max(0, deadline.nanos()), TimeUnit.NANOSECONDS)) {
            throw new HostException(
                    Words.of(command) + " was not sent to " + name + ": its " + channels
                            + " channels had no place for it within " + Words.of(command.timeout()),
                    "give it more time, or raise max-channels if the server allows it (MaxSessions)");
        }
        try {
            CommandResult result = new Call(command, deadline, out, start).run();
            LOG.debug("{}: {} ended with {} after {}", name, command, result.exit(), Words.of(result.took()));
            return result;
        } finally {
            slots.release();
        }
    }

    private void later(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            // This host is closed, and its connection with it.
        }
    }

    // Closing is a message too.
    private void discard(FlowChannel channel) {
        if (!channel.isOver()) {
            later(channel::abandon);
        }
    }

    static HostException closed(String name, Command command, String state) {
        return new HostException(
                Fault.USER,
                false,
                "the connection to " + name + " was closed by this program; of " + Words.of(command) + ": " + state,
                List.of(),
                null);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        List<Future<Boolean>> kills =
                running.values().stream().map(threads::submit).toList();
        Deadline deadline = Deadline.in(KILLING);
        boolean interrupted = false;
        for (Future<Boolean> kill : kills) {
            try {
                kill.get(Math.max(1, deadline.nanos()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("a command of {} could not be killed", name, e);
            }
        }
        links.close();
        threads.shutdownNow();
        clock.shutdownNow();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One call of {@code run}. */
    private final class Call {
        private final Command command;
        private final Deadline deadline;
        private final long start;
        private final String marker;
        private final CommandLine line;
        private final AfterMarker output;

        Call(Command command, Deadline deadline, OutputStream out, long start) {
            this.command = command;
            this.deadline = deadline;
            this.start = start;
            byte[] bytes = new byte[12];
            random.nextBytes(bytes);
            this.marker = "clustrix-" + HexFormat.of().formatHex(bytes);
            this.line = CommandLine.of(command.words(), marker);
            this.output = new AfterMarker(marker, out);
        }

        CommandResult run() throws InterruptedException {
            Duration pause = SESSION_PAUSE;
            while (true) {
                Link link = links.get(command, deadline);
                ExecChannel channel = link.channel(marker, SshHost.this::later);
                running.put(channel, () -> killed(link, channel));
                try {
                    if (started(link, channel)) {
                        return talk(link, channel);
                    }
                } catch (OpenFailException e) {
                    running.remove(channel);
                    retrySession(e, pause);
                    pause = pause.multipliedBy(2);
                } finally {
                    running.remove(channel);
                }
            }
        }

        // Too many sessions, very likely: other commands of ours, or of a program that shares the server's limit.
        private void retrySession(OpenFailException e, Duration pause) throws InterruptedException {
            boolean alone = running.isEmpty() && pause.compareTo(Duration.ofSeconds(2)) > 0;
            if (alone || deadline.nanos() < pause.toNanos()) {
                throw new HostException(
                        Fault.SITE,
                        true,
                        name + " lets us in, but refuses to run " + Words.of(command) + ": " + e.getMessage(),
                        List.of("max-channels (" + channels + ") may be more than the server's MaxSessions"),
                        e);
            }
            Thread.sleep(Math.min(pause.toMillis(), 2000));
        }

        // False: nothing was sent, the connection broke before that.
        private boolean started(Link link, ExecChannel channel) throws InterruptedException, OpenFailException {
            Future<Boolean> opening = submit(() -> {
                channel.open(deadline);
                boolean sent = channel.exec(line.text(), deadline);
                if (sent && !hasInput()) {
                    endInput(channel);
                }
                return sent;
            });
            try {
                return opening.get(Math.max(1, deadline.nanos()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                abort(link, channel);
                throw e;
            } catch (TimeoutException e) {
                throw tooLong(link, channel);
            } catch (ExecutionException e) {
                return failed(link, channel, e.getCause() == null ? e : e.getCause());
            }
        }

        private boolean failed(Link link, ExecChannel channel, Throwable why)
                throws OpenFailException, InterruptedException {
            boolean sent = !channel.withdraw();
            if (why instanceof OpenFailException refused) {
                throw refused;
            }
            if (closed) {
                throw closed(name, command, sent ? "nothing is known" : "it was not sent");
            }
            if (deadline.isOver()) {
                throw tooLong(link, channel);
            }
            if (!sent) {
                if (link.isAlive()) {
                    // It answered neither yes nor no to the request for a channel: it is no good any more.
                    link.breakOff("no answer to the request for a channel: " + Words.of(why));
                }
                return false;
            }
            if (link.isAlive() && !Link.broke(why)) {
                abort(link, channel);
                throw new HostException(
                        Fault.SITE,
                        false,
                        name + " refuses to run commands: " + Words.of(why),
                        List.of("the account or key may be restricted to something else; try: ssh " + name + " true"),
                        why);
            }
            throw broken(link, why);
        }

        private CommandResult talk(Link link, ExecChannel channel) throws InterruptedException {
            Feed feed = new Feed(channel, line.preamble(), command.input(), () -> kill(link, channel));
            Future<?> feeding = hasInput() ? submit(Executors.callable(feed)) : CompletableFuture.completedFuture("");
            // Where output is slow to be taken, this thread can't look at the clock.
            ScheduledFuture<?> alarm = schedule(() -> kill(link, channel));
            try {
                CommandResult result = result(channel);
                if (feed.failure().isPresent()) {
                    throw noInput(feed.failure().get());
                }
                return result;
            } catch (TimeoutException e) {
                throw tooLong(link, channel);
            } catch (InterruptedException e) {
                abort(link, channel);
                throw e;
            } catch (HostException e) {
                abort(link, channel);
                throw e;
            } catch (SSHException e) {
                throw broken(link, e);
            } finally {
                alarm.cancel(false);
                discard(channel);
                if (!feeding.isDone()) {
                    feeding.cancel(true);
                    feed.done().await(INPUT_ENDS.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        }

        @SuppressWarnings("ReferenceEquality") // what has no input need not be asked for it, on a thread of its own
        private boolean hasInput() {
            return command.input() != NO_INPUT || !line.preamble().isEmpty();
        }

        private void endInput(ExecChannel channel) throws SSHException {
            try {
                channel.sendEnd();
            } catch (SSHException e) {
                throw e;
            } catch (IOException e) {
                // The command has ended already.
            }
        }

        private HostException noInput(Throwable why) {
            return new HostException(
                    Fault.USER,
                    false,
                    "the input of " + Words.of(command) + " on " + name + " can't be read: " + why + ". It was killed",
                    List.of(),
                    why);
        }

        private CommandResult result(ExecChannel channel) throws InterruptedException, TimeoutException, SSHException {
            byte @Nullable [] piece;
            while ((piece = channel.take(deadline)) != null) {
                take(piece);
                channel.dealtWithLater(piece.length);
            }
            channel.awaitClosed(deadline);
            if (deadline.isOver()) {
                throw new TimeoutException();
            }
            if (closed) {
                throw closed(name, command, "it was killed");
            }
            OptionalInt exit = channel.exit();
            if (!output.found()) {
                throw noShell(exit, channel.errors());
            }
            if (exit.isEmpty()) {
                throw new HostException(
                        name + " ended " + Words.of(command)
                                + " without telling its exit code; nothing is known of its effect",
                        "the server may have been shutting down");
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            return new CommandResult(command, exit.getAsInt(), "", channel.errors(), false, took);
        }

        private void take(byte[] piece) {
            boolean expected;
            try {
                expected = output.accept(piece);
            } catch (IOException | RuntimeException e) {
                throw new HostException(
                        Fault.USER,
                        false,
                        "the output of " + Words.of(command) + " on " + name + " could not be taken: " + e
                                + ". It was killed",
                        List.of(),
                        e);
            }
            if (!expected) {
                throw noShell(OptionalInt.empty(), "");
            }
        }

        private HostException noShell(OptionalInt exit, String errors) {
            String said = (output.before() + " " + errors).strip();
            return new HostException(
                    Fault.SITE,
                    false,
                    name + " did not run " + Words.of(command)
                            + (exit.isPresent() ? ", but ended with exit code " + exit.getAsInt() : "")
                            + (said.isEmpty()
                                    ? " and said nothing"
                                    : ". It said: " + said.substring(0, Math.min(QUOTED, said.length()))),
                    List.of("log in with ssh and see; the account's shell or its start-up files may end the session"),
                    null);
        }

        private HostException broken(Link link, Throwable why) {
            if (closed) {
                return closed(name, command, "nothing is known of its effect");
            }
            return new HostException(
                    "the connection to " + name + " broke while " + Words.of(command) + " was running ("
                            + link.end().orElseGet(() -> Words.of(why)) + "); nothing is known of its effect",
                    List.of(),
                    why);
        }

        private HostException tooLong(Link link, ExecChannel channel) throws HostException {
            boolean sent = channel.wasSent();
            try {
                abort(link, channel);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new HostException(
                    Words.of(command) + " did not end on " + name + " within " + Words.of(command.timeout())
                            + (sent ? " and was killed" : "; it was not sent: the connection gave no channel in time"),
                    sent ? "give it more time, if it needs more" : "the host may be overloaded");
        }

        // Kills what may be running and waits a little for that.
        private void abort(Link link, ExecChannel channel) throws InterruptedException {
            if (channel.withdraw()) {
                discard(channel);
                return;
            }
            kill(link, channel);
            Deadline end = Deadline.in(KILLING);
            try {
                byte @Nullable [] piece;
                while ((piece = channel.take(end)) != null) {
                    learn(piece);
                }
                channel.awaitClosed(end);
            } catch (TimeoutException | SSHException e) {
                LOG.debug("{}: {} may still be running", name, Words.of(command));
            } finally {
                discard(channel);
            }
        }

        // What it says last interests nobody, but for the number by which it is killed.
        private void learn(byte[] piece) {
            try {
                boolean unused = output.found() || output.accept(piece);
            } catch (IOException | RuntimeException e) {
                LOG.debug("{}: the output of {} could not be taken", name, Words.of(command), e);
            }
        }

        private void kill(Link link, ExecChannel channel) {
            later(() -> {
                try {
                    killed(link, channel);
                } catch (IOException | TimeoutException e) {
                    LOG.debug("{}: {} could not be killed", name, Words.of(command), e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        // Whether the gentler way did.
        private boolean killed(Link link, ExecChannel channel)
                throws IOException, InterruptedException, TimeoutException {
            channel.kill();
            boolean ended = endsSoon(channel, SIGNALLED, false) || endsSoon(channel, KILLING, true);
            if (!ended && output.rest().matches("\\d+")) {
                killGroup(link, output.rest());
            }
            return ended;
        }

        /** @param untilKnown not after it is known by which number it can be killed */
        private boolean endsSoon(ExecChannel channel, Duration patience, boolean untilKnown)
                throws InterruptedException {
            Deadline soon = Deadline.in(patience);
            while (!channel.isOver()
                    && !soon.isOver()
                    && !(untilKnown && !output.rest().isEmpty())) {
                Thread.sleep(10);
            }
            return channel.isOver();
        }

        // Servers before OpenSSH 7.9 know nothing of signals, and newer ones refuse them when they run without
        // privilege
        // separation. The shell that has printed its number leads the command's process group.
        private void killGroup(Link link, String leader) throws IOException, InterruptedException, TimeoutException {
            ExecChannel channel = link.channel(marker, SshHost.this::later);
            Deadline end = Deadline.in(KILLING);
            channel.open(end);
            channel.exec("/bin/sh -c 'kill -9 -" + leader + "'", end);
            channel.awaitClosed(end);
        }

        private <T> Future<T> submit(Callable<T> task) {
            try {
                return threads.submit(task);
            } catch (RejectedExecutionException e) {
                throw closed(name, command, "it was not sent");
            }
        }

        private ScheduledFuture<?> schedule(Runnable task) {
            try {
                return clock.schedule(task, Math.max(1, deadline.nanos()), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                throw closed(name, command, "nothing is known of its effect");
            }
        }
    }
}
