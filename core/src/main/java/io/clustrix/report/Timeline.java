package io.clustrix.report;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The figure of when attempts waited and ran: a bar for each of them, or if there are too many how many did what at
 * each time.
 */
final class Timeline {
    /** More than this are not drawn one by one. */
    static final int MOST_BARS = 200;

    private static final int BINS = 160;
    private static final int LINES_OF_TABLE = 16;
    private static final double WIDTH = 960;
    private static final double LEFT = 64;
    private static final double RIGHT = 16;
    private static final double PANEL = 110;
    private static final double GAP = 22;
    private static final double AXIS = 26;
    private static final int MOST_TICKS = 8;

    /** Steps between ticks that people like, in ms. */
    private static final long[] STEPS = {
        10,
        20,
        50,
        100,
        200,
        500,
        1000,
        2000,
        5000,
        10_000,
        15_000,
        30_000,
        60_000,
        120_000,
        300_000,
        600_000,
        900_000,
        1_800_000,
        3_600_000,
        7_200_000,
        14_400_000,
        21_600_000,
        43_200_000,
        86_400_000
    };

    private final List<ChunkReport> chunks;
    private final Instant from;
    private final long span;
    private final List<Bar> bars = new ArrayList<>();

    /** From when to when, in ms from the beginning. */
    private record Stretch(long from, long to) {}

    private record Bar(ChunkReport chunk, Map<Stage, Stretch> stages) {
        boolean isFailed() {
            return chunk.state() == ChunkReport.State.FAILED;
        }

        Stretch of(Stage stage) {
            return requireNonNull(stages.get(stage));
        }
    }

    /** How many attempts are in each stage in each bin, and how many fail in it. */
    private static final class Counts {
        final Map<Stage, int[]> stages = new EnumMap<>(Stage.class);
        final int[] failed;

        Counts(int bins) {
            failed = new int[bins];
            for (Stage stage : Stage.values()) {
                stages.put(stage, new int[bins + 1]);
            }
        }

        int[] of(Stage stage) {
            return requireNonNull(stages.get(stage));
        }
    }

    /** @param until when the report's knowledge ends */
    Timeline(List<ChunkReport> chunks, Instant until) {
        this.chunks = chunks.stream()
                .filter(c -> c.submitted().isPresent())
                .sorted(Comparator.comparingInt(ChunkReport::chunk).thenComparingInt(ChunkReport::attempt))
                .toList();
        from = this.chunks.stream()
                .flatMap(c -> c.submitted().stream())
                .min(Comparator.naturalOrder())
                .orElse(until);
        Instant to = until;
        for (ChunkReport c : this.chunks) {
            Optional<Instant> seen = c.returned();
            to = seen.isPresent() && seen.get().isAfter(to) ? seen.get() : to;
        }
        span = Math.max(1, Duration.between(from, to).toMillis());
        this.chunks.forEach(c -> bars.add(bar(c)));
    }

    boolean isEmpty() {
        return bars.isEmpty();
    }

    boolean isSummed() {
        return bars.size() > MOST_BARS;
    }

    /** What has not ended is drawn up to the end: it still waits, or was never seen to begin. */
    private Bar bar(ChunkReport c) {
        long end = c.returned().map(this::at).orElse(span);
        Map<Stage, Instant> ends = new EnumMap<>(Stage.class);
        c.accepted().ifPresent(t -> ends.put(Stage.PREPARING, t));
        c.drawnStart().ifPresent(t -> ends.put(Stage.QUEUED, t));
        c.drawnEnd().ifPresent(t -> ends.put(Stage.RUNNING, t));
        Map<Stage, Stretch> stages = new EnumMap<>(Stage.class);
        long begin = at(c.submitted().orElse(from));
        for (Stage stage : Stage.values()) {
            Instant known = ends.get(stage);
            long to = Math.max(begin, known == null ? end : at(known));
            stages.put(stage, new Stretch(begin, to));
            begin = to;
        }
        return new Bar(c, stages);
    }

    private long at(Instant time) {
        return Math.max(0, Math.min(span, Duration.between(from, time).toMillis()));
    }

    private double x(long millis) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (double) millis / (double) span;
    }

    void draw(Markup html, String label) {
        if (isSummed()) {
            drawArea(html, label);
        } else {
            drawBars(html, label);
        }
    }

    private void begin(Markup html, double height, String label) {
        html.raw("<svg role=\"img\" class=\"wide\" viewBox=\"0 0 " + (int) WIDTH + " " + (int) Math.ceil(height) + "\"")
                .attribute("aria-label", label)
                .line(">");
    }

    private void axis(Markup html, double y, double top) {
        long step = STEPS[STEPS.length - 1];
        for (int i = STEPS.length - 1; i >= 0 && span / STEPS[i] <= MOST_TICKS; i--) {
            step = STEPS[i];
        }
        while (span / step > MOST_TICKS) {
            step *= 2;
        }
        for (long millis = 0; millis <= span; millis += step) {
            double x = x(millis);
            html.raw("<line class=\"grid\"")
                    .number("x1", x)
                    .number("x2", x)
                    .number("y1", top)
                    .number("y2", y)
                    .raw("/>");
            boolean atEnd = x > WIDTH - RIGHT - 30;
            label(html, x, y + 17, millis == 0 ? "start" : atEnd ? "end" : "middle", tick(millis));
        }
    }

    private static String tick(long millis) {
        if (millis < 1000) {
            return millis == 0 ? "0" : millis + " ms";
        }
        if (millis < 60_000) {
            return millis % 1000 == 0 ? millis / 1000 + " s" : Words.duration(millis);
        }
        if (millis < 7_200_000) {
            return millis % 60_000 == 0 ? millis / 60_000 + " min" : Words.duration(millis);
        }
        return millis % 3_600_000 == 0 && millis < 172_800_000 ? millis / 3_600_000 + " h" : Words.duration(millis);
    }

    private static void label(Markup html, double x, double y, String anchor, String text) {
        html.raw("<text class=\"tick\" text-anchor=\"" + anchor + "\"")
                .number("x", x)
                .number("y", y)
                .raw(">")
                .text(text)
                .line("</text>");
    }

    private void drawBars(Markup html, String label) {
        int n = bars.size();
        double row = n <= 30 ? 20 : n <= 80 ? 11 : 5;
        double height = n * row + AXIS;
        begin(html, height, label);
        axis(html, n * row, 0);
        for (int i = 0; i < n; i++) {
            Bar bar = bars.get(i);
            double y = i * row + row * 0.14;
            html.raw("<g>").element("title", describe(bar.chunk));
            if (row >= 10) {
                html.raw("<text class=\"tick\" text-anchor=\"end\"")
                        .number("x", LEFT - 8)
                        .number("y", i * row + row / 2 + 4)
                        .raw(">")
                        .text(bar.chunk.chunk() + (bar.chunk.attempt() == 0 ? "" : "." + bar.chunk.attempt()))
                        .raw("</text>");
            }
            for (Stage stage : Stage.values()) {
                double x1 = x(bar.of(stage).from());
                double width = x(bar.of(stage).to()) - x1;
                boolean runs = stage == Stage.RUNNING;
                if (width <= 0 && !runs) {
                    continue;
                }
                boolean began = bar.chunk.started().isPresent();
                if (runs && !began && !bar.isFailed()) {
                    continue;
                }
                html.raw("<rect class=\"" + (runs && bar.isFailed() ? "failed" : stage.word()) + "\"")
                        .number("x", x1)
                        .number("y", y)
                        .number("width", Math.max(width, runs ? 2 : 0.5))
                        .number("height", row * 0.72)
                        .raw("/>");
            }
            html.line("</g>");
        }
        html.line("</svg>");
    }

    private static String describe(ChunkReport c) {
        StringBuilder text = new StringBuilder("chunk " + c.chunk() + ", attempt " + c.attempt());
        text.append(c.node().isEmpty() ? "" : " on " + c.node());
        text.append(": ").append(Words.of(c.state())).append(c.cause().isEmpty() ? "" : ", " + c.cause());
        for (Stage stage : Stage.values()) {
            c.time(stage)
                    .ifPresent(t ->
                            text.append("; ").append(stage.word()).append(' ').append(Words.duration(t.toMillis())));
        }
        return text.toString();
    }

    private Counts counts(int bins) {
        Counts counts = new Counts(bins);
        for (Bar bar : bars) {
            bar.stages.forEach((stage, stretch) -> {
                if (stretch.to() > stretch.from()) {
                    counts.of(stage)[bin(stretch.from(), bins)]++;
                    counts.of(stage)[Math.min(bins, bin(stretch.to() - 1, bins) + 1)]--;
                }
            });
            if (bar.isFailed()) {
                counts.failed[bin(bar.of(Stage.RETURNING).from(), bins)]++;
            }
        }
        for (int[] changes : counts.stages.values()) {
            for (int b = 1; b < bins; b++) {
                changes[b] += changes[b - 1];
            }
        }
        return counts;
    }

    private int bin(long millis, int bins) {
        return (int) Math.min(bins - 1, millis * bins / span);
    }

    /** What works stands above, what waits below, each with a scale of its own: thousands wait where tens run. */
    private void drawArea(Markup html, String label) {
        Counts counts = counts(BINS);
        double bottom = 2 * PANEL + GAP;
        begin(html, bottom + AXIS + 16, label);
        axis(html, bottom, 0);
        panel(html, counts, PANEL, Stage.RUNNING, Stage.RETURNING);
        panel(html, counts, bottom, Stage.QUEUED, Stage.PREPARING);
        double width = (WIDTH - LEFT - RIGHT) / BINS;
        for (int b = 0; b < BINS; b++) {
            int failed = counts.failed[b];
            if (failed > 0) {
                html.raw("<g>")
                        .element("title", Words.count(failed, "attempt") + " failed")
                        .raw("<rect class=\"failed\"")
                        .number("x", LEFT + b * width)
                        .number("y", bottom + 26)
                        .number("width", Math.max(width, 3))
                        .number("height", 12)
                        .line("/></g>");
            }
        }
        html.line("</svg>");
    }

    private static void panel(Markup html, Counts counts, double bottom, Stage lower, Stage upper) {
        int[] low = counts.of(lower);
        int[] high = counts.of(upper);
        int most = 1;
        for (int b = 0; b < BINS; b++) {
            most = Math.max(most, low[b] + high[b]);
        }
        label(html, LEFT - 8, bottom - PANEL + 16, "end", Integer.toString(most));
        label(html, LEFT - 8, bottom, "end", "0");
        double scale = (PANEL - 8) / most;
        double width = (WIDTH - LEFT - RIGHT) / BINS;
        for (int b = 0; b < BINS; b++) {
            html.raw("<g>").element("title", lower.word() + ": " + low[b] + ", " + upper.word() + ": " + high[b]);
            column(html, lower, LEFT + b * width, bottom, width, low[b] * scale);
            column(html, upper, LEFT + b * width, bottom - low[b] * scale, width, high[b] * scale);
            html.line("</g>");
        }
    }

    private static void column(Markup html, Stage stage, double x, double bottom, double width, double height) {
        if (height > 0) {
            html.raw("<rect class=\"" + stage.word() + "\"")
                    .number("x", x)
                    .number("y", bottom - height)
                    .number("width", width + 0.3)
                    .number("height", height)
                    .raw("/>");
        }
    }

    /** The same as numbers, for those who don't see the figure: of the summed one. */
    void table(Markup html) {
        Counts counts = counts(LINES_OF_TABLE);
        html.line("<table><thead><tr><th scope=\"col\">from</th><th scope=\"col\">preparing</th>"
                + "<th scope=\"col\">queued</th><th scope=\"col\">running</th><th scope=\"col\">returning</th>"
                + "<th scope=\"col\">failed</th></tr></thead><tbody>");
        for (int b = 0; b < LINES_OF_TABLE; b++) {
            html.raw("<tr>").element("th scope=\"row\"", Words.duration(span * b / LINES_OF_TABLE));
            for (Stage stage : Stage.values()) {
                html.element("td", Integer.toString(counts.of(stage)[b]));
            }
            html.element("td", Integer.toString(counts.failed[b]));
            html.line("</tr>");
        }
        html.line("</tbody></table>");
    }
}
