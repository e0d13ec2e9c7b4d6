package io.clustrix.examples;

import java.io.Console;
import java.io.PrintStream;

/** A progress bar: one line that is written over again and again on a terminal, a line now and then in a file. */
final class ProgressBar {
    private static final int WIDTH = 30;
    private static final long NANOS_BETWEEN_REDRAWS = 50_000_000;
    private static final long NANOS_BETWEEN_LINES = 2_000_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final int total;
    private long next;
    private int widest;

    /**
     * A bar that is not shown yet.
     *
     * @param out where it is drawn
     * @param terminal whether a carriage return goes back to the line's beginning there
     * @param total how many steps there are
     */
    ProgressBar(PrintStream out, boolean terminal, int total) {
        this.out = out;
        this.terminal = terminal;
        this.total = total;
        next = System.nanoTime() + (terminal ? 0 : NANOS_BETWEEN_LINES);
    }

    /** Whether this program's output goes to a terminal. */
    @SuppressWarnings("SystemConsoleNull") // it is null on Java 17, if there is no terminal
    static boolean onTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // From Java 22 on there is a console also where there is no terminal.
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** So many steps are done. */
    void show(int done, String text) {
        long now = System.nanoTime();
        if (now - next < 0 && !(terminal && done == total)) {
            return;
        }
        next = now + (terminal ? NANOS_BETWEEN_REDRAWS : NANOS_BETWEEN_LINES);
        if (!terminal) {
            out.println(done + " of " + total + ": " + text);
            return;
        }
        int filled = total == 0 ? WIDTH : (int) ((long) WIDTH * done / total);
        String line = "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] " + done + "/" + total + " " + text;
        widest = Math.max(widest, line.length());
        out.print("\r" + line + " ".repeat(widest - line.length()));
        out.flush();
    }

    /** Leaves the line, so that what is printed next begins on one of its own. */
    void end() {
        if (widest > 0) {
            out.println();
            widest = 0;
        }
    }
}
