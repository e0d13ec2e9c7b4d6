package io.clustrix.internal.batch;

import io.clustrix.internal.config.Sensitive;

/**
 * A job's script as it may be shown to others: without the values of the variables that configuration and job have set,
 * and without what looks like a secret. Everything else is as it was.
 */
final class ScriptMask {
    private static final String EXPORT = "export ";
    private static final String MASK = "'***'";
    private static final int LONGEST = 1 << 18;

    private ScriptMask() {}

    /** The text without its secrets. */
    static String masked(String script) {
        StringBuilder text = new StringBuilder();
        boolean within = false; // a value that has several lines
        for (String line : script.split("\n", -1)) {
            if (within) {
                within = isOpen(line, true);
                continue;
            }
            int quote = line.indexOf("='");
            if (line.startsWith(EXPORT) && quote > 0 && isName(line.substring(EXPORT.length(), quote))) {
                String name = line.substring(EXPORT.length(), quote);
                within = isOpen(line.substring(quote), false);
                text.append(EXPORT).append(name).append('=');
                text.append(name.startsWith("CLUSTRIX_") && !within ? line.substring(quote + 1) : MASK);
            } else {
                text.append(Sensitive.masked(line));
            }
            text.append('\n');
            if (text.length() > LONGEST) {
                return text.append("# ... the rest is left out here\n").toString();
            }
        }
        text.setLength(text.length() - 1);
        return text.toString();
    }

    private static boolean isName(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_]*");
    }

    /** Whether single quotes are open at the end of a line. */
    private static boolean isOpen(String line, boolean open) {
        boolean now = open;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && !now) {
                i++;
            } else if (c == '\'') {
                now = !now;
            }
        }
        return now;
    }
}
