package io.clustrix.scheduler.k8s;

import io.clustrix.scheduler.k8s.Door.Place;
import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands in a pod that is there for nothing else: see {@link Door}. The connection is not its own and stays open
 * when it is closed.
 */
final class PodHost implements Host {
    private static final Logger LOG = LoggerFactory.getLogger(PodHost.class);
    private static final int KEPT_OUT = 4 << 20;
    private static final Duration KILLING = Duration.ofSeconds(5);
    private static final Duration CLOSING = Duration.ofSeconds(8);
    private static final long IDLE_SECONDS = 10;

    private final String name;
    private final Exec exec;
    private final Door door;
    private final ExecutorService threads;
    private final ScheduledExecutorService clock;
    private final Set<Call> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Makes nothing yet.
     *
     * @param prefix of the pod's name
     * @param labels of the pod; those of other drivers that have ended and have the same labels are swept up
     * @param form the pod with its labels and annotations; its first container is to have a shell
     */
    PodHost(
            String name,
            Api api,
            Exec exec,
            String prefix,
            Map<String, String> labels,
            Supplier<Pod> form,
            Door.Limits limits) {
        this.name = name;
        this.exec = exec;
        this.door = new Door(api, prefix, labels, form, limits);
        this.threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons("pod"));
        this.clock = Executors.newSingleThreadScheduledExecutor(daemons("pod-clock"));
    }

    private static ThreadFactory daemons(String what) {
        return task -> Daemons.thread("clustrix-k8s-" + what, task);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        Beginning out = new Beginning(KEPT_OUT);
        CommandResult result = run(command, out);
        return new CommandResult(command, result.exit(), out.toString(), result.err(), out.truncated(), result.took());
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (closed) {
            throw closedException();
        }
        long begun = System.nanoTime();
        try (Spool input = spooled(command)) {
            // What it takes to have a pod is not the command's time: its own limits hold for that.
            Call call = opened(command, input, out);
            running.add(call);
            try {
                if (closed) {
                    throw closedException();
                }
                return call.run(begun);
            } finally {
                running.remove(call);
                call.command.close();
            }
        }
    }

    private Spool spooled(Command command) {
        try {
            return Spool.of(command.input());
        } catch (IOException | RuntimeException e) {
            throw new HostException(
                    Fault.USER,
                    false,
                    "the input of " + words(command) + " for " + name + " can't be read: " + e + ". It was not started",
                    List.of(),
                    e);
        }
    }

    private Call opened(Command command, Spool input, OutputStream out) throws InterruptedException {
        PodLine line = PodLine.of(command.words(), input.length());
        for (int tries = 1; ; tries++) {
            Place place = door.open();
            try {
                return new Call(
                        command, line, input, out, place, exec.start(place.pod(), place.container(), line.words()));
            } catch (HostException e) {
                if (closed) {
                    throw closedException();
                }
                if (tries == 2 || !door.isGone(place)) {
                    throw e;
                }
            }
        }
    }

    private static String words(Command command) {
        return "'" + ExecOverApi.abbreviated(command.words()) + "'";
    }

    private static HostException closedException() {
        return new HostException(
                Fault.BUG,
                false,
                "a command was to run in a pod, but the host is closed",
                List.of("end all work before closing the cluster"),
                null);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean interrupted = Thread.interrupted();
        try {
            List<Future<?>> ends = new java.util.ArrayList<>();
            for (Call call : running) {
                ends.add(threads.submit(call::kill));
            }
            // With the pod all goes that runs in it.
            ends.add(threads.submit(() -> {
                door.close();
                return null;
            }));
            long deadline = System.nanoTime() + CLOSING.toNanos();
            for (Future<?> end : ends) {
                end.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the pod for commands of {} may not be deleted; it ends by itself", name, e);
        }
        running.forEach(call -> call.command.close());
        threads.shutdownNow();
        clock.shutdownNow();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One command that was started. */
    private final class Call {
        private final Command asked;
        private final PodLine line;
        private final Spool input;
        private final OutputStream out;
        private final Place place;
        private final PodCommand command;
        private final CompletableFuture<String> number = new CompletableFuture<>();
        private volatile boolean late;

        Call(Command asked, PodLine line, Spool input, OutputStream out, Place place, PodCommand command) {
            this.asked = asked;
            this.line = line;
            this.input = input;
            this.out = out;
            this.place = place;
            this.command = command;
        }

        CommandResult run(long begun) throws InterruptedException {
            ScheduledFuture<?> alarm;
            Future<?> feeding;
            try {
                alarm = clock.schedule(this::tooLate, asked.timeout().toNanos(), TimeUnit.NANOSECONDS);
                feeding = input.length() == 0 && line.preamble().length == 0
                        ? CompletableFuture.completedFuture(null)
                        : threads.submit(this::feed);
            } catch (RejectedExecutionException e) {
                throw closedException();
            }
            boolean whole = false;
            try {
                InputStream output = command.output();
                number.complete(firstLine(output));
                copy(output);
                int exit = command.exit(asked.timeout());
                whole = true;
                if (closed) {
                    throw closedException();
                }
                if (late) {
                    throw tooLong();
                }
                return new CommandResult(
                        asked, exit, "", command.errors(), false, Duration.ofNanos(System.nanoTime() - begun));
            } catch (InterruptedIOException e) {
                // The flag was set again for whoever asks it; here it becomes an exception.
                var unused = Thread.interrupted();
                throw new InterruptedException();
            } catch (IOException e) {
                throw broken(e);
            } finally {
                alarm.cancel(false);
                if (!whole && !late) {
                    killAndWait();
                }
                command.close();
                feeding.cancel(true);
            }
        }

        private String firstLine(InputStream output) throws IOException {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (int b = output.read(); b != '\n'; b = output.read()) {
                if (b < 0) {
                    throw new EOFException(
                            "it printed nothing: " + command.errors().strip());
                }
                text.write(b);
            }
            return text.toString(StandardCharsets.UTF_8);
        }

        private void copy(InputStream output) throws IOException {
            byte[] buffer = new byte[1 << 16];
            for (int n = output.read(buffer); n >= 0; n = output.read(buffer)) {
                try {
                    out.write(buffer, 0, n);
                } catch (IOException | RuntimeException e) {
                    throw new HostException(
                            Fault.USER,
                            false,
                            "the output of " + words(asked) + " in " + name + " could not be taken: " + e
                                    + ". It was killed",
                            List.of(),
                            e);
                }
            }
        }

        private void feed() {
            try {
                OutputStream to = command.input();
                to.write(line.preamble());
                input.writeTo(to);
            } catch (IOException e) {
                // Whoever reads the output is told what has become of the connection; else it read as much as it liked.
                LOG.debug("{}: {} reads no more", name, words(asked), e);
            }
        }

        private void tooLate() {
            late = true;
            try {
                threads.execute(() -> {
                    kill();
                    command.close();
                });
            } catch (RejectedExecutionException e) {
                command.close();
            }
        }

        /** Ends it and all it has started, if it is known by which number. */
        private void kill() {
            try {
                String known = number.get(1, TimeUnit.SECONDS);
                try (PodCommand killing = exec.start(place.pod(), place.container(), PodLine.kill(known))) {
                    int unused = killing.exit(KILLING);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException | ExecutionException | TimeoutException | ClustrixException e) {
                LOG.debug("{}: {} may still be running", name, words(asked), e);
            }
        }

        private void killAndWait() {
            boolean interrupted = Thread.interrupted();
            try {
                threads.submit(this::kill).get(KILLING.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
                LOG.debug("{}: {} may still be running", name, words(asked), e);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private HostException tooLong() {
            return new HostException(
                    words(asked) + " did not end in " + name + " within "
                            + asked.timeout().toMillis() / 1000.0 + " s and was killed",
                    "give it more time, if it needs more");
        }

        private HostException broken(IOException e) {
            if (closed) {
                return closedException();
            }
            if (late) {
                return tooLong();
            }
            if (e instanceof ExecStream.NotStartedException) {
                return new HostException(
                        Fault.SITE,
                        true,
                        words(asked) + " could not be started in " + name + ": " + e.getMessage(),
                        List.of("see: kubectl describe pod " + place.pod()),
                        e);
            }
            return new HostException(
                    "the connection to the pod " + place.pod() + " broke while " + words(asked) + " was running ("
                            + e.getMessage() + "); nothing is known of its effect",
                    List.of(),
                    e);
        }
    }
}
