package io.clustrix.testkit.fake;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How qstat prints.
 *
 * @param wide whether long lines are left as they are
 */
record PbsText(boolean wide) {
    static final String HEAD = """
            Job id            Name             User              Time Use S Queue
            ----------------  ---------------- ----------------  -------- - -----
            """;

    private static final int WIDTH = 79;
    private static final int TAB = 8;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss yyyy", Locale.ROOT).withZone(ZoneId.systemDefault());

    static String time(Instant time) {
        return TIME.format(time);
    }

    static String clock(Duration d) {
        return String.format(Locale.ROOT, "%02d:%02d:%02d", d.toHours(), d.toMinutesPart(), d.toSecondsPart());
    }

    static String row(String id, String name, String user, boolean used, String letter) {
        return String.format(
                Locale.ROOT,
                "%-17.17s %-16.16s %-16.16s  %8s %s %-16s%n",
                id,
                name,
                user,
                used ? "00:00:00" : "0",
                letter,
                FakePbs.QUEUE);
    }

    static String serverRow(String server, int total, Map<String, Long> states) {
        String numbers = Stream.of("Q", "R", "H", "W", "T", "E")
                .map(s -> String.format(Locale.ROOT, "%5d", states.getOrDefault(s, 0L)))
                .collect(Collectors.joining(" "));
        return """
                Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext Status
                ---------------- ----- ----- ----- ----- ----- ----- ----- ----- -----------
                """ + String.format(Locale.ROOT, "%-16s %5d %5d %s %-10s%n", server, 0, total, numbers, "Active");
    }

    static String counts(Map<String, Long> states) {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("T", "Transit");
        names.put("Q", "Queued");
        names.put("H", "Held");
        names.put("W", "Waiting");
        names.put("R", "Running");
        names.put("E", "Exiting");
        names.put("B", "Begun");
        return names.entrySet().stream()
                .map(e -> e.getValue() + ":" + states.getOrDefault(e.getKey(), 0L) + " ")
                .collect(Collectors.joining());
    }

    /** {@code 0-3,7}, or a dash for none. */
    static String ranges(List<Integer> indices) {
        return indices.isEmpty()
                ? "-"
                : Run.of(indices).stream()
                        .map(r -> r.length() == 1 ? "" + r.from() : r.from() + "-" + r.to())
                        .collect(Collectors.joining(","));
    }

    /** Puts more attributes behind one of them. */
    static void after(Map<String, String> attributes, String name, Map<String, String> more) {
        Map<String, String> copy = new LinkedHashMap<>(attributes);
        attributes.clear();
        copy.forEach((k, v) -> {
            attributes.put(k, v);
            if (k.equals(name)) {
                attributes.putAll(more);
            }
        });
    }

    String block(String head, Map<String, String> attributes) {
        StringBuilder text = new StringBuilder(head).append('\n');
        attributes.forEach((name, value) -> text.append(line(name, value)).append('\n'));
        return text.append('\n').toString();
    }

    private String line(String name, String value) {
        String start = "    " + name + " = ";
        if (wide) {
            return start + value;
        }
        StringBuilder text = new StringBuilder(start);
        int column = start.length();
        // Lists are folded between their items, all else where the line ends.
        List<String> items =
                name.equals("Variable_List") ? List.of(value.split("(?<=(?<!\\\\),)", -1)) : List.of(value);
        for (String item : items) {
            if (items.size() > 1 && column > start.length() && column + item.length() > WIDTH) {
                text.append("\n\t");
                column = TAB;
            }
            for (int i = 0; i < item.length(); i++) {
                if (column == WIDTH) {
                    text.append("\n\t");
                    column = TAB;
                }
                text.append(item.charAt(i));
                column++;
            }
        }
        return text.toString();
    }
}
