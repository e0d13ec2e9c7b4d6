package io.clustrix.cli;

import io.clustrix.spi.NativeId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** When a scheduler expects to start what waits of a job, by the ids of its submissions. */
record StartEstimate(Map<NativeId, Instant> starts) {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm xxx", Locale.ROOT);

    /**
     * The first of them as a sentence.
     *
     * @param zone that of the person who reads it
     */
    String text(Instant now, ZoneId zone) {
        return starts.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .map(first -> "start estimate: " + TIME.withZone(zone).format(first.getValue()) + ", "
                        + from(now, first.getValue())
                        + (starts.size() == 1
                                ? ""
                                : "; of " + first.getKey().value() + ", the first of " + starts.size()
                                        + " that have one"))
                .orElse("start estimate: the scheduler gives none");
    }

    private static String from(Instant now, Instant start) {
        if (!start.isAfter(now)) {
            return "which has passed: it may start at any time";
        }
        Duration wait = Duration.between(now, start);
        if (wait.toMinutes() < 1) {
            return "in less than a minute";
        }
        List<String> parts = new ArrayList<>();
        if (wait.toDays() > 0) {
            parts.add(wait.toDays() + " d");
        }
        if (wait.toHoursPart() > 0) {
            parts.add(wait.toHoursPart() + " h");
        }
        if (wait.toMinutesPart() > 0) {
            parts.add(wait.toMinutesPart() + " min");
        }
        return "in " + String.join(" ", parts);
    }

    /** For JSON. */
    List<Object> objects() {
        List<Object> objects = new ArrayList<>();
        starts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .forEach(e -> objects.add(Json.object("id", e.getKey().value(), "time", e.getValue())));
        return objects;
    }
}
