package io.clustrix.testkit.fake;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Options and operands of a call with options of one letter, read as getopt(3) does.
 *
 * @param options the values of each option in their order; flags have an empty one
 * @param operands the rest
 * @param dashes whether {@code --} stood before the operands
 */
record Words(Map<String, List<String>> options, List<String> operands, boolean dashes) {
    /**
     * Reads words.
     *
     * @param letters as getopt wants them: a colon behind those with a value
     * @param wrong makes the refusal of a letter: whether it is known but lacks its value
     */
    static Words read(List<String> words, String letters, BiFunction<Boolean, Character, Refusal> wrong) {
        Map<String, List<String>> options = new LinkedHashMap<>();
        int i = 0;
        while (i < words.size()) {
            String word = words.get(i);
            if (!word.startsWith("-") || word.equals("-")) {
                break;
            }
            i++;
            if (word.equals("--")) {
                return new Words(options, words.subList(i, words.size()), true);
            }
            for (int at = 1; at < word.length(); at++) {
                char letter = word.charAt(at);
                int known = letters.indexOf(letter);
                if (known < 0 || letter == ':') {
                    throw wrong.apply(false, letter);
                }
                String value = "";
                if (known + 1 < letters.length() && letters.charAt(known + 1) == ':') {
                    value = word.substring(at + 1);
                    at = word.length();
                    if (value.isEmpty()) {
                        if (i == words.size()) {
                            throw wrong.apply(true, letter);
                        }
                        value = words.get(i++);
                    }
                }
                options.computeIfAbsent(Character.toString(letter), l -> new ArrayList<>())
                        .add(value);
            }
        }
        return new Words(options, words.subList(i, words.size()), false);
    }

    boolean has(String option) {
        return options.containsKey(option);
    }

    /** The last value of an option. */
    Optional<String> last(String option) {
        List<String> values = options.getOrDefault(option, List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    List<String> all(String option) {
        return options.getOrDefault(option, List.of());
    }

    /**
     * The words of a line, where quotes of both kinds group.
     *
     * @param escapes whether a backslash takes the next character as it is, and {@code #} begins a comment
     */
    static List<String> split(String line, boolean escapes) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean in = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (escapes && c == '\\' && i + 1 < line.length()) {
                word.append(line.charAt(++i));
                in = true;
            } else if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                in = true;
            } else if (c == ' ' || c == '\t') {
                if (in) {
                    words.add(word.toString());
                    word.setLength(0);
                    in = false;
                }
            } else if (escapes && c == '#') {
                break;
            } else {
                word.append(c);
                in = true;
            }
        }
        if (in) {
            words.add(word.toString());
        }
        return words;
    }
}
