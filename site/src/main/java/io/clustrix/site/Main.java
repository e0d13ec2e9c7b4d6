package io.clustrix.site;

import java.io.IOException;
import java.nio.file.Path;

/** {@code Main ROOT TARGET}: makes the site of the checkout ROOT in the directory TARGET. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        try {
            new Site(Path.of(args[0]).toAbsolutePath().normalize()).write(Path.of(args[1]));
        } catch (BrokenPagesException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
