package io.clustrix.local;

import io.clustrix.spi.RuntimeReport;
import io.clustrix.worker.Offspring;
import io.clustrix.worker.ResultRing;
import io.clustrix.worker.Wire;
import io.clustrix.worker.Worker;
import io.clustrix.worker.WorkerSetup;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One worker process and the ways to it (see {@link Wire}): starts it, sends it frames and orders, reads its records,
 * and tells of its end. What the records mean is its owner's business.
 *
 * <p><b>Threads and lifetime:</b> {@link #run} is the owner thread's and lasts as long as the process; the other
 * methods may be called by any thread while it does. A second thread drains what the process prints past
 * {@code System.out}.
 */
final class WorkerLink {

    /**
     * What becomes of a worker. All calls but {@link #printed} come from the thread that runs {@link WorkerLink#run}.
     */
    interface Owner {
        /** The worker is ready for frames. */
        void ready(RuntimeReport runtime) throws IOException;

        /** Another record has come; see {@link Wire}. The payload is used again for the next. */
        void record(int type, int unit, int item, byte[] payload, int length) throws IOException;

        /** All records that were there have been handed over. */
        void drained();

        /**
         * Something was printed past {@code System.out}, by native code, a child process, or the JVM itself, while the
         * worker ran an item of a unit; both 0 if it ran nothing. Another thread.
         */
        void printed(int unit, int item, String text);

        /** A record has come whose payload can't be held in this JVM. */
        void lost(int unit, int item, int length, OutOfMemoryError why);
    }

    /**
     * What every link of an executor has in common.
     *
     * @param host the machine's name, for reports
     * @param startTimeout how long a process may take to come up
     * @param timer where the start's timeout runs
     */
    record Surroundings(String host, Duration startTimeout, ScheduledExecutorService timer) {}

    /**
     * How a worker ended.
     *
     * @param exitCode as the process had it
     * @param current what it was running, see {@link ResultRing#current()}; 0 if nothing, or if it never came up
     * @param ready whether it ever came up
     * @param killed whether this driver has killed it
     */
    record End(int exitCode, long current, boolean ready, boolean killed) {}

    /**
     * Frames come by descriptor 3 and bells go by 4, so that a child process of a task that inherits its standard
     * streams neither eats frames nor rings. It reads nothing and its output goes where errors go.
     */
    private static final List<String> WITH_OWN_DESCRIPTORS =
            List.of("/bin/sh", "-c", "exec \"$@\" 3<&0 4>&1 </dev/null 1>&2", "clustrix-worker");

    /** So many records in one look mean a stream: rather than be woken for each, have a nap and take the next bunch. */
    private static final int STREAMING = 16;

    private static final long NAP_NANOS = 50_000;

    private final String name;
    private final WorkerSpec spec;
    private final List<String> classPath;
    private final List<String> extraOptions;
    private final WorkerSetup setup;
    private final Surroundings surroundings;
    private final Owner owner;
    private final byte[] scratch = new byte[ResultRing.LARGEST_PAYLOAD];
    private final byte[] bells = new byte[64];
    private byte[] large = new byte[0];
    private int largeLength;
    private @Nullable OutOfMemoryError tooLarge;

    private volatile @Nullable Process process;
    private volatile @Nullable ResultRing ring;
    private volatile boolean unwanted;
    private volatile boolean ready;

    WorkerLink(
            String name,
            WorkerSpec spec,
            List<String> classPath,
            List<String> extraOptions,
            WorkerSetup setup,
            Surroundings surroundings,
            Owner owner) {
        this.name = name;
        this.spec = spec;
        this.classPath = classPath;
        this.extraOptions = extraOptions;
        this.setup = setup;
        this.surroundings = surroundings;
        this.owner = owner;
    }

    /**
     * Starts the process and serves it until it ends. Leaves no file behind: the ring's file is removed as soon as both
     * sides have mapped it.
     *
     * @throws IOException if it can't be started at all
     */
    End run() throws IOException {
        Path directory = sharedMemory().resolve("clustrix-" + UUID.randomUUID());
        try {
            Path file = directory.resolve("ring");
            // The process first: should this JVM die from now on, the worker finds out and removes the file.
            Process p = start(file);
            process = p;
            ResultRing r = create(directory, file);
            ring = r;
            if (unwanted) {
                kill();
            }
            PipeOutput output = new PipeOutput(p.getErrorStream(), r::current, owner::printed);
            Thread pump = new Thread(output, name + "-output");
            pump.setDaemon(true);
            pump.start();
            Future<?> late = surroundings
                    .timer()
                    .schedule(this::killUnlessReady, surroundings.startTimeout().toMillis(), TimeUnit.MILLISECONDS);
            try {
                byte[] bytes = setup.toBytes();
                send(ByteBuffer.allocate(5 + bytes.length)
                        .putInt(1 + bytes.length)
                        .put(Wire.SETUP)
                        .put(bytes)
                        .flip());
                serve(r, p, output, directory);
            } catch (IOException e) {
                owner.printed(0, 0, "\n(the driver gives this worker up: " + e + ")\n");
                kill();
            } finally {
                late.cancel(false);
            }
            int code = awaitEnd(p);
            if (code != 0 || r.current() != 0) {
                // It did not end in order: what it had started is nobody's now.
                Offspring.of(mark(file)).forEach(ProcessHandle::destroyForcibly);
            }
            awaitPump(pump);
            r.drain(scratch, handler(p, output));
            owner.drained();
            return new End(code, r.current(), ready, unwanted);
        } finally {
            remove(directory);
        }
    }

    private ResultRing create(Path directory, Path file) throws IOException {
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return ResultRing.create(file);
        } catch (IOException e) {
            kill();
            throw e;
        }
    }

    /**
     * Memory-backed where there is such a place, so that results never wait for a disk; else the temporary directory.
     */
    private static Path sharedMemory() {
        Path shm = Path.of("/dev/shm");
        try {
            if (Files.isDirectory(shm)
                    && Files.isWritable(shm)
                    && Files.getFileStore(shm).getUsableSpace() > 64 << 20) {
                return shm;
            }
        } catch (IOException e) {
            // then the temporary directory will do
        }
        return temporary();
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    }

    private Process start(Path ringFile) throws IOException {
        List<String> words = new ArrayList<>(WITH_OWN_DESCRIPTORS);
        words.add(spec.java().toString());
        words.add("-XX:-UsePerfData");
        words.add("-XX:-CreateCoredumpOnCrash");
        words.add("-XX:ErrorFile=" + temporary().resolve("clustrix-hs_err_%p.log"));
        words.addAll(extraOptions);
        words.addAll(spec.jvmOptions());
        words.add("-cp");
        words.add(String.join(System.getProperty("path.separator"), classPath));
        words.add(Worker.class.getName());
        words.add(ringFile.toString());
        words.add("/dev/fd/3");
        words.add("/dev/fd/4");
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().putAll(spec.variables());
        // These would print a line for each worker, and say what jvm-options is there for.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("_JAVA_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        builder.environment().put(Offspring.VARIABLE, mark(ringFile));
        spec.directory().ifPresent(d -> builder.directory(d.toFile()));
        return builder.start();
    }

    private static String mark(Path ringFile) {
        return String.valueOf(ringFile.getParent());
    }

    /** Returns when the process has closed its end, which it does when it dies. */
    private void serve(ResultRing r, Process p, PipeOutput output, Path directory) throws IOException {
        InputStream bell = p.getInputStream();
        ResultRing.RecordHandler handler = handler(p, output);
        boolean tidy = false;
        while (true) {
            int records = r.drain(scratch, handler);
            if (records > 0) {
                owner.drained();
                if (ready && !tidy) {
                    tidy = true;
                    remove(directory);
                }
                if (records >= STREAMING) {
                    LockSupport.parkNanos(NAP_NANOS);
                    continue;
                }
            }
            if (r.sleep() && bell.read(bells) < 0) {
                return;
            }
        }
    }

    private ResultRing.RecordHandler handler(Process p, PipeOutput output) {
        return (type, unit, item, payload, length) -> {
            if (type == Wire.READY) {
                ready = true;
                owner.ready(WorkerSetup.runtime(payload, length, name, surroundings.host(), p.pid()));
            } else if (type == Wire.MARKED) {
                output.awaitMark();
            } else {
                record(type, unit, item, payload, length);
            }
        };
    }

    private void record(int type, int unit, int item, byte[] payload, int length) throws IOException {
        if (type == Wire.PART) {
            if (item == 0) {
                begin(unit);
            }
            if (tooLarge == null) {
                System.arraycopy(payload, 0, large, item, length);
            }
        } else if (tooLarge != null) {
            OutOfMemoryError why = tooLarge;
            tooLarge = null;
            owner.lost(unit, item, largeLength, why);
        } else if (large.length > 0) {
            byte[] whole = large;
            large = new byte[0];
            owner.record(type, unit, item, whole, whole.length);
        } else {
            owner.record(type, unit, item, payload, length);
        }
    }

    private void begin(int length) {
        largeLength = length;
        try {
            large = new byte[length];
        } catch (OutOfMemoryError e) {
            large = new byte[0];
            tooLarge = e; // its parts are skipped
        }
    }

    private int awaitEnd(Process p) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (p.waitFor(5, TimeUnit.SECONDS)) {
                        return p.exitValue();
                    }
                    // It has closed its end, yet it lives on: threads of the user's that don't end.
                    kill();
                } catch (InterruptedException e) {
                    interrupted = true;
                    kill();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A child of the worker may have the pipe open for ever, so this waits only a moment. */
    private static void awaitPump(Thread pump) {
        try {
            pump.join(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void killUnlessReady() {
        if (!ready) {
            kill();
        }
    }

    /**
     * Writes frames; blocks while the pipe is full. Callers see to it that frames are written in order.
     *
     * @throws IOException if the worker has ended
     */
    void send(ByteBuffer frame) throws IOException {
        Process p = process;
        if (p == null) {
            throw new IOException("worker " + name + " has not been started");
        }
        OutputStream out = p.getOutputStream();
        out.write(frame.array(), frame.arrayOffset() + frame.position(), frame.remaining());
        out.flush();
    }

    /**
     * Leaves an order; see {@link Wire}. One that can't be left is not needed: the worker doesn't look, and is killed.
     */
    void order(int what, int unit) {
        ResultRing r = ring;
        if (r != null) {
            synchronized (r) {
                r.order(what, unit);
            }
        }
    }

    /** What the worker runs now, see {@link ResultRing#current()}. */
    long current() {
        ResultRing r = ring;
        return r == null ? 0 : r.current();
    }

    /** Ends the process, and what it has started, at once. */
    void kill() {
        unwanted = true;
        Process p = process;
        if (p == null) {
            return;
        }
        List<ProcessHandle> children = p.descendants().toList();
        // By its handle: the process itself would close its streams as well, before its last words have been read.
        p.toHandle().destroyForcibly();
        for (ProcessHandle child : children) {
            child.destroyForcibly();
        }
    }

    /** Lets the process end by itself: it sees that nobody will send more. */
    void release() {
        Process p = process;
        if (p == null) {
            kill();
            return;
        }
        try {
            p.getOutputStream().close();
        } catch (IOException e) {
            kill();
        }
    }

    private static void remove(Path directory) {
        try {
            Files.deleteIfExists(directory.resolve("ring"));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // An empty directory may be left; it is among the temporary ones.
        }
    }
}
