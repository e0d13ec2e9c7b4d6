package io.clustrix.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints figures as they come, for people, and at the end one line for each, for programs. */
final class Report {
    /** The name of the contender that the bars are for. */
    static final String OURS = "clustrix";

    private final PrintStream out;
    private final List<String> results = new ArrayList<>();
    private final List<String> missed = new ArrayList<>();

    Report(PrintStream out) {
        this.out = out;
    }

    void section(String title) {
        out.printf("%n%s%n", title);
    }

    void note(String text) {
        out.println("  " + text);
    }

    /** The figures of one metric by the contenders' names. */
    void figures(Metric metric, Map<String, Samples> byContender) {
        if (byContender.isEmpty()) {
            return;
        }
        out.printf(
                "  %-32s %-4s %s%n",
                metric.name(),
                metric.unit(),
                metric.bar().isEmpty()
                        ? ""
                        : "bar: " + (metric.better() == Metric.Better.HIGHER ? ">= " : "<= ")
                                + number(metric.bar().getAsDouble(), true));
        Samples ours = byContender.get(OURS);
        byContender.forEach((name, samples) -> row(metric, name, samples, ours == null ? Double.NaN : ours.median()));
    }

    private void row(Metric metric, String name, Samples samples, double ours) {
        double value = samples.median();
        boolean own = name.equals(OURS);
        String remark = "";
        if (own) {
            boolean reached = metric.reached(value);
            remark = metric.bar().isEmpty() ? "" : reached ? "reached" : "MISSED";
            if (!reached) {
                missed.add(metric.name());
            }
        } else if (!Double.isNaN(ours)) {
            double advantage = metric.advantage(ours, value);
            remark = advantage >= 1
                    ? String.format(Locale.ROOT, "clustrix is better, %.1f times", advantage)
                    : String.format(Locale.ROOT, "better than clustrix, %.1f times", 1 / advantage);
        }
        out.printf(
                Locale.ROOT,
                "    %-26s %12s   %-34s %s%n",
                name,
                number(value, true),
                "(" + number(samples.low(), true) + " .. " + number(samples.high(), true) + ", n = " + samples.count()
                        + ")",
                remark);
        results.add("RESULT " + metric.name() + (own ? "" : ".peer-" + name) + " " + number(value, false) + " "
                + metric.unit());
    }

    /** Figures have about four digits that mean something. */
    private static String number(double value, boolean grouped) {
        double size = Math.abs(value);
        int digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
        return String.format(Locale.ROOT, (grouped ? "%,." : "%.") + digits + "f", value);
    }

    /** The lines for programs. */
    void end() {
        out.println();
        out.println(missed.isEmpty() ? "All bars reached." : "Bars missed: " + String.join(", ", missed));
        out.println();
        results.forEach(out::println);
    }
}
