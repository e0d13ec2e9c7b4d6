package io.clustrix.internal.config;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A look at the text of a source before it is parsed: Typesafe's parser and resolver recurse for each level of nesting
 * and each {@code +=}, so that a hostile or broken file would end in a stack overflow.
 */
final class SourceText {
    private static final int DEEPEST = 100;
    private static final int LONGEST_PATH = 100;
    private static final int SUBSTITUTIONS = 500;

    /** What is wrong and in which line; the message never quotes the text, which may hold a secret. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        private final int line;

        Refused(String message, int line) {
            super(message);
            this.line = line;
        }

        int line() {
            return line;
        }
    }

    private record Bracket(char open, int line) {}

    private final String text;
    private final Deque<Bracket> open = new ArrayDeque<>();
    private int at;
    private int line = 1;
    private int dots;
    private int substitutions;

    private SourceText(String text) {
        this.text = text;
    }

    /** Refuses what can't be parsed, or not safely. */
    static void inspect(String text) throws Refused {
        new SourceText(text).inspect();
    }

    private void inspect() throws Refused {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isISOControl(c) && "\t\n\r\f".indexOf(c) < 0) {
                throw new Refused("has a control character (code " + (int) c + "): is it a text file?", line);
            }
            step(c);
            at++;
        }
        Bracket left = open.peek();
        if (left != null) {
            throw new Refused("the '" + left.open() + "' of this line is never closed", left.line());
        }
    }

    private void step(char c) throws Refused {
        switch (c) {
            case '\n' -> {
                line++;
                dots = 0;
            }
            case '#' -> skipComment();
            case '/' -> {
                if (text.startsWith("//", at)) {
                    skipComment();
                }
            }
            case '"' -> skipQuoted();
            case '{', '[' -> {
                open.push(new Bracket(c, line));
                dots = 0;
                if (open.size() > DEEPEST) {
                    throw new Refused("is nested more than " + DEEPEST + " levels deep", line);
                }
            }
            case '}', ']' -> {
                dots = 0;
                Bracket last = open.poll();
                if (last == null || last.open() != (c == '}' ? '{' : '[')) {
                    throw new Refused("the '" + c + "' of this line closes nothing", line);
                }
            }
            case ',', '=', ':' -> dots = 0;
            case '.' -> {
                if (++dots > LONGEST_PATH) {
                    throw new Refused("has a key of more than " + LONGEST_PATH + " parts", line);
                }
            }
            case '$', '+' -> {
                if ((text.startsWith("${", at) || text.startsWith("+=", at)) && ++substitutions > SUBSTITUTIONS) {
                    throw new Refused("has more than " + SUBSTITUTIONS + " substitutions", line);
                }
            }
            default -> {
                // Nothing that nests.
            }
        }
    }

    // Leaves the line break to be seen.
    private void skipComment() {
        int end = text.indexOf('\n', at);
        at = (end < 0 ? text.length() : end) - 1;
    }

    private void skipQuoted() throws Refused {
        int start = line;
        if (text.startsWith("\"\"\"", at)) {
            int end = text.indexOf("\"\"\"", at + 3);
            if (end < 0) {
                throw new Refused("the \"\"\" of this line is never closed", start);
            }
            // More than three quotation marks at the end belong to the text, but for the last three.
            while (end + 3 < text.length() && text.charAt(end + 3) == '"') {
                end++;
            }
            line += (int) text.substring(at, end).chars().filter(c -> c == '\n').count();
            at = end + 2;
            return;
        }
        for (at++; at < text.length() && text.charAt(at) != '\n'; at++) {
            char c = text.charAt(at);
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                at++;
            }
        }
        throw new Refused("a quotation mark of this line is never closed", start);
    }
}
