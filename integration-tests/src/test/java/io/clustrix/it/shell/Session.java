package io.clustrix.it.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The sessions of a page: what stands behind {@code jshell>} is entered, what stands behind {@code ==>} is shown. */
final class Session {
    private static final String PROMPT = "jshell> ";
    private static final String MORE = "   ...> ";

    private Session() {}

    /** What is entered, and the value that the page shows for it; empty where it shows none. */
    static List<String[]> steps(String page) throws IOException {
        Path root = Path.of(System.getProperty("maven.multiModuleProjectDirectory", ".."));
        List<String[]> steps = new ArrayList<>();
        for (String line : Files.readAllLines(root.resolve("docs").resolve(page))) {
            if (line.startsWith(PROMPT)) {
                steps.add(new String[] {line.substring(PROMPT.length()), ""});
            } else if (line.startsWith(MORE)) {
                String[] step = steps.get(steps.size() - 1);
                step[0] += "\n" + line.substring(MORE.length());
            } else if (line.contains(" ==> ") && !steps.isEmpty()) {
                steps.get(steps.size() - 1)[1] = line.substring(line.indexOf(" ==> ") + 5);
            }
        }
        return steps;
    }
}
