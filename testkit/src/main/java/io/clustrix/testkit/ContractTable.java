package io.clustrix.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A page in Markdown with a table of what executors can do: a row for each scenario, a column for each executor.
 * Columns of executors that are not tried in a build stay as they are.
 */
final class ContractTable {
    /** How the first line of the table begins. */
    private static final String HEAD = "| scenario |";

    private final Path page;

    ContractTable(Path page) {
        this.page = page;
    }

    /**
     * Compares the column of an executor with what was found now.
     *
     * @throws AssertionError if they are not the same; what failed is told elsewhere
     */
    void check(String executor, Map<Scenario, String> results) throws IOException {
        List<String> text = Files.exists(page) ? Files.readAllLines(page) : List.of();
        Map<Scenario, String> said = columns(table(text)).getOrDefault(executor, Map.of());
        List<String> differences = new ArrayList<>();
        results.forEach((scenario, result) -> {
            @Nullable String there = said.get(scenario);
            if (!result.equals(ContractResults.FAIL) && !result.equals(there)) {
                differences.add(scenario.word + ": the page says " + (there == null ? "nothing" : "'" + there + "'")
                        + ", this build '" + result + "'");
            }
        });
        if (!differences.isEmpty()) {
            throw new AssertionError("the column '" + executor + "' of " + page + " is not what this build has found;"
                    + " -Dclustrix.contracts.write=true writes it anew, if that is as it should be:\n"
                    + String.join("\n", differences));
        }
    }

    /** Writes the column of an executor. Other builds, or other processes of the same one, may do so too. */
    void write(String executor, Map<Scenario, String> results) throws IOException {
        try (FileChannel file = FileChannel.open(
                        page, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = file.lock()) {
            List<String> text = Files.readAllLines(page);
            List<String> table = table(text);
            Map<String, Map<Scenario, String>> columns = columns(table);
            columns.computeIfAbsent(executor, e -> new EnumMap<>(Scenario.class))
                    .putAll(results);
            int begin = table.isEmpty() ? text.size() : text.indexOf(table.get(0));
            List<String> lines = new ArrayList<>(text.subList(0, begin));
            lines.addAll(lines(columns));
            lines.addAll(text.subList(begin + table.size(), text.size()));
            file.truncate(0);
            ByteBuffer bytes = ByteBuffer.wrap((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
            while (lock.isValid() && bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
    }

    private static List<String> table(List<String> text) {
        List<String> table = new ArrayList<>();
        for (String line : text) {
            if (table.isEmpty() ? line.startsWith(HEAD) : line.startsWith("|")) {
                table.add(line);
            } else if (!table.isEmpty()) {
                break;
            }
        }
        return table;
    }

    private static Map<String, Map<Scenario, String>> columns(List<String> table) {
        Map<String, Map<Scenario, String>> found = new TreeMap<>();
        if (table.isEmpty()) {
            return found;
        }
        List<String> executors = cells(table.get(0));
        for (String executor : executors.subList(1, executors.size())) {
            found.put(executor, new EnumMap<>(Scenario.class));
        }
        for (String line : table.subList(1, table.size())) {
            List<String> cells = cells(line);
            for (Scenario scenario : Scenario.values()) {
                if (scenario.word.equals(cells.get(0))) {
                    for (int i = 1; i < Math.min(cells.size(), executors.size()); i++) {
                        found.getOrDefault(executors.get(i), new EnumMap<>(Scenario.class))
                                .put(scenario, cells.get(i));
                    }
                }
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

    private static List<String> lines(Map<String, Map<Scenario, String>> columns) {
        List<String> lines = new ArrayList<>();
        lines.add(HEAD + " " + String.join(" | ", columns.keySet()) + " |");
        lines.add("|---|" + "---|".repeat(columns.size()));
        for (Scenario scenario : Scenario.values()) {
            StringBuilder line = new StringBuilder("| ").append(scenario.word).append(" |");
            for (Map<Scenario, String> column : columns.values()) {
                line.append(' ')
                        .append(column.getOrDefault(scenario, "not tried"))
                        .append(" |");
            }
            lines.add(line.toString());
        }
        return lines;
    }
}
