package io.clustrix.scheduler.k8s;

import io.clustrix.spi.ClustrixException;
import io.clustrix.spi.Fault;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The driver's end of the stream to one pod: feeds the pod, has its script started, brings what it writes into the
 * job's directory here, and lets it end when all is safe. A connection that is cut is made again; nothing is lost or
 * comes twice by that. {@code door.sh} tells the language.
 *
 * <p>It runs on the thread that calls {@link #run} or {@link #dismiss}, once.
 */
final class PodStream {
    private static final String GREETING = "clustrix-door 1 ";
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** The pod ends of itself at last, and its owner deletes it. */
    private static final Duration FAREWELL = Duration.ofSeconds(5);

    private static final int LONGEST_LINE = 4096;
    private static final int SPOILED_FILES = 3;
    private static final int BUFFER = 1 << 16;

    /** How a conversation can end. */
    enum Outcome {
        /** All that the pod had to give is here, and the pod knows it. */
        DONE,
        /** The pod was told to end without running anything. */
        DISMISSED,
        /** The pod ended, or was lost, before it had given everything. */
        GONE,
        /** {@link #stop} was called; the pod runs on. */
        STOPPED,
        /** It makes no sense to go on, for the reason that is told. */
        FAILED
    }

    /**
     * The end of a conversation.
     *
     * @param exitCode of the script, if {@link Outcome#DONE}; else -1
     * @param reason if done {@code ended}, {@code stopped} (the pod got a SIGTERM) or {@code walltime}; else why, as a
     *     sentence's part
     */
    record End(Outcome outcome, int exitCode, String reason) {}

    /**
     * Which container.
     *
     * @param pod the pod's name
     * @param container the container's name
     * @param place where its files lie
     */
    record Target(String pod, String container, PodScripts.Place place) {}

    /**
     * What to wait for how long.
     *
     * @param beat how often the pod shows that it is there; leases are renewed as often
     * @param silence after so long without a sign the connection counts as dead
     * @param patience how long to try for a new connection to a pod that is said to be alive
     * @param quick whether what tasks print and finish is to come at once, for which the pod has to look more often
     */
    record Times(Duration beat, Duration silence, Duration patience, boolean quick) {
        Times(Duration beat, Duration silence, Duration patience) {
            this(beat, silence, patience, true);
        }

        Times calm() {
            return new Times(beat, silence, patience, false);
        }
    }

    private final Exec exec;
    private final PodScripts scripts;
    private final Target target;
    private final PodFiles files;
    private final Times times;
    private final Supplier<List<String>> leases;
    private final BooleanSupplier isAlive;
    private final BooleanSupplier answers;
    private final ScheduledExecutorService alarm;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private boolean stopped; // guarded by lock
    private @Nullable PodCommand current; // guarded by lock

    private volatile long heard = System.nanoTime();
    private int spoiled;
    private @Nullable End end;
    private @Nullable String dead;

    /**
     * One for one pod.
     *
     * @param directory the job's directory here
     * @param leases the runs whose leases are to be renewed, asked again at each beat
     * @param isAlive whether the pod may still be there; asked after a connection was cut
     * @param answers whether the cluster's API answers now, as far as is known: while it does not, a cut says nothing
     *     about the pod
     * @param changed called on the stream's thread after a result or an exit record has appeared or a log has grown
     * @param alarm ends connections that have fallen silent
     */
    PodStream(
            Exec exec,
            PodScripts scripts,
            Target target,
            Path directory,
            Times times,
            Supplier<List<String>> leases,
            BooleanSupplier isAlive,
            BooleanSupplier answers,
            Runnable changed,
            ScheduledExecutorService alarm) {
        this.exec = exec;
        this.scripts = scripts;
        this.target = target;
        this.files = new PodFiles(directory, changed);
        this.times = times;
        this.leases = leases;
        this.isAlive = isAlive;
        this.answers = answers;
        this.alarm = alarm;
    }

    /**
     * Feeds the pod unless that was done before, and takes what it gives, to the end.
     *
     * @param feed what a pod gets that has got nothing yet
     * @throws InterruptedException if this thread was interrupted; the pod runs on
     */
    End run(Feed feed) throws InterruptedException {
        return hold(c -> c.converse(feed));
    }

    /** The same with archives that are there. */
    End run(List<Path> archives) throws InterruptedException {
        return run(() -> archives);
    }

    /** Tells a pod whose work is not wanted to end. A script that runs already is not ended by that. */
    End dismiss() throws InterruptedException {
        return hold(Connection::dismiss);
    }

    /** Ends the conversation soon, from any thread. */
    void stop() {
        PodCommand command;
        lock.lock();
        try {
            stopped = true;
            command = current;
            wake.signalAll();
        } finally {
            lock.unlock();
        }
        if (command != null) {
            command.close();
        }
    }

    /** What a pod is fed with. Asked again if feeding was cut. */
    interface Feed {
        /** Tar archives to be unpacked in the pod's work directory, in this order. */
        List<Path> archives() throws IOException, InterruptedException;
    }

    /** What is said over one connection. */
    private interface Talk {
        End over(Connection connection) throws IOException, InterruptedException;
    }

    private End hold(Talk talk) throws InterruptedException {
        long pause = FIRST_PAUSE.toNanos();
        long lost = System.nanoTime();
        long farewell = 0;
        boolean worked = false;
        while (true) {
            String why;
            Connection connection = null;
            try (PodCommand command = start()) {
                if (command == null) {
                    return new End(Outcome.STOPPED, -1, "the stream was stopped");
                }
                connection = new Connection(command);
                heard = System.nanoTime();
                ScheduledFuture<?> watch = watch(command);
                try {
                    return talk.over(connection);
                } finally {
                    watch.cancel(false);
                    forget();
                }
            } catch (ClustrixException e) {
                // That the pod is gone the owner may know later than the server. What was let in once may be again: a
                // login that has expired is renewed.
                boolean refused = e.fault() == Fault.CONFIGURATION || e.fault() == Fault.USER;
                if (refused && !e.retryable() && !worked && isAlive.getAsBoolean()) {
                    return new End(Outcome.FAILED, -1, String.valueOf(e.getMessage()));
                }
                why = String.valueOf(e.getMessage());
            } catch (PodFiles.Refused e) {
                return new End(Outcome.FAILED, -1, String.valueOf(e.getMessage()));
            } catch (PodFiles.Spoiled e) {
                why = String.valueOf(e.getMessage());
                if (++spoiled >= SPOILED_FILES) {
                    return new End(Outcome.FAILED, -1, why);
                }
            } catch (IOException e) {
                String said =
                        connection == null ? "" : connection.command.errors().strip();
                why = "the stream to pod " + target.pod() + " was cut (" + e.getMessage() + ")"
                        + (said.isEmpty() ? "" : ": " + said);
            }
            if (dead != null) {
                return new End(Outcome.FAILED, -1, dead);
            }
            long now = System.nanoTime();
            if (connection != null && connection.greeted) {
                worked = true;
                pause = FIRST_PAUSE.toNanos();
                lost = now;
            }
            if (end != null) {
                // All is here; whether the pod knows is all that is open.
                farewell = farewell == 0 ? now : farewell;
                if (!isAlive.getAsBoolean() || now - farewell > FAREWELL.toNanos()) {
                    return end;
                }
            } else if (!isAlive.getAsBoolean()) {
                return new End(Outcome.GONE, -1, why);
            } else if (!answers.getAsBoolean()) {
                lost = now;
            } else if (now - lost > times.patience().toNanos()) {
                return new End(Outcome.FAILED, -1, why);
            }
            pause(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE.toNanos());
        }
    }

    /** Null if the conversation is to end. */
    private @Nullable PodCommand start() throws InterruptedException {
        lock.lock();
        try {
            if (stopped) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        PodCommand command =
                exec.start(target.pod(), target.container(), scripts.door(target.place(), times.beat(), times.quick()));
        lock.lock();
        try {
            if (!stopped) {
                current = command;
                return command;
            }
        } finally {
            lock.unlock();
        }
        command.close();
        return null;
    }

    private void forget() {
        lock.lock();
        try {
            current = null;
        } finally {
            lock.unlock();
        }
    }

    /** A connection can die without a sign, and then nothing but its end wakes who reads from it. */
    private ScheduledFuture<?> watch(PodCommand command) {
        long period = Math.max(1, times.silence().toNanos() / 4);
        return alarm.scheduleWithFixedDelay(
                () -> {
                    if (System.nanoTime() - heard > times.silence().toNanos()) {
                        command.close();
                    }
                },
                period,
                period,
                TimeUnit.NANOSECONDS);
    }

    private void pause(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (!stopped && left > 0) {
                left = wake.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** One connection, from its greeting to its end. */
    private final class Connection {
        private final PodCommand command;
        private final InputStream in;
        private final OutputStream out;
        private boolean greeted;

        Connection(PodCommand command) {
            this.command = command;
            this.in = new BufferedInputStream(new Heard(command.output()), BUFFER);
            this.out = new BufferedOutputStream(command.input(), BUFFER);
        }

        End dismiss() throws IOException {
            if (!greeting().equals("new")) {
                return new End(Outcome.FAILED, -1, "the pod's script was started before");
            }
            say("dismiss");
            agreed("dismiss");
            return new End(Outcome.DISMISSED, -1, "the pod was not needed");
        }

        End converse(Feed feed) throws IOException, InterruptedException {
            if (greeting().equals("new")) {
                for (Path archive : archives(feed)) {
                    feed(archive);
                }
                for (String run : leases.get()) {
                    say("lease " + run);
                    agreed("lease");
                }
                say("go");
                agreed("go");
            }
            say("list");
            List<String> there = new ArrayList<>();
            String line = answer();
            for (; line.startsWith("has "); line = answer()) {
                there.add(line.substring("has ".length()));
            }
            for (String path : there) {
                long size = files.have(path);
                if (size >= 0) {
                    say("have " + path + " " + size);
                    agreed("have");
                }
            }
            say("watch");
            agreed("watch");
            while (true) {
                String[] frame = answer().split(" ", -1);
                switch (frame[0]) {
                    case "data" -> files.append(word(frame, 1), number(frame, 2), number(frame, 3), in);
                    case "dir" -> files.claim(word(frame, 1));
                    case "file" -> files.publish(word(frame, 1), number(frame, 2), word(frame, 3), in);
                    case "beat" -> live();
                    case "end" -> {
                        files.finish();
                        end = new End(Outcome.DONE, (int) number(frame, 1), word(frame, 2));
                        say("bye");
                    }
                    case "bye" -> {
                        if (end != null) {
                            return end;
                        }
                        throw torn("bye");
                    }
                    default -> throw torn(frame[0]);
                }
            }
        }

        private String greeting() throws IOException {
            String line = line();
            if (!line.startsWith(GREETING)) {
                throw torn(line);
            }
            greeted = true;
            return line.substring(GREETING.length());
        }

        private void feed(Path archive) throws IOException {
            long left;
            byte[] buffer = new byte[BUFFER];
            try (InputStream file = open(archive)) {
                left = size(archive);
                out.write(("tar " + left + "\n").getBytes(StandardCharsets.US_ASCII));
                while (left > 0) {
                    int n = file.read(buffer, 0, (int) Math.min(buffer.length, left));
                    if (n < 0) {
                        throw hopeless("the archive " + archive + " has become shorter");
                    }
                    out.write(buffer, 0, n);
                    heard = System.nanoTime();
                    left -= n;
                }
            }
            out.flush();
            agreed("tar");
        }

        private List<Path> archives(Feed feed) throws IOException, InterruptedException {
            try {
                return feed.archives();
            } catch (IOException e) {
                throw hopeless(String.valueOf(e.getMessage()));
            }
        }

        private InputStream open(Path archive) throws IOException {
            try {
                return Files.newInputStream(archive);
            } catch (IOException e) {
                throw hopeless("the archive " + archive + " can't be read: " + e);
            }
        }

        private long size(Path archive) throws IOException {
            try {
                return Files.size(archive);
            } catch (IOException e) {
                throw hopeless("the archive " + archive + " can't be read: " + e);
            }
        }

        private void live() throws IOException {
            List<String> runs = leases.get();
            for (String run : runs) {
                out.write(("lease " + run + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            if (runs.isEmpty()) {
                out.write("beat\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();
        }

        private void say(String line) throws IOException {
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }

        private String answer() throws IOException {
            return line();
        }

        private void agreed(String what) throws IOException {
            String line = line();
            if (line.startsWith("no ")) {
                String said = command.errors().strip();
                throw hopeless(line.substring("no ".length()) + (said.isEmpty() ? "" : ": " + said));
            }
            if (!line.equals("ok")) {
                throw torn(line + " as the answer to " + what);
            }
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            while (true) {
                int b = in.read();
                if (b == '\n') {
                    return line.toString();
                }
                if (b < 0) {
                    throw new EOFException("it ended");
                }
                if (b < ' ' || b > '~' || line.length() >= LONGEST_LINE) {
                    throw torn(line.toString());
                }
                line.append((char) b);
            }
        }

        private String word(String[] frame, int at) throws IOException {
            if (at >= frame.length) {
                throw torn(String.join(" ", frame));
            }
            return frame[at];
        }

        private long number(String[] frame, int at) throws IOException {
            String word = word(frame, at);
            if (!word.matches("[0-9]{1,15}")) {
                throw torn(String.join(" ", frame));
            }
            return Long.parseLong(word);
        }

        private IOException torn(String line) {
            String part = line.length() > 80 ? line.substring(0, 80) + "..." : line;
            return new IOException(String.format(Locale.ROOT, "not in the stream's language: \"%s\"", part));
        }

        private IOException hopeless(String problem) {
            dead = problem;
            return new IOException(problem);
        }
    }

    /** Notes when something came. */
    private final class Heard extends InputStream {
        private final InputStream in;

        Heard(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            heard = System.nanoTime();
            return b;
        }

        @Override
        public int read(byte[] b, int offset, int length) throws IOException {
            int n = in.read(b, offset, length);
            heard = System.nanoTime();
            return n;
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }
    }
}
