package io.clustrix.it.docs;

import java.nio.file.Path;
import java.util.Optional;

/** Where the sources lie. */
final class Checkout {
    private Checkout() {}

    static Path root() {
        return Optional.ofNullable(System.getProperty("maven.multiModuleProjectDirectory"))
                .map(Path::of)
                .orElseGet(() -> Path.of("").toAbsolutePath().getParent());
    }

    /** The sources of the examples. */
    static Path examples() {
        return root().resolve("examples/src/main/java/io/clustrix/examples");
    }
}
