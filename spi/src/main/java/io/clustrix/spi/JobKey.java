package io.clustrix.spi;

/**
 * The identity of a job: unique, and ordered by the time of its making. It names the job's directory and is part of the
 * scheduler's job name, so that a submit whose answer was lost can be looked up (requirements W-D1, R20).
 *
 * @param high 48 bits of milliseconds since 1970 and 16 bits that order keys of one millisecond
 * @param low random bits
 */
public record JobKey(long high, long low) implements Comparable<JobKey> {

    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if it is not 26 characters of the key alphabet
     */
    public static JobKey parse(String text) {
        long high = 0;
        long low = 0;
        boolean good = text.length() == 26;
        for (int i = 0; good && i < 26; i++) {
            int digit = DIGITS.indexOf(text.charAt(i));
            good = digit >= 0 && (i != 0 || digit < 8);
            high = high << 5 | low >>> 59;
            low = low << 5 | digit;
        }
        if (!good) {
            throw new IllegalArgumentException("'" + text + "' is no job key; one is 26 of the characters " + DIGITS);
        }
        return new JobKey(high, low);
    }

    /** Earlier keys first. */
    @Override
    public int compareTo(JobKey other) {
        int c = Long.compareUnsigned(high, other.high);
        return c != 0 ? c : Long.compareUnsigned(low, other.low);
    }

    /** 26 lower-case letters and digits (Crockford's base 32), good in file names, job names and labels. */
    @Override
    public String toString() {
        char[] text = new char[26];
        long h = high;
        long l = low;
        for (int i = 25; i >= 0; i--) {
            text[i] = DIGITS.charAt((int) (l & 31));
            l = l >>> 5 | h << 59;
            h >>>= 5;
        }
        return new String(text);
    }
}
