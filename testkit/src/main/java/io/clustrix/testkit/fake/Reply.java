package io.clustrix.testkit.fake;

import java.util.Arrays;

/**
 * What a command answers.
 *
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
public record Reply(int exit, String out, String err) {
    /** An answer without complaints. */
    static Reply of(String out) {
        return new Reply(0, out, "");
    }

    /** A refusal: each line of the text on standard error. */
    static Reply refusal(int exit, String... lines) {
        return new Reply(exit, "", lines(lines));
    }

    static String lines(String... lines) {
        StringBuilder text = new StringBuilder();
        Arrays.stream(lines).forEach(l -> text.append(l).append('\n'));
        return text.toString();
    }
}
