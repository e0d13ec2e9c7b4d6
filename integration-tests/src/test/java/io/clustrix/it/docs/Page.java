package io.clustrix.it.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A page of the documentation. */
record Page(Path file, List<String> lines) {
    static Page read(String name) throws IOException {
        Path file = Checkout.root().resolve("docs").resolve(name);
        return new Page(file, Files.readAllLines(file));
    }

    /** The block that follows the line {@code <!-- tested: NAME -->}. */
    String block(String name) {
        int mark = lines.indexOf("<!-- tested: " + name + " -->");
        if (mark < 0 || mark + 1 >= lines.size() || !lines.get(mark + 1).startsWith("```")) {
            throw new AssertionError(file + " has no block marked '" + name + "'");
        }
        List<String> block = new ArrayList<>();
        for (String line : lines.subList(mark + 2, lines.size())) {
            if (line.equals("```")) {
                return String.join("\n", block) + "\n";
            }
            block.add(line);
        }
        throw new AssertionError(file + ": the block '" + name + "' has no end");
    }
}
