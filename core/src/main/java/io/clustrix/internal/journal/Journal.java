package io.clustrix.internal.journal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An append-only file of records, each with its length and check sum (requirements R27, R31). What {@link #append} has
 * taken outlives the death of the JVM, what {@link #sync} has taken outlives that of the machine.
 *
 * <p>After a crash the end of the file may be torn or zero; that is cut off. Damage with sound records behind it is an
 * error, because something must be lost: {@link #repair} says what.
 *
 * <p><b>Threads:</b> thread-safe. There must be one writer for a file, which {@link RunLock} sees to. An interrupt
 * neither stops nor breaks a write.
 */
public final class Journal implements AutoCloseable {
    private final Path path;
    /** Not a channel: an interrupt would close that under everybody. */
    private final RandomAccessFile file;

    private final Tail cutOff;
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock syncing = new ReentrantLock();
    private final Condition synced = syncing.newCondition();
    private long end;
    private @Nullable JournalException broken;
    private long safe;
    private boolean flushing;

    /**
     * What stands behind the last whole record.
     *
     * @param records how many whole records there are
     * @param end where the last one ends, in bytes from the start of the file
     * @param lost how many bytes stand behind that: a record whose writing was cut off, or zeros
     */
    public record Tail(long records, long end, long lost) {}

    /**
     * What was repaired.
     *
     * @param records how many records are in the new file
     * @param lost how many bytes of the old one are not
     * @param damaged where the old file is now; null if nothing had to be done
     */
    public record Repair(long records, long lost, @Nullable Path damaged) {}

    private Journal(Path path, RandomAccessFile file, Tail cutOff, long end) {
        this.path = path;
        this.file = file;
        this.cutOff = cutOff;
        this.end = end;
        this.safe = 0;
    }

    /**
     * Opens a journal to append to, and makes it if there is none; a torn end is cut off.
     *
     * @param consumer is given the records that are there, in order
     * @throws JournalException if it can't be read or written, or has damage that is not at its end
     */
    public static Journal open(Path path, Consumer<byte[]> consumer) {
        try {
            boolean isNew = !Files.exists(path) || Files.size(path) == 0;
            Tail tail = isNew ? new Tail(0, 0, 0) : read(path, consumer);
            if (isNew) {
                create(path);
            }
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
            boolean opened = false;
            try {
                file.setLength(tail.end());
                Journal journal = new Journal(path, file, tail, tail.end());
                if (tail.end() == 0) {
                    journal.write(JournalFile.MAGIC);
                }
                opened = true;
                return journal;
            } finally {
                if (!opened) {
                    file.close();
                }
            }
        } catch (IOException e) {
            throw failed("opened", path, e);
        }
    }

    /** The name must outlive the machine's death as the content does. */
    private static void create(Path path) throws IOException {
        if (!Files.exists(path)) {
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            } else {
                Files.createFile(path);
            }
        }
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent())) {
            directory.force(true);
        } catch (IOException e) {
            // Not every system lets a directory be opened.
        }
    }

    /**
     * Reads all whole records, in order. The file may have a writer; then this sees what was appended so far.
     *
     * @return what stands behind them
     * @throws JournalException if it can't be read, or has damage that is not at its end
     */
    public static Tail read(Path path, Consumer<byte[]> consumer) {
        long[] records = {0};
        try (FileChannel file = JournalFile.open(path)) {
            long size = file.size();
            long end = JournalFile.read(file, path, size, payload -> {
                records[0]++;
                consumer.accept(payload);
            });
            long next = end == size ? -1 : JournalFile.next(file, end + 1, size);
            if (next >= 0) {
                throw new JournalException(
                        path + " is damaged from byte " + end + " to byte " + next
                                + ", and there are sound records after" + " that",
                        List.of(
                                "bring the file back from a copy of before the damage, if there is one",
                                "or give the run up: see what the scheduler still has of it, and then move the directory "
                                        + path.toAbsolutePath().getParent() + " away"),
                        null);
            }
            return new Tail(records[0], end, size - end);
        } catch (IOException e) {
            throw failed("read", path, e);
        }
    }

    /**
     * Copies every sound record into a new file in its place and keeps the old one as {@code NAME.damaged}. There must
     * be no writer. A journal that is sound, or has a torn end only, is left as it is.
     */
    public static Repair repair(Path path) {
        try (FileChannel file = JournalFile.open(path)) {
            Path fresh = path.resolveSibling(path.getFileName() + ".repaired");
            long size = file.size();
            long records = 0;
            long copied = JournalFile.MAGIC.length;
            boolean holes = size > 0 && !JournalFile.hasHeader(file, size);
            try (FileChannel out = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                writeFully(out, ByteBuffer.wrap(JournalFile.MAGIC.clone()), 0);
                long at = JournalFile.MAGIC.length;
                while (true) {
                    byte[] payload = JournalFile.record(file, at, size);
                    if (payload == null) {
                        long next = at >= size ? -1 : JournalFile.next(file, at + 1, size);
                        if (next < 0) {
                            break;
                        }
                        holes = true;
                        at = next;
                        continue;
                    }
                    ByteBuffer record = JournalFile.record(payload);
                    at += record.remaining();
                    int length = record.remaining();
                    writeFully(out, record, copied);
                    copied += length;
                    records++;
                }
                out.force(true);
            }
            long lost = Math.max(0, size - copied);
            if (!holes) {
                Files.delete(fresh);
                return new Repair(records, lost, null);
            }
            Path damaged = keepOld(path);
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return new Repair(records, lost, damaged);
        } catch (IOException e) {
            throw failed("repaired", path, e);
        }
    }

    /** The old file gets a second name first, so that at no time there is no journal. */
    private static Path keepOld(Path path) throws IOException {
        for (int i = 1; ; i++) {
            Path damaged = path.resolveSibling(path.getFileName() + ".damaged" + (i == 1 ? "" : "-" + i));
            try {
                Files.copy(path, damaged);
                return damaged;
            } catch (FileAlreadyExistsException e) {
                // An earlier repair's.
            }
        }
    }

    /** What was cut off when this was opened. */
    public Tail cutOff() {
        return cutOff;
    }

    /**
     * Adds a record. When this returns, the death of this JVM can't lose it any more.
     *
     * @param payload 1 byte to 16 MiB
     * @throws JournalException if it can't be written (a full disk); the journal is as it was before, and the next call
     *     may succeed
     */
    public void append(byte[] payload) {
        if (payload.length < 1 || payload.length > JournalFile.LARGEST) {
            throw new IllegalArgumentException("a record has 1 byte to 16 MiB, not " + payload.length + " bytes");
        }
        try {
            write(JournalFile.record(payload).array());
        } catch (IOException e) {
            throw failed("written", path, e);
        }
    }

    private void write(byte[] bytes) throws IOException {
        writing.lock();
        try {
            if (broken != null) {
                throw broken;
            }
            try {
                file.seek(end);
                file.write(bytes);
                end += bytes.length;
            } catch (IOException e) {
                try {
                    file.setLength(end);
                } catch (IOException second) {
                    e.addSuppressed(second);
                    // A record after a torn one would be damage in the middle.
                    broken = failed("written", path, e);
                }
                throw e;
            }
        } finally {
            writing.unlock();
        }
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += file.write(bytes, position);
        }
    }

    /**
     * Returns when all that was appended before this call is on the disk. Callers at the same time share one flush.
     *
     * @throws JournalException if the system can't promise that; what was appended before may be lost if the machine
     *     dies
     */
    public void sync() {
        long mine;
        writing.lock();
        try {
            mine = end;
        } finally {
            writing.unlock();
        }
        while (true) {
            syncing.lock();
            try {
                while (flushing && safe < mine) {
                    synced.awaitUninterruptibly();
                }
                if (safe >= mine) {
                    return;
                }
                flushing = true;
            } finally {
                syncing.unlock();
            }
            flush();
        }
    }

    /** By one thread at a time; those that come meanwhile wait, and the first of them flushes for all of them. */
    private void flush() {
        long done = 0;
        try {
            long upTo;
            writing.lock();
            try {
                if (broken != null) {
                    throw broken;
                }
                upTo = end;
            } finally {
                writing.unlock();
            }
            file.getFD().sync();
            done = upTo;
        } catch (IOException e) {
            JournalException failure = failed("written to disk", path, e);
            writing.lock();
            try {
                // The system reports such a failure once and forgets what it could not write.
                broken = failure;
            } finally {
                writing.unlock();
            }
            throw failure;
        } finally {
            syncing.lock();
            try {
                flushing = false;
                safe = Math.max(safe, done);
                synced.signalAll();
            } finally {
                syncing.unlock();
            }
        }
    }

    private static JournalException failed(String what, Path path, IOException e) {
        return new JournalException(
                "the journal " + path + " could not be " + what + ": " + e,
                List.of("see whether there is room and quota left, and who may write there"),
                e);
    }

    /** Closes the file. Calling it again does nothing; appending after it is an error. */
    @Override
    public void close() {
        writing.lock();
        try {
            if (broken == null) {
                broken = new JournalException("the journal " + path + " is closed", List.of(), null);
            }
            file.close();
        } catch (IOException e) {
            throw failed("closed", path, e);
        } finally {
            writing.unlock();
        }
    }
}
