package io.clustrix.internal.doctor;

import io.clustrix.doctor.Finding;
import io.clustrix.doctor.Finding.Level;
import io.clustrix.spi.ClustrixException;
import java.util.List;

/** Makes findings. */
final class Findings {
    private Findings() {}

    static Finding ok(String check, String what) {
        return new Finding(check, Level.OK, what, "");
    }

    static Finding skipped(String check, String why) {
        return new Finding(check, Level.SKIPPED, why, "");
    }

    static Finding warning(String check, String what, String... mends) {
        return new Finding(check, Level.WARNING, what, String.join("\n", mends));
    }

    static Finding failure(String check, String what, String... mends) {
        return new Finding(check, Level.FAILURE, what, String.join("\n", mends));
    }

    /**
     * What an error says, with its own hints.
     *
     * @param otherwise what to do if it has none
     */
    static Finding failure(String check, Throwable e, String otherwise) {
        List<String> hints = e instanceof ClustrixException c ? c.hints() : List.of();
        return new Finding(check, Level.FAILURE, problem(e), hints.isEmpty() ? otherwise : String.join("\n", hints));
    }

    /** An error's message without its hints. */
    static String problem(Throwable e) {
        String message = e instanceof ClustrixException ? String.valueOf(e.getMessage()) : e.toString();
        int hints = message.indexOf("\n  -> ");
        return hints < 0 ? message : message.substring(0, hints);
    }
}
