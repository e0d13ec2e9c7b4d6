package io.clustrix.host.ssh;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is sent to run words on a host whose login shell may be any: sh, bash, csh, tcsh, fish, zsh.
 *
 * <p>The server hands one text to the login shell, and no quoting of arbitrary words means the same to all of them: csh
 * replaces {@code !} even between single quotes and ends a text at a newline, fish reads a backslash there as an
 * escape. So the login shell only ever sees {@code exec /bin/sh -c '...'} without any of {@code ' \ ! newline}, but for
 * a backslash before a {@code 0}, which all take as it is; what would need them travels as octal escapes of
 * {@code printf %b}. Texts that are too long for one argument (128 KiB on Linux) go through standard input, before the
 * command's own: {@code read} of a shell takes its one line and not a byte more.
 *
 * <p>The shell first prints a marker and its process number, so that what start-up files have printed can be told from
 * the command's output.
 *
 * @param text what the login shell is given
 * @param preamble what goes into standard input before the command's own, often empty
 */
record CommandLine(String text, String preamble) {
    /** Some csh can't take longer words; far below what Linux allows for one argument. */
    private static final int LONGEST_TEXT = 60_000;

    static CommandLine of(List<String> words, String marker) {
        String start = "exec /bin/sh -c 'echo " + marker + " $$;echo " + marker + " >&2;";
        if (words.stream().allMatch(CommandLine::isPlain)) {
            String plain = words.stream().map(w -> '"' + w + '"').collect(Collectors.joining(" "));
            if (plain.length() <= LONGEST_TEXT) {
                return new CommandLine(start + "exec " + plain + "'", "");
            }
        }
        String script = "exec "
                + words.stream().map(w -> "'" + w.replace("'", "'\\''") + "'").collect(Collectors.joining(" "));
        String octal = octal(script);
        if (octal.length() <= LONGEST_TEXT) {
            return new CommandLine(start + "eval \"$(printf %b \"" + octal + "\")\"'", "");
        }
        String line = script.replace("\\", "\\\\").replace("\n", "\\n") + "\n";
        return new CommandLine(start + "IFS= read -r l&&eval \"$(printf %b \"$l\")\"'", line);
    }

    /** Whether it means itself between double quotes, inside single quotes of any shell. */
    private static boolean isPlain(String word) {
        return word.chars().allMatch(c -> c >= ' ' && c < 127 && "'\\!\"$`".indexOf(c) < 0);
    }

    private static String octal(String script) {
        StringBuilder result = new StringBuilder();
        for (byte b : script.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b < 127 && "'\\!\"$`".indexOf(b) < 0) {
                result.append((char) b);
            } else {
                result.append("\\0").append(String.format("%03o", b & 0xff));
            }
        }
        return result.toString();
    }
}
