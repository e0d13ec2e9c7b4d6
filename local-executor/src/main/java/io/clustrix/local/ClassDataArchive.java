package io.clustrix.local;

import io.clustrix.spi.ExecutorContext;
import io.clustrix.spi.RuntimeReport;
import io.clustrix.spi.Serializer;
import io.clustrix.worker.Rehearsal;
import io.clustrix.worker.Wire;
import io.clustrix.worker.Worker;
import io.clustrix.worker.WorkerSetup;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Quick starts of workers by an AppCDS archive: the classes of the worker and of the serializer in the form that the
 * JVM maps into memory. Made once for each Java and each build of our jars, by a rehearsal in a process of its own in
 * the background, and kept in the cache directory. Without it, or where it can't be made, workers start as well, only
 * slower.
 *
 * <p>An archive fits a class path that begins as that of its making, so our own jars come first on a worker's class
 * path and all applications of a user share one archive.
 */
final class ClassDataArchive implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClassDataArchive.class);

    private final ExecutorContext context;
    private final boolean wanted;
    private final WorkerLink.Surroundings surroundings;
    private final List<Path> ownJars;
    private final List<String> classPath;
    private final ConcurrentHashMap<Path, Optional<Path>> archives = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable WorkerLink> rehearsing = new AtomicReference<>();
    private volatile boolean closed;

    ClassDataArchive(ExecutorContext context, boolean wanted, WorkerLink.Surroundings surroundings) {
        this.context = context;
        this.surroundings = surroundings;
        List<Path> all = context.classPath();
        List<Path> own = ownJars(all);
        this.ownJars = own;
        this.wanted = wanted && !own.isEmpty();
        Set<Path> ordered = new LinkedHashSet<>(own);
        ordered.addAll(all);
        List<String> words = new ArrayList<>();
        for (Path p : ordered) {
            words.add(p.toString());
        }
        classPath = List.copyOf(words);
    }

    /**
     * Our jars, if all of them are jars and on the class path by themselves; an archive can't hold classes of
     * directories.
     */
    private List<Path> ownJars(List<Path> all) {
        List<Class<?>> anchors = new ArrayList<>(
                List.of(Worker.class, Serializer.class, context.serializer().getClass()));
        anchors.addAll(context.serializer().libraries());
        Set<Path> jars = new LinkedHashSet<>();
        for (Class<?> c : anchors) {
            CodeSource source = c.getProtectionDomain().getCodeSource();
            URL location = source == null ? null : source.getLocation();
            try {
                Path path = location == null ? null : Path.of(location.toURI());
                if (path == null || !Files.isRegularFile(path) || !all.contains(path)) {
                    LOG.debug("Workers start without a class-data archive: {} is not from a jar on the class path", c);
                    return List.of();
                }
                jars.add(path);
            } catch (URISyntaxException | IllegalArgumentException e) {
                return List.of();
            }
        }
        return List.copyOf(jars);
    }

    /** The workers' class path, in order. */
    List<String> classPath() {
        return classPath;
    }

    /**
     * The options that make a worker of this kind use the archive; none yet if there is none, but then its making
     * starts.
     */
    List<String> options(WorkerSpec spec) {
        if (!wanted
                || spec.jvmOptions().stream()
                        .anyMatch(o -> o.startsWith("-Xshare") || o.contains("SharedArchiveFile"))) {
            return List.of();
        }
        Path java = spec.java();
        Optional<Path> archive = archives.get(java);
        if (archive == null) {
            archive = findOrMake(java);
        }
        return archive.map(a -> List.of("-XX:SharedArchiveFile=" + a, "-Xshare:auto", "-Xlog:disable"))
                .orElse(List.of());
    }

    /**
     * A worker that used the archive did not come up. The JVM sees most damage by itself, but not all: the archive is
     * thrown away, so that the next driver makes a new one.
     *
     * @return whether there was one that is not used any more from now on
     */
    boolean suspect(Path java) {
        Optional<Path> archive = archives.put(java, Optional.empty());
        if (archive == null || archive.isEmpty()) {
            return false;
        }
        LOG.warn("A worker did not start with the archive of its classes {}: it is removed", archive.get());
        try {
            Files.deleteIfExists(archive.get());
        } catch (IOException e) {
            LOG.debug("Could not remove {}", archive.get(), e);
        }
        return true;
    }

    private synchronized Optional<Path> findOrMake(Path java) {
        Optional<Path> known = archives.get(java);
        if (known != null) {
            return known;
        }
        try {
            Path archive = context.cacheDirectory().resolve("class-data").resolve(key(java) + ".jsa");
            if (Files.isRegularFile(archive)) {
                archives.put(java, Optional.of(archive));
                return Optional.of(archive);
            }
            archives.put(java, Optional.empty());
            Thread maker = new Thread(() -> make(java, archive), "clustrix-" + context.cluster() + "-class-data");
            maker.setDaemon(true);
            maker.start();
        } catch (IOException e) {
            archives.put(java, Optional.empty());
            complain(e);
        }
        return Optional.empty();
    }

    /** Tells one Java and one build of our jars from another, as the JVM does: by sizes and times. */
    private String key(Path java) throws IOException {
        StringBuilder text = new StringBuilder();
        Path real = java.toRealPath();
        Path home = real.getParent() == null ? null : real.getParent().getParent();
        List<Path> files = new ArrayList<>(List.of(real));
        if (home != null) {
            files.add(home.resolve("lib").resolve("modules"));
            files.add(home.resolve("lib").resolve("server").resolve("libjvm.so"));
        }
        files.addAll(ownJars);
        for (Path f : files) {
            text.append(f);
            if (Files.exists(f)) {
                text.append(' ')
                        .append(Files.size(f))
                        .append(' ')
                        .append(Files.getLastModifiedTime(f).toMillis());
            }
            text.append('\n');
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void make(Path java, Path archive) {
        // Another cluster of this process may be making the same.
        Path unfinished = archive.resolveSibling(archive.getFileName() + "."
                + ProcessHandle.current().pid() + "-" + Long.toHexString(System.nanoTime()) + ".tmp");
        try {
            Files.createDirectories(unfinished.getParent());
            Files.deleteIfExists(unfinished);
            WorkerSpec spec = new WorkerSpec(java, List.of(), Map.of(), Optional.empty(), 0);
            String name = "clustrix-" + context.cluster() + "-rehearsal";
            WorkerSetup setup = new WorkerSetup(
                    Wire.VERSION,
                    name,
                    ProcessHandle.current().pid(),
                    context.serializer().getClass().getName(),
                    context.serializerOptions());
            List<String> options = new ArrayList<>(
                    context.serializer().jvmOptions(Runtime.version().feature()));
            options.addAll(List.of("-XX:ArchiveClassesAtExit=" + unfinished, "-Xlog:disable"));
            List<String> jars = new ArrayList<>();
            for (Path jar : ownJars) {
                jars.add(jar.toString());
            }
            Director director = new Director();
            WorkerLink link = new WorkerLink(name, spec, jars, options, setup, surroundings, director);
            director.link = link;
            rehearsing.set(link);
            if (closed) {
                return;
            }
            WorkerLink.End end = link.run();
            if (closed) {
                return;
            }
            if (end.exitCode() != 0 || !Files.isRegularFile(unfinished)) {
                throw new IOException(
                        "the JVM did not write it (exit code " + end.exitCode() + ")" + director.tail.quote());
            }
            Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            archives.put(java, Optional.of(archive));
            LOG.debug("Made the class-data archive {}", archive);
        } catch (IOException | RuntimeException e) {
            complain(e);
        } finally {
            rehearsing.set(null);
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException e) {
                LOG.debug("Could not remove {}", unfinished, e);
            }
        }
    }

    private static void complain(Exception e) {
        String why = e instanceof FileAlreadyExistsException ? "a file is in the way: " + e.getMessage() : e.toString();
        LOG.warn(
                "Workers start slower than they could, because the archive of their classes can't be made: {}. Mend"
                        + " cache-directory, or set class-data-sharing = false for the local executor to stop this warning",
                why);
    }

    @Override
    public void close() {
        closed = true;
        WorkerLink link = rehearsing.get();
        if (link != null) {
            link.kill();
        }
    }

    /** Has a worker do a bit of everything, and then end in order. */
    private final class Director implements WorkerLink.Owner {
        private final Tail tail = new Tail();
        private @Nullable WorkerLink link;

        @Override
        public void ready(RuntimeReport runtime) throws IOException {
            call(1, context.codec().encode(Rehearsal.call(7, "seven", List.of(7.0))));
            call(2, context.codec().encode(Rehearsal.failure("nothing is wrong")));
        }

        @Override
        public void record(int type, int unit, int item, byte[] payload, int length) throws IOException {
            if (type == Wire.UNIT_DONE && unit == 2) {
                send(ByteBuffer.allocate(5).putInt(1).put(Wire.EXIT).flip());
            }
        }

        private void call(int unit, byte[] call) throws IOException {
            ByteBuffer frame = ByteBuffer.allocate(9 + call.length);
            send(frame.putInt(5 + call.length)
                    .put(Wire.CALL)
                    .putInt(unit)
                    .put(call)
                    .flip());
        }

        private void send(ByteBuffer frame) throws IOException {
            WorkerLink l = link;
            if (l != null) {
                l.send(frame);
            }
        }

        @Override
        public void drained() {}

        @Override
        public void printed(int unit, int item, String text) {
            tail.add(text);
        }

        @Override
        public void lost(int unit, int item, int length, OutOfMemoryError why) {}
    }
}
