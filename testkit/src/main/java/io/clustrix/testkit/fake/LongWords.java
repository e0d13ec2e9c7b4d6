package io.clustrix.testkit.fake;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Options and operands of a call with long options, read as getopt_long(3) does: any beginning of a name that is the
 * beginning of no other will do.
 *
 * @param options by their long names; flags have an empty value
 * @param operands the rest
 */
record LongWords(Map<String, String> options, List<String> operands) {
    /** The options of a command: {@code h,noheader} is a flag, {@code j,jobs=} has a value, {@code exclusive?} may. */
    static final class Known {
        private final Map<Character, String> letters = new HashMap<>();
        private final Map<String, Character> names = new LinkedHashMap<>();

        Known(String text) {
            for (String option : text.strip().split("\\s+", -1)) {
                String name = option.replaceFirst("^.,", "").replaceFirst("[=?]$", "");
                char last = option.charAt(option.length() - 1);
                names.put(name, last == '=' || last == '?' ? last : ' ');
                if (option.length() > 2 && option.charAt(1) == ',') {
                    letters.put(option.charAt(0), name);
                }
            }
        }

        private Optional<String> name(String word) {
            if (names.containsKey(word)) {
                return Optional.of(word);
            }
            List<String> meant =
                    names.keySet().stream().filter(n -> n.startsWith(word)).toList();
            return meant.size() == 1 ? Optional.of(meant.get(0)) : Optional.empty();
        }
    }

    /**
     * Reads words.
     *
     * @param all whether options may stand behind operands
     * @param wrong makes the refusal of what is said about a word
     */
    static LongWords read(List<String> words, Known known, boolean all, Function<String, Refusal> wrong) {
        Map<String, String> options = new LinkedHashMap<>();
        List<String> operands = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--")) {
                operands.addAll(words.subList(i + 1, words.size()));
                break;
            } else if (word.startsWith("--")) {
                int sign = word.indexOf('=');
                String given = word.substring(2, sign < 0 ? word.length() : sign);
                String name = known.name(given).orElseThrow(() -> wrong.apply("unrecognized option '--" + given + "'"));
                char kind = known.names.getOrDefault(name, ' ');
                if (sign >= 0 && kind == ' ') {
                    throw wrong.apply("option '--" + name + "' doesn't allow an argument");
                }
                String value = sign < 0 ? "" : word.substring(sign + 1);
                if (sign < 0 && kind == '=') {
                    if (i + 1 == words.size()) {
                        throw wrong.apply("option '--" + name + "' requires an argument");
                    }
                    value = words.get(++i);
                }
                options.put(name, value);
            } else if (word.startsWith("-") && word.length() > 1) {
                for (int at = 1; at < word.length(); at++) {
                    char letter = word.charAt(at);
                    String name = known.letters.get(letter);
                    if (name == null) {
                        throw wrong.apply("invalid option -- '" + letter + "'");
                    }
                    String value = "";
                    if (known.names.getOrDefault(name, ' ') == '=') {
                        value = word.substring(at + 1);
                        at = word.length();
                        if (value.isEmpty()) {
                            if (i + 1 == words.size()) {
                                throw wrong.apply("option requires an argument -- '" + letter + "'");
                            }
                            value = words.get(++i);
                        }
                    }
                    options.put(name, value);
                }
            } else if (all) {
                operands.add(word);
            } else {
                operands.addAll(words.subList(i, words.size()));
                break;
            }
        }
        return new LongWords(options, operands);
    }

    boolean has(String option) {
        return options.containsKey(option);
    }

    Optional<String> get(String option) {
        return Optional.ofNullable(options.get(option));
    }

    String get(String option, String otherwise) {
        return options.getOrDefault(option, otherwise);
    }
}
