package io.clustrix.spi;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes how long a job may run, as people and schedulers write it. The value itself is a {@link Duration} of
 * whole seconds everywhere (requirement R49).
 */
public final class Walltime {

    private static final String ALLOWED =
            "HH:MM:SS (01:30:00), D-HH:MM:SS (2-12:00:00), D-HH:MM, D-HH, units (90m, 1h30m, 2d, 45s) or ISO-8601 (PT1H30M)";

    private static final Pattern CLOCK =
            Pattern.compile("(?:(\\d{1,5})-)?(\\d{1,6}):(\\d{1,2}):(\\d{1,2})|(\\d{1,5})-(\\d{1,2})(?::(\\d{1,2}))?");
    private static final Pattern UNITS = Pattern.compile(
            "(?:(\\d{1,9})\\s*d)?\\s*(?:(\\d{1,9})\\s*h)?\\s*(?:(\\d{1,9})\\s*m(?:in)?)?\\s*(?:(\\d{1,9})\\s*s)?");

    private Walltime() {}

    /**
     * Reads a walltime.
     *
     * <p>Accepted: {@code HH:MM:SS} with any number of hours, {@code D-HH}, {@code D-HH:MM}, {@code D-HH:MM:SS} (the
     * Slurm forms that mean the same to everybody), {@code 90m}, {@code 1h30m}, {@code 2d}, {@code 45s}, and ISO-8601
     * {@code PT1H30M}. Refused as ambiguous: a bare number (Slurm reads minutes, PBS and Grid Engine seconds) and
     * {@code MM:SS} (people mean hours and minutes by it).
     *
     * @return at least one second, whole seconds
     * @throws IllegalArgumentException if the text is none of these, is zero, or a field is out of range; the message
     *     says what is allowed
     */
    public static Duration parse(String text) {
        String s = text.strip();
        String shown = s.length() > 60 ? s.substring(0, 60) + "..." : s;
        if (s.matches("\\d+")) {
            throw new IllegalArgumentException(
                    "'" + shown + "' has no unit (Slurm reads minutes, PBS and Grid Engine seconds); write " + ALLOWED);
        }
        if (s.matches("\\d+:\\d+")) {
            throw new IllegalArgumentException(
                    "'" + shown + "' is ambiguous (hours:minutes or minutes:seconds?); write " + ALLOWED);
        }
        Duration result = read(s, shown);
        if (!isWholeSeconds(result)) {
            throw new IllegalArgumentException(
                    "'" + shown + "' must be at least 1s and whole seconds; write " + ALLOWED);
        }
        return result;
    }

    private static boolean isWholeSeconds(Duration d) {
        return d.compareTo(Duration.ofSeconds(1)) >= 0
                && d.truncatedTo(ChronoUnit.SECONDS).equals(d);
    }

    private static Duration read(String s, String shown) {
        Matcher clock = CLOCK.matcher(s);
        if (clock.matches()) {
            boolean full = clock.group(2) != null;
            long days = number(clock.group(full ? 1 : 5));
            long hours = number(clock.group(full ? 2 : 6));
            long minutes = number(clock.group(full ? 3 : 7));
            long seconds = full ? number(clock.group(4)) : 0;
            boolean withDays = clock.group(full ? 1 : 5) != null;
            if (minutes > 59 || seconds > 59 || (withDays && hours > 23)) {
                throw new IllegalArgumentException("'" + shown + "' has a field out of range (hours 0-23 after days,"
                        + " minutes and seconds 0-59); write " + ALLOWED);
            }
            return Duration.ofSeconds(((days * 24 + hours) * 60 + minutes) * 60 + seconds);
        }
        String lower = s.toLowerCase(Locale.ROOT);
        Matcher units = UNITS.matcher(lower);
        if (!lower.isEmpty() && units.matches()) {
            return Duration.ofDays(number(units.group(1)))
                    .plusHours(number(units.group(2)))
                    .plusMinutes(number(units.group(3)))
                    .plusSeconds(number(units.group(4)));
        }
        if (lower.startsWith("p")) {
            try {
                return Duration.parse(s);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("'" + shown + "' is no ISO-8601 duration; write " + ALLOWED, e);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("'" + shown + "' is too long; write " + ALLOWED, e);
            }
        }
        throw new IllegalArgumentException("'" + shown + "' is no walltime; write " + ALLOWED);
    }

    private static long number(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    /**
     * {@code HH:MM:SS}, or {@code D-HH:MM:SS} from one day on: exact, and read alike by {@link #parse} and by Slurm.
     *
     * @throws IllegalArgumentException if the duration is not positive or has a fraction of a second
     */
    public static String format(Duration walltime) {
        if (!isWholeSeconds(walltime)) {
            throw new IllegalArgumentException("a walltime is at least 1s and whole seconds, not " + walltime);
        }
        String clock =
                two(walltime.toHoursPart()) + ":" + two(walltime.toMinutesPart()) + ":" + two(walltime.toSecondsPart());
        return walltime.toDays() == 0 ? clock : walltime.toDays() + "-" + clock;
    }

    private static String two(int n) {
        return n < 10 ? "0" + n : Integer.toString(n);
    }
}
