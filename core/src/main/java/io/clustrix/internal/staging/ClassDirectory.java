package io.clustrix.internal.staging;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A directory of classes and resources, as it is at one moment.
 *
 * @param files what is in it, by name within a jar; names of directories end in a slash. Links are followed
 */
record ClassDirectory(Path root, SortedMap<String, FileStamp> files) {
    /** Zip entries have no time zone; the oldest time that they can have. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private static final int FASTEST = 1;

    static ClassDirectory of(Path root) throws IOException {
        SortedMap<String, FileStamp> files = new TreeMap<>();
        Files.walkFileTree(
                root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
                            throws IOException {
                        if (!dir.equals(root)) {
                            files.put(name(root, dir) + "/", FileStamp.of(dir));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        // Not pipes and sockets; those in /proc and the like have no end.
                        if (attributes.isRegularFile()) {
                            files.put(name(root, file), FileStamp.of(file));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                        boolean brokenLink = Files.isSymbolicLink(file) && !Files.exists(file);
                        if (e instanceof FileSystemLoopException || brokenLink) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw e;
                    }
                });
        return new ClassDirectory(root, files);
    }

    private static String name(Path root, Path file) {
        List<String> names = new ArrayList<>();
        root.relativize(file).forEach(part -> names.add(part.toString()));
        return String.join("/", names);
    }

    boolean isEmpty() {
        return files.keySet().stream().allMatch(name -> name.endsWith("/"));
    }

    /** The same as long as no file in it was changed, added or removed. */
    String key() {
        List<String> parts = new ArrayList<>(List.of("directory", root.toString()));
        for (Map.Entry<String, FileStamp> file : files.entrySet()) {
            if (file.getKey().endsWith("/")) {
                parts.add(file.getKey());
            } else {
                parts.addAll(file.getValue().parts(file.getKey()));
            }
        }
        return Digests.key(parts);
    }

    boolean isSettled(Instant looked) {
        return files.values().stream().allMatch(stamp -> stamp.isSettled(looked));
    }

    /** Writes a jar that depends on names and contents only: sorted, without times and owners. */
    void pack(OutputStream out) throws IOException {
        ZipOutputStream jar = new ZipOutputStream(out);
        jar.setLevel(FASTEST);
        for (String name : files.keySet()) {
            ZipEntry entry = new ZipEntry(name);
            entry.setTimeLocal(TIME);
            jar.putNextEntry(entry);
            if (!name.endsWith("/")) {
                Files.copy(root.resolve(name), jar);
            }
            jar.closeEntry();
        }
        jar.finish();
    }
}
