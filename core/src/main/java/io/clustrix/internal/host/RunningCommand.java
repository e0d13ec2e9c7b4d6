package io.clustrix.internal.host;

import io.clustrix.spi.Command;
import io.clustrix.spi.Fault;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One process and the three threads that serve its streams. */
final class RunningCommand {
    private static final Duration LONGEST = Duration.ofDays(365);
    /** How long outputs that something else still holds are waited for. */
    private static final Duration LEFT_BEHIND = Duration.ofSeconds(1);

    private static final int CHUNK = 64 << 10;

    private final Command command;
    private final Process process;
    private final boolean session;
    private final ExecutorService threads;
    private final OutputStream out;
    private final BoundedOutput err;
    private final long deadline;
    private @Nullable Throwable failure;
    private String failed = "";
    private volatile boolean abandoned;
    private volatile boolean killed;

    RunningCommand(
            Command command,
            Process process,
            boolean session,
            ExecutorService threads,
            OutputStream out,
            BoundedOutput err) {
        this.command = command;
        this.process = process;
        this.session = session;
        this.threads = threads;
        this.out = out;
        this.err = err;
        Duration timeout = command.timeout().compareTo(LONGEST) > 0 ? LONGEST : command.timeout();
        this.deadline = System.nanoTime() + timeout.toNanos();
    }

    /** Waits for the end of the process and of its outputs. */
    int await() throws InterruptedException {
        Future<?> fed = threads.submit(this::feed);
        Drain stdout = new Drain(process.getInputStream(), out);
        Drain stderr = new Drain(process.getErrorStream(), err);
        Future<?> drainedOut = threads.submit(stdout);
        Future<?> drainedErr = threads.submit(stderr);
        boolean ended = false;
        try {
            if (!process.waitFor(left(), TimeUnit.NANOSECONDS)) {
                throw timeout();
            }
            long exit = System.nanoTime();
            boolean outEnded = ends(stdout, drainedOut, exit);
            boolean errEnded = ends(stderr, drainedErr, exit);
            abandoned = !outEnded || !errEnded;
            // The input may still be on its way to a process that did not want it.
            if (!ends(fed, Math.min(left(), LocalShell.GRACE.toNanos()))) {
                fed.cancel(true);
            }
            ended = true;
        } finally {
            if (!ended) {
                kill();
                abandoned = true;
                fed.cancel(true);
                settle(drainedOut);
                settle(drainedErr);
            }
        }
        Throwable why = failure();
        if (why != null) {
            throw new HostException(
                    Fault.SITE,
                    false,
                    "'" + LocalShell.abbreviated(command) + "' was killed because " + failed + ": " + why,
                    List.of(),
                    why);
        }
        return process.exitValue();
    }

    private long left() {
        return Math.max(0, deadline - System.nanoTime());
    }

    private HostException timeout() {
        String said = err.text().strip();
        return new HostException(
                "'" + LocalShell.abbreviated(command) + "' did not end on this machine within " + command.timeout()
                        + " and was killed"
                        + (said.isEmpty() ? "" : "; its stderr: " + said));
    }

    /**
     * Waits for the end of an output after the end of the process.
     *
     * @return false if a process that it left behind holds the output
     */
    private boolean ends(Drain drain, Future<?> drained, long exit) throws InterruptedException {
        while (!ends(drained, Math.min(left(), LEFT_BEHIND.toNanos() / 4))) {
            if (drain.isIdle(exit)) {
                return false;
            }
            if (left() == 0) {
                throw timeout();
            }
        }
        return true;
    }

    private static boolean ends(Future<?> work, long nanos) throws InterruptedException {
        try {
            work.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** So that nothing is written into the caller's stream once the caller has its exception; not for ever. */
    private static void settle(Future<?> drained) {
        long until = System.nanoTime() + LocalShell.GRACE.toNanos();
        boolean interrupted = false;
        while (true) {
            try {
                ends(drained, Math.max(0, until - System.nanoTime()));
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void feed() {
        Pipe pipe = new Pipe(process.getOutputStream());
        try {
            command.input().writeTo(pipe);
        } catch (IOException | RuntimeException | Error e) {
            // That a process ends without reading is its own matter; else it must not take a part for the whole.
            if (!pipe.broken) {
                fail("its input could not be read", e);
            }
        }
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // The process has ended without reading all of it.
        }
    }

    /** Copies one output of the process until its end. */
    private final class Drain implements Runnable {
        private final InputStream in;
        private final OutputStream to;
        private volatile boolean reading = true;
        private volatile long since = System.nanoTime();

        Drain(InputStream in, OutputStream to) {
            this.in = in;
            this.to = to;
        }

        @Override
        public void run() {
            byte[] chunk = new byte[CHUNK];
            for (int n = read(chunk); n >= 0 && !abandoned; n = read(chunk)) {
                try {
                    to.write(chunk, 0, n);
                } catch (IOException | RuntimeException | Error e) {
                    fail("its output could not be taken", e);
                    break;
                }
            }
            try {
                in.close();
            } catch (IOException e) {
                // The process has ended.
            }
        }

        /** A stream that the JVM closes because its process has ended is at its end. */
        private int read(byte[] chunk) {
            since = System.nanoTime();
            reading = true;
            try {
                return in.read(chunk);
            } catch (IOException e) {
                return -1;
            } finally {
                reading = false;
            }
        }

        /**
         * Whether the process, which ended then, can't have written anything that is still to come: whoever takes the
         * output may be slow, the pipe is not.
         */
        boolean isIdle(long ended) {
            long now = System.nanoTime();
            return reading && Math.min(now - since, now - ended) > LEFT_BEHIND.toNanos();
        }
    }

    private void fail(String what, Throwable why) {
        synchronized (this) {
            if (failure == null) {
                failure = why;
                failed = what;
            }
        }
        kill();
    }

    private synchronized @Nullable Throwable failure() {
        return failure;
    }

    boolean wasKilled() {
        return killed;
    }

    /** Kills the process and what it has started; returns when that is done. Works in interrupted threads. */
    void kill() {
        killed = true;
        // Before the parents are gone, because what has lost its parent is in no tree.
        List<ProcessHandle> tree = process.descendants().toList();
        if (session) {
            killGroup(process.pid());
        }
        process.destroyForcibly();
        tree.forEach(ProcessHandle::destroyForcibly);
    }

    /** The JDK has no call for it, and every shell has {@code kill} built in. */
    private static void killGroup(long leader) {
        boolean interrupted = Thread.interrupted();
        try {
            Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -s KILL -- \"-$1\"", "sh", Long.toString(leader))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            kill.getOutputStream().close();
            if (!kill.waitFor(LocalShell.GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
                kill.destroyForcibly();
            }
        } catch (IOException e) {
            // No process can be started: the tree is killed one by one.
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Tells a broken pipe from a failure of whoever writes into it. */
    private static final class Pipe extends OutputStream {
        private final OutputStream to;
        private boolean broken;

        Pipe(OutputStream to) {
            this.to = to;
        }

        @Override
        public void write(int b) throws IOException {
            try {
                to.write(b);
            } catch (IOException e) {
                broken = true;
                throw e;
            }
        }

        @Override
        public void write(byte[] bytes, int off, int len) throws IOException {
            try {
                to.write(bytes, off, len);
            } catch (IOException e) {
                broken = true;
                throw e;
            }
        }
    }
}
