package io.clustrix.files;

import io.clustrix.files.ClusterFileException.Reason;
import io.clustrix.internal.staging.RemoteScript;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.Host;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The files of a cluster's host: this machine, or a login node. All calls do the same on both.
 *
 * <p><b>Paths</b> are absolute, or begin with {@code ~/}, the home directory of the host's user, or are relative.
 * Relative ones begin where {@code ssh HOST} would, in the home directory; on a cluster that is this machine itself
 * ({@code executor = local}) in the program's own directory. A name may have any character. Bytes that are no UTF-8
 * come as {@code U+DC80} to {@code U+DCFF} and can be given back so; a file whose name is {@code ~} is {@code ./~}.
 *
 * <p><b>What is missing is an error</b>, a {@link ClusterFileException} that names the path, and so is what may not be
 * read, also somewhere below: a list is whole or there is none. Files that vanish while a directory is read are left
 * out.
 *
 * <p><b>Links:</b> a path that names a link to a directory names the directory. Below it links are not followed, but
 * are entries themselves, so no walk goes in circles.
 *
 * <p><b>Limits:</b> what returns a list holds at most {@link #MOST_ENTRIES} entries and fails if there are more; the
 * same with a receiver takes any number. Each call but a copy is one command on the host and ends by its timeout: a
 * minute for single files, 10 minutes for directories, an hour for {@code read}; for a copy as long as it takes at 128
 * KiB/s.
 *
 * <p><b>Threads and lifetime:</b> thread-safe. Calls block, and stop when their thread is interrupted. It uses the
 * cluster's own connection and ends with the {@code Clustrix}; there is nothing to close. A connection that fails is a
 * {@link HostException}.
 */
public final class ClusterFileSystem {
    /** How many entries a list has at most. */
    public static final int MOST_ENTRIES = 200_000;

    /** How many bytes {@link #read(String)} gives at most. */
    public static final int MOST_BYTES = 64 << 20;

    private static final Duration ONE = Duration.ofMinutes(1);
    private static final Duration MANY = Duration.ofMinutes(10);
    private static final Duration STREAM = Duration.ofHours(1);
    private static final Comparator<FileEntry> BY_PATH = Comparator.comparing(FileEntry::path);

    private final String cluster;
    private final FileCommands commands;
    private final @Nullable Duration timeout;

    private ClusterFileSystem(String cluster, FileCommands commands, @Nullable Duration timeout) {
        this.cluster = cluster;
        this.commands = commands;
        this.timeout = timeout;
    }

    /**
     * The files of a host; {@code Clustrix.fileSystem} gives those of a cluster.
     *
     * @param cluster what it is called
     * @param host has a POSIX shell; is not closed by this
     */
    public static ClusterFileSystem of(String cluster, Host host) {
        return new ClusterFileSystem(cluster, new FileCommands(host), null);
    }

    /** The cluster's name. */
    public String cluster() {
        return cluster;
    }

    /** The same files, with another time limit for each command; a copy that goes on after a cut takes several. */
    public ClusterFileSystem withTimeout(Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("a timeout must be positive, not " + limit);
        }
        return new ClusterFileSystem(cluster, commands, limit);
    }

    private Duration limit(Duration standard) {
        return timeout == null ? standard : timeout;
    }

    // ---------------------------------------------------------------- directories

    /**
     * What is in a directory, sorted by name, hidden files included.
     *
     * @throws ClusterFileException if it can't be had; {@code TOO_MUCH} with more than {@link #MOST_ENTRIES}
     */
    public List<FileEntry> ls(String directory) throws InterruptedException {
        return collected(directory, each -> ls(directory, each));
    }

    /**
     * What is in a directory, in no order, as it comes.
     *
     * @param each called by this thread; what it throws ends the call and is thrown by it
     */
    public void ls(String directory, Consumer<? super FileEntry> each) throws InterruptedException {
        walk(PathText.normal(directory), 1, "1", "", (relative, entry) -> each.accept(entry));
    }

    /**
     * What is below a directory, at any depth, and has a name like this; sorted by path.
     *
     * @param pattern of names, as for {@link #glob(String)}: {@code *.csv}
     * @throws IllegalArgumentException if it is no pattern, or has a slash
     */
    public List<FileEntry> find(String directory, String pattern) throws InterruptedException {
        return collected(directory, each -> find(directory, pattern, each));
    }

    /**
     * What is below a directory, at any depth, and has a name like this; in no order, as it comes.
     *
     * @param each called by this thread; what it throws ends the call and is thrown by it
     */
    public void find(String directory, String pattern, Consumer<? super FileEntry> each) throws InterruptedException {
        Glob glob = Glob.ofName(directory, pattern);
        walk(glob.directory(), 1, "", glob.nameFilter(), (relative, entry) -> {
            if (glob.matches(entry.name())) {
                each.accept(entry);
            }
        });
    }

    /**
     * All paths like this, sorted. The pattern is that of {@link java.nio.file.FileSystem#getPathMatcher}: {@code *}
     * and {@code ?} stand for anything within a name, a leading dot too, {@code **} for anything within a path,
     * {@code [a-z]} and {@code {a,b}} for one of several; {@code \} makes any of these itself. So <code>data/**.csv
     * </code> are all CSV files below {@code data}, and <code>data/**&#47;*.csv</code> those that are not in
     * {@code data} itself.
     *
     * @param pattern a path as above, with wildcards
     * @return nothing if no path is like this; but the directory before the first wildcard must exist
     * @throws IllegalArgumentException if it is no pattern
     */
    public List<FileEntry> glob(String pattern) throws InterruptedException {
        return collected(pattern, each -> glob(pattern, each));
    }

    /**
     * All paths like this, in no order, as they come.
     *
     * @param each called by this thread; what it throws ends the call and is thrown by it
     */
    public void glob(String pattern, Consumer<? super FileEntry> each) throws InterruptedException {
        Glob glob = Glob.ofPath(pattern);
        int least = glob.depth().orElse(1);
        String most = glob.depth().isPresent() ? Integer.toString(least) : "";
        walk(glob.directory(), least, most, glob.nameFilter(), (relative, entry) -> {
            if (glob.matches(relative)) {
                each.accept(entry);
            }
        });
    }

    /** How much a directory and all below it take; of a file, how much it takes. */
    public DiskUsage du(String path) throws InterruptedException {
        String normal = PathText.normal(path);
        CommandResult result = commands.run(FileCommands.DU, limit(MANY), normal);
        String[] numbers = result.out().strip().split(" ", -1);
        if (numbers.length != 5 || !result.out().matches("[0-9 ]+\n")) {
            throw commands.failed(Reason.FAILED, normal, FileCommands.DU.summary(result));
        }
        if (!numbers[0].equals("0") && !vanishedOnly(result)) {
            throw commands.partly(FileCommands.DU, normal, result);
        }
        return new DiskUsage(
                Long.parseLong(numbers[1]),
                Long.parseLong(numbers[2]),
                Long.parseLong(numbers[3]),
                Long.parseLong(numbers[4]));
    }

    /** How many regular files are below a directory, at any depth. A file with several names counts with each. */
    public long countFiles(String directory) throws InterruptedException {
        return countFiles(directory, "*");
    }

    /**
     * How many regular files below a directory, at any depth, have a name like this.
     *
     * @param pattern as for {@link #find(String, String)}
     */
    public long countFiles(String directory, String pattern) throws InterruptedException {
        AtomicLong count = new AtomicLong();
        find(directory, pattern, entry -> {
            if (entry.isFile()) {
                count.incrementAndGet();
            }
        });
        return count.get();
    }

    // ---------------------------------------------------------------- single files

    /**
     * What a path leads to; links are followed.
     *
     * @throws ClusterFileException if it can't be had; {@code MISSING} for a link to nothing too
     */
    public FileEntry stat(String path) throws InterruptedException {
        return entry(path, "yes");
    }

    /** What a path is; of a link the link itself. */
    public FileEntry lstat(String path) throws InterruptedException {
        return entry(path, "no");
    }

    /**
     * Whether a path leads to anything; not if it is a link to nothing.
     *
     * @throws ClusterFileException if that can't be told, because a directory above it may not be entered
     */
    public boolean exists(String path) throws InterruptedException {
        return !kind(path).isEmpty();
    }

    /** Whether a path leads to a directory. Throws as {@link #exists} does. */
    public boolean isDirectory(String path) throws InterruptedException {
        return kind(path).equals("directory");
    }

    /** Whether a path leads to a regular file. Throws as {@link #exists} does. */
    public boolean isFile(String path) throws InterruptedException {
        return kind(path).equals("file");
    }

    /**
     * A file's content.
     *
     * @throws ClusterFileException if it can't be had; {@code TOO_MUCH} with more than {@link #MOST_BYTES}
     */
    public byte[] read(String path) throws InterruptedException {
        Bound bound = new Bound(MOST_BYTES);
        try {
            read(path, bound);
        } catch (IOException e) {
            throw commands.failed(
                    Reason.TOO_MUCH,
                    PathText.normal(path),
                    "it has more than " + MOST_BYTES + " bytes",
                    List.of("copy it with get, or read it into a stream"));
        }
        return bound.bytes();
    }

    /**
     * Writes a file's content into a stream as it comes. Unlike {@link #get(String, Path)} it takes what is there, and
     * does not notice if the file changes meanwhile.
     *
     * @param out neither flushed nor closed
     * @throws IOException if the stream throws that
     */
    public void read(String path, OutputStream out) throws IOException, InterruptedException {
        String normal = PathText.normal(path);
        Watched watched = new Watched(out);
        try {
            commands.run(FileCommands.READ, limit(STREAM), watched, normal, "1", "");
        } catch (HostException e) {
            watched.rethrow();
            throw e;
        }
    }

    // ---------------------------------------------------------------- copies

    /** The same as {@link #get(String, Path, TransferListener)}, telling nobody. */
    public void get(String path, Path target) throws IOException, InterruptedException {
        get(path, target, (bytes, total) -> {});
    }

    /**
     * Copies a file from the cluster. It gets the name of the target when it is whole and its SHA-256 is that of the
     * original, in place of what was there; until then it is {@code .clustrix-....part} beside it. If the connection
     * breaks, the copy goes on where it was, at once while that helps, else at the next call.
     *
     * @param target a file; its directory must exist
     * @throws ClusterFileException if the original can't be had; {@code DAMAGED} if it changes meanwhile
     * @throws IOException if the target can't be written
     */
    public void get(String path, Path target, TransferListener listener) throws IOException, InterruptedException {
        new Copies(commands, timeout, listener).get(PathText.normal(path), target);
    }

    /** The same as {@link #put(Path, String, TransferListener)}, telling nobody. */
    public void put(Path source, String path) throws IOException, InterruptedException {
        put(source, path, (bytes, total) -> {});
    }

    /**
     * Copies a file to the cluster. It gets its name when it is whole and its SHA-256 is that of the original, in place
     * of the file or the link to a file that was there; until then it is {@code .clustrix-....part} beside it. If the
     * connection breaks, the copy goes on where it was, at once while that helps, else at the next call. It has the
     * permissions of the original, but for those that the umask of the host's user takes.
     *
     * @param path of the file, not of a directory into which it goes; its directory must exist
     * @throws ClusterFileException if it can't be written; {@code DAMAGED} if the original changes meanwhile
     * @throws IOException if the original can't be read
     */
    public void put(Path source, String path, TransferListener listener) throws IOException, InterruptedException {
        new Copies(commands, timeout, listener).put(source, PathText.normal(path));
    }

    // ---------------------------------------------------------------- how

    /** Something that hands entries over. */
    private interface Walk {
        void to(Consumer<FileEntry> each) throws InterruptedException;
    }

    private List<FileEntry> collected(String path, Walk walk) throws InterruptedException {
        List<FileEntry> entries = new ArrayList<>();
        walk.to(entry -> {
            if (entries.size() == MOST_ENTRIES) {
                throw commands.failed(
                        Reason.TOO_MUCH,
                        path,
                        "there are more than " + MOST_ENTRIES + " entries",
                        List.of("take them one by one, by the same method with a receiver"));
            }
            entries.add(entry);
        });
        entries.sort(BY_PATH);
        return entries;
    }

    /** @param each is given an entry's path below the directory, and the entry */
    private void walk(String directory, int least, String most, String filter, BiConsumer<String, FileEntry> each)
            throws InterruptedException {
        EntryStream entries =
                new EntryStream(entry -> each.accept(entry.path(), at(PathText.below(directory, entry.path()), entry)));
        stream(FileCommands.LIST, MANY, entries, directory, Integer.toString(least), most, PathText.octal(filter));
    }

    private void stream(RemoteScript script, Duration standard, EntryStream entries, String path, String... arguments)
            throws InterruptedException {
        CommandResult result;
        try {
            result = commands.host().run(commands.command(script, limit(standard), path, arguments), entries);
        } catch (HostException e) {
            Optional<RuntimeException> failure = entries.failure();
            if (failure.isPresent()) {
                throw failure.get();
            }
            throw e;
        }
        if (result.exit() != 72 || !vanishedOnly(result)) {
            commands.checked(script, path, result);
        }
        if (!entries.isWhole()) {
            throw commands.failed(Reason.FAILED, path, "the list is cut off: " + script.summary(result));
        }
    }

    /** What vanished while it was read is no failure. */
    private static boolean vanishedOnly(CommandResult result) {
        List<String> lines = result.err().lines().toList();
        return !lines.isEmpty() && lines.stream().allMatch(l -> l.endsWith(FileCommands.VANISHED));
    }

    private static FileEntry at(String path, FileEntry entry) {
        return new FileEntry(
                path,
                entry.type(),
                entry.size(),
                entry.modified(),
                entry.mode(),
                entry.owner(),
                entry.group(),
                entry.linkTarget());
    }

    private FileEntry entry(String path, String follow) throws InterruptedException {
        String normal = PathText.normal(path);
        List<FileEntry> found = new ArrayList<>();
        EntryStream entries = new EntryStream(found::add);
        stream(FileCommands.STAT, ONE, entries, normal, follow);
        if (found.size() != 1) {
            throw commands.failed(Reason.FAILED, normal, "it vanished while it was looked at");
        }
        return at(normal, found.get(0));
    }

    /** What a path leads to, in a word of {@code test.sh}; empty if to nothing. */
    private String kind(String path) throws InterruptedException {
        try {
            return commands.run(FileCommands.TEST, limit(ONE), PathText.normal(path))
                    .out()
                    .strip();
        } catch (ClusterFileException e) {
            if (e.reason() == Reason.MISSING || e.reason() == Reason.LOOP) {
                return "";
            }
            throw e;
        }
    }
}
