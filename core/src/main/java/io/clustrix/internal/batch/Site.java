package io.clustrix.internal.batch;

import io.clustrix.internal.config.BatchSettings;
import io.clustrix.internal.environment.Environments;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.internal.staging.RemoteStore;
import io.clustrix.internal.staging.TarReader;
import io.clustrix.internal.staging.TarWriter;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Environment;
import io.clustrix.spi.Fault;
import io.clustrix.spi.Feature;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import io.clustrix.spi.JobFiles;
import io.clustrix.spi.JobPlan;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.NativeId;
import io.clustrix.spi.RemotePath;
import io.clustrix.spi.Resources;
import io.clustrix.spi.SchedulerInfo;
import io.clustrix.spi.Traits;
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
import java.time.Instant;
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
import java.util.function.LongConsumer;
import java.util.stream.Stream;
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
    private final SchedulerCalls calls;
    private final Host host;
    private final Environments environments;

    /** Guards the making of {@link #ready}: one at a time, however long it takes. */
    private final ReentrantLock preparing = new ReentrantLock();

    private volatile @Nullable Ready ready;

    /**
     * What is known of the cluster once it has been asked.
     *
     * @param work the work directory, absolute
     * @param nodesWork where jobs find it
     * @param info what the scheduler says of itself
     * @param store the class path's store
     * @param isStoreOld whether nobody has cleaned the store for a day
     * @param notes what the host remembers of environments that were provisioned earlier, by key
     */
    record Ready(
            RemotePath work,
            RemotePath nodesWork,
            SchedulerInfo info,
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

    Site(BatchSettings settings, SchedulerCalls calls, Environments environments) {
        this.settings = settings;
        this.calls = calls;
        host = calls.host();
        this.environments = environments;
    }

    String name() {
        return host.name();
    }

    /**
     * Sees to it that the host has a job's class path.
     *
     * @param sent is told how many bytes were sent, if any
     * @return where it is there; nothing if it is on the nodes already
     */
    List<RemotePath> stage(List<ClassPathEntry> classPath, LongConsumer sent) throws InterruptedException {
        return calls.classPath().isPresent() ? List.of() : ready().store().stage(classPath, sent);
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
        String wanted = calls.workDirectory(settings.workDirectory());
        CommandResult r = host.run(RemoteScripts.PREPARE.command(
                PREPARE_TIMEOUT,
                wanted,
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
                    "the work directory " + wanted + " on " + host.name() + " can't be used: "
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
        return new Ready(
                directory,
                calls.nodesWorkDirectory(directory),
                calls.info(),
                new RemoteStore(host, directory),
                old,
                notes(r.out()));
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
    Environment environment(JobRecord job) throws InterruptedException {
        Ready site = ready();
        return environments.get(job.classFileLevel(), host, calls.nodes(), site.work(), site.nodesWork(), site.notes());
    }

    /** Whether the host has been asked about itself. */
    boolean isReady() {
        return ready != null;
    }

    /** The most elements of an array, as far as is known by now. */
    int largestArray() {
        Traits traits = calls.scheduler().traits();
        if (!traits.has(Feature.ARRAYS)) {
            return 1;
        }
        Ready known = ready;
        int most = traits.largestArray();
        return known == null ? most : Math.min(most, known.info().largestArray().orElse(most));
    }

    // ---------------------------------------------------------------- submitting

    /** Sends a part's script, with a job's tasks if they are given, and submits it. */
    Answer submit(BatchJob job, Part part, List<RemotePath> classPath, @Nullable Path pack, boolean again)
            throws InterruptedException {
        Ready site = ready();
        JobPlan plan = plan(job.record, part);
        Environment environment = environment(job.record);
        String script = script(site, job.record, part, plan, environment);
        if (part.number == 0) {
            job.book.noteScript(job.key(), script);
        }
        List<String> arguments = new ArrayList<>(List.of(site.work().value(), job.directory, again ? "again" : "new"));
        Command handOver = calls.handOver(part.script(), plan);
        arguments.addAll(handOver.words());
        Duration timeout = pack == null || size(pack) < 1 << 20
                ? settings.patience().command()
                : settings.patience().upload();
        byte[] classPathFile = classPathFile(site, classPath);
        CommandResult r = host.run(RemoteScripts.SUBMIT
                .command(timeout, arguments)
                .withInput(out -> pack(out, script, part, classPathFile, pack)));
        int mark = r.out().indexOf(RemoteScripts.MARK + "\n");
        if (mark < 0) {
            return notCalled(r);
        }
        CommandResult handedOver = new CommandResult(
                handOver,
                r.exit(),
                r.out().substring(mark + RemoteScripts.MARK.length() + 1),
                r.err(),
                r.truncated(),
                r.took());
        List<RemotePath> shared = new ArrayList<>(calls.classPath().isPresent() ? List.of() : classPath);
        shared.addAll(ofEnvironment(site, environment));
        JobFiles files = new JobFiles(
                job.key(),
                site.work(),
                site.work().resolve("jobs").resolve(job.directory),
                part.script(),
                shared,
                job.record.lease().map(JobRecord.Lease::run).orElse(""));
        return calls.answer(handedOver, files, plan);
    }

    private JobPlan plan(JobRecord job, Part part) {
        OptionalInt limit = settings.concurrentElements().isEmpty() ? OptionalInt.empty() : OptionalInt.of(part.limit);
        return plan(BatchJob.nameOf(job, part.number), part.resources, part.logs(), part.elements.size(), limit);
    }

    private String script(Ready site, JobRecord job, Part part, JobPlan plan, Environment environment) {
        List<String> jvmOptions = settings.environment().jvmOptions();
        boolean mayShare = settings.environment().classDataSharing() && calls.sharesFiles();
        Optional<ClassData> classData = mayShare
                ? ClassData.of(site.nodesWork(), environment, jvmOptions, part.resources, job.classPath())
                : Optional.empty();
        return JobScript.text(
                job.key(),
                calls.directives(plan),
                calls.scheduler().variables(),
                site.nodesWork().resolve("jobs").resolve(BatchJob.directory(job.key())),
                part.elements,
                part.attempt,
                part.skip.length() > LONGEST_WORD ? "@" + part.skips() : part.skip,
                environment,
                jvmOptions,
                part.resources,
                job.variables(),
                job.workingDirectory(),
                classData);
    }

    /** What {@link #submit} would send. Asks the host about itself, the first time, and submits nothing. */
    Draft draft(JobRecord job, Part part) throws InterruptedException {
        Ready site = ready();
        JobPlan plan = plan(job, part);
        String script = script(site, job, part, plan, environment(job));
        return new Draft(
                site.work()
                        .resolve("jobs")
                        .resolve(BatchJob.directory(job.key()))
                        .value(),
                part.script(),
                script,
                calls.tellsOfNews()
                        ? List.of()
                        : calls.handOver(part.script(), plan).words(),
                part.elements.size());
    }

    /** The file with the class path as jobs find it. */
    private byte[] classPathFile(Ready site, List<RemotePath> onHost) {
        return JobScript.classPathFile(calls.classPath()
                .orElseGet(
                        () -> onHost.stream().map(f -> onNodes(site, f.value())).toList()));
    }

    private static String onNodes(Ready site, String onHost) {
        return site.nodesWork().value() + onHost.substring(site.work().value().length());
    }

    /** What an environment has in the work directory, on the host. */
    private static List<RemotePath> ofEnvironment(Ready site, Environment environment) {
        String there = site.nodesWork().resolve("env").value() + "/";
        RemotePath here = site.work().resolve("env");
        return Stream.concat(environment.java().stream(), environment.control().stream())
                .filter(word -> word.startsWith(there))
                .map(word -> here.resolve(word.substring(there.length()).replaceFirst("/.*", "")))
                .distinct()
                .toList();
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
        var unused = calls.directives(plan("check", resources, "logs/check", elements, settings.concurrentElements()));
    }

    static long size(Path file) {
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
    static void pack(OutputStream out, String script, Part part, byte[] classPath, @Nullable Path pack)
            throws IOException {
        TarWriter tar = new TarWriter(out);
        tar.file("class-path", MODE, classPath);
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
        var unused = ready();
        return calls.find(jobName);
    }

    // ---------------------------------------------------------------- asking the scheduler

    /** The states of elements by their ids; what the scheduler does not know is absent. */
    Map<NativeId, JobStatus> status(Collection<NativeId> ids) throws InterruptedException {
        // A client that has just been told to attach may have to know where the jobs' files lie, to say anything.
        var unused = ready();
        return calls.status(ids);
    }

    /** Whether the scheduler keeps an accounting, as far as is known by now. */
    boolean hasHistory() {
        Ready known = ready;
        return known != null && known.info().history();
    }

    /** The same from the accounting; empty if there is none. */
    Map<NativeId, JobStatus> history(Collection<NativeId> ids) throws InterruptedException {
        return hasHistory() ? calls.history(ids) : Map.of();
    }

    /** When those of these that wait are expected to start, as far as the scheduler tells. */
    Map<NativeId, Instant> starts(Collection<NativeId> ids) throws InterruptedException {
        var unused = ready();
        return calls.starts(ids);
    }

    /** Whether the scheduler has taken the order to cancel these. */
    boolean cancel(Collection<NativeId> ids) throws InterruptedException {
        return calls.cancel(ids);
    }

    /** Nobody will ask for these any more. Does not wait. */
    void forget(Collection<NativeId> ids) {
        calls.forget(ids);
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

    /** Those of these directories of jobs that are there. */
    Set<String> kept(Collection<String> directories) throws InterruptedException {
        CommandResult r = host.run(
                script(RemoteScripts.KEPT, settings.patience().command(), String.join("\n", directories) + "\n"));
        if (r.exit() != 0 || r.truncated() || !r.out().endsWith(RemoteScripts.MARK + "\n")) {
            throw new HostException("the jobs' directories can't be looked for: " + RemoteScripts.KEPT.summary(r));
        }
        Set<String> kept = new HashSet<>(r.out().lines().toList());
        kept.retainAll(directories);
        return kept;
    }

    /** Removes the directories of jobs, or marks them as over. */
    void clean(CharSequence lines, Duration timeout) throws InterruptedException {
        CommandResult r = host.run(script(RemoteScripts.CLEAN, timeout, lines));
        if (r.exit() != 0) {
            throw new HostException("jobs' directories can't be removed: " + RemoteScripts.CLEAN.summary(r));
        }
    }
}
