package io.clustrix.files;

import io.clustrix.files.ClusterFileException.Reason;
import io.clustrix.internal.staging.Digests;
import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import io.clustrix.spi.HostException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One copy of a file, to or from a host. What is not whole yet has a name that is made of the content's sum, and bytes
 * are written at their places and not appended. So whatever writes there at the same time, or late, writes the same
 * bytes at the same places: no lock is needed, and no file under its final name can be changed by a late one.
 */
final class Copies {
    private static final int BLOCK = 1 << 16;
    private static final int SMALL = 1 << 20;
    private static final int HEADER = 128;
    private static final Duration LOOK = Duration.ofMinutes(2);
    private static final Duration SUM = Duration.ofMinutes(30);
    private static final long SLOWEST_BYTES_A_SECOND = 128 << 10;
    private static final int MOST_TRIES = 20;

    private final FileCommands commands;
    private final @Nullable Duration timeout;
    private final TransferListener listener;

    /**
     * For one copy.
     *
     * @param timeout how long each command may take; absent: as its size demands
     */
    Copies(FileCommands commands, @Nullable Duration timeout, TransferListener listener) {
        this.commands = commands;
        this.timeout = timeout;
        this.listener = listener;
    }

    private Duration limit(Duration standard) {
        return timeout == null ? standard : timeout;
    }

    private static Duration forBytes(long bytes) {
        return LOOK.plusSeconds(bytes / SLOWEST_BYTES_A_SECOND);
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String partName(String sum, String name) {
        MessageDigest digest = Digests.sha256();
        digest.update((sum + "/" + name).getBytes(StandardCharsets.UTF_8));
        return ".clustrix-" + hex(digest).substring(0, 32) + ".part";
    }

    private static String freshName() {
        return ".clustrix-" + UUID.randomUUID() + ".part";
    }

    // ---------------------------------------------------------------- from the host

    void get(String path, Path target) throws IOException, InterruptedException {
        Path file = target.toAbsolutePath();
        Path directory = file.getParent();
        Path name = file.getFileName();
        if (directory == null || name == null || Files.isDirectory(file)) {
            throw new FileSystemException(target.toString(), null, "is a directory, and the name of a file is wanted");
        }
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString(), null, "the directory for the copy of " + path);
        }
        // Header, and the content if that is small.
        Bound answer = new Bound(SMALL + HEADER);
        CommandResult looked = commands.run(FileCommands.SUM, limit(SUM), answer, path, Integer.toString(SMALL));
        byte[] bytes = answer.bytes();
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        String[] header = new String(bytes, 0, end, StandardCharsets.US_ASCII).split(" ", -1);
        if (header.length != 2 || !header[0].matches("[0-9]{1,18}") || !header[1].matches("[0-9a-f]{64}")) {
            throw commands.failed(Reason.FAILED, path, FileCommands.SUM.summary(looked));
        }
        long size = Long.parseLong(header[0]);
        String sum = header[1];
        Path mine = directory.resolve(freshName());
        try {
            if (size <= SMALL) {
                int length = Math.max(0, bytes.length - end - 1);
                Files.write(mine, Arrays.copyOfRange(bytes, bytes.length - length, bytes.length));
                listener.transferred(size, size);
                if (!isGood(mine, size, sum)) {
                    throw damaged(path);
                }
                Files.move(mine, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } else {
                large(path, sum, size, directory.resolve(partName(sum, name.toString())), mine, file);
            }
        } finally {
            Files.deleteIfExists(mine);
        }
    }

    private void large(String path, String sum, long size, Path part, Path mine, Path file)
            throws IOException, InterruptedException {
        boolean fresh;
        do {
            fresh = !Files.exists(part);
            fetch(path, size, part);
            if (isPublished(sum, size, part, mine, file)) {
                Files.deleteIfExists(part);
                return;
            }
            // If an earlier program has left a part that was no good, all of it is copied.
            Files.deleteIfExists(part);
            Files.deleteIfExists(mine);
        } while (!fresh);
        throw damaged(path);
    }

    /** Copies what is missing of a file. */
    private void fetch(String path, long size, Path part) throws IOException, InterruptedException {
        try (RandomAccessFile out = new RandomAccessFile(part.toFile(), "rw")) {
            for (int i = 0; ; i++) {
                long have = Math.min(out.length(), size);
                listener.transferred(have, size);
                if (have == size) {
                    return;
                }
                Sink sink = new Sink(out, have, size);
                Watched watched = new Watched(sink);
                try {
                    commands.run(
                            FileCommands.READ,
                            limit(forBytes(size - have)),
                            watched,
                            path,
                            Long.toString(have + 1),
                            Long.toString(size - have));
                    return;
                } catch (HostException e) {
                    watched.rethrow();
                    if (!e.retryable() || sink.at == have || i == MOST_TRIES) {
                        throw e;
                    }
                }
            }
        }
    }

    /**
     * Gives the file its name, if it is good. Checked is what is renamed: under a name that only this copy knows, as
     * another one may have begun a new part under the name of the old one.
     */
    private static boolean isPublished(String sum, long size, Path part, Path mine, Path file) throws IOException {
        try {
            try {
                Files.createLink(mine, part);
            } catch (UnsupportedOperationException | AccessDeniedException e) {
                Files.move(part, mine);
            }
        } catch (NoSuchFileException e) {
            return isGood(file, size, sum); // another one was quicker, with the same bytes?
        }
        if (!isGood(mine, size, sum)) {
            return Files.isRegularFile(file) && isGood(file, size, sum);
        }
        Files.move(mine, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    private static boolean isGood(Path file, long size, String sum) throws IOException {
        try (RandomAccessFile there = new RandomAccessFile(file.toFile(), "r")) {
            if (there.length() != size) {
                return false;
            }
            MessageDigest digest = Digests.sha256();
            digest(there, size, digest);
            return hex(digest).equals(sum);
        }
    }

    private ClusterFileException damaged(String path) {
        return commands.failed(
                Reason.DAMAGED,
                path,
                "what arrived here is not what was there at first, and was removed",
                List.of("copy it again once nothing changes the file any more"));
    }

    /** Reads the beginning of a file. */
    private static void digest(RandomAccessFile file, long length, MessageDigest digest) throws IOException {
        byte[] chunk = new byte[BLOCK];
        file.seek(0);
        long left = length;
        while (left > 0) {
            int n = file.read(chunk, 0, (int) Math.min(left, chunk.length));
            if (n < 0) {
                return; // it shrinks; its sum will tell
            }
            digest.update(chunk, 0, n);
            left -= n;
        }
    }

    /** Takes what comes from the host. */
    private final class Sink extends OutputStream {
        private final RandomAccessFile file;
        private final long size;
        private long at;

        Sink(RandomAccessFile file, long at, long size) throws IOException {
            this.file = file;
            this.at = at;
            this.size = size;
            file.seek(at);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] data, int offset, int length) throws IOException {
            if (length == 0) {
                return; // nothing to tell of
            }
            file.write(data, offset, length);
            at += length;
            listener.transferred(Math.min(at, size), size);
        }
    }

    // ---------------------------------------------------------------- to the host

    void put(Path source, String path) throws IOException, InterruptedException {
        if (!Files.isRegularFile(source)) {
            throw Files.exists(source)
                    ? new FileSystemException(source.toString(), null, "is no regular file")
                    : new NoSuchFileException(source.toString());
        }
        MessageDigest digest = Digests.sha256();
        long size;
        try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "r")) {
            size = file.length();
            digest(file, size, digest);
        }
        String sum = hex(digest);
        String part = partName(sum, path.substring(path.lastIndexOf('/') + 1));
        long blocks = size <= SMALL ? 0 : looked(source, path, part, "").blocks();
        for (int i = 0; ; i++) {
            Source input = new Source(source, blocks * BLOCK, size);
            try {
                send(input, path, part, sum, mode(source));
                return;
            } catch (HostException e) {
                input.rethrow();
                if (!e.retryable() || i == MOST_TRIES) {
                    throw e;
                }
                Looked now = looked(source, path, part, sum);
                if (now.done()) {
                    return;
                }
                if (now.blocks() <= blocks) {
                    throw e;
                }
                blocks = now.blocks();
            }
        }
    }

    private void send(Source input, String path, String part, String sum, String mode)
            throws IOException, InterruptedException {
        Command command = commands.command(
                        FileCommands.PUT,
                        limit(forBytes(input.size).plus(LOOK)),
                        path,
                        part,
                        Long.toString(input.from / BLOCK),
                        Long.toString(input.size),
                        sum,
                        mode,
                        freshName())
                .withInput(input::writeTo);
        CommandResult result = commands.host().run(command);
        input.rethrow();
        if (result.exit() == FileCommands.CUT && input.shrank) {
            throw commands.failed(
                    Reason.DAMAGED,
                    path,
                    "the file to be copied became shorter meanwhile",
                    List.of("copy it again once nothing changes it any more"));
        }
        commands.checked(FileCommands.PUT, path, result);
    }

    /**
     * What is on the host of an earlier try.
     *
     * @param blocks how many blocks of it are good
     * @param done whether all of it is there, under its final name
     */
    private record Looked(long blocks, boolean done) {}

    /** @param sum to find out if it is done; empty if that does not matter */
    private Looked looked(Path source, String path, String part, String sum) throws IOException, InterruptedException {
        CommandResult result = commands.run(FileCommands.PUT_LOOK, limit(SUM), path, part, sum);
        String[] answer = result.out().strip().split(" ", -1);
        if (answer.length != 2 || !answer[0].matches("[0-9]{1,12}")) {
            throw commands.failed(Reason.FAILED, path, FileCommands.PUT_LOOK.summary(result));
        }
        if (answer[1].equals("done")) {
            return new Looked(0, true);
        }
        long blocks = Long.parseLong(answer[0]);
        if (blocks == 0) {
            return new Looked(0, false);
        }
        MessageDigest digest = Digests.sha256();
        try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "r")) {
            if (file.length() < blocks * BLOCK) {
                return new Looked(0, false);
            }
            digest(file, blocks * BLOCK, digest);
        }
        return new Looked(hex(digest).equals(answer[1]) ? blocks : 0, false);
    }

    private static String mode(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            return "666";
        }
        Set<PosixFilePermission> permissions = view.readAttributes().permissions();
        int mode = 0;
        for (char bit : PosixFilePermissions.toString(permissions).toCharArray()) {
            mode = mode << 1 | (bit == '-' ? 0 : 1);
        }
        return Integer.toOctalString(mode);
    }

    /** What is sent to the host; on a thread of the host's. */
    private final class Source {
        private final Path file;
        private final long from;
        private final long size;
        private volatile boolean shrank;
        private final Fault fault = new Fault();

        Source(Path file, long from, long size) {
            this.file = file;
            this.from = from;
            this.size = size;
        }

        void writeTo(OutputStream out) throws IOException {
            byte[] chunk = new byte[BLOCK];
            try (RandomAccessFile in = fault.kept(this::opened)) {
                long at = from;
                told(at);
                while (at < size) {
                    int length = (int) Math.min(chunk.length, size - at);
                    int n = fault.kept(() -> in.read(chunk, 0, length));
                    if (n < 0) {
                        shrank = true; // the script sees that it is too short
                        return;
                    }
                    out.write(chunk, 0, n);
                    at += n;
                    told(at);
                }
            }
        }

        private RandomAccessFile opened() throws IOException {
            RandomAccessFile in = new RandomAccessFile(file.toFile(), "r");
            in.seek(from);
            return in;
        }

        private void told(long at) throws IOException {
            Boolean unused = fault.kept(() -> {
                listener.transferred(at, size);
                return true;
            });
        }

        /** Throws what has gone wrong here, if something has. */
        void rethrow() throws IOException {
            fault.rethrow();
        }
    }
}
