package io.clustrix.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows with columns that are as wide as they need be. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    /** Of which column a word decides the colour; -1: of none. */
    private final int stateColumn;

    Table(int stateColumn, String... headings) {
        this.stateColumn = stateColumn;
        rows.add(List.of(headings));
    }

    void row(String... cells) {
        List<String> row = new ArrayList<>();
        for (String cell : cells) {
            row.add(cell.isEmpty() ? "-" : printable(cell));
        }
        rows.add(row);
    }

    /** Names may be anybody's: what moves a cursor or ends a line would break the table. */
    private static String printable(String cell) {
        return cell.codePoints().noneMatch(Character::isISOControl)
                ? cell
                : cell.codePoints()
                        .map(c -> Character.isISOControl(c) ? '?' : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    void print(Console console) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            List<String> row = rows.get(r);
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                String shown = r == 0 ? console.bold(cell) : i == stateColumn ? console.state(cell) : cell;
                line.append(shown);
                if (i < columns - 1) {
                    line.append(" ".repeat(widths[i] - width(cell) + 2));
                }
            }
            console.line(line.toString());
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
