package io.clustrix.report;

import java.util.Locale;

/**
 * Text of HTML as it grows. What comes from outside goes through {@link #text} or {@link #attribute}, and nothing else.
 */
final class Markup {
    private static final int LONGEST = 20_000;

    private final StringBuilder html = new StringBuilder();

    /** Appends what is markup already. Never with anything from outside. */
    Markup raw(String markup) {
        html.append(markup);
        return this;
    }

    Markup line(String markup) {
        html.append(markup).append('\n');
        return this;
    }

    /** Appends a text from anywhere. */
    Markup text(String text) {
        html.append(escaped(text));
        return this;
    }

    /** Appends {@code name="value"}, the value from anywhere. */
    Markup attribute(String name, String value) {
        html.append(' ').append(name).append("=\"").append(escaped(value)).append('"');
        return this;
    }

    /** A number of a drawing. */
    Markup number(String name, double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        html.append(' ').append(name).append("=\"").append(text).append('"');
        return this;
    }

    /** An element with nothing but a text in it. */
    Markup element(String name, String text) {
        return raw("<" + name + ">").text(text).raw("</" + name.replaceFirst(" .*", "") + ">");
    }

    /**
     * The text with nothing in it that a browser takes for markup, in an element or in an attribute in double quotes.
     * Control characters, and those that turn the direction of what follows, are shown as a sign of their own.
     */
    static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); ) {
            if (i >= LONGEST) {
                return safe.append("...").toString();
            }
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                case '`' -> safe.append("&#96;");
                case '\n', '\t' -> safe.append((char) c);
                default -> safe.appendCodePoint(Words.isPlain(c) ? c : 0xfffd);
            }
        }
        return safe.toString();
    }

    @Override
    public String toString() {
        return html.toString();
    }
}
