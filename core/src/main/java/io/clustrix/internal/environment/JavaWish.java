package io.clustrix.internal.environment;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which Java is asked for.
 *
 * @param low the lowest feature version that will do
 * @param high the highest
 * @param path the one that is asked for by its place on the host
 * @param shipped whether it must be a copy of the driver's own
 * @param text as a person would say it
 */
record JavaWish(int low, int high, Optional<String> path, boolean shipped, String text) {
    /** Above every version that there will be. */
    static final int NO_LIMIT = 999;

    private static final Pattern VERSION = Pattern.compile("([1-9][0-9]{0,2})(\\+?)");

    /**
     * Reads a wish.
     *
     * @param min the lowest version that can do the work
     * @param own the driver's version
     */
    static JavaWish parse(String text, int min, int own) {
        Matcher version = VERSION.matcher(text);
        if (version.matches()) {
            int n = Integer.parseInt(version.group(1));
            return version.group(2).isEmpty()
                    ? new JavaWish(n, n, Optional.empty(), false, "Java " + n)
                    : atLeast(Math.max(n, min));
        }
        if (text.startsWith("/")) {
            return new JavaWish(min, NO_LIMIT, Optional.of(text), false, text);
        }
        return switch (text) {
            case "same" -> new JavaWish(own, own, Optional.empty(), false, "Java " + own + ", as the driver has");
            case "shipped" -> new JavaWish(min, NO_LIMIT, Optional.empty(), true, "a copy of the driver's Java");
            default -> atLeast(min);
        };
    }

    private static JavaWish atLeast(int n) {
        return new JavaWish(n, NO_LIMIT, Optional.empty(), false, "Java " + n + " or newer");
    }

    boolean takes(FoundJava java) {
        return java.feature() >= low && java.feature() <= high;
    }
}
