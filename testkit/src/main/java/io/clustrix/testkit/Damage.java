package io.clustrix.testkit;

import java.util.List;
import java.util.Random;

/**
 * Damages text as links, wrappers, full disks and other versions do. Careful damage leaves numbers whole, takes nothing
 * from one line into another and adds no line of another answer: what it makes of a failure says nowhere that it was a
 * success, if the reader is not too generous. Wild damage is whatever chance makes of it.
 */
final class Damage {
    private static final String ODD = "|,;:=<>&\"'\\/()[]{}%$#-_.x\u00fcE \t\r\u0000\u0001\u007f\u2028\ufffd";
    private static final List<String> NUMBERS = List.of(
            "999999999999999999999999",
            "9223372036854775808",
            "2147483648",
            "4294967297",
            "-5",
            "1e9",
            "99999999",
            "0x7f",
            "007");
    private static final List<String> LINES = List.of(
            "*** Maintenance on Friday | bring cake ***",
            "bash: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8)",
            "Letzte Anmeldung: So Nov 22 10:00:00 2026 von 10.0.0.1",
            "\u30b8\u30e7\u30d6 12 \u306f\u5b8c\u4e86\u3057\u307e\u305b\u3093\u3067\u3057\u305f",
            "Segmentation fault (core dumped)",
            "<html><body><h1>503</h1></body></html>",
            "{\"error\": {\"code\": 17}}",
            "\u0000\u0001\u007fELF\u0002\ufffd\ufffd\u0000",
            "====================",
            "=|=|=|=|=|=|=|=|=|=",
            "",
            "   ",
            "#");
    private static final int LONG = 20_000;
    private static final int ARABIC_ZERO = 0x660;

    private final Random random;
    private final List<String> others;

    /**
     * Damage by chance.
     *
     * @param others texts of other answers, for wild damage
     */
    Damage(Random random, List<String> others) {
        this.random = random;
        this.others = others;
    }

    String careful(String text) {
        StringBuilder s = new StringBuilder(text);
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            carefully(s);
        }
        return s.toString();
    }

    String wild(String text) {
        StringBuilder s = new StringBuilder(text);
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            wildly(s);
        }
        return s.toString();
    }

    private void carefully(StringBuilder s) {
        int at = random.nextInt(s.length() + 1);
        switch (random.nextInt(12)) {
            case 0 -> s.setLength(at);
            case 1 -> {
                int from = lineStart(s, at);
                s.delete(from, nextLine(s, from));
            }
            case 2 -> {
                int from = lineStart(s, at);
                s.insert(from, s.substring(from, nextLine(s, from)));
            }
            case 3 -> swap(s, at);
            case 4, 5 -> {
                if (at < s.length()) {
                    s.setCharAt(at, odd());
                }
            }
            case 6 -> s.insert(at, odd());
            case 7 -> s.insert(lineStart(s, at), line() + "\n");
            case 8 -> number(s, at, pick(NUMBERS));
            case 9 -> withinLine(s, at);
            case 10 -> locale(s, at);
            default -> whole(s);
        }
    }

    private void wildly(StringBuilder s) {
        int at = random.nextInt(s.length() + 1);
        int to = Math.min(s.length(), at + random.nextInt(random.nextBoolean() ? 6 : 200));
        switch (random.nextInt(9)) {
            case 0 -> s.delete(at, to);
            case 1 -> s.insert(at, s.substring(at, to));
            case 2 -> s.insert(random.nextInt(s.length() + 1), s.substring(at, to));
            case 3 -> {
                if (at < s.length()) {
                    s.setCharAt(at, (char) random.nextInt(random.nextBoolean() ? 128 : 0x10000));
                }
            }
            case 4 -> s.insert(at, (char) random.nextInt(256));
            case 5 -> s.insert(lineStart(s, at), pick(others));
            case 6 -> {
                for (int i = at; i < to; i++) {
                    s.setCharAt(i, (char) random.nextInt(256));
                }
            }
            case 7 -> s.insert(at, Integer.toString(random.nextInt(100)));
            default -> carefully(s);
        }
    }

    /** Swaps two neighbours, unless they are two digits of one number. */
    private static void swap(StringBuilder s, int at) {
        if (at + 1 < s.length() && !(isDigit(s, at) && isDigit(s, at + 1))) {
            char c = s.charAt(at);
            s.setCharAt(at, s.charAt(at + 1));
            s.setCharAt(at + 1, c);
        }
    }

    /** Deletes or doubles a part of a line, with whole numbers. */
    private void withinLine(StringBuilder s, int at) {
        int from = at;
        while (from > 0 && isDigit(s, from - 1)) {
            from--;
        }
        int lineEnd = s.indexOf("\n", from);
        int most = lineEnd < 0 ? s.length() : lineEnd;
        int to = Math.min(most, at + random.nextInt(40));
        while (to < most && isDigit(s, to)) {
            to++;
        }
        if (from < to) {
            if (random.nextBoolean()) {
                s.delete(from, to);
            } else {
                s.insert(from, s.substring(from, to));
            }
        }
    }

    /** Puts something else in the place of the next number. */
    private static void number(StringBuilder s, int at, String other) {
        int from = at;
        while (from < s.length() && !isDigit(s, from)) {
            from++;
        }
        while (from > 0 && from < s.length() && isDigit(s, from - 1)) {
            from--;
        }
        int to = from;
        while (to < s.length() && isDigit(s, to)) {
            to++;
        }
        if (from < to) {
            s.replace(from, to, other);
        }
    }

    /** What a program writes that believes to be in another country. */
    private void locale(StringBuilder s, int at) {
        int to = Math.min(s.length(), at + 30);
        int how = random.nextInt(3);
        for (int i = at; i < to; i++) {
            char c = s.charAt(i);
            if (how == 0 && isDigit(s, i)) {
                s.setCharAt(i, (char) (ARABIC_ZERO + (c - '0')));
            } else if (how == 1 && c == '.') {
                s.setCharAt(i, ',');
            } else if (how == 2 && (c == 'e' || c == 'i')) {
                s.setCharAt(i, c == 'e' ? '\u00e9' : '\u0131');
            }
        }
    }

    private void whole(StringBuilder s) {
        switch (random.nextInt(8)) {
            case 0 -> s.append(s.toString());
            case 1 -> replaceAll(s, '\n', '\r');
            case 2 -> replaceAll(s, ' ', '\t');
            case 3 -> replaceAll(s, '\n', ' ');
            case 4 -> s.append(pick(LINES).repeat(20));
            case 5 -> s.insert(0, "\ufeff");
            case 6 -> {
                if (random.nextInt(50) == 0) {
                    s.append("a ".repeat(LONG)).append("\n");
                }
            }
            default -> s.setLength(0);
        }
    }

    private static void replaceAll(StringBuilder s, char what, char by) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) == what) {
                s.setCharAt(i, by);
            }
        }
    }

    private String line() {
        return pick(LINES);
    }

    private char odd() {
        return ODD.charAt(random.nextInt(ODD.length()));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static boolean isDigit(StringBuilder s, int i) {
        return s.charAt(i) >= '0' && s.charAt(i) <= '9';
    }

    private static int lineStart(StringBuilder s, int at) {
        return at == 0 ? 0 : s.lastIndexOf("\n", at - 1) + 1;
    }

    private static int nextLine(StringBuilder s, int from) {
        int end = s.indexOf("\n", from);
        return end < 0 ? s.length() : end + 1;
    }
}
