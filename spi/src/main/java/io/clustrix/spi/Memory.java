package io.clustrix.spi;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory, in bytes; always positive.
 *
 * <p>One type is rendered for every back end (requirements W-D10, R48), so that {@code "8GB"} is never handed raw to
 * four syntaxes that read it differently.
 *
 * @param bytes the amount, at least 1
 */
public record Memory(long bytes) implements Comparable<Memory> {

    /** What {@link #parse} accepts, in words for an error message. */
    private static final String ALLOWED =
            "a number and a unit: 512M, 8G, 1T (binary, as schedulers and -Xmx read them), 8GiB, 512MiB (binary),"
                    + " 8GB, 512MB (decimal), or bytes as 1073741824B";

    private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final Pattern FORM = Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)\\s*([A-Za-z]+)");

    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("b", 1L),
            Map.entry("k", 1L << 10),
            Map.entry("kib", 1L << 10),
            Map.entry("kb", 1_000L),
            Map.entry("m", 1L << 20),
            Map.entry("mib", 1L << 20),
            Map.entry("mb", 1_000_000L),
            Map.entry("g", 1L << 30),
            Map.entry("gib", 1L << 30),
            Map.entry("gb", 1_000_000_000L),
            Map.entry("t", 1L << 40),
            Map.entry("tib", 1L << 40),
            Map.entry("tb", 1_000_000_000_000L));

    /**
     * Refuses zero and negative amounts.
     *
     * @throws IllegalArgumentException if {@code bytes < 1}
     */
    public Memory {
        if (bytes < 1) {
            throw new IllegalArgumentException("memory must be at least 1 byte, not " + bytes);
        }
    }

    /** {@code n} binary mebibytes. */
    public static Memory ofMebibytes(long n) {
        return new Memory(Math.multiplyExact(n, 1L << 20));
    }

    /** {@code n} binary gibibytes. */
    public static Memory ofGibibytes(long n) {
        return new Memory(Math.multiplyExact(n, 1L << 30));
    }

    /**
     * Reads an amount as a person writes it: a decimal number, an optional blank, and a unit without regard to case.
     *
     * <p>{@code K M G T} and {@code KiB MiB GiB TiB} are powers of 1024, as Slurm, PBS, Grid Engine and {@code -Xmx}
     * read the single letters; {@code kB MB GB TB} are powers of 1000 as the SI says; {@code B} is bytes. A number
     * without a unit is refused: Slurm takes it for mebibytes, others for bytes. A fraction of a byte is rounded up.
     *
     * @throws IllegalArgumentException if the text is none of these, is zero or above 8 EiB; the message says what is
     *     allowed
     */
    public static Memory parse(String text) {
        String trimmed = text.strip();
        Matcher m = FORM.matcher(trimmed);
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    trimmed.matches("[0-9]+")
                            ? "'" + trimmed + "' has no unit (bytes? mebibytes?); write " + ALLOWED
                            : "'" + shown(text) + "' is no amount of memory; write " + ALLOWED);
        }
        Long unit = UNITS.get(m.group(2).toLowerCase(Locale.ROOT));
        if (unit == null) {
            throw new IllegalArgumentException(
                    "'" + shown(text) + "' has an unknown unit '" + m.group(2) + "'; write " + ALLOWED);
        }
        BigDecimal bytes =
                new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(unit)).setScale(0, RoundingMode.CEILING);
        if (bytes.signum() == 0 || bytes.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(
                    "'" + shown(text) + "' is out of range; write more than 0 and less than 8388608T");
        }
        return new Memory(bytes.longValueExact());
    }

    private static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "..." : text;
    }

    /** Whole binary mebibytes, rounded up, as schedulers and {@code -Xmx} want them. */
    public long toMebibytes() {
        return ((bytes - 1) >> 20) + 1;
    }

    @Override
    public int compareTo(Memory other) {
        return Long.compare(bytes, other.bytes);
    }

    /**
     * The shortest exact binary form, for instance {@code 8GiB}, {@code 1536MiB}, {@code 1000B}; {@link #parse} reads
     * it.
     */
    @Override
    public String toString() {
        String[] names = {"B", "KiB", "MiB", "GiB", "TiB"};
        int i = 0;
        long n = bytes;
        while (i < 4 && n % 1024 == 0) {
            n /= 1024;
            i++;
        }
        return n + names[i];
    }
}
