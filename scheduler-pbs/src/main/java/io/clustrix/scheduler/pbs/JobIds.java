package io.clustrix.scheduler.pbs;

import io.clustrix.spi.NativeId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ids of jobs, {@code 123.server}, of arrays, {@code 123[].server}, and of their elements, {@code 123[7].server}. Some
 * commands print the server's name, some its full name, some none, so ours never have it (requirement R25).
 */
final class JobIds {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,12})(\\[[0-9]{0,9}])?(?:\\.[A-Za-z0-9][A-Za-z0-9_.-]*)?");

    private JobIds() {}

    /** The id without the server; empty if the text is nothing like an id. */
    static Optional<NativeId> read(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return Optional.empty();
        }
        String brackets = m.group(2);
        return Optional.of(NativeId.of(m.group(1) + (brackets == null ? "" : brackets)));
    }

    /** The same id without the server; what is no id of PBS stays as it is. */
    static NativeId normal(NativeId id) {
        return read(id.value()).orElse(id);
    }

    static NativeId element(NativeId array, int index) {
        String value = normal(array).value();
        int bracket = value.indexOf('[');
        return NativeId.of((bracket < 0 ? value : value.substring(0, bracket)) + "[" + index + "]");
    }
}
