package io.clustrix.scheduler.sge;

import io.clustrix.spi.Command;
import io.clustrix.spi.CommandResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers of a real Grid Engine. */
final class Golden {
    private static final Pattern FORM =
            Pattern.compile("(?:#[^\\n]*\\n)+exit ([0-9]+)\\n--- out\\n(.*)--- err\\n(.*)", Pattern.DOTALL);

    private Golden() {}

    static CommandResult result(String name) {
        Matcher m = FORM.matcher(text(name));
        if (!m.matches()) {
            throw new IllegalStateException(name + " is not of the form");
        }
        String program = name.replaceFirst("-.*", "");
        return CommandResult.of(Command.of(program), Integer.parseInt(m.group(1)), m.group(2), m.group(3));
    }

    static String text(String name) {
        try (InputStream in =
                Objects.requireNonNull(Golden.class.getResourceAsStream("/golden/" + name + ".txt"), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
