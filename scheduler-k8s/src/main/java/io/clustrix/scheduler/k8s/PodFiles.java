package io.clustrix.scheduler.k8s;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Writes what one pod sends into the job's directory here, as the worker and its script would have done it: logs and
 * attempts grow, results and exit records appear whole, and a result is never overwritten. A pod is not trusted with
 * names.
 */
final class PodFiles {
    private static final Pattern GROWING = Pattern.compile("(logs|attempts)/[A-Za-z0-9_-][A-Za-z0-9._-]*");
    private static final Pattern WHOLE = Pattern.compile("(results|exits)/[A-Za-z0-9_-][A-Za-z0-9._-]*");
    private static final Pattern CLAIM = Pattern.compile("claims/[A-Za-z0-9_-][A-Za-z0-9._-]*");
    private static final int BUFFER = 1 << 16;

    private final Path directory;
    private final Runnable changed;
    private final byte[] buffer = new byte[BUFFER];

    /** The attempts' files that this stream has written to. */
    private final Set<Path> attempts = new LinkedHashSet<>();

    PodFiles(Path directory, Runnable changed) {
        this.directory = directory;
        this.changed = changed;
    }

    /** What no new connection mends: a name that is not allowed, or a disk that takes nothing. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String problem) {
            super(problem);
        }
    }

    /** A file did not arrive as it was announced. */
    static final class Spoiled extends IOException {
        private static final long serialVersionUID = 1L;

        Spoiled(String problem) {
            super(problem);
        }
    }

    /** How many bytes of a file are here; -1 if it is to be sent in any case. */
    long have(String path) throws IOException {
        if (!GROWING.matcher(path).matches() && !WHOLE.matcher(path).matches()) {
            throw name(path);
        }
        Path file = directory.resolve(path);
        return path.startsWith("exits/") || !Files.isRegularFile(file) ? -1 : Files.size(file);
    }

    /** Takes the next bytes of a file that grows. Those that are here are skipped. */
    void append(String path, long offset, long length, InputStream in) throws IOException {
        Path file = resolve(GROWING, path);
        try (FileChannel out = open(file)) {
            long size = size(out, file);
            if (size < offset) {
                throw new IOException(path + " has a gap: " + size + " bytes are here, and the next is " + offset);
            }
            long at = offset;
            long left = length;
            while (left > 0) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (n < 0) {
                    throw new EOFException("it ended within " + path);
                }
                int known = (int) Math.min(n, Math.max(0, size - at));
                if (n > known) {
                    write(out, file, known, n - known, at + known);
                }
                at += n;
                left -= n;
            }
        }
        if (path.startsWith("logs/")) {
            changed.run();
        } else {
            attempts.add(file);
        }
    }

    /** Notes that an attempt has begun. */
    void claim(String path) throws IOException {
        Path claim = resolve(CLAIM, path);
        try {
            Files.createDirectories(claim);
        } catch (IOException e) {
            throw storage(claim, e);
        }
    }

    /** Takes a whole file, and gives it its name when it is known to be good and on the disk. */
    void publish(String path, long length, String sha256, InputStream in) throws IOException {
        Path file = resolve(WHOLE, path);
        Path hidden = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
            MessageDigest digest = sha256();
            try (FileChannel out = open(hidden)) {
                long at = 0;
                while (at < length) {
                    int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - at));
                    if (n < 0) {
                        throw new EOFException("it ended within " + path);
                    }
                    digest.update(buffer, 0, n);
                    write(out, hidden, 0, n, at);
                    at += n;
                }
                force(out, hidden);
            }
            if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
                throw new Spoiled(path + " did not arrive as it was sent: its checksum is another");
            }
            if (path.startsWith("results/")) {
                link(hidden, file);
                forget(file.getFileName().toString());
            } else {
                replace(hidden, file);
            }
        } finally {
            Files.deleteIfExists(hidden);
        }
        changed.run();
    }

    /** Puts what has grown on the disk, before the pod is told that it may end. */
    void finish() throws IOException {
        for (Path file : attempts) {
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
                force(out, file);
            }
        }
    }

    private static void link(Path hidden, Path result) throws IOException {
        try {
            Files.createLink(result, hidden);
        } catch (FileAlreadyExistsException e) {
            // Of a twin; it is as good.
        } catch (IOException | UnsupportedOperationException e) {
            if (!Files.exists(result)) {
                replace(hidden, result);
            }
        }
    }

    private static void replace(Path hidden, Path file) throws IOException {
        try {
            Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    /** As a worker does: who has a result needs its attempts no longer. */
    private void forget(String element) throws IOException {
        for (Path file : Set.copyOf(attempts)) {
            if (file.getFileName().toString().startsWith(element + ".")) {
                Files.deleteIfExists(file);
                attempts.remove(file);
            }
        }
    }

    private Path resolve(Pattern kind, String path) throws IOException {
        if (!kind.matcher(path).matches()) {
            throw name(path);
        }
        return directory.resolve(path);
    }

    private static Refused name(String path) {
        return new Refused("a pod has sent a file with a name that is not allowed: " + path);
    }

    private static FileChannel open(Path file) throws IOException {
        try {
            Path parent = file.getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                Files.createDirectories(parent);
            }
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private static long size(FileChannel channel, Path file) throws IOException {
        try {
            return channel.size();
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private void write(FileChannel out, Path file, int from, int length, long at) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, from, length);
        try {
            long position = at;
            while (bytes.hasRemaining()) {
                position += out.write(bytes, position);
            }
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private static void force(FileChannel out, Path file) throws IOException {
        try {
            out.force(true);
        } catch (IOException e) {
            throw storage(file, e);
        }
    }

    private static Refused storage(Path file, IOException e) {
        Refused refused = new Refused("can't write " + file + ": " + e.getMessage());
        refused.initCause(e);
        return refused;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
