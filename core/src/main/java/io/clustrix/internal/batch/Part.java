package io.clustrix.internal.batch;

import io.clustrix.spi.NativeId;
import io.clustrix.spi.Resources;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One submission of elements of a job. Belongs to the engine's thread, but for what never changes. */
final class Part {
    /** Where it stands. */
    enum Phase {
        /** It is to be submitted. */
        WAITING,
        /** It is being submitted. */
        SHIPPING,
        /** Nobody knows whether it was accepted; it is being looked up. */
        UNSURE,
        /** The scheduler has it. */
        ACCEPTED,
        /** Nothing more is to be done for it. */
        OVER
    }

    final int number;
    final int attempt;
    final ElementSet elements;
    final Resources resources;
    final String skip;
    Phase phase = Phase.WAITING;

    @Nullable
    NativeId id;

    /** When it was accepted, or first asked for, in ns. */
    long since;

    /** How many of its elements may run at once. */
    int limit;

    /** How often the scheduler has put it off. */
    int refusals;

    /** Since when it is looked up without being found, in ns; 0: not at all. */
    long notFoundSince;

    /** How many answers have lacked it since. */
    int notFound;

    /**
     * The scheduler is known to have taken it, and so all of its elements: it has told of one, or one has left files.
     * What is not in its queue any more has been there.
     */
    boolean wasQueued;

    /**
     * It was submitted again because nobody knew of the first time, so that the scheduler may have it twice. Of such
     * twins the first to start does the work, and the others end at once.
     */
    boolean mayHaveTwins;

    /** The ids that its elements were found to have ended under without having done anything. */
    final Set<NativeId> idle = new HashSet<>();

    /** What is to become of elements if no twin is found, while one is looked for. */
    final List<Runnable> turning = new ArrayList<>();

    /** A cancel is to be sent as soon as the id is known. */
    boolean cancelWanted;

    Part(int number, int attempt, ElementSet elements, Resources resources, String skip) {
        this.number = number;
        this.attempt = attempt;
        this.elements = elements;
        this.resources = resources;
        this.skip = skip;
        limit = elements.size();
    }

    /** The name of its script. */
    String script() {
        return "p" + number + ".sh";
    }

    /** The name of the file with the tasks that are not to be run, where that is long. */
    String skips() {
        return "p" + number + ".skip";
    }

    /** The beginning of the names of its logs. */
    String logs() {
        return "logs/p" + number;
    }

    /** The name of an element's log without its ending. */
    String log(int position, int firstIndex) {
        return log(number, elements.size(), position, firstIndex);
    }

    static String log(int number, int elements, int position, int firstIndex) {
        return elements == 1 ? "p" + number : "p" + number + "." + (firstIndex + position);
    }

    /** The name of the log of one of its elements without its ending. */
    String logOf(int element, int firstIndex) {
        return log(position(element), firstIndex);
    }

    int position(int element) {
        int position = elements.positionOf(element);
        if (position < 0) {
            throw new IllegalArgumentException("element " + element + " is not in this part");
        }
        return position;
    }
}
