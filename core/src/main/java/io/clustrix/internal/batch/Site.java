package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.internal.staging.RemoteStore;
import io.clustrix.internal.staging.TarReader;
import io.clustrix.internal.staging.TarWriter;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerDialect;
import io.clustrix.spi.SchedulerException;
import io.clustrix.spi.SchedulerInfo;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of a cluster: its host and its scheduler through the host. Each method is one remote call, waits
 * for its answer, and decides nothing. Thread-safe.
 *
 * <p>All throw {@link HostException} if the host can't be reached, and {@link InterruptedException}.
 */
final class Site {
    /** For the owner alone: tasks and results may be anybody's secrets. */
    private static final int MODE = 0600;

    /** What is longer is no argument of the worker, but stands in a file. */
    private static final int LONGEST_WORD = 1000;

    private static final Duration PREPARE_TIMEOUT = Duration.ofMinutes(2);

    private final BatchSettings settings;
    private final SchedulerDialect dialect;
    private final Host host;
    private final Environments environments;

    /** Guards the making of {@link #ready}: one at a time, however long it takes. */
    private final ReentrantLock preparing = new ReentrantLock();

    private volatile @Nullable Ready ready;

    /**
     * What is known of the cluster once it has been asked.
     *
     * @param work the work directory, absolute
     * @param info what the scheduler says of itself
     * @param dialect the dialect for a scheduler that says so
     * @param store the class path's store
     * @param isStoreOld whether nobody has cleaned the store for a day
     * @param notes what the host remembers of environments that were provisioned earlier, by key
     */
    record Ready(
            RemotePath work,
            SchedulerInfo info,
            SchedulerDialect dialect,
            RemoteStore store,
            boolean isStoreOld,
            Map<String, String> notes) {}

    /** What came of an attempt to submit. */
    sealed interface Answer {
        /** The scheduler has taken it. */
        record Taken(NativeId id) implements Answer {}

        /** The scheduler was called, and whether it has taken the job is not known. */
        record Unknown(String why) implements Answer {}

        /** The scheduler was not called, because a file of the class path is missing on the host. */
        record Missing(String why) implements Answer {}

        /** It can't be submitted like this. */
        record Refused(Verdict verdict) implements Answer {}
    }

    /**
     * What lies in a job's directory.
     *
     * @param results the elements with results
     * @param exits the names of exit records
     */
    record Listing(Set<Integer> results, Set<String> exits) {}

    Site(BatchSettings settings, SchedulerDialect dialect, Host host, Environments environments) {
        this.settings = settings;
        this.dialect = dialect;
        this.host = host;
        this.environments = environments;
    }

    String name() {
        return host.name();
    }

    /** Makes the work directory and asks the scheduler about itself, the first time. */
    Ready ready() throws InterruptedException {
        Ready known = ready;
        if (known != null) {
            return known;
        }
        preparing.lockInterruptibly();
        try {
            known = ready;
            if (known == null) {
                known = prepare();
                ready = known;
            }
            return known;
        } finally {
            preparing.unlock();
        }
    }

    private Ready prepare() throws InterruptedException {
        CommandResult r = host.run(RemoteScripts.PREPARE.command(
                PREPARE_TIMEOUT,
                settings.workDirectory(),
                Long.toString(Math.max(1, settings.keepFor().toDays()))));
        Optional<String> work = r.out()
                .lines()
                .filter(l -> l.startsWith("work=/"))
                .map(l -> l.substring("work=".length()))
                .findFirst();
        if (r.exit() != 0 || work.isEmpty()) {
            throw new HostException(
                    Fault.CONFIGURATION,
                    false,
                    "the work directory " + settings.workDirectory() + " on " + host.name() + " can't be used: "
                            + RemoteScripts.PREPARE.summary(r),
                    List.of("set work-directory in the cluster's block to a directory that you may write and that the"
                            + " compute nodes see too"),
                    null);
        }
        if (work.get().indexOf('%') >= 0 || work.get().indexOf('\\') >= 0) {
            throw new HostException(
                    Fault.CONFIGURATION,
                    false,
                    "the work directory " + work.get() + " on " + host.name()
                            + " has a '%' or a '\\' in its name, which"
                            + " schedulers take for a placeholder in the names of output files",
                    List.of("set work-directory in the cluster's block to a directory without them"),
                    null);
        }
        RemotePath directory = new RemotePath(work.get());
        boolean old = r.out().lines().anyMatch("store=old"::equals);
        SchedulerInfo info = info();
        return new Ready(
                directory, info, dialect.informed(info), new RemoteStore(host, directory), old, notes(r.out()));
    }

    /** What stands between lines {@code note=KEY} and {@code :clustrix:}. */
    private static Map<String, String> notes(String out) {
        Map<String, String> notes = new HashMap<>();
        String key = "";
        StringBuilder text = new StringBuilder();
        for (String line : out.lines().toList()) {
            if (line.startsWith("note=")) {
                key = line.substring("note=".length());
                text.setLength(0);
            } else if (line.equals(RemoteScripts.MARK)) {
                notes.put(key, text.toString());
            } else {
                text.append(line).append('\n');
            }
        }
        return notes;
    }

    /**
     * What a job's workers run in; asks the host only the first time.
     *
     * @throws io.clustrix.spi.ProvisioningException if there is nothing that they could
     */
    Environment environment(BatchJob job) throws InterruptedException {
        Ready site = ready();
        return environments.get(job.record.classFileLevel(), host, site.work(), site.notes());
    }

    private SchedulerInfo info() throws InterruptedException {
        Optional<Command> command = dialect.info();
        if (command.isEmpty()) {
            return new SchedulerInfo("", OptionalInt.empty(), false);
        }
        CommandResult result = host.run(asked(command.get()));
        if (dialect.isTransient(result)) {
            throw new SchedulerException("the scheduler does not answer yet: " + result.summary());
        }
        try {
            return dialect.parseInfo(result);
        } catch (SchedulerException e) {
            // Some sites don't let users ask; then the dialect's own bounds hold and there is no history.
            return new SchedulerInfo("", OptionalInt.empty(), false);
        }
    }

    /** The dialect as far as the scheduler is known by now. */
    private SchedulerDialect dialect() {
        Ready known = ready;
        return known == null ? dialect : known.dialect();
    }

    /** The most elements of an array, as far as is known by now. */
    int largestArray() {
        if (!dialect.traits().has(Feature.ARRAYS)) {
            return 1;
        }
        Ready known = ready;
        int most = dialect.traits().largestArray();
        return known == null ? most : Math.min(most, known.info().largestArray().orElse(most));
    }

    /** A dialect's command with what all of them get. */
    private Command asked(Command command) {
        return command.after("env", "LC_ALL=C", "TZ=UTC")
                .withTimeout(settings.patience().command());
    }

    // ---------------------------------------------------------------- submitting

    /** Sends a part's script, with a job's tasks if they are given, and submits it. */
    Answer submit(BatchJob job, Part part, List<RemotePath> classPath, @Nullable Path pack, boolean again)
            throws InterruptedException {
        Ready site = ready();
        OptionalInt limit = settings.concurrentElements().isEmpty() ? OptionalInt.empty() : OptionalInt.of(part.limit);
        JobPlan plan = plan(job.nameOf(part), part.resources, part.logs(), part.elements.size(), limit);
        Environment environment = environment(job);
        List<String> jvmOptions = settings.environment().jvmOptions();
        Optional<ClassData> classData = settings.environment().classDataSharing()
                ? ClassData.of(site.work(), environment, jvmOptions, part.resources, job.record.classPath())
                : Optional.empty();
        String script = JobScript.text(
                job.key(),
                site.dialect().directives(plan),
                site.dialect().variables(),
                site.work().resolve("jobs").resolve(job.directory),
                part.elements,
                part.attempt,
                part.skip.length() > LONGEST_WORD ? "@" + part.skips() : part.skip,
                environment,
                jvmOptions,
                part.resources,
                job.record.variables(),
                job.record.workingDirectory(),
                classData);
        List<String> arguments = new ArrayList<>(List.of(site.work().value(), job.directory, again ? "again" : "new"));
        Command submit = site.dialect().submit(part.script(), plan);
        arguments.addAll(asked(submit).words());
        Duration timeout = pack == null || size(pack) < 1 << 20
                ? settings.patience().command()
                : settings.patience().upload();
        CommandResult r = host.run(RemoteScripts.SUBMIT
                .command(timeout, arguments)
                .withInput(out -> pack(out, script, part, classPath, pack)));
        int mark = r.out().indexOf(RemoteScripts.MARK + "\n");
        if (mark < 0) {
            return notCalled(r);
        }
        CommandResult own = new CommandResult(
                submit,
                r.exit(),
                r.out().substring(mark + RemoteScripts.MARK.length() + 1),
                r.err(),
                r.truncated(),
                r.took());
        if (own.exit() != 0 && site.dialect().isTransient(own)) {
            return new Answer.Unknown(own.summary());
        }
        try {
            return new Answer.Taken(site.dialect().parseSubmit(own));
        } catch (SchedulerException e) {
            // Success without an id: it may have been taken, and then must not be left alone.
            return own.exit() == 0
                    ? new Answer.Unknown(String.valueOf(e.getMessage()))
                    : new Answer.Refused(Verdict.of(Verdict.Cause.REFUSED, e));
        }
    }

    private JobPlan plan(String name, Resources resources, String logs, int elements, OptionalInt limit) {
        return new JobPlan(name, resources, logs, elements, limit, settings.requeue());
    }

    /**
     * Sees whether a job's resources can be said to the scheduler. No remote call.
     *
     * @throws io.clustrix.spi.ConfigurationException if not
     */
    void check(Resources resources, int elements) {
        var unused =
                dialect().directives(plan("check", resources, "logs/check", elements, settings.concurrentElements()));
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    private Answer notCalled(CommandResult r) {
        String what = r.err().isBlank() ? "exit code " + r.exit() : r.err().strip();
        return switch (r.exit()) {
            case RemoteScripts.EXIT_CLASS_PATH -> new Answer.Missing(what);
            case RemoteScripts.EXIT_WORK_DIRECTORY ->
                new Answer.Refused(Verdict.of(
                        Verdict.Cause.CONFIGURATION,
                        "the job's directory can't be made on " + host.name() + ": " + what,
                        "make room in the work directory, or set another work-directory"));
            case RemoteScripts.EXIT_UNPACK ->
                new Answer.Refused(Verdict.of(
                        Verdict.Cause.CONFIGURATION,
                        "the job's files can't be written on " + host.name() + ": " + what,
                        "make room in the work directory (disk, quota), or set another work-directory"));
            default ->
                new Answer.Refused(Verdict.of(
                        Verdict.Cause.HOST, "the job can't be submitted: " + RemoteScripts.SUBMIT.summary(r)));
        };
    }

    /** Writes what goes to the host with a submission, as the script takes it. */
    static void pack(OutputStream out, String script, Part part, List<RemotePath> classPath, @Nullable Path pack)
            throws IOException {
        TarWriter tar = new TarWriter(out);
        tar.file("class-path", MODE, JobScript.classPathFile(classPath));
        tar.file(part.script(), MODE, script.getBytes(StandardCharsets.UTF_8));
        if (part.skip.length() > LONGEST_WORD) {
            tar.file(part.skips(), MODE, part.skip.getBytes(StandardCharsets.UTF_8));
        }
        if (pack != null) {
            try (InputStream content = Files.newInputStream(pack)) {
                tar.file("job.pack", MODE, Files.size(pack), content);
            }
        }
        // The last one, by which the host knows that all came.
        tar.file("all", MODE, new byte[0]);
        tar.finish();
    }

    /** The ids of the submissions of this name. */
    List<NativeId> find(String jobName) throws InterruptedException {
        SchedulerDialect informed = ready().dialect();
        return informed.parseFind(host.run(asked(informed.find(jobName))));
    }

    // ---------------------------------------------------------------- asking the scheduler

    /** The states of elements by their ids; what the scheduler does not know is absent. */
    Map<NativeId, JobStatus> status(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect();
        CommandResult r = host.run(asked(d.status(ids)));
        if (r.truncated()) {
            throw new SchedulerException("the answer to '" + r.command() + "' is too long to be kept whole");
        }
        return d.parseStatus(r);
    }

    /** Whether the scheduler keeps an accounting, as far as is known by now. */
    boolean hasHistory() {
        Ready known = ready;
        return known != null && known.info().history();
    }

    /** The same from the accounting; empty if there is none. */
    Map<NativeId, JobStatus> history(Collection<NativeId> ids) throws InterruptedException {
        Optional<Command> command = hasHistory() ? dialect().history(ids) : Optional.empty();
        return command.isEmpty() ? Map.of() : dialect().parseHistory(host.run(asked(command.get())));
    }

    /** Whether the scheduler has taken the order to cancel these. */
    boolean cancel(Collection<NativeId> ids) throws InterruptedException {
        SchedulerDialect d = dialect();
        return d.cancelled(host.run(asked(d.cancel(ids))));
    }

    // ---------------------------------------------------------------- files

    /**
     * What lies in the directories of jobs; one whose directory can't be listed has an empty listing.
     *
     * @param runs those whose leases are renewed
     */
    Map<String, Listing> look(List<String> directories, Set<String> runs) throws InterruptedException {
        StringBuilder input = new StringBuilder();
        Map<String, Listing> listings = new HashMap<>();
        for (String d : directories) {
            input.append(d).append('\n');
            listings.put(d, new Listing(new HashSet<>(), new HashSet<>()));
        }
        // Not what a host keeps of an output: a million results have more.
        ByteArrayOutputStream listed = new ByteArrayOutputStream();
        CommandResult r =
                host.run(script(RemoteScripts.LOOK, settings.patience().command(), input, leases(runs)), listed);
        String out = listed.toString(StandardCharsets.UTF_8);
        if (r.exit() != 0 || !out.endsWith(RemoteScripts.MARK + "\n")) {
            throw new HostException("the jobs' directories can't be listed: " + RemoteScripts.LOOK.summary(r));
        }
        Listing listing = null;
        boolean results = false;
        for (String line : out.lines().toList()) {
            if (line.endsWith(":") && line.indexOf('/') > 0) {
                String path = line.substring(0, line.length() - 1);
                results = path.endsWith("/results");
                listing = listings.get(path.substring(0, path.lastIndexOf('/')));
            } else if (listing != null && !line.isEmpty() && Character.isDigit(line.charAt(0))) {
                if (results) {
                    number(line).ifPresent(listing.results::add);
                } else {
                    listing.exits.add(line);
                }
            }
        }
        return listings;
    }

    /** What is written to leases, which has to be something else each time, and their names. */
    private static String[] leases(Set<String> runs) {
        List<String> arguments = new ArrayList<>();
        if (!runs.isEmpty()) {
            arguments.add(Long.toString(System.nanoTime()));
            arguments.addAll(runs);
        }
        return arguments.toArray(new String[0]);
    }

    private static OptionalInt number(String name) {
        return name.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(name)) : OptionalInt.empty();
    }

    private Command script(RemoteScript script, Duration timeout, CharSequence input, String... more)
            throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(ready().work().value()));
        arguments.addAll(List.of(more));
        byte[] bytes = input.toString().getBytes(StandardCharsets.UTF_8);
        return script.command(timeout, arguments).withInput(out -> out.write(bytes));
    }

    /** Takes what is fetched, file by file, in the order in which it comes. */
    interface FileSink {
        void take(String path, InputStream content, long size) throws IOException;
    }

    /**
     * Fetches results, and all that is known of elements that ended without one.
     *
     * @param lines what the script takes, a line each
     * @param sink gets each file with its path
     * @throws IOException if the host can't send them, or they can't be unpacked or kept here
     */
    void fetch(CharSequence lines, FileSink sink) throws InterruptedException, IOException {
        Command command = script(RemoteScripts.FETCH, settings.patience().upload(), lines);
        try (Unpacking unpacking = new Unpacking(sink)) {
            CommandResult r;
            try {
                r = host.run(command, unpacking.input());
            } catch (HostException e) {
                IOException here = unpacking.problem;
                if (here != null && !unpacking.broken) {
                    throw here; // no room on this side must not pass for a broken link
                }
                throw e;
            }
            try {
                unpacking.await();
            } catch (IOException e) {
                throw new IOException(e.getMessage() + (r.exit() == 0 ? "" : "; " + RemoteScripts.FETCH.summary(r)), e);
            }
            // If all that came is whole, tar's exit code is of no account: files grow and go while it reads them.
        }
    }

    /** Reads a tar stream while it is being written; owns the thread that does. */
    private static final class Unpacking implements AutoCloseable {
        private static final long LEAVING_MILLIS = 5000;

        private final PipedOutputStream in = new PipedOutputStream();
        private final Thread reader;
        private volatile @Nullable IOException problem;

        /** The stream ended badly, so that the problem is not one of this side. */
        private volatile boolean broken;

        Unpacking(FileSink sink) throws IOException {
            PipedInputStream out = new PipedInputStream(in, 1 << 16);
            reader = new Thread(() -> read(out, sink), "clustrix-unpack");
            reader.setDaemon(true);
            reader.start();
        }

        private void read(PipedInputStream source, FileSink sink) {
            try (source) {
                TarReader tar = new TarReader(new FilterInputStream(source) {
                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        try {
                            return super.read(bytes, offset, length);
                        } catch (IOException e) {
                            broken = true;
                            throw e;
                        }
                    }
                });
                while (tar.next()) {
                    sink.take(tar.name(), tar.content(), tar.size());
                }
                source.transferTo(OutputStream.nullOutputStream()); // the padding, so that who writes it does not fail
            } catch (IOException | RuntimeException e) {
                problem = e instanceof IOException io ? io : new IOException(e);
            }
        }

        OutputStream input() {
            return in;
        }

        /** Waits until everything has been taken. */
        void await() throws IOException, InterruptedException {
            in.close();
            reader.join();
            IOException p = problem;
            if (p != null) {
                throw p;
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
            reader.interrupt();
            try {
                reader.join(LEAVING_MILLIS); // the next fetch writes to the same files
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Takes what logs have got since they were last looked at. */
    interface LogSink {
        void take(String directory, String log, long offset, byte[] content);
    }

    /**
     * Sends what logs have got.
     *
     * @param lines what the script takes, a line each
     * @param most the most bytes of each log
     */
    void follow(CharSequence lines, int most, LogSink sink) throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandResult r = host.run(
                script(RemoteScripts.FOLLOW, settings.patience().command(), lines, Integer.toString(most)), out);
        if (r.exit() != 0) {
            throw new HostException("logs can't be read: " + RemoteScripts.FOLLOW.summary(r));
        }
        byte[] all = out.toByteArray();
        int position = 0;
        while (position < all.length) {
            int end = position;
            while (end < all.length && all[end] != '\n') {
                end++;
            }
            String[] words = new String(all, position, end - position, StandardCharsets.UTF_8).split(" ", -1);
            int length = words.length == 4 ? Integer.parseInt(words[3]) : -1;
            if (length < 0 || end + 1 + length > all.length) {
                return; // a log that shrank while it was read: the next look will tell
            }
            byte[] content = Arrays.copyOfRange(all, end + 1, end + 1 + length);
            sink.take(words[0], words[1], Long.parseLong(words[2]), content);
            position = end + 1 + length;
        }
    }

    /** Whether nobody has cleaned the store for a day; false before the host has been asked. */
    boolean isStoreOld() {
        Ready known = ready;
        return known != null && known.isStoreOld();
    }

    /**
     * Removes jars that no job has used for as long as the settings say. Those of jobs that are not over count as used.
     *
     * @return how many jars that were
     */
    int cleanStore() throws InterruptedException {
        RemoteStore store = ready().store();
        CommandResult r =
                host.run(script(RemoteScripts.IN_USE, settings.patience().command(), ""));
        if (r.exit() != 0) {
            throw new HostException("the jars in use can't be told: " + RemoteScripts.IN_USE.summary(r));
        }
        Duration day = Duration.ofDays(1);
        return store.clean(settings.keepFor().compareTo(day) < 0 ? day : settings.keepFor());
    }

    /** Removes the directories of jobs, or marks them as over. */
    void clean(CharSequence lines, Duration timeout) throws InterruptedException {
        CommandResult r = host.run(script(RemoteScripts.CLEAN, timeout, lines));
        if (r.exit() != 0) {
            throw new HostException("jobs' directories can't be removed: " + RemoteScripts.CLEAN.summary(r));
        }
    }
}
