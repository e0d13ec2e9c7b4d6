package io.clustrix.internal.batch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Where runs lie below a state directory. */
public final class RunFiles {
    private static final Pattern ID = Pattern.compile("[0-9]{8}-[0-9]{6}-[0-9a-z]{6}");

    private RunFiles() {}

    /** The directory of all runs. */
    public static Path directory(Path stateDirectory) {
        return stateDirectory.resolve("runs");
    }

    /** Whether a text has the form of a run's id. */
    public static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** The ids of all runs in a directory, oldest first. */
    public static List<String> ids(Path directory) {
        List<String> ids = new ArrayList<>();
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(directory)) {
            homes.forEach(h -> {
                if (isId(h.getFileName().toString())) {
                    ids.add(h.getFileName().toString());
                }
            });
        } catch (IOException e) {
            return List.of(); // nothing has run yet
        }
        ids.sort(Comparator.naturalOrder());
        return ids;
    }
}
