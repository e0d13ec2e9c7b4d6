package io.clustrix.worker;

import io.clustrix.spi.RemoteCallable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a worker process on the driver's machine: takes units from a pipe, runs them one after another on
 * its main thread, and puts what comes of them into the {@linkplain ResultRing ring}.
 *
 * <p>Two threads: the main thread runs the user's code as soon as it has read a unit, without a hand-over that would
 * cost a wake-up; a daemon looks every few milliseconds for urgent orders, and now and then whether the driver still
 * lives: when it has died, even by SIGKILL, this process ends with all its children.
 *
 * <p>What runs before the first task is written for a quick start: no streams, lambdas or sockets.
 */
public final class Worker {
    private static final long ORDERS_MILLIS = 5;
    private static final int LOOKS_PER_DRIVER_CHECK = 100;

    /** Nobody starts a child process and waits for it in less. */
    private static final long NANOS_OF_A_CHILD = 1_000_000;

    private final FrameInput frames;
    private final ResultRing ring;
    private final Results results;
    private final WorkerCodec codec;
    private final long driver;
    private final Thread runner = Thread.currentThread();
    private final Map<Integer, TaskFunction> functions = new HashMap<>();
    private final OutcomeEncoder outcome;
    private final PrintStream out;
    private final PrintStream err;
    private final FileOutputStream pipe = new FileOutputStream(FileDescriptor.err);

    /** Guards {@link #revoked}, {@link #started} and {@link #running}, and that an interrupt hits the right unit. */
    private final Object order = new Object();

    private final Set<Integer> revoked = new HashSet<>();
    private int started;
    private boolean running;
    private volatile int cancelled;

    private Worker(FrameInput frames, ResultRing ring, Results results, WorkerCodec codec, long driver) {
        this.frames = frames;
        this.ring = ring;
        this.results = results;
        this.codec = codec;
        this.outcome = new OutcomeEncoder(codec);
        this.driver = driver;
        out = new TaskStream(new TaskOutput(Wire.STDOUT, results));
        err = new TaskStream(new TaskOutput(Wire.STDERR, results));
    }

    /**
     * Runs until the driver says so, or is gone.
     *
     * @param args the paths of the ring, of the pipe with frames, and of the pipe for bells
     */
    @SuppressWarnings("SystemOut") // standard output and error are redirected to the driver for the tasks
    public static void main(String[] args) {
        PrintStream err = System.err;
        try {
            FrameInput frames = new FrameInput(new FileInputStream(args[1]));
            int length = frames.next();
            if (length < 1 || frames.frame()[0] != Wire.SETUP) {
                remove(Path.of(args[0]));
                throw new IOException("the driver did not begin with a set-up frame");
            }
            ResultRing ring = ResultRing.open(Path.of(args[0]));
            remove(Path.of(args[0])); // both sides have it mapped: whoever dies next, no file is left
            Results results = new Results(ring, new FileOutputStream(args[2]));
            WorkerSetup setup = WorkerSetup.fromBytes(frames.frame(), 1, length - 1);
            WorkerCodec codec = WorkerCodec.of(setup.serializerProvider(), setup.serializerOptions());
            System.setIn(InputStream.nullInputStream());
            new Worker(frames, ring, results, codec, setup.driver()).serve();
        } catch (OutOfMemoryError e) {
            Runtime.getRuntime().halt(Wire.EXIT_OUT_OF_MEMORY);
        } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
            // Nothing may get past this: with a thread of the user's the process would live on and read no more.
            // Before the driver listens to the ring, or when the protocol is broken: the pipe is what is left.
            e.printStackTrace(err);
            err.flush();
            Runtime.getRuntime().halt(Wire.EXIT_PROTOCOL);
        }
    }

    private static void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
        Path directory = file.getParent();
        if (directory != null) {
            Files.deleteIfExists(directory);
        }
    }

    private void serve() throws IOException {
        new Control().start();
        Runtime.getRuntime().addShutdownHook(new LastWords());
        byte[] report = WorkerSetup.describeRuntime();
        results.send(Wire.READY, 0, 0, report, 0, report.length);
        for (int length = frames.next(); length >= 0; length = frames.next()) {
            take(frames.frame(), length);
        }
        // The driver wants no more: main ends, and the user's shutdown hooks run.
    }

    private void take(byte[] frame, int length) throws IOException {
        switch (frame[0]) {
            case Wire.CALL -> call(Bytes.intAt(frame, 1), frame, 5, length - 5);
            case Wire.FUNCTION -> functions.put(Bytes.intAt(frame, 1), TaskFunction.read(codec, frame, 5, length - 5));
            case Wire.ITEMS, Wire.RANGE -> chunk(frame, length);
            case Wire.FORGET -> functions.remove(Bytes.intAt(frame, 1));
            case Wire.EXIT -> System.exit(0);
            default -> throw new IOException("a frame of unknown type " + frame[0]);
        }
    }

    // ---------------------------------------------------------------- units

    private void call(int unit, byte[] frame, int offset, int length) {
        if (!begin(unit)) {
            return;
        }
        long start = System.nanoTime();
        began(unit, 0);
        Object value = null;
        Throwable thrown = null;
        try {
            value = ((RemoteCallable<?>) codec.decodeObject(frame, offset, length)).call();
        } catch (Throwable t) { // whatever the user's code throws is its result
            thrown = t;
        }
        long nanos = System.nanoTime() - start;
        mark(unit, 0, nanos);
        report(unit, 0, value, thrown);
        end(unit, nanos);
    }

    private void chunk(byte[] frame, int length) {
        int unit = Bytes.intAt(frame, 1);
        TaskFunction function = functions.getOrDefault(Bytes.intAt(frame, 5), TaskFunction.MISSING);
        boolean failFast = frame[9] != 0;
        int from = Bytes.intAt(frame, 10);
        int count = Bytes.intAt(frame, 14);
        if (!begin(unit)) {
            return;
        }
        long start = System.nanoTime();
        began(unit, 0);
        Object[] items = null;
        Throwable unreadable = null;
        if (frame[0] == Wire.ITEMS) {
            try {
                items = codec.decodeItems(frame, 18, length - 18, function.classes());
            } catch (Throwable t) { // the user's classes may do anything while they are read
                unreadable = t;
            }
        }
        long itemStart = System.nanoTime();
        for (int i = 0; i < count && cancelled != unit; i++) {
            began(unit, i);
            Object value = null;
            Throwable thrown = unreadable;
            if (unreadable == null) {
                try {
                    value = items != null ? function.apply(items[i]) : function.applyToNumber(from + i);
                } catch (Throwable t) { // whatever the user's code throws is its result
                    thrown = t;
                }
            }
            long itemEnd = System.nanoTime();
            mark(unit, i, itemEnd - itemStart);
            itemStart = itemEnd;
            boolean returned = report(unit, i, value, thrown);
            Thread.interrupted(); // left by this item; the next has nothing to do with it
            if (!returned && failFast) {
                break;
            }
        }
        end(unit, System.nanoTime() - start);
    }

    // ---------------------------------------------------------------- before, between and after

    /** False if the unit has been taken back. */
    private boolean begin(int unit) {
        synchronized (order) {
            started = unit;
            if (!revoked.isEmpty() && revoked.remove(unit)) {
                return false;
            }
            running = true;
            return true;
        }
    }

    /** A task starts; what the one before it has done to the streams is undone. */
    private void began(int unit, int item) {
        if (!out.equals(System.out)) {
            System.setOut(out);
        }
        if (!err.equals(System.err)) {
            System.setErr(err);
        }
        results.began(unit, item);
    }

    private void end(int unit, long nanos) {
        synchronized (order) {
            running = false;
            Thread.interrupted(); // an interrupt that was meant for this unit must not reach the next
        }
        results.send(Wire.UNIT_DONE, unit, 0, Bytes.ofLong(nanos), 0, 8);
        results.ended();
    }

    /** What child processes and native code have printed reaches the driver before the task's result. */
    private void mark(int unit, int item, long nanos) {
        if (nanos > NANOS_OF_A_CHILD) {
            try {
                pipe.write(PipeMark.of(unit, item));
                results.send(Wire.MARKED, unit, item);
            } catch (IOException e) {
                // A task has closed the descriptor: then nothing comes that way.
            }
        }
    }

    /** Sends a result or a failure; true if it was a result. */
    private boolean report(int unit, int item, @Nullable Object value, @Nullable Throwable thrown) {
        try {
            boolean returned = outcome.encode(value, thrown);
            ByteSink bytes = outcome.bytes();
            results.send(returned ? Wire.RESULT : Wire.ERROR, unit, item, bytes.array(), 0, bytes.size());
            if (!outcome.isOutOfMemory()) {
                return returned;
            }
        } catch (OutOfMemoryError e) {
            // The end is the same.
        }
        Runtime.getRuntime().halt(Wire.EXIT_OUT_OF_MEMORY);
        return false;
    }

    // ---------------------------------------------------------------- the control thread

    private final class Control extends Thread {
        Control() {
            super("clustrix-worker-control");
            setDaemon(true);
        }

        @Override
        public void run() {
            for (int look = 1; true; look++) {
                try {
                    Thread.sleep(ORDERS_MILLIS);
                    for (long o = ring.nextOrder(); o != 0; o = ring.nextOrder()) {
                        obey((int) (o >>> 32), (int) o);
                    }
                    if (look % LOOKS_PER_DRIVER_CHECK == 0 && !driverLives()) {
                        leave(Wire.EXIT_PROTOCOL);
                    }
                } catch (InterruptedException | OutOfMemoryError e) {
                    // A task has interrupted every thread it found, or filled the heap: the next look may be luckier.
                }
            }
        }

        private void leave(int exitCode) {
            try {
                end(ProcessHandle.current().descendants().toList());
                end(Offspring.of(String.valueOf(System.getenv(Offspring.VARIABLE))));
            } finally {
                Runtime.getRuntime().halt(exitCode);
            }
        }

        private void end(List<ProcessHandle> children) {
            for (ProcessHandle child : children) {
                child.destroyForcibly();
            }
        }

        /**
         * The child of a dead process gets another parent at once, even while the dead one is still in the process
         * table.
         */
        private boolean driverLives() {
            ProcessHandle parent = ProcessHandle.current().parent().orElse(null);
            return parent != null && parent.pid() == driver;
        }

        private void obey(int what, int unit) {
            boolean early;
            synchronized (order) {
                early = unit > started;
                if (early) {
                    revoked.add(unit);
                } else if (unit == started && running) {
                    if (what == Wire.CANCEL) {
                        cancelled = unit;
                        runner.interrupt();
                    } else if ((what & 0xff) == Wire.KILL) {
                        kill(what >>> Wire.KILL_ITEM_SHIFT);
                    }
                }
            }
            if (early) {
                results.send(Wire.REVOKED, unit, 0);
            }
        }

        /** Under the lock, so that it can't hit the next unit; and as near to the look as can be, for the next item. */
        private void kill(int itemPlusOne) {
            List<ProcessHandle> children = ProcessHandle.current().descendants().toList(); // takes milliseconds
            if (itemPlusOne == 0 || results.item() == itemPlusOne - 1) {
                end(children);
                if (itemPlusOne == 0 || results.item() == itemPlusOne - 1) {
                    Runtime.getRuntime().halt(Wire.EXIT_KILLED);
                }
            }
        }
    }

    /** Tells the driver who called {@code System.exit}, if somebody did while a task ran. */
    private final class LastWords extends Thread {
        LastWords() {
            super("clustrix-worker-end");
        }

        @Override
        public void run() {
            synchronized (order) {
                if (!running) {
                    return;
                }
            }
            byte[] text = ExitSite.describe().getBytes(StandardCharsets.UTF_8);
            results.send(Wire.DYING, 0, 0, text, 0, text.length);
        }
    }
}
