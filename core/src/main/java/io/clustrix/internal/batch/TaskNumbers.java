package io.clustrix.internal.batch;

import java.util.BitSet;

/** Sets of task numbers as text: numbers and ranges with blanks between them, {@code 3 7-9}. */
final class TaskNumbers {
    /** An entry of the journal has 16 MiB; what is longer is cut, and then the rest counts as not failed. */
    private static final int LONGEST = 8 << 20;

    private TaskNumbers() {}

    /** Those of a set from one number on up to another. */
    static String text(BitSet set, int from, int to) {
        StringBuilder text = new StringBuilder();
        int first = set.nextSetBit(from);
        while (first >= 0 && first < to && text.length() < LONGEST) {
            int last = Math.min(to, set.nextClearBit(first)) - 1;
            text.append(text.length() == 0 ? "" : " ").append(first);
            if (last > first) {
                text.append('-').append(last);
            }
            first = set.nextSetBit(last + 1);
        }
        return text.toString();
    }

    /**
     * Adds to a set what {@link #text} wrote.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static void addTo(BitSet set, String text) {
        if (text.isEmpty()) {
            return;
        }
        for (String range : text.split(" ", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            if (last < first) {
                throw new IllegalArgumentException("'" + range + "' is no range of tasks");
            }
            set.set(first, last + 1);
        }
    }
}
