package io.clustrix.internal.doctor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What a script has printed: lines {@code word=value}. */
final class Lines {
    private final Map<String, List<String>> values = new HashMap<>();

    private Lines() {}

    static Lines of(String text) {
        Lines lines = new Lines();
        text.lines().forEach(line -> {
            int sign = line.indexOf('=');
            if (sign > 0) {
                lines.values
                        .computeIfAbsent(line.substring(0, sign), k -> new ArrayList<>())
                        .add(line.substring(sign + 1));
            }
        });
        return lines;
    }

    List<String> all(String word) {
        return values.getOrDefault(word, List.of());
    }

    Optional<String> get(String word) {
        return all(word).stream().findFirst();
    }

    OptionalLong number(String word) {
        return get(word)
                .filter(v -> v.matches("[0-9]{1,18}"))
                .map(v -> OptionalLong.of(Long.parseLong(v)))
                .orElse(OptionalLong.empty());
    }

    boolean has(String word) {
        return values.containsKey(word);
    }
}
