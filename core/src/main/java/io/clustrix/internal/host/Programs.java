package io.clustrix.internal.host;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds programs as {@code execvp} does, so that a missing one is told the way a shell tells it. */
final class Programs {
    private static final String STANDARD_PATH = "/usr/local/bin:/usr/bin:/bin";

    private final Path directory;
    private final List<String> places;

    /**
     * Looks in these places.
     *
     * @param directory what a program's relative path starts from
     * @param path the value of the variable {@code PATH}, if it is set
     */
    Programs(Path directory, @Nullable String path) {
        this.directory = directory;
        this.places = List.of((path == null ? STANDARD_PATH : path).split(":", -1));
    }

    /**
     * What a shell's exit code would be: 0 if it can be run, 126 if it is there but can't be run, 127 if it is not
     * there.
     */
    int look(String program) {
        if (program.isEmpty()) {
            return 127;
        }
        if (program.contains("/")) {
            return look(directory, program);
        }
        int best = 127;
        for (String place : places) {
            int found = look(directory.resolve(place), program);
            if (found == 0) {
                return 0;
            }
            best = Math.min(best, found);
        }
        return best;
    }

    private static int look(Path place, String program) {
        try {
            Path file = place.resolve(program);
            if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                return 0;
            }
            return Files.exists(file) ? 126 : 127;
        } catch (InvalidPathException e) {
            return 127;
        }
    }
}
