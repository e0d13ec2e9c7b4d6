package io.clustrix.internal.journal;

import io.clustrix.internal.threads.DaemonThreads;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock of a run directory (requirement R30): one driver at a time has it. It is taken over from a holder that died
 * on this host, at once, and from one that can't be seen from here (another host, another container) when it has given
 * no sign of life for a minute.
 *
 * <p>The truth is in numbered files, {@code lock.1}, {@code lock.2}, ..., each with its holder. Whoever may take over
 * makes the next number, which only one can, on any file system; the highest one counts. A sign of life is the file's
 * time of modification, which is compared with that of a file just written, so clocks that differ do no harm. Besides
 * that, the holder has a lock of the operating system on the file {@code lock}, which keeps others out even if it was
 * suspended for long; some network file systems have no such locks.
 *
 * <p><b>Threads:</b> thread-safe. A daemon thread, {@code clustrix-run-lock}, gives the signs of life.
 */
public final class RunLock implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RunLock.class);

    private final Path directory;
    private final long number;
    private final Path mine;
    private final LockHolder self;
    private final @Nullable FileChannel system;
    private final Times times;
    private final Runnable lost;
    private final ScheduledExecutorService thread;
    private boolean held = true;
    private boolean told;
    private long seenNanos = System.nanoTime();
    private long seenMillis = System.currentTimeMillis();

    /** How often a sign of life is given, and without one for how long a holder counts as dead. */
    record Times(Duration beat, Duration stale) {
        static final Times STANDARD = new Times(Duration.ofSeconds(10), LockState.STALE);
    }

    private RunLock(
            Path directory, long number, LockHolder self, @Nullable FileChannel system, Times times, Runnable lost) {
        this.directory = directory;
        this.number = number;
        this.mine = directory.resolve(LockState.PREFIX + number);
        this.self = self;
        this.system = system;
        this.times = times;
        this.lost = lost;
        this.thread = Executors.newSingleThreadScheduledExecutor(DaemonThreads.withoutContext("clustrix-run-lock"));
    }

    /**
     * Takes the lock of a directory, which must exist, without waiting for it.
     *
     * @param lost is called once, by the lock's thread or by that of {@link #isHeld()}, if another driver has taken the
     *     lock over because this one gave no sign of life (it was suspended); nothing may be written there any more
     *     then
     * @throws LockedException if another driver has it; it may be free later
     * @throws JournalException if the directory can't be read or written
     */
    public static RunLock acquire(Path directory, Runnable lost) {
        return acquire(directory, lost, LockHolder.self(), Times.STANDARD, true);
    }

    static RunLock acquire(Path directory, Runnable lost, LockHolder self, Times times, boolean systemLocks) {
        FileChannel system = null;
        boolean taken = false;
        try {
            boolean refused = false;
            if (systemLocks) {
                system = FileChannel.open(
                        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                try {
                    FileLock lock = system.tryLock();
                    refused = lock == null;
                } catch (OverlappingFileLockException e) {
                    throw new LockedException(
                            "this process itself has the lock of " + directory,
                            List.of("close the other cluster first, or give each its own run directory"));
                } catch (IOException e) {
                    log.debug("No locks of the operating system in {}: {}", directory, e.toString());
                }
            }
            long number = claim(directory, self, times, refused, systemLocks);
            RunLock lock = new RunLock(directory, number, self, system, times, lost);
            taken = true;
            long beat = times.beat().toNanos();
            var unused = lock.thread.scheduleWithFixedDelay(lock::beat, beat, beat, TimeUnit.NANOSECONDS);
            return lock;
        } catch (IOException e) {
            throw failed(directory, e);
        } finally {
            if (!taken && system != null) {
                closeQuietly(system);
            }
        }
    }

    /** Makes the next number, if the present holder is gone. */
    private static long claim(Path directory, LockHolder self, Times times, boolean refused, boolean systemLocks)
            throws IOException {
        Path claim = directory.resolve("claim." + UUID.randomUUID());
        Files.write(claim, self.text(), StandardOpenOption.CREATE_NEW);
        try {
            SortedMap<Long, Path> numbers = LockState.numbers(directory);
            long last = numbers.isEmpty() ? 0 : numbers.lastKey();
            if (last > 0) {
                check(directory, numbers.get(last), claim, self, times, refused, systemLocks);
            } else if (refused) {
                throw locked(directory, "another process that is just taking it", Duration.ZERO, times);
            }
            Path next = directory.resolve(LockState.PREFIX + (last + 1));
            try {
                link(claim, next);
            } catch (FileAlreadyExistsException e) {
                throw locked(directory, "another process that was quicker", Duration.ZERO, times);
            }
            SortedMap<Long, Path> now = LockState.numbers(directory);
            if (now.isEmpty() || now.lastKey() != last + 1) {
                // While this one thought about it, several others have had the lock.
                Files.deleteIfExists(next);
                throw locked(directory, "another process that was quicker", Duration.ZERO, times);
            }
            for (Path old : now.headMap(last + 1).values()) {
                Files.deleteIfExists(old);
            }
            return last + 1;
        } finally {
            Files.deleteIfExists(claim);
        }
    }

    /** A second name is made whole or not at all, and not if it exists, on NFS as well. */
    private static void link(Path claim, Path next) throws IOException {
        try {
            Files.createLink(next, claim);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // No links here. Until it is written, the others see a holder without a name, and wait.
            Files.write(next, Files.readAllBytes(claim), StandardOpenOption.CREATE_NEW);
        }
    }

    private static void check(
            Path directory,
            @Nullable Path present,
            Path justWritten,
            LockHolder self,
            Times times,
            boolean refused,
            boolean systemLocks)
            throws IOException {
        if (present == null) {
            return;
        }
        LockHolder holder;
        Duration silent;
        try {
            holder = LockHolder.parse(Files.readAllLines(present));
            silent = Duration.between(
                    Files.getLastModifiedTime(present).toInstant(),
                    Files.getLastModifiedTime(justWritten).toInstant());
        } catch (NoSuchFileException e) {
            throw locked(directory, "another process that was quicker", Duration.ZERO, times);
        }
        boolean stale = silent.compareTo(times.stale()) > 0;
        if (holder == null) {
            if (stale && !refused) {
                return;
            }
            throw locked(directory, "somebody whose name can't be read", silent, times);
        }
        boolean visible = holder.place().equals(self.place());
        if (refused && visible) {
            // The system says that somebody lives, be it the holder or who is taking over right now.
            throw locked(directory, holder.described(), silent, times);
        }
        boolean earlierOfThisProcess = holder.isSameProcess(self) && systemLocks && !refused;
        if (holder.released() || stale || earlierOfThisProcess || holder.isDead(self)) {
            return;
        }
        throw locked(directory, holder.described(), silent, times);
    }

    private static LockedException locked(Path directory, String holder, Duration silent, Times times) {
        return new LockedException(
                directory + " is locked by " + holder + ", which gave its last sign of life "
                        + Math.max(0, silent.toSeconds()) + " s ago",
                List.of(
                        "wait for it to end, or use another run directory",
                        "if it is dead, try again in " + times.stale().toSeconds() + " s"));
    }

    private void beat() {
        try {
            look();
        } catch (IOException e) {
            log.warn("The lock of {} could not be renewed: {}", directory, e.toString());
        }
    }

    private void look() throws IOException {
        boolean tell = false;
        synchronized (this) {
            if (held) {
                SortedMap<Long, Path> numbers = LockState.numbers(directory);
                if (numbers.isEmpty() || numbers.lastKey() != number) {
                    held = false;
                    tell = !told;
                    told = true;
                } else {
                    // Written rather than touched: then the file server's clock sets the time.
                    try (RandomAccessFile file = new RandomAccessFile(mine.toFile(), "rw")) {
                        file.write(self.text());
                    }
                    seenNanos = System.nanoTime();
                    seenMillis = System.currentTimeMillis();
                }
            }
        }
        if (tell) {
            log.warn("The lock of {} was taken over by another driver, as this one gave no sign of life", directory);
            lost.run();
        }
    }

    /**
     * Whether this driver still has the lock. Looks into the directory if the last look was too long ago, as after a
     * suspension; so ask this before something is written that only the holder may write.
     *
     * @throws JournalException if the directory can't be read or written
     */
    public boolean isHeld() {
        boolean old;
        synchronized (this) {
            if (!held) {
                return false;
            }
            long age = Math.max(
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - seenNanos),
                    Math.abs(System.currentTimeMillis() - seenMillis));
            old = age > times.beat().toMillis() * 2;
        }
        if (old) {
            try {
                look();
            } catch (IOException e) {
                throw failed(directory, e);
            }
        }
        synchronized (this) {
            return held;
        }
    }

    private static JournalException failed(Path directory, IOException e) {
        return new JournalException(
                "the lock of the run directory " + directory + " could not be read or written: " + e,
                List.of("see whether the directory exists, and whether there is room and permission to write there"),
                e);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("The lock file could not be closed: {}", e.toString());
        }
    }

    /** Gives the lock back, if it is still this one's. Calling it again does nothing. */
    @Override
    public void close() {
        thread.shutdownNow();
        synchronized (this) {
            if (held) {
                held = false;
                try {
                    SortedMap<Long, Path> numbers = LockState.numbers(directory);
                    if (!numbers.isEmpty() && numbers.lastKey() == number) {
                        // The number stays: were it used again, two could take the lock at once.
                        Path released = directory.resolve("claim." + UUID.randomUUID());
                        Files.write(released, self.asReleased().text(), StandardOpenOption.CREATE_NEW);
                        Files.move(released, mine, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    }
                } catch (IOException e) {
                    log.warn("The lock of {} could not be given back: {}", directory, e.toString());
                }
            }
        }
        if (system != null) {
            closeQuietly(system);
        }
    }
}
