package io.clustrix.testkit.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A step of a recorded session with a real scheduler.
 *
 * @param kind {@code $} for a command whose answer is known, {@code @} for one that is only called, {@code !} for an
 *     order to the fake
 * @param text the command
 * @param out its standard output
 * @param err its standard error
 * @param exit its exit code
 */
record Recording(char kind, String text, String out, String err, int exit) {
    private static final Pattern BLOCK = Pattern.compile(
            "\\$ (.*?)\\n(?:--- stdout\\n(.*?))?(?:--- stderr\\n(.*?))?--- exit ([0-9]+)\\n", Pattern.DOTALL);

    /** Parts of a file, each of which wants a scheduler of its own; {@code ! fresh} begins one. */
    static List<List<Recording>> sessions(String name) {
        List<List<Recording>> found = new ArrayList<>();
        found.add(new ArrayList<>());
        for (Recording step : read(name)) {
            if (step.kind == '!' && step.text.equals("fresh")) {
                found.add(new ArrayList<>());
            } else {
                found.get(found.size() - 1).add(step);
            }
        }
        return found;
    }

    @Override
    public String toString() {
        return text.lines().findFirst().orElse("");
    }

    private static List<Recording> read(String name) {
        String text;
        try (InputStream in = Objects.requireNonNull(Recording.class.getResourceAsStream("/recorded/" + name), name)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Recording> found = new ArrayList<>();
        while (!text.isEmpty()) {
            Matcher block = BLOCK.matcher(text);
            int line = text.indexOf('\n') + 1;
            if (block.lookingAt()) {
                found.add(new Recording(
                        '$',
                        block.group(1),
                        Objects.requireNonNullElse(block.group(2), ""),
                        Objects.requireNonNullElse(block.group(3), ""),
                        Integer.parseInt(block.group(4))));
                line = block.end();
            } else if (text.startsWith("@") || text.startsWith("!")) {
                found.add(new Recording(text.charAt(0), text.substring(2, line - 1), "", "", 0));
            } else if (!text.startsWith("#")) {
                throw new IllegalStateException(name + " has a line of no kind: " + text.substring(0, line));
            }
            text = text.substring(line);
        }
        return found;
    }
}
