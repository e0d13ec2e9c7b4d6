package io.clustrix.internal.batch;

import io.clustrix.spi.JobKey;
import io.clustrix.spi.JobState;
import io.clustrix.spi.JobStatus;
import io.clustrix.spi.Resources;
import io.clustrix.spi.RuntimeReport;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One job in the engine's hands. Belongs to the engine's thread, but for what never changes and the ledger. */
final class BatchJob {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int NAME_LENGTH = 24;
    private static final int MOST_SURROUNDINGS = 10;

    final JobRecord record;
    final TaskLedger ledger;
    final RunBook book;

    /** Its directory below the host's directory of jobs. */
    final String directory;

    final Element[] elements;
    final List<Part> parts = new ArrayList<>();

    /** Those that are to be submitted, in order. */
    final Deque<Part> waiting = new ArrayDeque<>();

    /** Whether its directory has been made, as far as is known. */
    boolean shipped;

    /** Whether its directory may have been made. */
    boolean attempted;

    /** Whether an earlier driver had it. */
    boolean takenUp;

    /** What the earlier driver had noted is still being read: nothing is to be decided yet. */
    boolean resuming;

    boolean over;

    /** It is over for this driver only: what has been submitted goes on. */
    boolean detached;

    /** Its caller was told that it is closed, whatever has become of the job: that is no result of the job's own. */
    volatile boolean givenUp;

    /** What elements that are tried again have in common, if they are to be one submission. */
    record Again(int attempt, Resources resources) {}

    /** The elements that are to be tried again soon. */
    final Map<Again, BitSet> again = new HashMap<>();

    /** What its workers have run in, as far as that is in the journal. Guarded by itself. */
    private final Set<RuntimeReport> surroundings = new HashSet<>();

    /** How far its logs have been followed, by file name. */
    final Map<String, Long> followed = new HashMap<>();

    BatchJob(JobRecord record, TaskLedger ledger, RunBook book) {
        this.record = record;
        this.ledger = ledger;
        this.book = book;
        this.directory = directory(record.key());
        this.elements = new Element[record.elements()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = new Element(i);
        }
    }

    /** The directory of a job below the host's directory of jobs. */
    static String directory(JobKey key) {
        return DAY.format(Instant.ofEpochMilli(key.high() >>> 16)) + "/" + key;
    }

    JobKey key() {
        return record.key();
    }

    /** Notes what a worker has run in, unless others have run in the same. On any thread. */
    void noteSurroundings(RuntimeReport report) {
        RuntimeReport common = WorkerUse.common(report);
        synchronized (surroundings) {
            if (surroundings.size() >= MOST_SURROUNDINGS || !surroundings.add(common)) {
                return;
            }
        }
        book.note(new RunEntry.RanIn(key(), common));
    }

    /** What the scheduler calls a part: something a person recognizes, and the key, which makes it unique. */
    String nameOf(Part part) {
        return nameOf(record, part.number);
    }

    static String nameOf(JobRecord record, int part) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < record.name().length() && name.length() < NAME_LENGTH; i++) {
            char c = record.name().charAt(i);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '.');
            if (name.length() > 0 || (c < 128 && Character.isLetter(c))) {
                name.append(plain ? c : '_');
            }
        }
        if (name.length() == 0) {
            name.append("job");
        }
        return name + "-" + record.key() + "-p" + part;
    }

    /** Those elements of a part that are still its own and not done. */
    List<Element> unfinished(Part part) {
        List<Element> unfinished = new ArrayList<>();
        for (int i = 0; i < part.elements.size(); i++) {
            Element e = elements[part.elements.at(i)];
            if (e.part == part && e.phase != Element.Phase.DONE) {
                unfinished.add(e);
            }
        }
        return unfinished;
    }

    /** Whether all tasks of an element have their results. */
    boolean isDecided(Element e) {
        return ledger.allDone(record.from(e.number), record.to(e.number));
    }

    /** Whether every element is done. */
    boolean allDone() {
        for (Element e : elements) {
            if (e.phase != Element.Phase.DONE) {
                return false;
            }
        }
        return true;
    }

    /** Tells the listener what the scheduler's words mean for the job as a whole. */
    void tell() {
        boolean running = false;
        String detail = "";
        for (Element e : elements) {
            JobStatus s = e.status;
            // What the scheduler calls ended has run; its result is on its way.
            boolean begun =
                    s != null && (s.state() == JobState.RUNNING || s.state().ended());
            if (e.phase == Element.Phase.DONE || begun) {
                running = true;
            }
            if (s != null && detail.isEmpty() && s.state() == JobState.PENDING) {
                detail = s.detail();
            }
        }
        ledger.changed(JobStatus.of(running ? JobState.RUNNING : JobState.PENDING, running ? "" : detail));
    }
}
