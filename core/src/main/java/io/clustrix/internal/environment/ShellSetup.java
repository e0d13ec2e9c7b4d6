package io.clustrix.internal.environment;

import io.clustrix.internal.staging.ShellWords;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Modules, set-up lines and variables as POSIX shell, where a Java is looked for: what fails here only shows. */
final class ShellSetup {
    /** What is said on standard error of a module that could not be loaded. */
    private static final String MODULE_FAILED = "clustrix: this module could not be loaded: ";

    /** What the lines return with then, without running those that are left. */
    private static final int NO_MODULE = 77;

    private ShellSetup() {}

    /** The lines, each with its end; empty if there is nothing to be done. */
    static String lines(List<String> modules, List<String> setup, Map<String, String> variables) {
        StringBuilder s = new StringBuilder();
        if (!modules.isEmpty()) {
            line(s, "if ! command -v module >/dev/null 2>&1; then");
            line(s, "    for file in /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh; do");
            line(s, "        [ -r \"$file\" ] && . \"$file\"");
            line(s, "    done");
            line(s, "fi");
            modules.forEach(m -> line(
                    s,
                    "module load " + ShellWords.quoted(m) + " || { echo " + ShellWords.quoted(MODULE_FAILED + m)
                            + " >&2; return " + NO_MODULE + "; }"));
        }
        setup.forEach(l -> line(s, l));
        new TreeMap<>(variables).forEach((name, value) -> line(s, "export " + name + "=" + ShellWords.quoted(value)));
        return s.toString();
    }

    private static void line(StringBuilder s, String text) {
        s.append(text).append('\n');
    }
}
