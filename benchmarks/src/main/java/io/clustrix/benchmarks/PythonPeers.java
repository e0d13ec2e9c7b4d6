package io.clustrix.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The scripts of the contenders in Python, and the Python that runs them.
 *
 * @param python the program
 * @param scripts the directory
 */
record PythonPeers(Path python, Path scripts) {
    private static final long CHECK_SECONDS = 20;

    /** The system's Python: it is the one that a package manager adds joblib to. */
    static Optional<PythonPeers> find(Path scripts) {
        Path python = Path.of(System.getProperty("benchmarks.python", "/usr/bin/python3"));
        return Files.isExecutable(python) ? Optional.of(new PythonPeers(python, scripts)) : Optional.empty();
    }

    ProcessBuilder command(String script, String... args) {
        List<String> words = new ArrayList<>(
                List.of(python.toString(), scripts.resolve(script).toString()));
        words.addAll(List.of(args));
        return builder(words);
    }

    private static ProcessBuilder builder(List<String> words) {
        ProcessBuilder builder = new ProcessBuilder(words);
        // The scripts lie in the source tree, where nothing is to be written.
        builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
        return builder;
    }

    boolean hasJoblib() throws InterruptedException {
        try {
            Process check = builder(List.of(python.toString(), "-c", "import joblib"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (check.waitFor(CHECK_SECONDS, TimeUnit.SECONDS)) {
                return check.exitValue() == 0;
            }
            check.destroyForcibly();
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
