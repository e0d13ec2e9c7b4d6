package io.clustrix.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The items that a method is called with, as they are written on the command line. */
final class Items {
    private static final Pattern RANGE = Pattern.compile("(-?[0-9]{1,18})\\.\\.(-?[0-9]{1,18})");

    private Items() {}

    /** The numbers of a range, made when they are asked for. */
    private static final class Range extends AbstractList<String> implements RandomAccess {
        private final long first;
        private final int size;

        Range(long first, int size) {
            this.first = first;
            this.size = size;
        }

        @Override
        public String get(int index) {
            if (index < 0 || index >= size) {
                throw new IndexOutOfBoundsException(index);
            }
            return Long.toString(first + index);
        }

        @Override
        public int size() {
            return size;
        }
    }

    /**
     * {@code 1..1000} with both ends, {@code @FILE} for a file's lines, {@code @-} for those of the input, or a,b,c.
     */
    static List<String> of(String text) {
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            long first = Long.parseLong(range.group(1));
            long last = Long.parseLong(range.group(2));
            if (last < first) {
                throw CommandException.badInput("--items: " + text + " has no numbers; the smaller one comes first");
            }
            if (last - first >= Integer.MAX_VALUE - 1) {
                throw CommandException.badInput("--items: " + text + " are more than 2^31 - 2; run it in parts");
            }
            return new Range(first, (int) (last - first + 1));
        }
        List<String> items = text.startsWith("@") ? lines(text.substring(1)) : List.of(text.split(",", -1));
        if (items.isEmpty() || (items.size() == 1 && items.get(0).isEmpty())) {
            throw CommandException.badInput("--items: '" + text + "' has no items; write 1..1000, a,b,c or @FILE");
        }
        return items;
    }

    private static List<String> lines(String file) {
        try {
            if (file.equals("-")) {
                return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                        .lines()
                        .toList();
            }
            return Files.readAllLines(Path.of(file));
        } catch (IOException | java.io.UncheckedIOException | java.nio.file.InvalidPathException e) {
            throw CommandException.badInput("--items: the file '" + file + "' can't be read: " + e
                    + "; name a file of UTF-8 text, with an item on each line");
        }
    }
}
