package io.clustrix.cli;

import io.clustrix.doctor.Finding.Level;
import io.clustrix.spi.JobState;
import java.io.PrintStream;

/** Where a command writes. Results go to the one stream, all else to the other. */
final class Console {
    private static final String RED = "31";
    private static final String GREEN = "32";
    private static final String YELLOW = "33";
    private static final String BOLD = "1";

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final boolean colours;

    /**
     * A console.
     *
     * @param terminal whether a person looks at the output
     * @param colours whether that person wants colours
     */
    Console(PrintStream out, PrintStream err, boolean terminal, boolean colours) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.colours = colours && terminal;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    boolean isTerminal() {
        return terminal;
    }

    void line(String text) {
        out.println(text);
    }

    void note(String text) {
        err.println(text);
    }

    String bold(String text) {
        return coloured(BOLD, text);
    }

    String red(String text) {
        return coloured(RED, text);
    }

    /** A text in the colour of a finding's level. */
    String level(Level level, String text) {
        return switch (level) {
            case OK -> coloured(GREEN, text);
            case SKIPPED -> text;
            case WARNING -> coloured(YELLOW, text);
            case FAILURE -> coloured(RED, text);
        };
    }

    /** A state's word in its colour. */
    String state(String word) {
        if (word.equals("succeeded") || word.equals("running") || word.equals("alive")) {
            return coloured(GREEN, word);
        }
        if (word.equals("submitted") || word.equals("waiting") || word.equals("pending")) {
            return coloured(YELLOW, word);
        }
        return isBad(word) ? coloured(RED, word) : word;
    }

    private static boolean isBad(String word) {
        if (word.equals("dead") || word.equals("unreadable")) {
            return true;
        }
        for (JobState state : JobState.values()) {
            if (state.ended() && Texts.word(state).equals(word)) {
                return true;
            }
        }
        return false;
    }

    private String coloured(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
