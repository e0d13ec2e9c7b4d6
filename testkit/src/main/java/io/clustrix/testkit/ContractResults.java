package io.clustrix.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What became of the scenarios of one executor: a text file for each executor, a line for each scenario. */
final class ContractResults {
    static final String PASS = "pass";
    static final String FAIL = "fail";
    static final String NOT_SUPPORTED = "not supported: ";

    /** The file's name extension. */
    static final String EXTENSION = ".txt";

    private final Map<Scenario, String> results = new EnumMap<>(Scenario.class);

    /** Where the build's results are, of all executors whose contract has run in it. */
    static Path directory() {
        return Path.of(System.getProperty("clustrix.contracts.directory", "target/contract-results"));
    }

    void add(Scenario scenario, String result) {
        results.put(scenario, result);
    }

    /** Writes them over those that an earlier run of the same tests has left, or beside them. */
    void write(Path directory, String executor) throws IOException {
        if (results.isEmpty()) {
            return;
        }
        Files.createDirectories(directory);
        Path file = directory.resolve(executor + EXTENSION);
        Map<Scenario, String> all = read(file);
        all.putAll(results);
        List<String> lines = all.entrySet().stream()
                .map(e -> e.getKey().word + "\t" + e.getValue())
                .toList();
        Files.write(file, lines);
    }

    static Map<Scenario, String> read(Path file) throws IOException {
        Map<Scenario, String> found = new EnumMap<>(Scenario.class);
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                int tab = line.indexOf('\t');
                for (Scenario scenario : Scenario.values()) {
                    if (tab > 0 && scenario.word.equals(line.substring(0, tab))) {
                        found.put(scenario, line.substring(tab + 1));
                    }
                }
            }
        }
        return found;
    }
}
