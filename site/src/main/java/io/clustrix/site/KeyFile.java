package io.clustrix.site;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@code reference.conf} says, in the form that ours have: a key on each line, its description in the comment
 * above it, and {@code #key = value} without a blank for a key that has no default. A parser of HOCON knows the values
 * but not these keys, and its comments have lost their line breaks.
 *
 * @param blocks those that hold keys, in the file's order
 */
record KeyFile(List<Block> blocks) {
    private static final Pattern OPEN = Pattern.compile("([\\w.-]+) \\{");
    private static final Pattern KEY = Pattern.compile("([\\w.-]+) (?:= (.+)|(\\{}))");
    private static final Pattern UNSET = Pattern.compile("#[\\w.-]");

    /**
     * A block.
     *
     * @param path its full path, {@code clustrix.batch-defaults.retry}
     * @param text the comment above it, a line each
     */
    record Block(String path, List<String> text, List<Key> keys) {}

    /**
     * A key.
     *
     * @param defaultValue as it is written; empty if the key has none
     * @param example the value that stands there as an example if the key has none
     */
    record Key(String name, Optional<String> defaultValue, Optional<String> example, List<String> text) {}

    /** Reads the lines of a file; a line in another form is an error that names it. */
    static KeyFile parse(String name, List<String> lines) {
        List<Block> blocks = new ArrayList<>();
        Deque<Block> open = new ArrayDeque<>();
        List<String> comment = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            boolean unset = UNSET.matcher(line).lookingAt();
            if (line.startsWith("#") && !unset) {
                comment.add(line.length() > 1 ? line.substring(2) : "");
                continue;
            }
            Matcher begin = OPEN.matcher(line);
            if (line.equals("}") && !open.isEmpty()) {
                open.pop();
            } else if (begin.matches()) {
                String path = open.isEmpty() ? begin.group(1) : open.element().path() + "." + begin.group(1);
                Block block = new Block(path, List.copyOf(comment), new ArrayList<>());
                open.push(block);
                blocks.add(block);
            } else if (!line.isEmpty()) {
                Matcher key = KEY.matcher(unset ? line.substring(1) : line);
                if (!key.matches() || open.isEmpty()) {
                    throw new IllegalArgumentException(name + ":" + (i + 1)
                            + ": neither a comment, nor a key in a block, nor the begin or end of a block: " + line);
                }
                StringBuilder value = new StringBuilder(key.group(key.group(2) == null ? 3 : 2));
                while (value.charAt(0) == '[' && value.charAt(value.length() - 1) != ']' && i + 1 < lines.size()) {
                    i++;
                    value.append(' ').append(lines.get(i).strip());
                }
                Optional<String> text = Optional.of(value.toString());
                open.element()
                        .keys()
                        .add(new Key(
                                key.group(1),
                                unset ? Optional.empty() : text,
                                unset ? text : Optional.empty(),
                                List.copyOf(comment)));
                // One comment may stand above two keys, as of a shortest and a longest time.
                if (i + 1 < lines.size()
                        && KEY.matcher(lines.get(i + 1).strip()).matches()) {
                    continue;
                }
            }
            comment.clear();
        }
        if (!open.isEmpty()) {
            throw new IllegalArgumentException(
                    name + ": the block " + open.element().path() + " does not end");
        }
        blocks.removeIf(block -> block.keys().isEmpty());
        return new KeyFile(List.copyOf(blocks));
    }
}
