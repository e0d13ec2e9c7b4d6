package io.clustrix.internal.staging;

import io.clustrix.internal.staging.Digests.Digest;
import io.clustrix.internal.threads.DaemonThreads;
import io.clustrix.spi.ClassPathEntry;
import io.clustrix.spi.ConfigurationException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A class path as jars that are named by their content, ready to be sent elsewhere.
 *
 * <ul>
 *   <li>What a jar's manifest adds ({@code Class-Path}) follows the jar; a jar that is nothing but such a manifest, as
 *       Surefire and IDEs make them, is left out.
 *   <li>A directory becomes a jar that depends on its names and contents only, and is packed again only if something in
 *       it was changed; an empty one is left out.
 *   <li>Sums are remembered in the cache directory, by path, size, times and inode. What was changed in the last two
 *       seconds is not remembered, because a later change might leave the same times.
 * </ul>
 *
 * <p><b>Threads:</b> thread-safe; several processes can share a cache directory.
 */
public final class ClassPathFiles implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClassPathFiles.class);
    private static final int MAX_TRIES = 3;
    private static final int MAX_THREADS = 4;
    private static final Duration PACKED_KEPT = Duration.ofDays(7);

    private final Path wanted;
    private final Clock clock;
    private final Map<String, ManifestClassPath> manifests = new ConcurrentHashMap<>();
    private @Nullable Cache cache;

    private record Cache(Path directory, boolean temporary, Digests digests) {
        Path packed() {
            return directory.resolve("packed");
        }
    }

    /** A file or directory of the class path, and what of it is known. */
    private record Found(Path path, FileStamp stamp, String key) {}

    /**
     * With a place to remember sums and to keep packed directories.
     *
     * @param cacheDirectory is made if it is not there; if that fails, or it can't be written to, a temporary one is
     *     used, and the log says so
     */
    public ClassPathFiles(Path cacheDirectory) {
        this(cacheDirectory, Clock.systemUTC());
    }

    ClassPathFiles(Path cacheDirectory, Clock clock) {
        this.wanted = cacheDirectory.toAbsolutePath();
        this.clock = clock;
    }

    /**
     * The jars of a class path, in its order, each content once.
     *
     * @param classPath jars and directories; those that don't exist are left out, as the JVM does
     * @throws ConfigurationException if one of them can't be read, or changes all the time
     * @throws InterruptedException if this thread was interrupted
     */
    public List<ClassPathEntry> entries(List<Path> classPath) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Cache place = cache();
        List<Found> found = expanded(classPath);
        Map<String, Digest> sums = new LinkedHashMap<>();
        Map<String, Digest> news = new LinkedHashMap<>();
        List<Found> misses = new ArrayList<>();
        for (Found f : found) {
            if (f.stamp().directory()) {
                continue;
            }
            Digest known = place.digests().find(f.key());
            if (known == null) {
                misses.add(f);
            } else {
                sums.put(f.key(), known);
            }
        }
        hash(misses, sums, news);
        Map<String, ClassPathEntry> entries = new LinkedHashMap<>();
        for (Found f : found) {
            if (f.stamp().directory()) {
                ClassPathEntry entry = packed(place, f.path(), news);
                if (entry != null) {
                    entries.putIfAbsent(entry.sha256(), entry);
                }
            } else {
                Digest digest = sums.get(f.key());
                if (digest != null) {
                    entries.putIfAbsent(digest.sha256(), new ClassPathEntry(f.path(), digest.sha256(), digest.size()));
                }
            }
        }
        place.digests().add(news);
        return List.copyOf(entries.values());
    }

    /** In the JVM's order: what a manifest adds comes right after its jar. */
    private List<Found> expanded(List<Path> classPath) {
        List<Found> found = new ArrayList<>();
        Set<Path> seen = new HashSet<>();
        Deque<Path> open = new ArrayDeque<>(classPath);
        while (!open.isEmpty()) {
            Path path = open.pop().toAbsolutePath().normalize();
            if (!seen.add(path)) {
                continue;
            }
            FileStamp stamp;
            try {
                stamp = FileStamp.of(path);
            } catch (IOException e) {
                if (Files.exists(path)) {
                    throw unreadable(path, e);
                }
                continue;
            }
            String key = stamp.directory() ? "" : Digests.key(stamp.parts(path.toString()));
            if (stamp.directory()) {
                found.add(new Found(path, stamp, key));
                continue;
            }
            ManifestClassPath manifest = manifest(path, stamp, key);
            if (manifest.added().isEmpty() || !manifest.nothingElse()) {
                found.add(new Found(path, stamp, key));
            }
            List<Path> added = new ArrayList<>(manifest.added());
            Collections.reverse(added);
            added.forEach(open::push);
        }
        return found;
    }

    private ManifestClassPath manifest(Path path, FileStamp stamp, String key) {
        ManifestClassPath known = manifests.get(key);
        if (known != null) {
            return known;
        }
        ManifestClassPath read = ManifestClassPath.of(path);
        // What it names may come and go, so only that it names nothing is remembered.
        if (read.added().isEmpty() && !read.nothingElse() && stamp.isSettled(clock.instant())) {
            manifests.put(key, read);
        }
        return read;
    }

    private void hash(List<Found> misses, Map<String, Digest> sums, Map<String, Digest> news)
            throws InterruptedException {
        if (misses.isEmpty()) {
            return;
        }
        int threads = Math.min(
                misses.size(), Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()));
        ExecutorService pool = Executors.newFixedThreadPool(threads, DaemonThreads.withoutContext("clustrix-hashing"));
        try {
            Instant looked = clock.instant();
            List<Future<Digest>> results = new ArrayList<>();
            for (Found miss : misses) {
                results.add(pool.submit(() -> Digests.of(miss.path())));
            }
            for (int i = 0; i < misses.size(); i++) {
                Found miss = misses.get(i);
                Digest digest = result(results.get(i), miss.path());
                sums.put(miss.key(), digest);
                if (miss.stamp().isSettled(looked)
                        && digest.size() == miss.stamp().size()) {
                    news.put(miss.key(), digest);
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Digest result(Future<Digest> future, Path path) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw unreadable(path, io);
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static ConfigurationException unreadable(Path path, IOException e) {
        return new ConfigurationException(
                path + " of the class path can't be read: " + e,
                List.of("make it readable for this user, or take it from the class path"),
                e);
    }

    private @Nullable ClassPathEntry packed(Cache place, Path directory, Map<String, Digest> news)
            throws InterruptedException {
        try {
            for (int tries = 0; tries < MAX_TRIES; tries++) {
                Instant looked = clock.instant();
                ClassDirectory content = ClassDirectory.of(directory);
                if (content.isEmpty()) {
                    return null;
                }
                String key = content.key();
                Digest known = place.digests().find(key);
                if (known != null) {
                    Path jar = place.packed().resolve(known.sha256() + ".jar");
                    if (Files.isRegularFile(jar) && Files.size(jar) == known.size()) {
                        keep(jar);
                        return new ClassPathEntry(jar, known.sha256(), known.size());
                    }
                }
                ClassPathEntry entry = pack(place, content);
                if (!ClassDirectory.of(directory).key().equals(key)) {
                    continue;
                }
                if (content.isSettled(looked)) {
                    news.put(key, new Digest(entry.sha256(), entry.size()));
                }
                return entry;
            }
        } catch (ClosedByInterruptException e) {
            Thread.interrupted();
            throw new InterruptedException();
        } catch (IOException e) {
            throw new ConfigurationException(
                    "the directory " + directory + " of the class path could not be packed into a jar in "
                            + place.packed() + ": " + e,
                    List.of("make all of it readable for this user, and see that there is room for the jar"),
                    e);
        }
        throw new ConfigurationException(
                "the directory " + directory + " of the class path changed each of " + MAX_TRIES
                        + " times that it was packed",
                "wait until nothing compiles into it any more",
                "see that nothing (logs, for instance) writes into a directory of the class path");
    }

    private static ClassPathEntry pack(Cache place, ClassDirectory content) throws IOException, InterruptedException {
        Files.createDirectories(place.packed());
        removeOld(place.packed());
        Path temporary = Files.createTempFile(place.packed(), "new", ".tmp");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
                content.pack(out);
            }
            Digest digest = Digests.of(temporary);
            Path jar = place.packed().resolve(digest.sha256() + ".jar");
            Files.move(temporary, jar, StandardCopyOption.ATOMIC_MOVE);
            return new ClassPathEntry(jar, digest.sha256(), digest.size());
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Notes that a packed directory is in use. */
    private static void keep(Path jar) throws IOException {
        Instant now = Instant.now();
        if (Files.getLastModifiedTime(jar).toInstant().isBefore(now.minus(Duration.ofDays(1)))) {
            Files.setLastModifiedTime(jar, FileTime.from(now));
        }
    }

    private static void removeOld(Path packed) throws IOException {
        Instant oldest = Instant.now().minus(PACKED_KEPT);
        try (Stream<Path> files = Files.list(packed)) {
            for (Path file : files.toList()) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
                        Files.deleteIfExists(file);
                    }
                } catch (java.nio.file.NoSuchFileException e) {
                    // Another process has removed or renamed it.
                }
            }
        }
    }

    private synchronized Cache cache() {
        Cache existing = cache;
        if (existing == null) {
            existing = open();
            cache = existing;
        }
        return existing;
    }

    private Cache open() {
        try {
            if (!Files.isDirectory(wanted)) {
                if (wanted.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                    Files.createDirectories(
                            wanted, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectories(wanted);
                }
            }
            // Asking for permission is no answer for root, for a full or a read-only file system.
            Path trial = Files.createTempFile(wanted, "trial", ".tmp");
            Files.delete(trial);
            return new Cache(wanted, false, new Digests(wanted.resolve("digests")));
        } catch (IOException e) {
            return temporary(e);
        }
    }

    private Cache temporary(IOException why) {
        try {
            Path directory = Files.createTempDirectory("clustrix-cache-");
            log.warn(
                    "The cache directory {} can't be used ({}); {} is used until this program ends, and the class path"
                            + " is hashed again by the next one",
                    wanted,
                    why.toString(),
                    directory);
            return new Cache(directory, true, new Digests(directory.resolve("digests")));
        } catch (IOException e) {
            e.addSuppressed(why);
            throw new ConfigurationException(
                    "neither the cache directory " + wanted
                            + " nor the directory of temporary files can be written to: " + e,
                    List.of("choose another cache directory, or set java.io.tmpdir"),
                    e);
        }
    }

    /** Removes the temporary directory, if there had to be one. Calling it again does nothing. */
    @Override
    public synchronized void close() {
        Cache existing = cache;
        cache = null;
        if (existing == null || !existing.temporary()) {
            return;
        }
        try (Stream<Path> files = Files.walk(existing.directory())) {
            List<Path> deepestFirst = new ArrayList<>(files.toList());
            Collections.reverse(deepestFirst);
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.debug("{} could not be removed: {}", existing.directory(), e.toString());
        }
    }
}
