package io.clustrix.internal.staging;

/** The one place where a value becomes a word of a POSIX shell's text. */
public final class ShellWords {
    private ShellWords() {}

    /** The value as one word, whatever is in it. */
    public static String quoted(String value) {
        return "'" + value.replace("'", "'\\''") + "'";
    }
}
