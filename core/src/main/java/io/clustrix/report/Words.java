package io.clustrix.report;

import io.clustrix.spi.Resources;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How values look in a report. */
final class Words {
    private static final long KIBI = 1024;

    private Words() {}

    /** A constant's name as in {@code out-of-memory}. */
    static String of(Enum<?> constant) {
        return of(constant.name());
    }

    static String of(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** To the second, in UTC. */
    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** For instance {@code 0.35 s}, {@code 12.3 s}, {@code 12 min 5 s}, {@code 3 h 10 min}, {@code 2 d 4 h}. */
    static String duration(long millis) {
        long seconds = millis / 1000;
        if (millis < 10_000) {
            return String.format(Locale.ROOT, "%.2f s", millis / 1000.0);
        }
        if (seconds < 120) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        Duration d = Duration.ofSeconds(seconds);
        if (d.toHours() < 2) {
            return d.toMinutes() + " min " + d.toSecondsPart() + " s";
        }
        return d.toDays() < 2
                ? d.toHours() + " h " + d.toMinutesPart() + " min"
                : d.toDays() + " d " + d.toHoursPart() + " h";
    }

    /** For instance {@code 812 MiB}, {@code 1.5 GiB}. */
    static String bytes(long bytes) {
        String unit = "B";
        double value = bytes;
        for (String next : List.of("KiB", "MiB", "GiB", "TiB", "PiB")) {
            if (value < KIBI) {
                break;
            }
            value /= KIBI;
            unit = next;
        }
        return String.format(Locale.ROOT, value < 10 && !unit.equals("B") ? "%.1f %s" : "%.0f %s", value, unit);
    }

    /** Of thousandths. */
    static String percent(long thousandths) {
        return String.format(Locale.ROOT, thousandths < 100 ? "%.1f %%" : "%.0f %%", thousandths / 10.0);
    }

    static String count(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }

    /** What a worker asks for. */
    static String resources(Resources r) {
        List<String> parts = new ArrayList<>();
        r.cores().ifPresent(n -> parts.add(count(n, "core")));
        r.memory().ifPresent(m -> parts.add(bytes(m.bytes()) + " memory"));
        r.walltime().ifPresent(t -> parts.add(duration(t.toMillis()) + " walltime"));
        r.nodes().ifPresent(n -> parts.add(count(n, "node")));
        r.gpus().ifPresent(n -> parts.add(count(n, "GPU")));
        r.queue().ifPresent(q -> parts.add("queue " + q));
        r.account().ifPresent(a -> parts.add("account " + a));
        r.options().forEach((k, v) -> parts.add(v.isEmpty() ? k : k + "=" + v));
        return parts.isEmpty() ? "what the site gives" : String.join(", ", parts);
    }

    /** What comes from users on one line, without what moves a cursor, and not longer than that. */
    static String line(String text, int most) {
        StringBuilder line = new StringBuilder();
        int shown = 0;
        for (int i = 0; i < text.length() && shown < most; shown++) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\n' || c == '\t' || c == '\r') {
                line.append(' ');
            } else {
                line.appendCodePoint(isPlain(c) ? c : 0xfffd);
            }
        }
        return text.codePointCount(0, text.length()) > shown
                ? line + "..."
                : line.toString().strip();
    }

    /** Neither a control character, nor one that turns the direction of what follows, nor half of a character. */
    static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            default -> true;
        };
    }
}
