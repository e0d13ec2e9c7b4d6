package io.clustrix.internal.batch;

import io.clustrix.internal.journal.RunLock;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
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
    private static final String NAME = "[0-9]{8}-[0-9]{6}-[0-9a-z]{6}";

    private final Path directory;
    private final Duration keep;
    private final List<RunBook> attached = new ArrayList<>();
    private @Nullable RunBook own;
    private boolean closed;

    /**
     * The runs below a directory.
     *
     * @param stateDirectory need not exist
     * @param keep after which time an ended run is forgotten
     */
    public Runs(Path stateDirectory, Duration keep) {
        this.directory = stateDirectory.resolve("runs");
        this.keep = keep;
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
                book = RunBook.create(id, home);
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
        if (!id.matches(NAME) || !Files.isDirectory(home)) {
            throw new ConfigurationException("there is no run '" + id + "' in " + directory
                    + (ids().isEmpty()
                            ? "; there are none at all"
                            : "; the newest are " + String.join(", ", newest())));
        }
        RunBook book = RunBook.open(id, home);
        synchronized (this) {
            attached.add(book);
        }
        return book;
    }

    /** Gives a run back as it was, for another program to attach to. */
    public synchronized void giveBack(RunBook book) {
        attached.remove(book);
        book.giveBack();
    }

    /** The ids of all runs that are known, oldest first. */
    public List<String> ids() {
        List<String> ids = new ArrayList<>();
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(directory)) {
            homes.forEach(h -> {
                if (h.getFileName().toString().matches(NAME)) {
                    ids.add(h.getFileName().toString());
                }
            });
        } catch (IOException e) {
            return List.of(); // nothing has run yet
        }
        ids.sort(Comparator.naturalOrder());
        return ids;
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
                if (Files.getLastModifiedTime(RunBook.journal(home)).toInstant().isBefore(limit)
                        && RunBook.isOver(home)) {
                    // Its driver may live and have had nothing to do for long; then it has the lock.
                    try (RunLock lock = RunLock.acquire(home, () -> {})) {
                        if (lock.isHeld()) {
                            delete(home.resolve("results"));
                            delete(home.resolve("jobs"));
                            Files.delete(RunBook.journal(home));
                        }
                    }
                    delete(home);
                }
            } catch (IOException | RuntimeException e) {
                LOG.debug("Run {} can't be removed", id, e);
            }
        }
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
