package io.clustrix.report;

import java.util.Arrays;
import java.util.Optional;

/**
 * How values are spread.
 *
 * @param count how many there are, at least 1
 * @param least the smallest
 * @param median of an even number the larger of the two in the middle
 * @param most95 what 95 of 100 don't exceed
 * @param most the largest
 * @param sum of all
 */
public record Spread(int count, long least, long median, long most95, long most, long sum) {
    /** Of these values; empty if there are none. */
    static Optional<Spread> of(long... values) {
        if (values.length == 0) {
            return Optional.empty();
        }
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return Optional.of(new Spread(
                n,
                sorted[0],
                sorted[n / 2],
                sorted[(int) Math.ceil(n * 0.95) - 1],
                sorted[n - 1],
                Arrays.stream(sorted).sum()));
    }
}
