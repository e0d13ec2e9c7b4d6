package io.clustrix.internal.batch;

import io.clustrix.internal.journal.Journal;
import io.clustrix.internal.journal.RunLock;
import io.clustrix.spi.ConfigurationException;
import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run: its journal and the files that belong to it, held under a lock by one driver at a time. Thread-safe.
 *
 * <p>An entry that is {@linkplain #note noted} is in the file when the method returns, so that the death of this JVM
 * loses nothing; after {@link #sync} not even a power failure does.
 */
public final class RunBook implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunBook.class);

    private final String id;
    private final Path home;
    private final RunLock lock;
    private final Journal journal;
    private final boolean keepResults;
    private final Map<JobKey, List<RunEntry>> found;

    /**
     * What workers had written before they died and an earlier driver has fetched, by job; null before it was looked
     * for.
     */
    private @Nullable Map<String, List<Path>> partials;

    /** How many scripts are noted: a program may submit many thousand jobs, whose scripts are all alike. */
    private static final int MOST_SCRIPTS = 100;

    private final AtomicInteger scripts = new AtomicInteger();

    /** Jobs that were taken and are not over. */
    private final Set<JobKey> open = ConcurrentHashMap.newKeySet();

    private RunBook(
            String id,
            Path home,
            RunLock lock,
            Journal journal,
            boolean keepResults,
            Map<JobKey, List<RunEntry>> found) {
        this.id = id;
        this.home = home;
        this.lock = lock;
        this.journal = journal;
        this.keepResults = keepResults;
        this.found = found;
    }

    /** @param keepResults whether results stay when it is closed */
    static RunBook create(String id, Path home, boolean keepResults) throws IOException {
        Files.createDirectory(home.resolve("jobs"));
        Files.createDirectory(home.resolve("results"));
        return new RunBook(
                id, home, locked(id, home), Journal.open(journal(home), record -> {}), keepResults, Map.of());
    }

    /** @throws ConfigurationException if another driver has it, or its journal is damaged */
    static RunBook open(String id, Path home, boolean keepResults) {
        RunLock lock = locked(id, home);
        try {
            RunJournal reader = new RunJournal();
            Journal journal = Journal.open(journal(home), reader);
            Map<JobKey, List<RunEntry>> found = reader.whole();
            RunBook book = new RunBook(id, home, lock, journal, keepResults, found);
            found.forEach((key, entries) -> {
                if (entries.stream().noneMatch(e -> e instanceof RunEntry.Over)) {
                    book.open.add(key);
                }
            });
            return book;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw Runs.unusable(id, home, e);
        }
    }

    private static RunLock locked(String id, Path home) {
        return RunLock.acquire(home, () -> LOG.error("Run {} was taken over by another driver", id));
    }

    static Path journal(Path home) {
        return RunJournal.of(home);
    }

    /** Whether every job of a run is over. */
    static boolean isOver(Path home) throws IOException {
        return RunJournal.read(home).values().stream()
                .allMatch(entries -> entries.stream().anyMatch(e -> e instanceof RunEntry.Over));
    }

    /** The run's id, by which another program can attach to it. */
    public String id() {
        return id;
    }

    /** The jobs that an earlier driver has left, in the order in which it submitted them. */
    public List<AttachedJob> jobs() {
        return RunJournal.jobs(found);
    }

    /** Where the tasks of a job lie until the job is over. */
    Path pack(JobKey key) {
        return home.resolve("jobs").resolve(key.toString());
    }

    /** Where the result file of an element lies. */
    Path result(JobKey key, int element) {
        return home.resolve("results").resolve(key + "." + element);
    }

    /** Where that which a worker had written before it died lies, by the name that the worker gave it. */
    Path partial(JobKey key, String name) {
        return home.resolve("results").resolve(key + "." + name);
    }

    /** All of these of a job that an earlier driver has left. */
    synchronized List<Path> partial(JobKey key) throws IOException {
        Map<String, List<Path>> known = partials;
        if (known == null) {
            known = new HashMap<>();
            Path results = home.resolve("results");
            if (Files.isDirectory(results)) { // not of a run that was closed in order
                try (Stream<Path> all = Files.list(results)) {
                    for (Path file : all.filter(p -> p.toString().endsWith(".part"))
                            .sorted()
                            .toList()) {
                        String name = file.getFileName().toString();
                        known.computeIfAbsent(name.substring(0, name.indexOf('.')), k -> new ArrayList<>())
                                .add(file);
                    }
                }
            }
            partials = known;
        }
        return known.getOrDefault(key.toString(), List.of());
    }

    /**
     * Writes an entry. What must be in the journal before it is done (taking a job, submitting it) fails with the
     * journal; what has happened already goes on without: no future may hang because a disk is full.
     */
    void note(RunEntry entry) {
        boolean must = entry instanceof RunEntry.Taken || entry instanceof RunEntry.Submitting;
        try {
            journal.append(entry.toBytes());
        } catch (RuntimeException e) {
            if (must) {
                throw e;
            }
            LOG.warn("Run {} can't note what has become of job {}: {}", id, entry.key(), e.getMessage());
            return;
        }
        if (entry instanceof RunEntry.Taken) {
            open.add(entry.key());
        } else if (entry instanceof RunEntry.Over) {
            open.remove(entry.key());
        }
    }

    /** Notes the script of a job's first submission, without its secrets, for reports: of the first jobs only. */
    void noteScript(JobKey key, String script) {
        if (scripts.getAndIncrement() < MOST_SCRIPTS) {
            note(new RunEntry.Program(key, ScriptMask.masked(script)));
        }
    }

    /** Makes sure that what was noted survives a power failure. */
    void sync() {
        journal.sync();
    }

    /** Notes the end of a job, whose tasks nobody needs any more. */
    void over(JobKey key, JobState state) {
        note(new RunEntry.Over(key, state));
        try {
            Files.deleteIfExists(pack(key));
        } catch (IOException e) {
            LOG.debug("The tasks of job {} can't be removed", key, e);
        }
    }

    /** Gives the lock up and leaves everything as it is. */
    void giveBack() {
        try {
            journal.close();
        } finally {
            lock.close();
        }
    }

    /** Gives the lock up. A run in which everything is over, and whose results were delivered, is removed. */
    @Override
    public void close() {
        boolean finished = open.isEmpty();
        try {
            journal.close();
            if (finished) {
                if (!keepResults) {
                    Runs.delete(home.resolve("results"));
                }
                Runs.delete(home.resolve("jobs"));
            }
        } catch (IOException e) {
            LOG.warn("Run {} can't be closed in order", id, e);
        } finally {
            lock.close();
        }
    }
}
