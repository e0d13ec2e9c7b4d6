package io.clustrix.spi;

/** The one rule for text that users give and that may come near a directive or a shell: no control characters. */
final class Names {
    private Names() {}

    static String checked(String what, String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(what + " is blank");
        }
        if (text.length() > 1024) {
            throw new IllegalArgumentException(what + " is longer than 1,024 characters");
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new IllegalArgumentException(
                        what + " has a control character (code " + (int) text.charAt(i) + ") at position " + i);
            }
        }
        return text;
    }
}
