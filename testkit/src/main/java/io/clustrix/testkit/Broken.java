package io.clustrix.testkit;

/** Says which rule of the SPI a plugin breaks. */
final class Broken {
    private Broken() {}

    /**
     * A failed test.
     *
     * @param rule the rule, a sentence without its full stop, and where it stands
     * @param found what the plugin did
     */
    static AssertionError rule(String rule, String found) {
        return new AssertionError(found + "\n  The rule: " + rule + ".");
    }

    /** The same, because of something that was thrown. */
    static AssertionError rule(String rule, String found, Throwable cause) {
        AssertionError error = rule(rule, found + ": " + cause);
        error.initCause(cause);
        return error;
    }

    /** A text for a message, shortened. */
    static String shown(String text) {
        int most = 1500;
        String s = text.length() > most ? text.substring(0, most) + "... (" + text.length() + " characters)" : text;
        return s.isEmpty() ? "(nothing)" : s;
    }
}
