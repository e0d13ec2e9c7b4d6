package io.clustrix.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Names of files on the way out. Core has a byte that is no UTF-8 as a character from U+DC80 to U+DCFF. */
final class FileNames {
    private static final int ESCAPE = 0xdc00;

    private FileNames() {}

    /** The bytes that the name has on its host, whatever they are. */
    static byte[] bytes(String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(name.length());
        name.codePoints().forEach(c -> {
            if (isByte(c)) {
                bytes.write(c - ESCAPE);
            } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
        });
        return bytes.toByteArray();
    }

    /** For a person: nothing that moves a cursor, ends a line, or can't be shown. */
    static String shown(String name) {
        StringBuilder text = new StringBuilder();
        name.codePoints().forEach(c -> text.appendCodePoint(Character.isISOControl(c) || isByte(c) ? '?' : c));
        return text.toString();
    }

    private static boolean isByte(int c) {
        return c > ESCAPE + 0x7f && c <= ESCAPE + 0xff;
    }
}
