package io.clustrix.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Paths as text and as bytes. Names on a host are bytes. Those that are no UTF-8 become characters that no text has,
 * {@code U+DC80} to {@code U+DCFF}, and become bytes again on their way back.
 */
final class PathText {
    private static final char ESCAPE = '\uDC00';

    private PathText() {}

    /** Bytes as text; nothing is lost. */
    static String decoded(byte[] bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isUnderflow()) {
                return out.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                out.put((char) (ESCAPE + (in.get() & 0xff)));
            }
            decoder.reset();
        }
    }

    /**
     * Text as bytes.
     *
     * @throws IllegalArgumentException if it has half of a character, or a NUL
     */
    static byte[] encoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c > ESCAPE + 0x7f && c <= ESCAPE + 0xff) {
                bytes.write(c - ESCAPE);
            } else if (c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                throw new IllegalArgumentException(
                        "a path can't have the character U+" + String.format("%04X", c) + ": " + shown(text));
            } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
            i += Character.charCount(c);
        }
        return bytes.toByteArray();
    }

    /** As printf's {@code %b} takes it, in characters that every shell and locale leaves as they are. */
    static String octal(String text) {
        StringBuilder result = new StringBuilder();
        for (byte b : encoded(text)) {
            boolean plain = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
            if (plain || "/._-~".indexOf(b) >= 0) {
                result.append((char) b);
            } else {
                result.append(String.format("\\0%03o", b & 0xff));
            }
        }
        return result.toString();
    }

    /** For messages, on one line. */
    static String shown(String text) {
        StringBuilder result = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (c > ESCAPE + 0x7f && c <= ESCAPE + 0xff) {
                result.append(String.format("\\x%02x", c - ESCAPE));
            } else if (c == '\n') {
                result.append("\\n");
            } else if (Character.isISOControl(c) || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                result.append(String.format("\\u%04x", c));
            } else {
                result.appendCodePoint(c);
            }
        });
        return result.toString();
    }

    /**
     * A path in the form in which all of this package has it: without {@code //}, {@code ./} and an ending {@code /}.
     * What begins with neither {@code /} nor {@code ~/} is relative; {@code .} is where relative ones begin.
     *
     * @throws IllegalArgumentException if it is empty or can't be encoded
     */
    static String normal(String path) {
        if (path.isEmpty()) {
            throw new IllegalArgumentException("a path is empty; the directory where relative paths begin is '.'");
        }
        encoded(path);
        boolean home = path.equals("~") || path.startsWith("~/");
        StringBuilder result = new StringBuilder();
        for (String part : path.split("/", -1)) {
            if (!part.isEmpty() && !part.equals(".")) {
                result.append(result.length() > 0 || path.startsWith("/") ? "/" : "")
                        .append(part);
            }
        }
        if (result.length() == 0) {
            return path.startsWith("/") ? "/" : ".";
        }
        return home ? result.toString() : safe(result.toString());
    }

    /** A relative path whose first name is {@code ~} is not the home directory. */
    private static String safe(String relative) {
        return relative.equals("~") || relative.startsWith("~/") ? "./" + relative : relative;
    }

    /** Below a normal path. */
    static String below(String directory, String relative) {
        if (directory.equals(".")) {
            return safe(relative);
        }
        return directory.endsWith("/") ? directory + relative : directory + "/" + relative;
    }

    /** A normal path for a script, in which it can be no option. */
    static String argument(String path) {
        boolean rooted = path.startsWith("/") || path.equals("~") || path.startsWith("~/") || path.startsWith("./");
        return octal(rooted ? path : "./" + path);
    }
}
