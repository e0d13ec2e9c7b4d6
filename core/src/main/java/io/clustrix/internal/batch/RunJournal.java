package io.clustrix.internal.batch;

import io.clustrix.internal.journal.Journal;
import io.clustrix.spi.JobKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects the entries of a run's journal, by job. Needs no lock: of a journal that has a writer it sees what was
 * written so far.
 */
final class RunJournal implements Consumer<byte[]> {
    private final Map<JobKey, List<RunEntry>> found = new LinkedHashMap<>();
    private @Nullable IOException problem;

    /** Where the journal of a run lies. */
    static Path of(Path home) {
        return home.resolve("journal");
    }

    /**
     * The entries of a run's journal, by job.
     *
     * @throws IOException if it has an entry that can't be read
     * @throws io.clustrix.internal.journal.JournalException if the file can't be read or is damaged
     */
    static Map<JobKey, List<RunEntry>> read(Path home) throws IOException {
        RunJournal reader = new RunJournal();
        Journal.read(of(home), reader);
        return reader.whole();
    }

    /** The jobs among entries, in the order in which they were submitted. */
    static List<AttachedJob> jobs(Map<JobKey, List<RunEntry>> found) {
        List<AttachedJob> jobs = new ArrayList<>();
        for (List<RunEntry> entries : found.values()) {
            for (RunEntry entry : entries) {
                if (entry instanceof RunEntry.Taken taken) {
                    jobs.add(new AttachedJob(taken.job(), entries));
                    break;
                }
            }
        }
        return jobs;
    }

    @Override
    public void accept(byte[] bytes) {
        try {
            RunEntry entry = RunEntry.read(bytes);
            found.computeIfAbsent(entry.key(), k -> new ArrayList<>()).add(entry);
        } catch (IOException | IllegalArgumentException e) {
            problem = new IOException("its journal has an entry that can't be read: " + e.getMessage(), e);
        }
    }

    Map<JobKey, List<RunEntry>> whole() throws IOException {
        IOException p = problem;
        if (p != null) {
            throw p;
        }
        return found;
    }
}
