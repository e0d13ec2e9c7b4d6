package io.clustrix.benchmarks;

import java.util.OptionalDouble;

/**
 * Something that has a figure.
 *
 * @param name for instance {@code local.map.rate}
 * @param unit for instance {@code 1/s}
 * @param better which way is better
 * @param bar what Clustrix should reach, where it was said
 */
record Metric(String name, String unit, Better better, OptionalDouble bar) {

    /** Which way is better. */
    enum Better {
        /** Rates. */
        HIGHER,
        /** Times. */
        LOWER
    }

    static Metric atLeast(String name, String unit, double bar) {
        return new Metric(name, unit, Better.HIGHER, OptionalDouble.of(bar));
    }

    static Metric atMost(String name, String unit, double bar) {
        return new Metric(name, unit, Better.LOWER, OptionalDouble.of(bar));
    }

    static Metric high(String name, String unit) {
        return new Metric(name, unit, Better.HIGHER, OptionalDouble.empty());
    }

    static Metric low(String name, String unit) {
        return new Metric(name, unit, Better.LOWER, OptionalDouble.empty());
    }

    /** Whether a value is as good as the bar; true without one. */
    boolean reached(double value) {
        return bar.isEmpty() || (better == Better.HIGHER ? value >= bar.getAsDouble() : value <= bar.getAsDouble());
    }

    /** How many times as good one value is as another. */
    double advantage(double value, double other) {
        return better == Better.HIGHER ? value / other : other / value;
    }
}
