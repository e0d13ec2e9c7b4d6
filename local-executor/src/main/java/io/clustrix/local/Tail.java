package io.clustrix.local;

import java.util.List;

/** The last lines that a worker printed, bounded. Thread-safe. */
final class Tail {
    private static final int KEPT = 8 * 1024;
    private static final int LINES = 20;

    private final StringBuilder text = new StringBuilder();

    synchronized void add(String more) {
        text.append(more, Math.max(0, more.length() - KEPT), more.length());
        if (text.length() > 2 * KEPT) {
            text.delete(0, text.length() - KEPT);
        }
    }

    /** Forgets everything, because what follows belongs to another task. */
    synchronized void clear() {
        text.setLength(0);
    }

    /** The last lines, each indented, after a heading; nothing if nothing was printed. */
    synchronized String quote() {
        String all = text.toString().strip();
        if (all.isEmpty()) {
            return "";
        }
        // A JVM that crashes says its piece between many empty lines of this kind.
        List<String> lines = all.lines().filter(line -> !line.equals("#")).toList();
        StringBuilder quoted = new StringBuilder("\n  its last lines of output:");
        for (int i = Math.max(0, lines.size() - LINES); i < lines.size(); i++) {
            String line = lines.get(i);
            quoted.append("\n  | ").append(line.length() > 300 ? line.substring(0, 300) + "..." : line);
        }
        return quoted.toString();
    }

    synchronized boolean contains(String part) {
        return text.indexOf(part) >= 0;
    }
}
