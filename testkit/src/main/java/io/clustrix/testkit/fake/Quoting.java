package io.clustrix.testkit.fake;

import java.nio.file.Path;

/** How a value is written into a shell's text. */
final class Quoting {
    private Quoting() {}

    static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }
}
