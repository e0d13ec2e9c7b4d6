package io.clustrix.worker;

import io.clustrix.spi.EnvironmentReport;
import io.clustrix.spi.RemoteCallable;
import io.clustrix.spi.RuntimeReport;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a worker that a scheduler starts: runs the tasks of one element of a job, one after another on its
 * main thread. All it knows it reads from the job's directory, and all it has to say it writes there:
 *
 * <pre>
 * job.pack                                         what to do, a {@link JobPack}
 * attempts/ELEMENT.ATTEMPT.RESTART.part            a {@link RecordFile} that grows while tasks run
 * results/ELEMENT                                  the same, sealed: the element is done
 * </pre>
 *
 * <p>A file of results appears whole and is never overwritten. The file of an attempt has the first restart from the
 * one that was given on whose name is free, because not every scheduler tells that it starts a job again; so each
 * process has a file of its own. An attempt that is not the first takes over what earlier ones, and twins that still
 * run, have finished.
 *
 * <p>Standard output and error are the process's own, for the scheduler to put into files; they are UTF-8, and a task
 * that closes them only closes them for itself. Standard input is empty. Tasks find these system properties:
 * {@value #KEY_PROPERTY}, {@value #ELEMENT_PROPERTY}, {@value #ATTEMPT_PROPERTY}.
 *
 * <p>The process ends when the tasks have, also if they left threads behind. It exits with 0 when the element's results
 * are published, by itself or by another; with one of the codes below; or with what the scheduler's signal or a task's
 * {@code System.exit} makes of it, which may be 0: the results tell, not the code.
 *
 * <p>What runs before the first task is written for a quick start: no streams, lambdas, channels or sockets.
 */
public final class BatchWorker {
    /** Exit code: a task has filled the heap. Its failure is on record, and nothing is published. */
    public static final int EXIT_OUT_OF_MEMORY = Wire.EXIT_OUT_OF_MEMORY;

    /** Exit code: the job's pack can't be read, is damaged, or has another version; or the arguments are wrong. */
    public static final int EXIT_PACK = 90;

    /** Exit code: the class path is not the one that the driver named, or lacks the serializer. */
    public static final int EXIT_CLASS_PATH = 91;

    /** Exit code: the job's directory can't be written to, for instance because the disk is full. */
    public static final int EXIT_STORAGE = 92;

    /** Exit code: this Java is too old for the job's classes. */
    public static final int EXIT_JAVA = 93;

    /** Exit code: the worker itself has failed; standard error has the stack trace. */
    public static final int EXIT_INTERNAL = 94;

    /** Exit code: no driver has shown itself for as long as the lease says. */
    public static final int EXIT_LEASE = 95;

    /** The environment variable with the name of the lease's file and how many seconds it holds. */
    public static final String LEASE_VARIABLE = "CLUSTRIX_WORKER_LEASE";

    /** The directory of leases, as seen from a job's. */
    private static final String LEASES = "../../../leases";

    /** The system property with the job's key. */
    public static final String KEY_PROPERTY = "clustrix.job.key";

    /** The system property with the number of the element, from 0. */
    public static final String ELEMENT_PROPERTY = "clustrix.job.element";

    /** The system property with the number of the attempt, from 0. */
    public static final String ATTEMPT_PROPERTY = "clustrix.job.attempt";

    /** The environment variable with the description of what was provisioned. */
    public static final String ENVIRONMENT_VARIABLE = "CLUSTRIX_ENVIRONMENT";

    /** The environment variable with the names of those that configuration and job have set, with blanks between. */
    public static final String VARIABLES_VARIABLE = "CLUSTRIX_VARIABLES";

    /** The name of the pack in the job's directory. */
    public static final String PACK = "job.pack";

    /** The name of the directory of published results in the job's directory. */
    public static final String RESULTS = "results";

    /** The name of the directory of growing files in the job's directory. */
    public static final String ATTEMPTS = "attempts";

    /** A task that ran longer has its outcome written at once. */
    private static final long WORTH_WRITING_NANOS = 1_000_000;

    /**
     * How often at most it is written what the worker has used, while tasks run: a worker that is killed tells nothing.
     */
    private static final long BETWEEN_USES_NANOS = 10_000_000_000L;

    private static final long CLAIM_PATIENCE_MILLIS = 10_000;

    /** How long shutdown hooks of the user's may take after the last task. */
    private static final long LEAVING_MILLIS = 10_000;

    private final JobPack.Part part;
    private final int element;
    private final int attempt;
    private final File attempts;
    private final File result;
    private final Publisher publisher;
    private final WorkerCodec codec;
    private final OutcomeEncoder outcome;
    private final PrintStream out = new TaskStream(new FileOutputStream(FileDescriptor.out));
    private final PrintStream err = new TaskStream(new FileOutputStream(FileDescriptor.err));

    /** The tasks that are not to be run, counted from the element's first. */
    private final BitSet decided;

    private final RecordWriter records;
    private final boolean retry;
    private final long startedMillis = System.currentTimeMillis();
    private boolean failed;

    /** Whether nothing is written any more. Written by the main thread, read by the shutdown hook. */
    private volatile boolean ended;

    /** Whether a task runs. Written by the main thread, read by the shutdown hook. */
    private volatile boolean running;

    /** Why the process ends before its work is done: one sentence for standard error. */
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;

        private final int exitCode;

        Refusal(int exitCode, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    /**
     * Runs an element.
     *
     * @param args the job's directory (best {@code .}: in the locale "C" Java can't name files that are not ASCII, but
     *     it can be started in such a directory), element, attempt, restart (numbers from 0), and the tasks that are
     *     not to be run (numbers in the job as in {@code 1,4-7}, also those of other elements; or {@code -}; or
     *     {@code @} and the name of a file in the directory that says so)
     */
    public static void main(String[] args) {
        int exitCode =
                run(args, new Publisher.Either(new Publisher.Link(), new Publisher.Rename(CLAIM_PATIENCE_MILLIS)));
        if (exitCode == EXIT_OUT_OF_MEMORY) {
            Runtime.getRuntime().halt(exitCode); // hooks may need what is not there
        }
        new Leaving(exitCode).start();
        System.exit(exitCode);
    }

    /** All of {@link #main} but the end of the process; returns the exit code. */
    @SuppressWarnings("SystemOut") // the scheduler puts standard error into a file
    static int run(String[] args, Publisher publisher) {
        PrintStream err = System.err;
        int exitCode;
        try {
            exitCode = runElement(args, publisher);
        } catch (Refusal e) {
            err.println("clustrix: " + e.getMessage());
            exitCode = e.exitCode();
        } catch (OutOfMemoryError e) {
            exitCode = EXIT_OUT_OF_MEMORY;
        } catch (RuntimeException | Error e) {
            err.println("clustrix: the worker has failed");
            e.printStackTrace(err);
            exitCode = EXIT_INTERNAL;
        }
        err.flush();
        return exitCode;
    }

    private static int runElement(String[] args, Publisher publisher) throws Refusal {
        if (args.length != 5) {
            throw new Refusal(EXIT_PACK, "a worker takes directory, element, attempt, restart and tasks to skip", null);
        }
        File directory = directory(args[0]);
        int element = number(args[1]);
        int attempt = number(args[2]);
        int restart = number(args[3]);
        File result = new File(new File(directory, RESULTS), Integer.toString(element));
        if (result.exists()) {
            return 0;
        }
        JobPack.Part part;
        try {
            part = JobPack.read(new File(directory, PACK), element);
        } catch (IOException e) {
            throw new Refusal(EXIT_PACK, String.valueOf(e.getMessage()), e);
        }
        checkJava(part.setup().classFileLevel());
        ClassPathCheck.check(part.setup().classPath(), System.getProperty("java.class.path", ""));
        WorkerCodec codec;
        try {
            codec = WorkerCodec.of(
                    part.setup().serializerProvider(), part.setup().serializerOptions());
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new Refusal(
                    EXIT_CLASS_PATH,
                    "the serializer " + part.setup().serializerProvider() + " can't be made: " + e
                            + "; its jar must be on the worker's class path",
                    e);
        }
        BitSet skipped =
                skipped(args[4].startsWith("@") ? text(new File(directory, args[4].substring(1))) : args[4], part);
        BatchWorker worker =
                new BatchWorker(part, directory, element, attempt, restart, skipped, result, codec, publisher);
        return worker.work();
    }

    private BatchWorker(
            JobPack.Part part,
            File directory,
            int element,
            int attempt,
            int restart,
            BitSet skipped,
            File result,
            WorkerCodec codec,
            Publisher publisher)
            throws Refusal {
        this.part = part;
        this.element = element;
        this.attempt = attempt;
        this.attempts = new File(directory, ATTEMPTS);
        this.decided = skipped;
        this.result = result;
        this.publisher = publisher;
        this.codec = codec;
        this.outcome = new OutcomeEncoder(codec);
        int free = restart;
        File file = file(free);
        try {
            while (!file.createNewFile()) {
                file = file(++free);
            }
            RecordFile.Origin origin = new RecordFile.Origin(part.setup().key(), element, attempt, free);
            records = new RecordWriter(file, origin, new StorageFailure(file));
        } catch (IOException e) {
            throw storage(file, e);
        }
        this.retry = attempt > 0 || free > 0;
    }

    private File file(int restart) {
        return new File(attempts, element + "." + attempt + "." + restart + ".part");
    }

    private int work() throws Refusal {
        System.setIn(InputStream.nullInputStream());
        System.setProperty(KEY_PROPERTY, part.setup().key().toString());
        System.setProperty(ELEMENT_PROPERTY, Integer.toString(element));
        System.setProperty(ATTEMPT_PROPERTY, Integer.toString(attempt));
        Runtime.getRuntime().addShutdownHook(new LastWords());
        Lease lease = Lease.of(
                System.getenv(LEASE_VARIABLE), new File(attempts.getParentFile(), LEASES), BatchWorker::abandoned);
        if (lease != null) {
            lease.start();
        }
        File file = records.file();
        try {
            byte[] report = RecordFile.runtimeBytes(runtime(file));
            records.append(RecordFile.RUNTIME, 0, report, 0, report.length);
            if (retry) {
                takeOver();
            }
            if (!(failed && part.setup().failFast()) && !runTasks()) {
                try {
                    used();
                } catch (OutOfMemoryError e) {
                    // Then nobody knows.
                }
                records.flush();
                Runtime.getRuntime().halt(EXIT_OUT_OF_MEMORY);
            }
            used();
            ended = true;
            records.seal();
        } catch (IOException e) {
            throw storage(file, e);
        }
        try {
            publisher.publish(file, result); // if another was first, its results are as good
        } catch (IOException | UnsupportedOperationException e) {
            throw storage(result, e);
        }
        boolean unused = file.delete(); // if not, it goes with the job's directory
        return 0;
    }

    /** Writes what this process has used so far. */
    private void used() throws IOException {
        byte[] use = RecordFile.useBytes(new RecordFile.Use(
                startedMillis, System.currentTimeMillis(), ProcessUse.cpuMillis(), ProcessUse.peakBytes()));
        records.append(RecordFile.USE, 0, use, 0, use.length);
    }

    // ---------------------------------------------------------------- tasks

    /** False if a task has filled the heap. */
    private boolean runTasks() throws IOException {
        Element work = new Element();
        long usedAt = System.nanoTime();
        for (int i = decided.nextClearBit(0); i < part.count(); i = decided.nextClearBit(i + 1)) {
            int task = part.first() + i;
            began(task);
            long start = System.nanoTime();
            Object value = null;
            Throwable thrown = null;
            for (int calls = 1; ; calls++) {
                thrown = null;
                running = true;
                try {
                    value = work.run(i);
                } catch (Throwable t) { // whatever the user's code throws is its result
                    thrown = t;
                }
                running = false;
                Thread.interrupted(); // left by this task; the next has nothing to do with it
                if (!(thrown instanceof Exception) || calls >= part.setup().calls()) {
                    break;
                }
                began(task);
            }
            boolean returned;
            try {
                returned = outcome.encode(value, thrown);
                ByteSink bytes = outcome.bytes();
                records.append(returned ? RecordFile.RESULT : RecordFile.ERROR, task, bytes.array(), 0, bytes.size());
            } catch (OutOfMemoryError e) {
                return false;
            }
            System.out.flush(); // whatever it is now
            System.err.flush();
            if (outcome.isOutOfMemory()) {
                return false;
            }
            long now = System.nanoTime();
            if (now - usedAt > BETWEEN_USES_NANOS) {
                usedAt = now;
                used();
            }
            if (now - start > WORTH_WRITING_NANOS) {
                records.flush();
            }
            if (!returned && part.setup().failFast()) {
                break;
            }
        }
        return true;
    }

    /** What a task has done to the streams is undone for the next. */
    private void began(int task) throws IOException {
        if (!out.equals(System.out)) {
            System.setOut(out);
        }
        if (!err.equals(System.err)) {
            System.setErr(err);
        }
        records.append(RecordFile.BEGAN, task);
        if (retry) {
            records.flush();
        }
    }

    /** The function and the items, which are read when the first task has begun: reading runs the user's code. */
    private final class Element {
        private @Nullable TaskFunction function;
        private @Nullable Object @Nullable [] items;
        private @Nullable Throwable unreadable;

        @Nullable
        Object run(int index) throws Throwable {
            if (part.kind() == JobPack.CALL) {
                return ((RemoteCallable<?>) codec.decodeObject(part.function(), 0, part.function().length)).call();
            }
            TaskFunction f = function;
            if (f == null) {
                f = read();
            }
            if (part.kind() == JobPack.RANGE) {
                return f.applyToNumber(part.rangeStart() + part.first() + index);
            }
            if (items != null) {
                return f.apply(items[index]);
            }
            throw unreadable == null ? new IllegalStateException("there are no items") : unreadable;
        }

        private TaskFunction read() {
            TaskFunction f = TaskFunction.read(codec, part.function(), 0, part.function().length);
            function = f;
            if (part.kind() == JobPack.EACH) {
                try {
                    items = codec.decodeItems(part.items(), 0, part.items().length, f.classes());
                } catch (Throwable t) { // the user's classes may do anything while they are read
                    unreadable = t;
                }
            }
            return f;
        }
    }

    // ---------------------------------------------------------------- earlier attempts

    /** Copies the outcomes that are on record into the own file. */
    private void takeOver() throws IOException {
        String[] names = attempts.list();
        if (names == null) {
            throw new IOException(attempts + " can't be listed");
        }
        String own = records.file().getName();
        String prefix = element + ".";
        for (String name : names) {
            if (name.startsWith(prefix) && name.endsWith(".part") && !name.equals(own)) {
                takeOver(new File(attempts, name));
            }
        }
        records.flush();
    }

    @SuppressWarnings("SystemOut") // the scheduler puts standard error into a file
    private void takeOver(File file) throws IOException {
        Earlier earlier = new Earlier();
        RecordFile.Summary summary;
        try {
            summary = RecordFile.read(file, earlier);
        } catch (FileNotFoundException e) {
            return; // its writer has just published it
        }
        if (earlier.failure != null) {
            throw earlier.failure;
        }
        if (summary.state() == RecordFile.State.DAMAGED || summary.state() == RecordFile.State.FOREIGN) {
            System.err.println("clustrix: of " + file + " only a part can be used: " + summary.problem());
        }
    }

    private final class Earlier implements RecordFile.Visitor {
        private @Nullable IOException failure;

        @Override
        public boolean accepts(RecordFile.Origin origin) {
            return origin.key().equals(part.setup().key()) && origin.element() == element;
        }

        @Override
        public boolean wants(int task, int length) {
            int index = task - part.first();
            return index >= 0 && index < part.count() && !decided.get(index);
        }

        @Override
        public void result(int task, byte[] bytes, int offset, int length) {
            copy(RecordFile.RESULT, task, bytes, offset, length);
        }

        @Override
        public void error(int task, byte[] bytes, int offset, int length) {
            copy(RecordFile.ERROR, task, bytes, offset, length);
            failed = true;
        }

        @Override
        public void tooLarge(int task, int length, OutOfMemoryError why) {
            // It is run again.
        }

        private void copy(int type, int task, byte[] bytes, int offset, int length) {
            try {
                records.append(type, task, bytes, offset, length);
                decided.set(task - part.first());
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    // ---------------------------------------------------------------- before the first task

    /**
     * The directory as an absolute path. In the locale "C" Java garbles file names that are not ASCII, its own working
     * directory's as well; this way round it works all the same.
     */
    private static File directory(String text) {
        File directory = new File(text);
        File absolute = directory.getAbsoluteFile();
        if (directory.isAbsolute() || absolute.exists()) {
            return absolute;
        }
        File way = new File("/proc/self/cwd", text);
        return way.exists() ? way : absolute;
    }

    private static int number(String text) throws Refusal {
        try {
            int n = Integer.parseInt(text);
            if (n >= 0) {
                return n;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new Refusal(EXIT_PACK, "'" + text + "' is no number from 0 on", null);
    }

    private static String text(File file) throws Refusal {
        try (FileInputStream in = new FileInputStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new Refusal(EXIT_PACK, "can't read " + file + ": " + reason(e), e);
        }
    }

    /** Those of the element, counted from its first; the list may have others. */
    private static BitSet skipped(String list, JobPack.Part part) throws Refusal {
        BitSet skipped = new BitSet(part.count());
        if (!list.equals("-")) {
            int end;
            for (int start = 0; start <= list.length(); start = end + 1) {
                end = list.indexOf(',', start);
                end = end < 0 ? list.length() : end;
                int dash = list.indexOf('-', start);
                boolean range = dash >= 0 && dash < end;
                int first = number(list.substring(start, range ? dash : end)) - part.first();
                int last = range ? number(list.substring(dash + 1, end)) - part.first() : first;
                if (last >= 0 && first < part.count() && first <= last) {
                    skipped.set(Math.max(0, first), Math.min(part.count() - 1, last) + 1);
                }
            }
        }
        return skipped;
    }

    private static void checkJava(int classFileLevel) throws Refusal {
        int java = Integer.parseInt(System.getProperty("java.specification.version"));
        if (classFileLevel > java + 44) {
            throw new Refusal(
                    EXIT_JAVA,
                    "the job's classes need Java " + (classFileLevel - 44) + ", and this worker runs Java " + java
                            + " from " + System.getProperty("java.home")
                            + "; give the worker a newer Java, or compile with --release " + java,
                    null);
        }
    }

    /** It has the name of its attempt, whose file no other process has. */
    private RuntimeReport runtime(File file) {
        String name = file.getName();
        String attemptName = part.setup().key() + "." + name.substring(0, name.lastIndexOf('.'));
        RuntimeReport here = WorkerSetup.thisRuntime(attemptName, host(), pid());
        return new RuntimeReport(
                here.worker(),
                here.host(),
                here.pid(),
                here.javaVersion(),
                here.javaVendor(),
                here.os(),
                environment());
    }

    private EnvironmentReport environment() {
        List<String> classPath = new ArrayList<>();
        for (JobPack.ClassPathFile file : part.setup().classPath()) {
            String name = file.name();
            classPath.add(name.endsWith(".jar") ? name.substring(0, name.length() - ".jar".length()) : name);
        }
        return new EnvironmentReport(
                variable(ENVIRONMENT_VARIABLE),
                variable(Supervisor.VARIABLE),
                classPath,
                words(variable("LOADEDMODULES"), ':'),
                words(variable(VARIABLES_VARIABLE), ' '));
    }

    private static String variable(String name) {
        String value = System.getenv(name);
        return value == null ? "" : value;
    }

    private static List<String> words(String text, char between) {
        List<String> words = new ArrayList<>();
        int end;
        for (int start = 0; start <= text.length(); start = end + 1) {
            end = text.indexOf(between, start);
            end = end < 0 ? text.length() : end;
            if (end > start) {
                words.add(text.substring(start, end));
            }
        }
        return words;
    }

    /** Without {@link ProcessHandle}, which loads a thread pool and lambdas, where that is possible. */
    private static long pid() {
        try {
            return Long.parseLong(new File("/proc/self").getCanonicalFile().getName());
        } catch (IOException | NumberFormatException e) {
            return ProcessHandle.current().pid();
        }
    }

    /** Without a look-up in the network, which can take seconds. */
    private static String host() {
        try (BufferedReader in =
                new BufferedReader(new FileReader("/proc/sys/kernel/hostname", StandardCharsets.UTF_8), 256)) {
            String name = in.readLine();
            if (name != null) {
                return name;
            }
        } catch (IOException e) {
            // another system
        }
        String name = System.getenv("HOSTNAME");
        return name == null ? "" : name;
    }

    // ---------------------------------------------------------------- ends

    private static Refusal storage(File file, Exception e) {
        return new Refusal(EXIT_STORAGE, "can't write " + file + ": " + reason(e), e);
    }

    private static String reason(Exception e) {
        if (e instanceof FileSystemException f) {
            String reason = f.getReason();
            return reason == null ? e.getClass().getSimpleName() : reason;
        }
        return String.valueOf(e.getMessage());
    }

    /** A disk that is full while a long task runs: nothing that it still does could be kept. */
    private record StorageFailure(File file) implements RecordWriter.FailureHandler {
        @Override
        @SuppressWarnings("SystemOut") // the scheduler puts standard error into a file
        public void failed(IOException why) {
            System.err.println("clustrix: " + storage(file, why).getMessage());
            System.err.flush();
            Runtime.getRuntime().halt(EXIT_STORAGE);
        }
    }

    /** Writes what is on record, whoever ends the process, and who did if a task has. */
    private final class LastWords extends Thread {
        LastWords() {
            super("clustrix-worker-end");
        }

        @Override
        public void run() {
            try {
                if (running) {
                    byte[] text = ExitSite.describe().getBytes(StandardCharsets.UTF_8);
                    if (text.length > 0) {
                        records.append(RecordFile.DYING, 0, text, 0, text.length);
                    }
                }
                if (!ended) {
                    used();
                }
                records.writeThrough();
            } catch (IOException e) {
                // There is nowhere to say it.
            }
        }
    }

    /** Ends the process also if a shutdown hook of the user's does not end. */
    private static final class Leaving extends Thread {
        private final int exitCode;

        Leaving(int exitCode) {
            super("clustrix-worker-leaving");
            this.exitCode = exitCode;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                sleep(LEAVING_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
            Runtime.getRuntime().halt(exitCode);
        }
    }

    @SuppressWarnings("SystemOut") // the scheduler puts standard error into a file
    private static void abandoned() {
        System.err.println("clustrix: no driver has shown itself for as long as the lease says");
        new Leaving(EXIT_LEASE).start();
        System.exit(EXIT_LEASE);
    }

    /** Compares class paths. */
    static final class ClassPathCheck {
        private ClassPathCheck() {}

        static void check(List<JobPack.ClassPathFile> wanted, String classPath) throws Refusal {
            if (wanted.isEmpty()) {
                return;
            }
            List<File> found = new ArrayList<>();
            int end;
            for (int start = 0; start <= classPath.length(); start = end + 1) {
                end = classPath.indexOf(File.pathSeparatorChar, start);
                end = end < 0 ? classPath.length() : end;
                found.add(new File(classPath.substring(start, end)).getAbsoluteFile());
            }
            for (JobPack.ClassPathFile file : wanted) {
                File here = find(found, file.name());
                if (here == null) {
                    throw differs("it lacks " + file.name());
                }
                long size = here.length();
                if (size == 0 && !here.exists()) {
                    throw differs(here + " does not exist");
                }
                if (size != file.size()) {
                    throw differs(here + " has " + size + " bytes, and the driver's has " + file.size());
                }
            }
            for (int i = 0; i < found.size(); i++) {
                String name = found.get(i).getName();
                if (i >= wanted.size() || !name.equals(wanted.get(i).name())) {
                    throw differs(
                            isWanted(wanted, name)
                                    ? name + " stands in another place, or twice"
                                    : "it has " + found.get(i) + ", which the driver's lacks");
                }
            }
        }

        private static boolean isWanted(List<JobPack.ClassPathFile> wanted, String name) {
            for (JobPack.ClassPathFile file : wanted) {
                if (file.name().equals(name)) {
                    return true;
                }
            }
            return false;
        }

        private static @Nullable File find(List<File> files, String name) {
            for (File file : files) {
                if (file.getName().equals(name)) {
                    return file;
                }
            }
            return null;
        }

        private static Refusal differs(String how) {
            return new Refusal(
                    EXIT_CLASS_PATH,
                    "the class path is not the driver's: " + how
                            + ". Classes that differ can compute something else without a sign of it, so no task"
                            + " was run; look whether jars were changed or replaced after the job was submitted",
                    null);
        }
    }
}
