package io.clustrix.internal.config;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What is not shown even where no schema says that it is a secret (requirement W-F). */
public final class Sensitive {
    static final String MASK = "***";

    private static final String WORDS = "passw|pwd|passphrase|secret|token|credential|api[-_]?key";
    private static final Pattern NAME = Pattern.compile(WORDS, Pattern.CASE_INSENSITIVE);

    // The password of a URL, and what follows a name like a secret's, as in -Ddb.password=...
    private static final Pattern WITHIN = Pattern.compile(
            "(?<=://[^:/@\\s]{0,200}:)[^@/\\s]+(?=@)|(?<=(?:" + WORDS + ")[^=\\s]{0,200}=)\\S+",
            Pattern.CASE_INSENSITIVE);

    private Sensitive() {}

    /** Whether a key, a variable or a line of text looks as if a secret were near. */
    public static boolean looksSo(String text) {
        return NAME.matcher(text).find();
    }

    /** The text without what looks like a secret within it: {@code https://user:***@host}, {@code -Dpassword=***}. */
    public static String masked(String text) {
        return WITHIN.matcher(text).replaceAll(MASK);
    }

    /** The map as it may be printed. */
    static Map<String, String> masked(Map<String, String> map) {
        Map<String, String> result = new TreeMap<>();
        map.forEach((k, v) -> result.put(k, looksSo(k) ? MASK : masked(v)));
        return result;
    }
}
