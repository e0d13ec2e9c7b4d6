package io.clustrix.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A page in Markdown with a table of what executors can do, made by the build: a row for each scenario of
 * {@link ExecutorContract}, a column for each executor. A test that runs after the contracts holds the page against
 * their results:
 *
 * <pre>{@code
 * new ContractTable(Path.of("docs/contract-results.md")).check();
 * }</pre>
 *
 * <p>Only the columns of executors whose contract has run in this build are compared, so a machine without a scheduler
 * can't change what is said of it. With {@code -Dclustrix.contracts.write=true} these columns are written anew instead.
 */
public final class ContractTable {
    private static final String HEAD = "| scenario |";

    private final Path page;

    /**
     * The table of a page.
     *
     * @param page need not be there if the table is to be written
     */
    public ContractTable(Path page) {
        this.page = page;
    }

    /**
     * Compares the page with the results of this build, or writes them.
     *
     * @throws AssertionError if they are not the same
     */
    public void check() throws IOException {
        Map<String, Map<String, String>> results = results();
        List<String> text = Files.exists(page) ? Files.readAllLines(page) : List.of();
        int begin = begin(text);
        int end = begin;
        while (end < text.size() && text.get(end).startsWith("|")) {
            end++;
        }
        Map<String, Map<String, String>> said = columns(text.subList(begin, end));
        if (Boolean.getBoolean("clustrix.contracts.write")) {
            Map<String, Map<String, String>> all = new LinkedHashMap<>(said);
            all.putAll(results);
            List<String> lines = new ArrayList<>(text.subList(0, begin));
            lines.addAll(lines(all));
            lines.addAll(text.subList(end, text.size()));
            Files.write(page, lines);
            return;
        }
        List<String> differences = new ArrayList<>();
        results.forEach((executor, column) -> column.forEach((scenario, result) -> {
            @Nullable String there = said.getOrDefault(executor, Map.of()).get(scenario);
            if (!result.equals(there)) {
                differences.add(executor + ", " + scenario + ": the page says "
                        + (there == null ? "nothing" : "'" + there + "'") + ", this build '" + result + "'");
            }
        }));
        if (!differences.isEmpty()) {
            throw new AssertionError(page + " is not what this build has found; write it anew with"
                    + " -Dclustrix.contracts.write=true if that is as it should be:\n"
                    + String.join("\n", differences));
        }
    }

    private static int begin(List<String> text) {
        for (int i = 0; i < text.size(); i++) {
            if (text.get(i).startsWith(HEAD)) {
                return i;
            }
        }
        return text.size();
    }

    private static Map<String, Map<String, String>> results() throws IOException {
        Map<String, Map<String, String>> found = new LinkedHashMap<>();
        Path directory = ContractResults.directory();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.sorted().toList();
        }
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            if (name.endsWith(ContractResults.EXTENSION)) {
                Map<String, String> column = new LinkedHashMap<>();
                ContractResults.read(file).forEach((scenario, result) -> column.put(scenario.word, result));
                found.put(name.substring(0, name.length() - ContractResults.EXTENSION.length()), column);
            }
        }
        return found;
    }

    /** By executor, then by scenario. */
    private static Map<String, Map<String, String>> columns(List<String> table) {
        Map<String, Map<String, String>> found = new LinkedHashMap<>();
        if (table.isEmpty()) {
            return found;
        }
        List<String> executors = cells(table.get(0));
        for (String executor : executors.subList(1, executors.size())) {
            found.put(executor, new LinkedHashMap<>());
        }
        for (String line : table.subList(1, table.size())) {
            List<String> cells = cells(line);
            for (int i = 1; i < Math.min(cells.size(), executors.size()); i++) {
                found.getOrDefault(executors.get(i), new LinkedHashMap<>()).put(cells.get(0), cells.get(i));
            }
        }
        return found;
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        String[] parts = line.split("\\|", -1);
        for (int i = 1; i < parts.length - 1; i++) {
            cells.add(parts[i].strip());
        }
        return cells;
    }

    private static List<String> lines(Map<String, Map<String, String>> columns) {
        List<String> lines = new ArrayList<>();
        lines.add(HEAD + " " + String.join(" | ", columns.keySet()) + " |");
        lines.add("|---|" + "---|".repeat(columns.size()));
        for (Scenario scenario : Scenario.values()) {
            StringBuilder line = new StringBuilder("| ").append(scenario.word).append(" |");
            columns.values()
                    .forEach(column -> line.append(' ')
                            .append(column.getOrDefault(scenario.word, "not tried"))
                            .append(" |"));
            lines.add(line.toString());
        }
        return lines;
    }
}
