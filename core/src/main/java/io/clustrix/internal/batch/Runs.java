package io.clustrix.internal.batch;

import io.clustrix.internal.journal.LockedException;
import io.clustrix.internal.journal.RunLock;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of this user on this machine: each a directory below {@code state-directory}, with a journal, the tasks of
 * jobs that have not been submitted yet, and results that have come. This program's own run is made when its first
 * batch job is submitted. Thread-safe.
 */
public final class Runs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Runs.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Path directory;
    private final Duration keep;
    private final boolean keepResults;
    private final List<RunBook> attached = new ArrayList<>();
    private @Nullable RunBook own;
    private boolean closed;

    /**
     * The runs below a directory.
     *
     * @param stateDirectory need not exist
     * @param keep after which time an ended run is forgotten
     * @param keepResults whether its results stay until then
     */
    public Runs(Path stateDirectory, Duration keep, boolean keepResults) {
        this.directory = RunFiles.directory(stateDirectory);
        this.keep = keep;
        this.keepResults = keepResults;
    }

    /** This program's run, if it has one. */
    public synchronized Optional<RunBook> current() {
        return Optional.ofNullable(own);
    }

    /**
     * This program's run, which is made if need be.
     *
     * @throws ConfigurationException if the state directory can't be written
     */
    synchronized RunBook own() {
        if (closed) {
            throw new IllegalStateException("this Clustrix is closed; open another one to submit");
        }
        RunBook book = own;
        if (book == null) {
            try {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                String id = TIME.format(Instant.now()) + "-"
                        + Long.toString(
                                new SecureRandom().nextLong(36L * 36 * 36 * 36 * 36, 36L * 36 * 36 * 36 * 36 * 36), 36);
                Path home = Files.createDirectory(
                        directory.resolve(id),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                book = RunBook.create(id, home, keepResults);
            } catch (IOException e) {
                throw new ConfigurationException(
                        "the journal of this run can't be written in " + directory + ": " + e,
                        List.of("set clustrix.state-directory to a directory that you may write"),
                        e);
            }
            own = book;
            forgetOld();
        }
        return book;
    }

    /**
     * Takes over a run of another JVM, which has ended or been killed.
     *
     * @throws ConfigurationException if there is none of this id, or its driver is alive
     */
    public RunBook attach(String id) {
        Path home = directory.resolve(id);
        if (!RunFiles.isId(id) || !Files.isDirectory(home)) {
            throw new ConfigurationException("there is no run '" + id + "' in " + directory
                    + (ids().isEmpty()
                            ? "; there are none at all"
                            : "; the newest are " + String.join(", ", newest())));
        }
        RunBook book = RunBook.open(id, home, keepResults);
        synchronized (this) {
            attached.add(book);
        }
        return book;
    }

    /** The ids of the runs that this program has: its own, and those that it has attached to. */
    public synchronized List<String> taken() {
        List<String> ids = new ArrayList<>();
        attached.forEach(book -> ids.add(book.id()));
        current().ifPresent(book -> ids.add(book.id()));
        return ids;
    }

    /** Gives a run back as it was, for another program to attach to. */
    public synchronized void giveBack(RunBook book) {
        attached.remove(book);
        book.giveBack();
    }

    /** The ids of all runs that are known, oldest first. */
    public List<String> ids() {
        return RunFiles.ids(directory);
    }

    private List<String> newest() {
        List<String> ids = ids();
        return ids.subList(Math.max(0, ids.size() - 5), ids.size());
    }

    private void forgetOld() {
        Instant limit = Instant.now().minus(keep);
        for (String id : ids()) {
            Path home = directory.resolve(id);
            try {
                if (Files.getLastModifiedTime(RunBook.journal(home)).toInstant().isBefore(limit)) {
                    remove(home);
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug("Run {} can't be removed", id, e);
            }
        }
    }

    /**
     * Removes a run, unless a job of it is not over or a driver has it.
     *
     * @param home its directory
     * @return whether it was removed
     */
    public static boolean remove(Path home) throws IOException {
        if (Files.exists(RunBook.journal(home)) && !RunBook.isOver(home)) {
            return false;
        }
        // Its driver may live and have had nothing to do for long; then it has the lock.
        try (RunLock lock = RunLock.acquire(home, () -> {})) {
            if (!lock.isHeld()) {
                return false;
            }
            delete(home.resolve("results"));
            delete(home.resolve("jobs"));
            Files.deleteIfExists(RunBook.journal(home));
        } catch (LockedException e) {
            return false;
        }
        delete(home);
        return true;
    }

    static void delete(Path home) throws IOException {
        if (Files.notExists(home)) {
            return;
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Closes all journals; what is over and has been delivered is removed. Calling it again does nothing. */
    @Override
    public synchronized void close() {
        closed = true;
        RunBook book = own;
        if (book != null) {
            book.close();
        }
        attached.forEach(RunBook::close);
        attached.clear();
    }

    static ConfigurationException unusable(String id, Path home, Exception e) {
        return new ConfigurationException(
                "run " + id + " can't be used: " + e.getMessage(),
                List.of(
                        e instanceof io.clustrix.spi.ClustrixException c && c.fault() == Fault.BUG
                                ? "keep " + home + " and report it"
                                : "look at " + home),
                e);
    }
}
