package io.clustrix.internal.config;

import com.typesafe.config.ConfigOrigin;
import io.clustrix.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All that is wrong, collected to be told at once; not thread-safe. */
final class Problems {
    private static final int SHOWN = 50;
    private static final int LONGEST = 1_000;

    private record Problem(String path, String text, String place, String source, int line) {
        String shown() {
            String head = path.isEmpty() ? clipped(text) : clipped(path) + ": " + clipped(text);
            return "  " + head.replace("\n", "\n    ") + (place.isEmpty() ? "" : "\n      " + place);
        }
    }

    private static String clipped(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    }

    // A default that is wrong is met again in each cluster that inherits it; it is told once, where it stands.
    private final Map<String, Problem> found = new LinkedHashMap<>();
    private final Set<String> hints = new LinkedHashSet<>();

    /** A key's problem and where its value, or the block that lacks it, was written. */
    void add(String path, String text, @Nullable ConfigOrigin origin) {
        String place = origin == null ? "" : Places.of(origin);
        String source = origin == null ? "" : origin.description().replaceFirst(": \\d+(-\\d+)?$", "");
        int line = origin == null ? -1 : origin.lineNumber();
        String key = path.substring(path.lastIndexOf('.') + 1);
        found.putIfAbsent(
                place.isEmpty() ? path + '\n' + text : key + '\n' + text + '\n' + place,
                new Problem(path, text, place, source, line));
    }

    /** A problem of a whole file or variable. */
    void add(String text, String place) {
        found.putIfAbsent(text + '\n' + place, new Problem("", text, place, place, -1));
    }

    /** What to do about a problem that was added. */
    void hint(List<String> sentences) {
        hints.addAll(sentences);
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    int count() {
        return found.size();
    }

    void throwIfAny() {
        if (!isEmpty()) {
            throw toException();
        }
    }

    ConfigurationException toException() {
        List<Problem> sorted = new ArrayList<>(found.values());
        sorted.sort(Comparator.comparing(Problem::source).thenComparingInt(Problem::line));
        String some = sorted.stream().limit(SHOWN).map(Problem::shown).collect(Collectors.joining("\n"));
        String more = sorted.size() > SHOWN ? "\n  ... and " + (sorted.size() - SHOWN) + " more" : "";
        String head = sorted.size() == 1 ? "1 problem" : sorted.size() + " problems";
        return new ConfigurationException(head + " in the configuration:\n" + some + more, List.copyOf(hints), null);
    }
}
