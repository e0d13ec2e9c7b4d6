package io.clustrix.internal.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** How names are written, and what somebody may have meant who wrote another. */
final class Spelling {
    private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");
    private static final int LISTED = 30;

    private Spelling() {}

    /** {@code pollInterval}, {@code TWO_FACTOR} as {@code poll-interval}, {@code two-factor}. */
    static String kebab(String name) {
        return HUMP.matcher(name).replaceAll("-").replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** For the end of a message: {@code "; did you mean 'x'?"}, or all there are if none is near. */
    static String suggestion(String wrong, Collection<String> known) {
        if (known.isEmpty()) {
            return "; none is known here";
        }
        return nearest(wrong, known)
                .map(k -> "; did you mean '" + k + "'?")
                .orElseGet(() -> "; known: " + listed(known));
    }

    /** In order, shortened if there are very many. */
    static String listed(Collection<String> names) {
        String some =
                String.join(", ", new TreeSet<>(names).stream().limit(LISTED).toList());
        return names.size() > LISTED ? some + ", ... (" + names.size() + " in all)" : some;
    }

    /** The known name that takes the fewest slips of the finger, if they are few for a name of this length. */
    static Optional<String> nearest(String wrong, Collection<String> known) {
        // Nobody's slip is longer, and the distance takes time and memory that grow with the product of both lengths.
        if (wrong.length() > 200) {
            return Optional.empty();
        }
        String normal = kebab(wrong);
        return new TreeSet<>(known)
                .stream()
                        .min(Comparator.comparingInt(k -> distance(normal, kebab(k))))
                        .filter(k ->
                                distance(normal, kebab(k)) <= Math.max(1, Math.min(wrong.length(), k.length()) / 3));
    }

    /** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, replaced);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
