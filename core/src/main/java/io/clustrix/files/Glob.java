package io.clustrix.files;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of paths as {@link java.nio.file.FileSystem#getPathMatcher} has it under {@code glob:} on Unix, with one
 * thing mended: names with line breaks match too. It is matched here wherever the files are, so it means the same for
 * all hosts.
 *
 * @param directory the part before the first name with a wildcard: a normal path
 * @param matcher what the path below that directory has to match
 * @param depth how many names that path has; empty if that varies
 * @param nameFilter a pattern for find's {@code -name} that lets all through that this one does, and maybe more; empty
 *     for everything
 */
record Glob(String directory, Pattern matcher, OptionalInt depth, String nameFilter) {
    private static final String META = "*?[{\\";

    /**
     * A pattern of whole paths.
     *
     * @throws IllegalArgumentException if it is empty or no pattern
     */
    static Glob ofPath(String pattern) {
        List<String> names = new ArrayList<>(List.of(PathText.normal(pattern).split("/", -1)));
        StringBuilder directory = new StringBuilder();
        if (names.get(0).isEmpty()) {
            names.remove(0);
            directory.append('/');
        } else if (names.get(0).equals(".") || names.get(0).equals("~")) {
            directory.append(names.remove(0)).append('/');
        }
        while (names.size() > 1 && isLiteral(names.get(0))) {
            directory.append(names.remove(0)).append('/');
        }
        String rest = String.join("/", names);
        if (rest.isEmpty()) {
            throw new IllegalArgumentException("'" + PathText.shown(pattern) + "' is a path, and no pattern");
        }
        boolean varies = rest.contains("**") || slashInGroup(rest);
        return new Glob(
                directory.length() == 0 ? "." : PathText.normal(directory.toString()),
                compiled(rest),
                varies ? OptionalInt.empty() : OptionalInt.of(names.size()),
                slashInGroup(rest) ? "" : filter(names.get(names.size() - 1)));
    }

    /**
     * A pattern of names in a directory or below it.
     *
     * @throws IllegalArgumentException if it is empty, no pattern, or has a slash
     */
    static Glob ofName(String directory, String pattern) {
        if (pattern.isEmpty() || pattern.indexOf('/') >= 0) {
            throw new IllegalArgumentException("'" + PathText.shown(pattern)
                    + "' is no pattern of names; for one with slashes there is glob, for all names there is '*'");
        }
        PathText.encoded(pattern);
        return new Glob(PathText.normal(directory), compiled(pattern), OptionalInt.empty(), filter(pattern));
    }

    boolean matches(String text) {
        return matcher.matcher(text).matches();
    }

    private static boolean isLiteral(String name) {
        return name.chars().noneMatch(c -> META.indexOf(c) >= 0);
    }

    private static boolean slashInGroup(String pattern) {
        boolean group = false;
        for (int i = 0; i < pattern.length(); i++) {
            switch (pattern.charAt(i)) {
                case '\\' -> i++;
                case '{' -> group = true;
                case '}' -> group = false;
                case '/' -> {
                    if (group) {
                        return true;
                    }
                }
                default -> {}
            }
        }
        return false;
    }

    /** For the last name of a pattern: what is literal stays, all else becomes a star. */
    private static String filter(String name) {
        StringBuilder filter = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            switch (c) {
                case '\\' -> {
                    i++;
                    if (i < name.length()) {
                        literal(name.charAt(i), filter);
                    }
                }
                case '*' -> {
                    if (i + 1 < name.length() && name.charAt(i + 1) == '*') {
                        filter.setLength(0); // what stands before may be in another directory's name
                        i++;
                    }
                    filter.append('*');
                }
                case '?' -> filter.append('*');
                case '[' -> {
                    i = Math.max(i, name.indexOf(']', i));
                    filter.append('*');
                }
                case '{' -> {
                    int end = Math.max(i, groupEnd(name, i));
                    if (name.substring(i, end).contains("**")) {
                        filter.setLength(0);
                    }
                    i = end;
                    filter.append('*');
                }
                default -> literal(c, filter);
            }
        }
        String result = filter.toString();
        return result.chars().allMatch(c -> c == '*') ? "" : result;
    }

    private static int groupEnd(String name, int start) {
        for (int i = start; i < name.length(); i++) {
            if (name.charAt(i) == '\\') {
                i++;
            } else if (name.charAt(i) == '}') {
                return i;
            }
        }
        return start;
    }

    private static void literal(char c, StringBuilder filter) {
        if (META.indexOf(c) >= 0) {
            filter.append('\\');
        }
        filter.append(c);
    }

    private static Pattern compiled(String glob) {
        return Pattern.compile(new Translation(glob).regex(), Pattern.DOTALL);
    }

    /** From a glob to a regular expression. */
    private static final class Translation {
        private final String glob;
        private final int[] chars;
        private final StringBuilder regex = new StringBuilder();
        private int at;
        private boolean group;

        Translation(String glob) {
            this.glob = glob;
            this.chars = glob.codePoints().toArray();
        }

        String regex() {
            while (at < chars.length) {
                one(chars[at++]);
            }
            if (group) {
                throw wrong("a '{' has no '}'");
            }
            return regex.toString();
        }

        private void one(int c) {
            switch (c) {
                case '\\' -> {
                    if (at == chars.length) {
                        throw wrong("nothing follows the '\\' at its end");
                    }
                    literal(chars[at++]);
                }
                case '*' -> {
                    boolean two = next() == '*';
                    at += two ? 1 : 0;
                    regex.append(two ? ".*" : "[^/]*");
                }
                case '?' -> regex.append("[^/]");
                case '[' -> characters();
                case '{' -> {
                    if (group) {
                        throw wrong("a '{' stands within another one");
                    }
                    group = true;
                    regex.append("(?:(?:");
                }
                case '}' -> {
                    regex.append(group ? "))" : "\\}");
                    group = false;
                }
                case ',' -> regex.append(group ? ")|(?:" : ",");
                default -> literal(c);
            }
        }

        private int next() {
            return at < chars.length ? chars[at] : -1;
        }

        private void literal(int c) {
            if (c < 128 && !Character.isLetterOrDigit(c)) {
                regex.append('\\');
            }
            regex.appendCodePoint(c);
        }

        private void characters() {
            int start = regex.length();
            regex.append("[[^/]&&[");
            if (next() == '!') {
                regex.append('^');
                at++;
            }
            int members = 0;
            int last = -1;
            while (next() != ']') {
                int c = next();
                at++;
                if (c == -1) {
                    throw wrong("a '[' has no ']'");
                }
                if (c == '/') {
                    throw wrong("there is a '/' in [...]");
                }
                if (c == '-' && last >= 0 && next() != ']' && next() != -1) {
                    int end = next();
                    at++;
                    if (end == '/') {
                        throw wrong("there is a '/' in [...]");
                    }
                    if (end < last) {
                        throw wrong("in [...] a range ends before it begins");
                    }
                    regex.append('-');
                    literal(end);
                    last = -1;
                } else if (c == '-' && last < 0 && members > 0) {
                    throw wrong("in [...] a '-' stands where no range can begin");
                } else {
                    literal(c);
                    last = c == '-' ? -1 : c;
                }
                members++;
            }
            at++;
            if (members == 0) {
                throw wrong("there is nothing in [" + regex.substring(start + 8) + "]");
            }
            regex.append("]]");
        }

        private IllegalArgumentException wrong(String why) {
            return new PatternSyntaxException(why, PathText.shown(glob), -1);
        }
    }
}
