package io.clustrix.report;

import java.util.List;
import java.util.function.LongFunction;

/** The figure of how values are spread, with a mark where that stands which was asked for. */
final class Histogram {
    private static final int BINS = 24;
    private static final double WIDTH = 460;
    private static final double HEIGHT = 150;
    private static final double LEFT = 52;
    private static final double RIGHT = 14;
    private static final double TOP = 22;
    private static final double AXIS = 22;

    private final List<Long> values;
    private final long asked;
    private final LongFunction<String> words;

    /**
     * A figure.
     *
     * @param values at least one
     * @param asked what was asked for; 0 if nothing was
     * @param words a value as it is shown
     */
    Histogram(List<Long> values, long asked, LongFunction<String> words) {
        this.values = values;
        this.asked = asked;
        this.words = words;
    }

    void draw(Markup html, String label) {
        double end = Math.max(asked, values.stream().mapToLong(v -> v).max().orElse(1)) * 1.05 + 1e-9;
        int[] counts = new int[BINS];
        values.forEach(v -> counts[(int) Math.max(0, Math.min(BINS - 1, v / end * BINS))]++);
        int most = 1;
        for (int n : counts) {
            most = Math.max(most, n);
        }
        double inner = WIDTH - LEFT - RIGHT;
        double bottom = HEIGHT - AXIS;
        html.raw("<svg role=\"img\" class=\"half\" viewBox=\"0 0 " + (int) WIDTH + " " + (int) HEIGHT + "\"")
                .attribute("aria-label", label)
                .line(">");
        html.raw("<line class=\"axis\"")
                .number("x1", LEFT)
                .number("x2", WIDTH - RIGHT)
                .number("y1", bottom)
                .number("y2", bottom)
                .line("/>");
        for (int b = 0; b < BINS; b++) {
            if (counts[b] > 0) {
                double height = (bottom - TOP) * counts[b] / most;
                html.raw("<g>")
                        .element(
                                "title",
                                words.apply(Math.round(end * b / BINS)) + " to "
                                        + words.apply(Math.round(end * (b + 1) / BINS)) + ": " + counts[b])
                        .raw("<rect class=\"running\"")
                        .number("x", LEFT + inner * b / BINS + 1)
                        .number("y", bottom - height)
                        .number("width", inner / BINS - 2)
                        .number("height", height)
                        .line("/></g>");
            }
        }
        label(html, LEFT - 6, TOP + 4, "end", Integer.toString(most));
        label(html, LEFT, HEIGHT - 5, "start", "0");
        label(html, WIDTH - RIGHT, HEIGHT - 5, "end", words.apply(Math.round(end)));
        label(html, LEFT + inner / 2, HEIGHT - 5, "middle", words.apply(Math.round(end / 2)));
        if (asked > 0) {
            double x = LEFT + inner * asked / end;
            html.raw("<line class=\"asked\"")
                    .number("x1", x)
                    .number("x2", x)
                    .number("y1", 4)
                    .number("y2", bottom)
                    .line("/>");
            boolean left = x > WIDTH / 2;
            label(html, x + (left ? -5 : 5), 13, left ? "end" : "start", "asked " + words.apply(asked));
        }
        html.line("</svg>");
    }

    private static void label(Markup html, double x, double y, String anchor, String text) {
        html.raw("<text class=\"tick\" text-anchor=\"" + anchor + "\"")
                .number("x", x)
                .number("y", y)
                .raw(">")
                .text(text)
                .line("</text>");
    }
}
