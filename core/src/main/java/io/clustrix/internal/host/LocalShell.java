package io.clustrix.internal.host;

import io.clustrix.internal.threads.DaemonThreads;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * This machine as a host, for a driver that runs on the login node. No shell reads the words of a command: the program
 * is started with them as they are. It has the driver's environment and starts in the home directory, as over SSH.
 *
 * <p>A process that a command leaves behind should have its outputs redirected: else the answer may come a second late
 * (over SSH it comes only when that process has ended).
 *
 * <p>Each command is started by {@code setsid}, where that exists, so that a command that is killed takes everything
 * with it that it has started, even what ignores TERM or has lost its parent. Only a process that itself has gone into
 * another session and lost its parent stays. Without a terminal no program can wait for a password either.
 */
public final class LocalShell implements Host {
    private static final int KEPT_OUT = 4 << 20;
    private static final int KEPT_ERR = 64 << 10;
    private static final long IDLE_THREADS_SECONDS = 10;

    /** How long whatever was killed may take to be gone. */
    static final Duration GRACE = Duration.ofSeconds(5);

    private final Path directory;
    private final Programs programs;
    private final boolean sessions;
    private final @Nullable Charset nameCharset;
    private final Set<RunningCommand> running = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_THREADS_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            DaemonThreads.withoutContext("clustrix-local-shell-"));
    private volatile boolean closed;

    /** Starts commands in the user's home directory, or in the root directory if there is none. */
    public LocalShell() {
        this(Path.of(System.getProperty("user.home", "/")));
    }

    /**
     * Starts commands in this directory, or in the root directory if it is none.
     *
     * @param directory an absolute path
     */
    public LocalShell(Path directory) {
        this(directory, true);
    }

    LocalShell(Path directory, boolean sessions) {
        this.directory = Files.isDirectory(directory) ? directory : Path.of("/");
        this.programs = new Programs(this.directory, System.getenv("PATH"));
        this.sessions = sessions && programs.look("setsid") == 0;
        this.nameCharset = charset(System.getProperty("sun.jnu.encoding"));
    }

    private static @Nullable Charset charset(@Nullable String name) {
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : null;
    }

    @Override
    public String name() {
        return "this machine";
    }

    @Override
    public CommandResult run(Command command) throws InterruptedException {
        BoundedOutput out = BoundedOutput.beginning(KEPT_OUT);
        return run(command, out, out);
    }

    @Override
    public CommandResult run(Command command, OutputStream out) throws InterruptedException {
        return run(command, out, null);
    }

    private CommandResult run(Command command, OutputStream out, @Nullable BoundedOutput kept)
            throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (closed) {
            throw closedException();
        }
        check(command);
        int runnable = programs.look(command.words().get(0));
        if (runnable != 0) {
            return notRun(command, runnable);
        }
        long begun = System.nanoTime();
        BoundedOutput err = BoundedOutput.end(KEPT_ERR);
        RunningCommand run = start(command, out, err);
        running.add(run);
        int exit;
        try {
            if (closed) {
                run.kill();
            }
            exit = run.await();
        } catch (RejectedExecutionException e) {
            run.kill();
            throw closedException();
        } catch (HostException e) {
            if (closed) {
                throw closedException();
            }
            throw e;
        } finally {
            running.remove(run);
        }
        if (closed && run.wasKilled()) {
            throw closedException();
        }
        return new CommandResult(
                command,
                exit,
                kept == null ? "" : kept.text(),
                err.text(),
                kept != null && kept.truncated(),
                Duration.ofNanos(System.nanoTime() - begun));
    }

    private RunningCommand start(Command command, OutputStream out, BoundedOutput err) {
        List<String> words = new ArrayList<>();
        if (sessions) {
            words.add("setsid");
        }
        words.addAll(command.words());
        try {
            Process process =
                    new ProcessBuilder(words).directory(directory.toFile()).start();
            return new RunningCommand(command, process, sessions, threads, out, err);
        } catch (IOException e) {
            throw new HostException(
                    Fault.SITE,
                    true,
                    "'" + abbreviated(command) + "' could not be started on this machine: " + e.getMessage(),
                    List.of("see if a limit on processes, open files or memory was reached (ulimit -a)"),
                    e);
        }
    }

    /** The JVM would put a question mark in place of what the locale's character set lacks. */
    private void check(Command command) {
        if (nameCharset == null || nameCharset.equals(StandardCharsets.UTF_8)) {
            return;
        }
        for (String word : command.words()) {
            if (!nameCharset.newEncoder().canEncode(word)) {
                throw new HostException(
                        Fault.CONFIGURATION,
                        false,
                        "a word of '" + abbreviated(command) + "' has letters that the locale of this JVM ("
                                + nameCharset + ") can't pass to a program",
                        List.of("start the JVM in a UTF-8 locale, for instance with LC_ALL=C.UTF-8"),
                        null);
            }
        }
    }

    private static CommandResult notRun(Command command, int exit) {
        String why = exit == 127 ? "not found" : "Permission denied";
        return new CommandResult(
                command, exit, "", "sh: " + command.words().get(0) + ": " + why + "\n", false, Duration.ZERO);
    }

    private static HostException closedException() {
        return new HostException(
                Fault.BUG,
                false,
                "a command was to run on this machine, but the host is closed",
                List.of("end all work before closing the cluster"),
                null);
    }

    /** Scripts are words too, and long ones. */
    static String abbreviated(Command command) {
        String text = command.toString();
        return text.length() <= 300 ? text : text.substring(0, 300) + "...";
    }

    @Override
    public void close() {
        closed = true;
        for (RunningCommand run : running) {
            run.kill();
        }
        threads.shutdown();
        boolean interrupted = false;
        try {
            if (!threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
